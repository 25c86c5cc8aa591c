/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/pool.h: which of a network's devices a port is plugged into: for macvtaps (bridge with devices, private, vepa,
 * passthrough) and for whole functions of cards (hostdev).
 *
 * A running network counts in its live document how many ports each device has (`connections`). Networks with a bridge have no
 * devices: they are left alone by all that is here. The network's own `connections` is the caller's. */
#pragma once

#include <stdbool.h>

#include "model/network/port.h"

/* Checks that what a hostdev network lists are virtual functions: VIR_ERR_CONFIG_UNSUPPORTED of VIR_FROM_NETWORK. Reads sysfs. */
bool pool_check (const Network *network, GError **error);

/* Makes the device list of a network that starts: pool_check(), and lists the virtual functions of its <pf>. Reads sysfs below
 * path_host(), which does not block. Errors, of VIR_FROM_NETWORK: VIR_ERR_CONFIG_UNSUPPORTED: a device is no virtual function;
 * VIR_ERR_INTERNAL_ERROR: a <pf> has none. */
bool pool_fill (Network *live, GError **error);

/* Whether ports of @live come out of its devices. */
bool pool_is_used (const Network *live);

/* Chooses the device with the fewest ports for @port, the first of equals, notes it in its plug and counts it; one that must
 * not be shared has no port yet (passthrough, hostdev; private with an 802.1Qbh virtual port). The virtual port is complete by
 * then (plug_complete). VIR_ERR_INTERNAL_ERROR of VIR_FROM_NETWORK: there is none. Never awaits. */
bool pool_choose (Network *live, NetworkPort *port, GError **error);

/* Counts the device that @port has already: one that is found on disk, or that its owner brings back. VIR_ERR_INTERNAL_ERROR of
 * VIR_FROM_NETWORK: the network has no such device, or another port has it for itself. Never awaits. */
bool pool_claim (Network *live, const NetworkPort *port, GError **error);

/* Counts anew which devices @ports (NetworkPort) have, after the list of devices changed. */
void pool_count (Network *live, const GPtrArray *ports);

/* Gives the device of @port back. */
void pool_release (Network *live, const NetworkPort *port);
