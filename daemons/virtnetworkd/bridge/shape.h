/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge/shape.h: bandwidth of a network and of the ports on its bridge, by traffic control.
 *
 * What the network may receive (class 1:1, its inbound average and peak) is shared: each port with a floor has a class
 * (1:CLASS) that is sure of it, all others share the rest in class 1:2. Classes 0 to 2 are the network's own. All await;
 * failures are VIR_ERR_INTERNAL_ERROR. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* Class ids are below this. */
#define SHAPE_CLASS_MAX 0x800

/* Sets the limits of the whole network; NULL: none. What was set before is replaced, with all ports' classes. On failure there
 * are none. */
bool shape_network (const char *bridge, const NetworkBandwidth *bandwidth, GError **error);

/* Gives the port with @mac and the floor of @port the class @class_id (3 or more), or changes what it has; what is left over for
 * all others is @rest (KiB a second). @network has an inbound. */
bool shape_plug (const char *bridge, const NetworkBandwidth *network, const uint8_t mac[6], const NetworkBandwidth *port,
                 unsigned int class_id, uint64_t rest, GError **error);
/* Takes it back; one that is not there is fine. */
bool shape_unplug (const char *bridge, const NetworkBandwidth *network, unsigned int class_id, uint64_t rest, GError **error);
