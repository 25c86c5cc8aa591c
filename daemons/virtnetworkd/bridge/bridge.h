/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge/bridge.h: the bridge of a network on the host: the device, its addresses, routes and settings.
 *
 * Each function is told all by the network's live document (bridge.name and mac are set). They await, but those that
 * say otherwise, and touch no network object. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* A name that no device has: @wanted if it has no "%d" (may be NULL: "virbr%d"), else the lowest number for which
 * @taken (may be NULL) is false too. VIR_ERR_INTERNAL_ERROR. Caller frees. */
char *bridge_choose_name (const char *wanted, bool (*taken) (const char *name, void *user), void *user, GError **error);

/* Fails with VIR_ERR_INTERNAL_ERROR of VIR_FROM_NETWORK if the network's addresses or routes clash with what the host
 * has already, naming both: the network's and the host's route and device. */
bool bridge_check_clash (const Network *live, GError **error);

/* Makes the bridge with all that belongs to it and brings it up. A bridge of that name which is there, is ours by its MAC
 * address and has no addresses of others is taken over. On failure nothing is left. */
bool bridge_make (const Network *live, GError **error);

/* Whether the bridge is there with the addresses it is to have; *@ret_reason (caller frees) says what is not so. */
bool bridge_check (const Network *live, char **ret_reason);

/* Adds what bridge_check would miss of a bridge that is there (addresses, routes, settings). */
bool bridge_repair (const Network *live, GError **error);

/* Whether there is a bridge of that name. Never awaits. */
bool bridge_is_there (const char *name);

/* Removes it if it is there. */
bool bridge_remove (const char *name, GError **error);

/* Sets what the kernel is told of settings that may change while the network runs (stp, delay, zone are not). */
bool bridge_set_mtu (const char *name, unsigned int mtu, GError **error);
