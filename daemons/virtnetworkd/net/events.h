/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/events.h: what clients hear of networks. Nothing here awaits. */
#pragma once

#include "net/net.h"
#include "protocol/remote.h"

/* The detail of VIR_NETWORK_EVENT_STARTED that says: it ran all the time, but a part of it had to be started anew. Stock's is
 * always 0. */
#define NET_STARTED_AGAIN 1

/* @event: virNetworkEventLifecycleType. */
void net_event_lifecycle (const Net *net, int event, int detail);
/* @type: virNetworkMetadataType; @uri of an element's namespace, else NULL. */
void net_event_metadata_change (const Net *net, int type, const char *uri);

/* The network as it goes over the wire, borrowed from @net. */
RemoteNonnullNetwork net_subject (const Net *net);
