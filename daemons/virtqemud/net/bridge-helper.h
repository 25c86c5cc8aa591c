/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/bridge-helper.h: taps on a bridge for those who may not make them, by QEMU's privileged helper. */
#pragma once

#include "net/tap.h"

/* Lets @helper (a path or a name in PATH) make a tap on @bridge. @ret_fd and @ret_name get it. VIR_ERR_SYSTEM_ERROR with the
 * helper's words. Awaits. */
bool bridge_helper_tap (const char *helper, const char *bridge, bool vnet_hdr, int *ret_fd, char ret_name[TAP_NAME_SIZE],
                        GError **error);
