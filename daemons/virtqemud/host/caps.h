/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/caps.h: the <capabilities> document of this host. */
#pragma once

#include <glib.h>
#include "qemu/config.h"

/* The document as virConnectGetCapabilities returns it. Emulators are probed at the
 * first call and their part is kept while the binaries stay as they are. Caller frees.
 * Awaits. */
char *host_caps_format (const QemuConfig *config, GError **error);
