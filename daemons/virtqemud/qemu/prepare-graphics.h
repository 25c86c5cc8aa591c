/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/prepare-graphics.h: where displays listen and what they draw with. */
#pragma once

#include "qemu/home.h"

/* Listening addresses and sockets, and the host's device that draws. @offline: for a command line that is only shown; then a
 * display on D-Bus is given the address that its bus would have. VIR_ERR_SYSTEM_ERROR: there is nothing to draw with. */
bool qemu_prepare_graphics (Domain *domain, const QemuHome *home, const QemuConfig *config, bool offline, GError **error);

/* The ports of a command line that is only shown. */
void qemu_prepare_example_ports (Domain *domain, const QemuConfig *config);
