/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/recover.h"

#include <net/if.h>
#include <string.h>

#include "bridge/bridge.h"
#include "driver.h"
#include "firewall/firewall.h"
#include "link/watch.h"
#include "net/guests.h"
#include "net/lifecycle.h"
#include "net/ports.h"
#include "net/status.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"

#define LOG_CATEGORY "network.recover"

/* --- reading ------------------------------------------------------------------------------------- */

/* A definition that was put there by hand, without what one gets by being defined: written anew, so that it is the same
 * network from now on. */
static void
complete_definition (Net *net)
{
  g_autoptr (Network) config = network_copy (net->config);
  g_autoptr (GError) error = NULL;

  if (!net_complete (config, &error) || !net_save_config (net, g_steal_pointer (&config), &error))
    log_warning ("network '%s' is as its file has it: %s", net->name, error->message);
}

static bool
load_definitions (GError **error)
{
  static const uint8_t no_uuid[UUID_SIZE];
  g_autoptr (GPtrArray) found = NULL, incomplete = g_ptr_array_new_with_free_func (object_unref);

  if (!definition_load_all (&net_definitions, &found, error))
    return false;
  for (unsigned int i = 0; i < found->len; i++)
    {
      Definition *definition = found->pdata[i];
      Network *network = definition->document;
      bool has_uuid = memcmp (network->uuid, no_uuid, sizeof (no_uuid)) != 0;
      g_autoptr (Net) net = NULL;
      g_autoptr (GError) bad = NULL;

      if (!has_uuid)
        uuid_generate (network->uuid);
      net = net_new (network->uuid, network->name);
      net->autostart = definition->autostart;
      net->config = definition_steal (definition);
      if (!object_list_add (driver.nets, net, &bad))
        log_error ("the definition of network '%s' is left out: %s", net->name, bad->message);
      else if (!has_uuid || !net_is_complete (net->config))
        g_ptr_array_add (incomplete, g_steal_pointer (&net));
    }
  for (unsigned int i = 0; i < incomplete->len; i++)
    complete_definition (incomplete->pdata[i]);
  return true;
}

static bool
same_uuid (const Net *net, const Network *live)
{
  return memcmp (net->uuid, live->uuid, sizeof (net->uuid)) == 0;
}

/* The network that @status speaks of; one without a definition is transient. A reference; NULL: it cannot be. */
static Net *
net_of_status (const NetStatus *status)
{
  g_autoptr (Net) net = object_list_by_name (driver.nets, status->live->name);
  g_autoptr (GError) error = NULL;

  if (net != NULL && same_uuid (net, status->live))
    return g_steal_pointer (&net);
  if (net == NULL)
    net = net_new (status->live->uuid, status->live->name);
  else
    fail (&error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "its definition has another uuid");
  if (error == NULL && object_list_add (driver.nets, net, &error))
    return g_steal_pointer (&net);
  log_error ("network '%s' ran, but is not taken over: %s", status->live->name, error->message);
  return NULL;
}

/* --- bringing back ---------------------------------------------------------------------------------- */

static void
go_inactive (Net *net, const char *reason)
{
  log_warning ("network '%s' is not active any more: %s", net->name, reason);
  net_stop (net, reason);
}

static void
bring_back (void *data)
{
  g_autoptr (Net) net = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (!net_job (&guard, net, "recovery", &error))
    {
      log_error ("network '%s': %s", net->name, error->message);
      return;
    }
  if (network_has_own_bridge (net->live) && !bridge_is_there (net->live->bridge.name))
    {
      g_autofree char *reason = g_strdup_printf ("its bridge '%s' is gone", net->live->bridge.name);

      go_inactive (net, reason);
    }
  else if (net_bring_up (net, net->live, &error))
    net_tell_guests (net);
  else if (net->ports->len > 0)
    /* Guests that can talk to each other are better off than guests that cannot. */
    log_error ("network '%s' lacks a part: %s", net->name, error->message);
  else
    go_inactive (net, error->message);
}

static void
take_over (NetStatus *status)
{
  g_autoptr (Net) net = net_of_status (status);

  if (net == NULL)
    return;
  net->live = g_steal_pointer (&status->live);
  net->live->connections = 0;
  for (unsigned int i = 0; i < net->live->forward.interfaces.n; i++)
    net->live->forward.interfaces.items[i]->connections = 0;
  for (unsigned int i = 0; i < net->live->forward.addresses.n; i++)
    net->live->forward.addresses.items[i]->connections = 0;
  net->live->forward.pf.connections = 0;
  while (status->ports->len > 0)
    net_port_adopt (net, g_ptr_array_steal_index (status->ports, 0));
}

static bool
is_active (const void *object, const void *data)
{
  return net_is_active (object);
}

/* --- what nobody has ----------------------------------------------------------------------------------- */

static bool
has_bridge (const void *object, const void *data)
{
  const Net *net = object;

  return net->live != NULL && g_strcmp0 (net->live->bridge.name, data) == 0;
}

static void
sweep_rules (void)
{
  g_auto (GStrv) bridges = NULL;
  g_autoptr (GError) error = NULL;

  if (!firewall_list (&bridges, &error))
    {
      log_warning ("%s", error->message);
      return;
    }
  for (char **bridge = bridges; *bridge != NULL; bridge++)
    if (object_list_count (driver.nets, has_bridge, *bridge) == 0 && !firewall_remove (*bridge, &error))
      {
        log_warning ("%s", error->message);
        g_clear_error (&error);
      }
}

/* A dnsmasq whose network does not run was left by a stop that was cut short after its status was gone, or by hand. */
static void
sweep_dnsmasq (void)
{
  g_autofree char *folder = path_driver (PATH_RUN, "network", "%s", "");
  g_auto (GStrv) files = NULL;

  if (!state_dir_list (folder, ".pid", &files, NULL))
    return;
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *name = g_strndup (*file, strlen (*file) - strlen (".pid"));
      g_autoptr (Net) net = object_list_by_name (driver.nets, name);

      if (strcmp (*file, "driver.pid") != 0 && (net == NULL || !net_is_active (net)))
        dnsmasq_sweep (name);
    }
}

bool
net_recover_all (GError **error)
{
  g_autoptr (GPtrArray) statuses = NULL, active = NULL;
  FiberGroup group = { 0 };

  if (!definition_setup (&net_definitions, error) || !net_status_setup (error) || !load_definitions (error)
      || !net_status_load (&statuses, error))
    return false;
  for (unsigned int i = 0; i < statuses->len; i++)
    take_over (statuses->pdata[i]);
  active = object_list_all (driver.nets, is_active, NULL);
  for (unsigned int i = 0; i < active->len; i++)
    {
      Net *net = active->pdata[i];

      group_start (&group, "recover a network", net->name, bring_back, object_ref (net));
    }
  group_wait_all (&group);
  if (!path_is_session ())
    sweep_rules ();
  sweep_dnsmasq ();
  return true;
}

/* --- others' doings --------------------------------------------------------------------------------------- */

/* The bridge of @net is there, and the one that was made for it. */
static bool
has_its_bridge (const Net *net)
{
  int index = (int) if_nametoindex (net->live->bridge.name);

  return index != 0 && index == net->bridge_index;
}

static void
bridge_vanished (void *data)
{
  g_autoptr (Net) net = data;
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *reason = NULL;

  if (!net_job (&guard, net, "loss of the bridge", NULL) || !net_is_active (net) || has_its_bridge (net))
    return;
  reason = g_strdup_printf ("somebody removed its bridge '%s'", net->live->bridge.name);
  go_inactive (net, reason);
}

static void
link_changed (LinkEvent event, const char *name, int index, void *user)
{
  g_autoptr (GPtrArray) nets = object_list_all (driver.nets, has_bridge, name);

  for (unsigned int i = 0; i < nets->len; i++)
    {
      Net *net = nets->pdata[i];

      if ((event == LINK_WENT || index != net->bridge_index) && !net->stopping && network_has_own_bridge (net->live))
        fiber_start ("lost bridge", net->name, bridge_vanished, object_ref (net));
    }
}

/* Networks whose rules are put back in one go, and held meanwhile: nobody else changes or removes these. */
typedef struct
{
  GPtrArray *nets, *lives;      /* Net, const Network */
  JobGuard *guards;
} Restore;

static void
restore_clear (Restore *restore)
{
  for (unsigned int i = 0; i < restore->nets->len; i++)
    job_guard_clear (&restore->guards[i]);
  g_free (restore->guards);
  g_ptr_array_unref (restore->lives);
  g_ptr_array_unref (restore->nets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restore, restore_clear)

/* One that was being changed when the rules were lost. */
static void
restore_later (void *data)
{
  g_autoptr (Net) net = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (net_job (&guard, net, "restoring packet rules", &error) && net_is_active (net) && firewall_is_needed (net->live)
      && !firewall_apply (net->live, &error))
    log_error ("network '%s': %s", net->name, error->message);
}

/* Active or on its way there or back: its rules may be among the lost. */
static bool
may_have_rules (const void *object, const void *unused)
{
  const Net *net = object;

  return net->job.owner != NULL || net_is_active (net);
}

static void
rules_lost (void)
{
  g_autoptr (GPtrArray) active = object_list_all (driver.nets, may_have_rules, NULL);
  g_auto (Restore) restore = {
    .nets = g_ptr_array_new_with_free_func (object_unref), .lives = g_ptr_array_new (), .guards = g_new0 (JobGuard, active->len),
  };
  g_autoptr (GError) error = NULL;

  for (unsigned int i = 0; i < active->len; i++)
    {
      Net *net = active->pdata[i];

      if (net->job.owner != NULL)
        fiber_start ("restore rules", net->name, restore_later, object_ref (net));
      else if (firewall_is_needed (net->live)
               && net_job (&restore.guards[restore.nets->len], net, "restoring packet rules", NULL))
        {
          g_ptr_array_add (restore.nets, object_ref (net));
          g_ptr_array_add (restore.lives, net->live);
        }
    }
  if (restore.nets->len == 0)
    return;
  log_warning ("packet rules of networks were removed, or firewalld has begun anew: all is put in place again");
  if (!firewall_apply_all (restore.lives, &error))
    {
      log_error ("the packet rules of networks cannot be put back: %s", error->message);
      return;
    }
  for (unsigned int i = 0; i < restore.lives->len; i++)
    net_look_for_obstacles (restore.lives->pdata[i]);
}

/* What went between recovery and the watch, nobody tells of. */
static void
look_for_bridges (void)
{
  g_autoptr (GPtrArray) active = object_list_all (driver.nets, is_active, NULL);

  for (unsigned int i = 0; i < active->len; i++)
    {
      Net *net = active->pdata[i];

      if (network_has_own_bridge (net->live) && !has_its_bridge (net))
        fiber_start ("lost bridge", net->name, bridge_vanished, object_ref (net));
    }
}

/* A user's daemon makes no bridges and no rules, and may not look at any. */
bool
net_watch_rules (GError **error)
{
  return path_is_session () || firewall_watch (rules_lost, error);
}

bool
net_watch_bridges (GError **error)
{
  if (path_is_session ())
    return true;
  if (link_watch_new (link_changed, NULL, error) == NULL)
    return false;
  look_for_bridges ();
  return true;
}
