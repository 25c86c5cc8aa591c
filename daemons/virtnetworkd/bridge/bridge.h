/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge/bridge.h: the bridge of a network on the host: the device, its addresses, routes and settings.
 *
 * Each function is told all by the network's live document (bridge.name and mac are set). They await, but those that
 * say otherwise, and touch no network object. A bridge is a network's own if it has the network's MAC address. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* A name that no device has: @wanted if it has no "%d" (may be NULL: "virbr%d"), else with the lowest number for which
 * @taken (may be NULL) is false too. VIR_ERR_INTERNAL_ERROR. Caller frees. Never awaits. */
char *bridge_choose_name (const char *wanted, bool (*taken) (const char *name, void *user), void *user, GError **error);

/* Fails with VIR_ERR_INTERNAL_ERROR of VIR_FROM_NONE if the host has a route already to just what one of the network's IPv4
 * addresses or routes leads to, by another device than the network's bridge, naming both; or if the network forwards IPv6
 * and that would make the kernel forget routes that it learned from routers, naming the device and its sysctl. */
bool bridge_check_clash (const Network *live, GError **error);

/* Makes the bridge with all that belongs to it, brings it up, and lets the host forward packets if the network does. A bridge
 * of that name is taken over if it is the network's own and has no other addresses; else VIR_ERR_SYSTEM_ERROR with EEXIST.
 * On failure nothing is left of what it made. */
bool bridge_make (const Network *live, GError **error);

/* Sets and adds what is not as it should be of a bridge that is there (settings, addresses, routes). One that is not the
 * network's own is not touched: VIR_ERR_SYSTEM_ERROR with EEXIST. */
bool bridge_repair (const Network *live, GError **error);

/* Whether there is a device of that name. Never awaits. */
bool bridge_is_there (const char *name);

/* Removes it if it is there and the network's own. */
bool bridge_remove (const Network *live, GError **error);
