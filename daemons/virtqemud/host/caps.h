/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/caps.h: the <capabilities> document of this host. */
#pragma once

#include <glib.h>

#include "model/capabilities/host-capabilities.h"
#include "qemu/caps.h"
#include "qemu/config.h"

/* The document as virConnectGetCapabilities returns it. Emulators are probed at the
 * first call and their part is kept while the binaries stay as they are. Caller frees.
 * Awaits. */
char *host_caps_format (const QemuConfig *config, GError **error);

/* Adds the guests of @arch that the emulator @binary, which can do @caps, can have. */
void host_caps_add_guest (HostCaps *document, const char *arch, const char *binary, const QemuCaps *caps);
