/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/lifecycle.h: networks start and stop.
 *
 * The status file is there before anything else is made and until all is gone, so that whoever comes after a crash knows
 * what there may be. The caller holds the network's job. */
#pragma once

#include "net/net.h"

/* Starts @net with a copy of @config. On failure nothing is left. Awaits. */
bool net_start (Net *net, const Network *config, GError **error);

/* Stops it: what was made for it goes away, with its ports. One that is transient leaves the list. @reason: why, if nobody
 * asked for it (copied); NULL. What cannot be removed is logged. Awaits. */
void net_stop (Net *net, const char *reason);

/* Makes whole what there is of @net, which has @live as its document: parts that are missing are made, others told anew.
 * Awaits. */
bool net_bring_up (Net *net, const Network *live, GError **error);

/* Has what serves the guests of the running @net follow @live, its changed document: only what differs. Awaits. */
bool net_follow (Net *net, const Network *live, GError **error);

/* What an interrupted start or a vanished bridge has left of @live: removed. Awaits. */
void net_take_down (Net *net, const Network *live);

/* Its dnsmasq ended by itself. On a fiber. */
void net_dnsmasq_ended (Dnsmasq *dnsmasq, const char *why, void *net);

/* Soon logs what of others is in the way of the network's packets. Never awaits. */
void net_look_for_obstacles (const Network *live);
