/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/handlers.h"

#include <string.h>

#include "driver.h"
#include "util/uuid.h"

#define ENTRY(name_) .name_ = handle_##name_,
const RemoteHandlers remote_handlers = { REMOTE_HANDLERS (ENTRY) };
#undef ENTRY

bool
handler_check_flags (unsigned int flags, unsigned int allowed, const char *api, GError **error)
{
  return call_check_flags (flags, allowed, VIR_FROM_NETWORK, api, error);
}

Net *
handler_net (const RemoteNonnullNetwork *network, GError **error)
{
  Net *net = object_list_by_uuid (driver.nets, network->uuid);
  char uuid[UUID_TEXT_SIZE];

  if (net == NULL)
    return fail_null (error, VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK, "no network with matching uuid '%s' (%s)",
                      uuid_format (network->uuid, uuid), network->name);
  return net;
}

Net *
handler_net_job (const RemoteNonnullNetwork *network, JobGuard *guard, const char *what, GError **error)
{
  g_autoptr (Net) net = handler_net (network, error);

  if (net == NULL || !net_job (guard, net, what, error))
    return NULL;
  return g_steal_pointer (&net);
}

void
handler_put_net (RemoteNonnullNetwork *ret, const Net *net)
{
  ret->name = g_strdup (net->name);
  memcpy (ret->uuid, net->uuid, sizeof (ret->uuid));
}
