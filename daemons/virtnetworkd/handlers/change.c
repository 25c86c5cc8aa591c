/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that change what the documents of a network say. */
#include "handlers/handlers.h"
#include "net/events.h"
#include "net/update.h"

#define AFFECT_FLAGS (VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG)

bool
handle_network_update (Call *call, const NetworkUpdateArgs *args, GError **error)
{
  NetUpdate update = { .command = args->command, .section = args->section, .parent_index = args->parentIndex, .xml = args->xml };
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!handler_check_flags (args->flags, AFFECT_FLAGS, "virNetworkUpdate", error))
    return false;
  net = handler_net_job (&args->net, &guard, "update", error);
  return net != NULL && net_resolve_affect (net, args->flags, &affect, error) && net_update (net, affect, &update, error);
}
