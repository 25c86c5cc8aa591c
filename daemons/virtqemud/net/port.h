/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/port.h: interfaces plugged into virtual networks, which virtnetworkd keeps. */
#pragma once

#include "net/net.h"
#include "protocol/remote.h"

/* Makes the port of @interface, of type network, in its network, and notes in the live document what the network made of it
 * (actual, port_id). Errors: VIR_ERR_NO_NETWORK, VIR_ERR_OPERATION_INVALID (it is not active)...: those of the network driver;
 * VIR_ERR_SYSTEM_ERROR of VIR_FROM_RPC, naming virtnetworkd and its socket. Awaits. */
bool net_port_plug (const NetGuest *guest, DomainInterface *interface, GError **error);
/* Ends the wait of such a call for the network daemon, of the guest with @uuid, with VIR_ERR_OPERATION_ABORTED. Never awaits. */
void net_interrupt (const uint8_t uuid[16]);
/* Takes back what was noted. */
void net_port_forget (DomainInterface *interface);

/* Whether the network of @interface does not have its port any more. False if it is no virtual network's, or its daemon
 * cannot be asked; *@ret_later: it is worth asking again soon. Awaits, for a daemon that does not answer not long. */
bool net_port_is_lost (const DomainInterface *interface, bool *ret_later);
/* Makes it anew with the id and all else that @interface of a running guest has by what its network made of it (actual),
 * and notes there what the network makes of it now. Awaits, for a daemon that does not answer not long. */
bool net_port_reclaim (const NetGuest *guest, DomainInterface *interface, GError **error);

/* Removes the port @uuid of @network; one that is not there is fine. Failures are logged: false. Awaits, for a
 * network daemon that does not answer not long. */
bool net_port_unplug (const char *network, const uint8_t uuid[16]);

/* Tells the network the port's new limits; NULL: none. Awaits. */
bool net_port_set_bandwidth (const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error);

/* The leases that @network has given to @mac: RemoteNetworkDhcpLease in @ret, to be cleared. Awaits. */
bool net_port_leases (const char *network, const uint8_t mac[6], NetworkGetDhcpLeasesRet *ret, GError **error);
