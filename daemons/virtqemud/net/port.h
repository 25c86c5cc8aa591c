/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/port.h: interfaces plugged into virtual networks, which virtnetworkd keeps. */
#pragma once

#include "net/net.h"
#include "protocol/remote.h"

/* Makes the port of @interface, of type network, in its network, and notes in the live document what the network made of it
 * (actual, port_id). Errors: VIR_ERR_NO_NETWORK, VIR_ERR_OPERATION_INVALID (it is not active)...: those of the network driver;
 * VIR_ERR_SYSTEM_ERROR of VIR_FROM_RPC, naming virtnetworkd and its socket. Awaits. */
bool net_port_plug (const NetGuest *guest, DomainInterface *interface, GError **error);
/* Takes back what was noted. */
void net_port_forget (DomainInterface *interface);

/* Removes the port @uuid of @network; one that is not there is fine. Failures are logged: false. Awaits, for a
 * network daemon that does not answer not long. */
bool net_port_unplug (const char *network, const uint8_t uuid[16]);

/* Tells the network the port's new limits; NULL: none. Awaits. */
bool net_port_set_bandwidth (const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error);

/* The leases that @network has given to @mac: RemoteNetworkDhcpLease in @ret, to be cleared. Awaits. */
bool net_port_leases (const char *network, const uint8_t mac[6], NetworkGetDhcpLeasesRet *ret, GError **error);
