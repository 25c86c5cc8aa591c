/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/ports.h: what guests' interfaces are plugged into. The caller holds the network's job where something awaits. */
#pragma once

#include "net/net.h"

/* NULL if there is none. Borrowed. */
NetworkPort *net_port_find (const Net *net, const uint8_t uuid[16]);

/* Makes a port of what @port asks for, completed by the network: taken over. The network is active. A port of that uuid that is
 * there with the same owner is replaced if @reclaim, as after a restart of the daemon that owns it. On failure nothing has
 * changed. Awaits. */
bool net_port_create (Net *net, NetworkPort *port, bool reclaim, GError **error);
/* Removes it. Awaits. */
bool net_port_delete (Net *net, const uint8_t uuid[16], GError **error);
/* Gives it other limits: @bandwidth is taken over; NULL: none. Awaits. */
bool net_port_set_bandwidth (Net *net, const uint8_t uuid[16], NetworkBandwidth *bandwidth, GError **error);

/* Takes over a port that was found on disk. Never awaits. */
void net_port_adopt (Net *net, NetworkPort *port);
/* Forgets all; files and devices are not touched. Never awaits. */
void net_ports_clear (Net *net);

/* Gives the ports on the bridge of @live their classes of bandwidth again. Awaits. */
bool net_ports_shape (Net *net, const Network *live, GError **error);

/* Lists the devices that a starting network has of a card given as a whole. May await. */
bool net_ports_find_devices (Network *live, GError **error);
