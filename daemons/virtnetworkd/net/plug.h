/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/plug.h: what a new port gets of its network: the kind of its plug, and the settings of its port group and of the network
 * where it has none of its own. Pure functions. */
#pragma once

#include <stdbool.h>

#include "model/network/port.h"

/* The port group that a port which names @name is in: NULL means the default one. NULL: none; a name that no group has means
 * none, as with stock. Borrowed. */
const NetworkPortGroup *plug_group (const Network *live, const char *name);

/* Completes @port, as a client asked for it: type of plug, bridge (pool_choose fills in devices), bandwidth, VLAN, isolation
 * and trust; the virtual port is merged of the port's, the network's and the group's. On failure @port is in between. Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED of VIR_FROM_NETWORK: no virtual port of this kind in this network; VIR_ERR_XML_ERROR of
 * VIR_FROM_NET: virtual ports that contradict each other, or lack something; VIR_ERR_OPERATION_UNSUPPORTED of
 * VIR_FROM_NETWORK: a floor that the network cannot guarantee. */
bool plug_complete (const Network *live, NetworkPort *port, GError **error);

/* Whether @bandwidth (NULL is fine) may be that of the port with the address @mac in @live: the error that plug_complete()
 * gives. */
bool plug_check_floor (const Network *live, const uint8_t mac[6], const NetworkBandwidth *bandwidth, GError **error);
