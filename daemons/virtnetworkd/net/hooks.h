/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/hooks.h: programs of the administrator that run when something happens to networks: PATH_CONF/hooks/network and
 * network.d, with a <hookData> of the live network, and of the port if it is about one, on their standard input
 * (daemon/hooks.h). */
#pragma once

#include "model/network/port.h"

typedef enum
{
  NET_HOOK_START,               /* before anything is done for a start; failing fails it */
  NET_HOOK_STARTED,             /* all is there; failing ends the network */
  NET_HOOK_STOPPED,             /* nothing is left */
  NET_HOOK_UPDATED,
  NET_HOOK_PORT_CREATED,        /* failing takes the port back */
  NET_HOOK_PORT_DELETED,
} NetHook;

/* Runs those there are; @port NULL: it is not about one. Does nothing, and awaits nothing, where there are none. What it is
 * given is read before it awaits. VIR_ERR_HOOK_SCRIPT_FAILED. Awaits. */
bool net_hook_run (NetHook hook, const Network *network, const NetworkPort *port, GError **error);

/* The same where nothing depends on it: failures are logged. */
void net_hook_tell (NetHook hook, const Network *network, const NetworkPort *port);
