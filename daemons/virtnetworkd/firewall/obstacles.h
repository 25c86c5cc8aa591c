/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/obstacles.h: the pure part of firewall_obstacles(). */
#pragma once

#include "firewall/packet.h"
#include "model/network/network.h"

/* What the network's guests send and receive if it does its work: Packet each. @world: the device of the host's default
 * route, or NULL. Independent of @live afterwards; to be freed with g_array_unref. */
GArray *obstacles_packets (const Network *live, const char *world);

/* Warnings about the chains that drop some of @packets, each once: to be freed with g_strfreev. @objects: an array of nft's,
 * of all tables. */
char **obstacles_find (json_t *objects, const GArray *packets);
