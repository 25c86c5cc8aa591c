/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/firewall.h: what packets of a network may do, by one nftables table of our own.
 *
 * A network's rules are put in place, replaced and removed by one transaction each, which touches no other table. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* Whether a network of this kind has rules: isolated, nat, route; not open. Never awaits. */
bool firewall_is_needed (const Network *live);

/* The transaction that firewall_apply() makes where nothing is yet, in nft's language; a pure function. Caller frees. */
char *firewall_rules (const Network *live);

/* Puts the network's rules in place, whatever was there of it. VIR_ERR_INTERNAL_ERROR with nftables' words,
 * VIR_ERR_CONFIG_UNSUPPORTED for a device that has no name in its language. Where firewalld runs, the bridge is put into its
 * zone: the errors of firewalld_join(). Awaits. */
bool firewall_apply (const Network *live, GError **error);
/* The same for many networks in one transaction (after a flush); those that need no rules are passed over. A zone that
 * firewalld refuses is logged. @lives: const Network *. Awaits. */
bool firewall_apply_all (const GPtrArray *lives, GError **error);
/* Removes what there is for the bridge @name, with the last one the table; nothing is fine. Awaits. */
bool firewall_remove (const char *name, GError **error);
/* The bridges for which rules are in place: to be freed with g_strfreev. Awaits. */
bool firewall_list (char ***ret_bridges, GError **error);

/* Calls @lost on a fiber soon after somebody else removed something of our table, when the table had to be made anew for one
 * network, or when firewalld has forgotten the bridges: it is to call firewall_apply_all(). The kernel and firewalld tell of
 * it. May be called once. Never awaits. */
bool firewall_watch (void (*lost) (void), GError **error);

/* Warnings about chains of others that drop what the network's guests send or receive, each naming family, table and
 * chain and the rule; to be freed with g_strfreev. Empty if the way is free. Awaits. */
char **firewall_obstacles (const Network *live);
