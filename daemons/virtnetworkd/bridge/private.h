/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge/private.h: what the files of this folder share. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* Whether the network has an address of @family: AF_INET or AF_INET6. */
bool bridge_has_family (const Network *live, int family);
/* Whether the host forwards the network's packets. */
bool bridge_forwards (const Network *live);

/* The devices, but @own, of which the text @routes (of /proc/net/ipv6_route) has routes that a router told of, each once.
 * Caller frees with g_strfreev. */
char **bridge_learned_devices (const char *routes, const char *own);
