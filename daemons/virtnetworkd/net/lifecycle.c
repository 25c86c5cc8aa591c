/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/lifecycle.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "bridge/bridge.h"
#include "bridge/shape.h"
#include "driver.h"
#include "firewall/firewall.h"
#include "net/events.h"
#include "net/guests.h"
#include "net/hooks.h"
#include "net/ports.h"
#include "net/status.h"
#include "util/crash-point.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"

#define LOG_CATEGORY "network"
/* A dnsmasq that ends this often within the time is not started again. */
#define ENDS_MAX 5
#define ENDS_WITHIN_US (60 * G_USEC_PER_SEC)

/* --- the parts ---------------------------------------------------------------------------------- */

/* Rules do not need the bridge: they are made while it is. */
typedef struct
{
  const Network *live;
  GError *error;
} RulesTask;

static void
apply_rules (void *data)
{
  RulesTask *task = data;

  firewall_apply (task->live, &task->error);
}

static bool
make_bridge_and_rules (const Network *live, bool is_active, GError **error)
{
  FiberGroup group = { 0 };
  RulesTask rules = { .live = live };
  bool made;

  if (firewall_is_needed (live))
    group_start (&group, "network rules", live->name, apply_rules, &rules);
  made = is_active ? bridge_repair (live, error) : bridge_make (live, error);
  crash_point ("net-start:bridge");
  group_wait_all (&group);
  if (made && rules.error == NULL)
    return true;
  if (made)
    g_propagate_error (error, g_steal_pointer (&rules.error));
  g_clear_error (&rules.error);
  return false;
}

static bool
bring_up_dnsmasq (Net *net, const Network *live, GError **error)
{
  if (net->dnsmasq == NULL)
    net->dnsmasq = dnsmasq_attach (live, net_dnsmasq_ended, net);
  if (!dnsmasq_is_needed (live))
    {
      if (net->dnsmasq != NULL)
        dnsmasq_stop (g_steal_pointer (&net->dnsmasq));
      return true;
    }
  if (net->dnsmasq != NULL)
    return dnsmasq_update (&net->dnsmasq, live, net_dnsmasq_ended, net, error);
  net->dnsmasq = dnsmasq_start (live, net_dnsmasq_ended, net, error);
  return net->dnsmasq != NULL;
}

static bool
bring_up_bandwidth (Net *net, const Network *live, GError **error)
{
  return live->bandwidth == NULL
         || (shape_network (live->bridge.name, live->bandwidth, error) && net_ports_shape (net, live, error));
}

bool
net_bring_up (Net *net, const Network *live, GError **error)
{
  if (!network_has_own_bridge (live))
    return true;
  if (!make_bridge_and_rules (live, net_is_active (net), error))
    return false;
  net->bridge_index = (int) if_nametoindex (live->bridge.name);
  return bring_up_bandwidth (net, live, error) && bring_up_dnsmasq (net, live, error);
}

bool
net_follow (Net *net, const Network *live, GError **error)
{
  g_autofree char *rules = NULL, *wanted = NULL;

  if (!network_has_own_bridge (live))
    return true;
  if (firewall_is_needed (live))
    {
      rules = firewall_rules (net->live);
      wanted = firewall_rules (live);
    }
  return (g_strcmp0 (rules, wanted) == 0 || firewall_apply (live, error)) && bring_up_dnsmasq (net, live, error);
}

/* What is taken away at the same time: the kernel takes its time for each. */
typedef struct
{
  Net *net;
  const Network *live;
} TakeDown;

static void
take_dnsmasq (void *data)
{
  const TakeDown *task = data;

  if (task->net->dnsmasq != NULL)
    dnsmasq_stop (g_steal_pointer (&task->net->dnsmasq));
  else
    dnsmasq_sweep (task->live->name);
  crash_point ("net-stop:dnsmasq");
}

static void
take_rules (void *data)
{
  const TakeDown *task = data;
  g_autoptr (GError) error = NULL;

  if (!firewall_remove (task->live->bridge.name, &error))
    log_error ("network '%s': %s", task->live->name, error->message);
  crash_point ("net-stop:rules");
}

static void
take_bridge (void *data)
{
  const TakeDown *task = data;
  g_autoptr (GError) error = NULL;

  if (!bridge_remove (task->live, &error))
    log_error ("network '%s': %s", task->live->name, error->message);
  crash_point ("net-stop:bridge");
}

void
net_take_down (Net *net, const Network *live)
{
  static const FiberFunc parts[] = { take_bridge, take_dnsmasq, take_rules };
  TakeDown task = { net, live };
  FiberGroup group = { 0 };
  g_autoptr (GError) error = NULL;

  net->stopping = true;
  for (unsigned int i = 0; i < G_N_ELEMENTS (parts) && network_has_own_bridge (live); i++)
    group_start (&group, "take down a network", live->name, parts[i], &task);
  group_wait_all (&group);
  if (!net_is_persistent (net))
    net_forget_guests (net, live);
  if (!net_status_remove (live->name, &error))
    log_error ("%s", error->message);
  net->stopping = false;
}

/* --- start ---------------------------------------------------------------------------------------- */

/* Ports that a network translates to, where it does not say which. */
static void
complete_nat (NetworkForward *forward)
{
  if (forward->mode != NETWORK_FORWARD_NAT)
    return;
  if (forward->nat == NULL)
    forward->nat = g_new0 (NetworkNat, 1);
  if (forward->nat->ports == NULL)
    forward->nat->ports = g_new0 (NetworkPortRange, 1);
  if (forward->nat->ports->start == 0 && forward->nat->ports->end == 0)
    *forward->nat->ports = (NetworkPortRange) { 1024, 65535 };
}

/* What a live document has besides its definition. */
static Network *
make_live (const Network *config, GError **error)
{
  g_autoptr (Network) live = network_copy (config);

  live->connections = 0;
  complete_nat (&live->forward);
  if (!net_complete (live, error) || !net_ports_find_devices (live, error))
    return NULL;
  return g_steal_pointer (&live);
}

static void
look (void *data)
{
  g_autoptr (Network) live = data;
  g_auto (GStrv) obstacles = firewall_obstacles (live);

  for (char **obstacle = obstacles; *obstacle != NULL; obstacle++)
    log_warning ("network '%s': %s", live->name, *obstacle);
}

void
net_look_for_obstacles (const Network *live)
{
  if (firewall_is_needed (live))
    fiber_start ("look for obstacles", live->name, look, network_copy (live));
}

static bool
start_parts (Net *net, const Network *live, GError **error)
{
  if (network_has_own_bridge (live) && path_is_session ())
    return fail_errno (error, VIR_FROM_NONE, EPERM, "a user's own daemon cannot make bridge '%s'", live->bridge.name);
  if ((network_has_own_bridge (live) && !bridge_check_clash (live, error)) || !net_hook_run (NET_HOOK_START, live, NULL, error))
    return false;
  crash_point ("net-start:begin");
  if (!net_status_save (net, live, error))
    return false;
  crash_point ("net-start:noted");
  if (net_bring_up (net, live, error) && net_hook_run (NET_HOOK_STARTED, live, NULL, error))
    return true;
  net_take_down (net, live);
  return false;
}

bool
net_start (Net *net, const Network *config, GError **error)
{
  g_autoptr (Network) live = NULL;
  bool started;

  if (net_is_active (net))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network '%s' is active already", net->name);
  live = make_live (config, error);
  if (live == NULL)
    return false;
  ERROR_PREFIX (error, "starting network '%s'", net->name);
  net->arriving = live;
  started = start_parts (net, live, error);
  net->arriving = NULL;
  if (!started)
    return false;
  g_clear_pointer (&net->reason, g_free);
  net->live = g_steal_pointer (&live);
  net_tell_guests (net);
  net_event_lifecycle (net, VIR_NETWORK_EVENT_STARTED, 0);
  net_look_for_obstacles (net->live);
  return true;
}

/* --- stop ------------------------------------------------------------------------------------------- */

void
net_stop (Net *net, const char *reason)
{
  g_autoptr (Network) live = NULL;

  net_take_down (net, net->live);
  net_ports_clear (net);
  live = g_steal_pointer (&net->live);
  g_free (net->reason);
  net->reason = g_strdup (reason);
  net_hook_tell (NET_HOOK_STOPPED, live, NULL);
  net_event_lifecycle (net, VIR_NETWORK_EVENT_STOPPED, 0);
  if (!net_is_persistent (net))
    object_list_remove (driver.nets, net);
}

/* --- dnsmasq's end ------------------------------------------------------------------------------------ */

/* Whether it has ended too often to be started again. */
static bool
ends_too_often (Net *net)
{
  uint64_t now = loop_now ();

  if (now - net->last_end > ENDS_WITHIN_US)
    net->dnsmasq_ends = 0;
  net->last_end = now;
  return ++net->dnsmasq_ends > ENDS_MAX;
}

void
net_dnsmasq_ended (Dnsmasq *dnsmasq, const char *why, void *data)
{
  g_autoptr (Net) net = object_ref (data);
  g_autofree char *cause = g_strdup (why);
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (!net_job (&guard, net, "restart of dnsmasq", &error))
    {
      log_error ("dnsmasq of network '%s' ended: %s: %s", net->name, cause, error->message);
      return;
    }
  /* It was replaced or stopped while this waited for its turn. */
  if (net->dnsmasq != dnsmasq || net->live == NULL)
    return;
  g_clear_pointer (&net->dnsmasq, dnsmasq_free);
  if (ends_too_often (net))
    {
      log_error ("dnsmasq of network '%s' ended (%s) for the %uth time in a minute: it is not started again", net->name,
                 cause, net->dnsmasq_ends);
      return;
    }
  log_warning ("dnsmasq of network '%s' ended (%s): it is started again", net->name, cause);
  net->dnsmasq = dnsmasq_start (net->live, net_dnsmasq_ended, net, &error);
  if (net->dnsmasq == NULL)
    {
      log_error ("dnsmasq of network '%s' cannot be started again: %s", net->name, error->message);
      return;
    }
  net_event_lifecycle (net, VIR_NETWORK_EVENT_STARTED, NET_STARTED_AGAIN);
}
