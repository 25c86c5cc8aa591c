/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/update.h"

#include <string.h>

#include "net/hooks.h"
#include "net/lifecycle.h"
#include "net/pool.h"
#include "net/status.h"
#include "util/crash-point.h"
#include "util/log.h"

#define LOG_CATEGORY "network.update"

/* A copy of @network after the edit, NULL if it cannot be so. */
static Network *
edited (const Network *network, NetEdit edit, void *user, GError **error)
{
  g_autoptr (Network) copy = network_copy (network);
  const char *element, *problem;

  if (!edit (copy, user, error))
    return NULL;
  problem = network_problem (copy, &element);
  if (problem != NULL)
    return fail_null (error, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, "network/%s: %s", element, problem);
  return network_validate (copy, error) ? g_steal_pointer (&copy) : NULL;
}

static bool
save (Net *net, Network *live, Network *config, GError **error)
{
  if (live != NULL && config != NULL)
    return net_status_save_both (net, live, config, error);
  return live == NULL || net_status_save (net, live, error);
}

/* Takes over what is on disk. */
static void
take_over (Network **document, Network **edited_document)
{
  network_free (*document);
  *document = g_steal_pointer (edited_document);
}

/* The change of what runs failed: it is as it was. */
static void
take_back (Net *net, bool with_config)
{
  g_autoptr (GError) error = NULL;

  if (!save (net, net->live, with_config ? net->config : NULL, &error))
    log_error ("%s", error->message);
  g_clear_error (&error);
  if (!net_bring_up (net, net->live, &error))
    log_error ("network '%s' cannot be brought back to what it was: %s", net->name, error->message);
}

bool
net_edit (Net *net, unsigned int affect, NetEdit edit, void *user, GError **error)
{
  g_autoptr (Network) live = NULL, config = NULL;

  if ((affect & VIR_NETWORK_UPDATE_AFFECT_LIVE) && (live = edited (net->live, edit, user, error)) == NULL)
    return false;
  if ((affect & VIR_NETWORK_UPDATE_AFFECT_CONFIG) && (config = edited (net->config, edit, user, error)) == NULL)
    return false;
  if (live == NULL)
    return config == NULL || net_save_config (net, g_steal_pointer (&config), error);
  /* On disk first: whoever comes after a crash makes what runs follow. */
  crash_point ("net-update:begin");
  if (!save (net, live, config, error))
    return false;
  crash_point ("net-update:noted");
  if (!net_follow (net, live, error))
    {
      take_back (net, config != NULL);
      return false;
    }
  crash_point ("net-update:followed");
  take_over (&net->live, &live);
  pool_count (net->live, net->ports);
  if (config != NULL)
    take_over (&net->config, &config);
  return true;
}

static bool
update_section (Network *network, void *user, GError **error)
{
  const NetUpdate *update = user;

  return network_update (network, update->command, update->section, update->parent_index, update->xml, error);
}

bool
net_update (Net *net, unsigned int affect, const NetUpdate *update, GError **error)
{
  NetUpdate copy = *update;

  ERROR_PREFIX (error, "updating network '%s'", net->name);
  if (!net_edit (net, affect, update_section, &copy, error))
    return false;
  net_hook_tell (NET_HOOK_UPDATED, net_document (net), NULL);
  return true;
}
