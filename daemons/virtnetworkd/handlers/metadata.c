/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about what users note on networks: title, description, elements of their own. */
#include "model/common/metadata.h"

#include "handlers/handlers.h"
#include "net/events.h"
#include "net/update.h"

#define AFFECT_FLAGS (VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG)

static const MetadataKind kind = {
  .noun = "network", .arguments = VIR_FROM_NETWORK, .from = VIR_FROM_NETWORK, .missing = VIR_ERR_NO_NETWORK_METADATA,
};

static bool
set_metadata (Network *network, void *user, GError **error)
{
  return metadata_set (&kind, (Metadata) METADATA_OF (network), user, error);
}

bool
handle_network_set_metadata (Call *call, const NetworkSetMetadataArgs *args, GError **error)
{
  MetadataChange change = { args->type, args->metadata, args->key, args->uri };
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!handler_check_flags (args->flags, AFFECT_FLAGS, "virNetworkSetMetadata", error)
      || !metadata_check (&kind, &change, error))
    return false;
  net = handler_net_job (&args->network, &guard, "metadata setting", error);
  if (net == NULL || !net_resolve_affect (net, args->flags, &affect, error)
      || !net_edit (net, affect, set_metadata, &change, error))
    return false;
  net_event_metadata_change (net, args->type, args->uri);
  return true;
}

bool
handle_network_get_metadata (Call *call, const NetworkGetMetadataArgs *args, NetworkGetMetadataRet *ret, GError **error)
{
  g_autoptr (Net) net = NULL;
  const Network *network;
  unsigned int affect;

  if (!handler_check_flags (args->flags, AFFECT_FLAGS, "virNetworkGetMetadata", error)
      || !call_check_exclusive (args->flags, AFFECT_FLAGS, VIR_FROM_NETWORK, "VIR_NETWORK_UPDATE_AFFECT_LIVE and _CONFIG",
                                "virNetworkGetMetadata", error))
    return false;
  net = handler_net (&args->network, error);
  if (net == NULL || !net_resolve_affect (net, args->flags, &affect, error))
    return false;
  network = affect & VIR_NETWORK_UPDATE_AFFECT_LIVE ? net->live : net->config;
  ret->metadata = metadata_get (&kind, (Metadata) METADATA_OF (network), net->name, args->type, args->uri, error);
  return ret->metadata != NULL;
}
