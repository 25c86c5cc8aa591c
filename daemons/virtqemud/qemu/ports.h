/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/ports.h: TCP ports for displays. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/config.h"

/* Chooses ports for the displays of @domain that ask for one. A chosen port is free now and is not given to
 * another guest until qemu_ports_settle. VIR_ERR_INTERNAL_ERROR if the range is used up. Never awaits. */
bool qemu_ports_choose (Domain *domain, const QemuConfig *config, GError **error);
/* The guest's QEMU listens, or never will: its ports need no protection any more. */
void qemu_ports_settle (const Domain *domain);
