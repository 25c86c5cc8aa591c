/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link/tc.h: limits of bandwidth of a network device. */
#pragma once

#include <stdbool.h>

#include "model/network/common.h"

/* Sets what the device @name of the host may carry to what @bandwidth says of the guest's card behind it; NULL: no limit.
 * @is_tap: the host's end, whose ways are the guest's turned around. What was set before is replaced. On failure there
 * is no limit. VIR_ERR_INTERNAL_ERROR with the kernel's words. Awaits. */
bool tc_set_bandwidth (const char *name, const NetworkBandwidth *bandwidth, bool is_tap, GError **error);
