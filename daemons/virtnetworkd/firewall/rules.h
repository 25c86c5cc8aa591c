/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/rules.h: the commands, in nft's language, of which the transactions of firewall.h are made. Pure functions.
 *
 * A bridge's name is part of the names of its chains; what nft cannot have in a name is written as "/" and two
 * hexadecimal digits. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/network/network.h"

/* Our table; all that is ours is in it. */
#define FIREWALL_TABLE "virtswarm"
/* An empty chain that says of which shape the table is: the name changes with the maps and base chains. */
#define FIREWALL_MARK "shape_1"

/* The kinds of chains that a network may have, and of the maps that lead packets to them by a device's name. */
typedef enum
{
  FIREWALL_ENTERING,    /* packets that are forwarded to the network */
  FIREWALL_LEAVING,     /* those that are forwarded from it */
  FIREWALL_TRANSLATED,  /* connections that begin in it, after routing */
  FIREWALL_CHAINS,
} FirewallChain;

/* The name of the map, which is the beginning of the chains' names too; static. */
const char *firewall_map_name (FirewallChain chain);
/* The maps of addresses of the host's own in translated networks, by family: "own4", "own6". */
extern const char *const firewall_own_maps[2];

/* The name of the chain for @bridge. Caller frees. */
char *firewall_chain_name (FirewallChain chain, const char *bridge);
/* Whether @name is that of a chain or map of ours for @bridge. */
bool firewall_is_chain_of (const char *name, const char *bridge);

/* What has to be there before any network is: the table, its maps and base chains. Replaces the base chains' rules. */
void firewall_add_base (GString *commands);
/* The network's chains and its elements of the maps; what its chains had is replaced. */
void firewall_add_network (GString *commands, const Network *live);
/* Takes away its elements of the own maps, which must be there. */
void firewall_add_own_removal (GString *commands, const Network *live);
/* Takes away the chains and elements of @bridge, whether they are there or not, but for those of the own maps. */
void firewall_add_removal (GString *commands, const char *bridge);

/* The network of an address as "192.168.122.0/24". Caller frees. */
char *firewall_subnet_text (const NetworkIp *ip);

/* Whether nft's language can name the device: no quotes, blanks or control characters. */
bool firewall_can_name (const char *device);
