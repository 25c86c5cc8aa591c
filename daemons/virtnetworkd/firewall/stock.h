/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/stock.h: the rules that libvirt's own daemon has left for a network which we take over.
 *
 * It writes them by iptables into chains LIBVIRT_* of the tables filter, nat and mangle. Beside ours they change nothing, but
 * they would stay when the network has gone, and reject what the next one on that bridge sends. */
#pragma once

#include <jansson.h>

#include "model/network/network.h"

/* Whose rules are meant; independent of the document. */
typedef struct
{
  char *bridge;
  GPtrArray *subnets;           /* as nft writes them: "192.168.122.0/24" */
} StockNetwork;
StockNetwork *stock_network_new (const Network *live);
void stock_network_free (StockNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StockNetwork, stock_network_free)

/* The commands that delete the network's rules among @objects, an array of nft's; "" if there are none. A pure function.
 * Caller frees. */
char *stock_removal (const StockNetwork *network, json_t *objects);

/* Deletes the network's rules, if the host has any of that kind. What cannot be deleted is logged. Awaits. */
void stock_remove (const StockNetwork *network);
