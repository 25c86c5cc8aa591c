/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver.h"

#include "net/config.h"
#include "net/lifecycle.h"
#include "net/net.h"
#include "net/recover.h"
#include "net/status.h"
#include "util/log.h"
#include "util/loop.h"

#define LOG_CATEGORY "network.driver"
#define AUTOSTARTED "autostarted"

Driver driver;

/* --- autostart -------------------------------------------------------------------------------- */

static bool
wants_autostart (const void *object, const void *data)
{
  const Net *net = object;

  return net->autostart && net_is_persistent (net) && !net_is_active (net);
}

static void
autostart_one (void *data)
{
  g_autoptr (Net) net = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (!net_job (&guard, net, "autostart", &error)
      || (wants_autostart (net, NULL) && !net_start (net, net->config, &error)))
    log_error ("autostart of network '%s': %s", net->name, error->message);
}

/* Those that start with the host, until all of them have. */
static FiberGroup autostarting;
static bool autostart_begun;

/* Each has its job from here on: who wants a port of one waits until it runs. */
static bool
autostart_begin (GError **error)
{
  g_autofree char *path = net_status_path (AUTOSTARTED);
  g_autoptr (GPtrArray) nets = NULL;

  if (autostart_done (path))
    return true;
  if (!autostart_note (path, false, error))
    return false;
  autostart_begun = true;
  driver.busy++;
  nets = object_list_all (driver.nets, wants_autostart, NULL);
  for (unsigned int i = 0; i < nets->len; i++)
    {
      Net *net = nets->pdata[i];

      group_start (&autostarting, "autostart", net->name, autostart_one, object_ref (net));
    }
  return true;
}

void
driver_started (void)
{
  g_autofree char *path = net_status_path (AUTOSTARTED);
  g_autoptr (GError) error = NULL;

  if (!autostart_begun)
    return;
  if (!group_wait (&autostarting, FOREVER, &error) || !autostart_note (path, true, &error))
    log_error ("autostart: %s", error->message);
  driver.busy--;
}

/* --- the driver --------------------------------------------------------------------------------- */

bool
driver_setup (const Conf *conf, GError **error)
{
  uint64_t begun = loop_now ();

  driver.events = event_hub_new ();
  driver.nets = object_list_new (&net_class);
  if (!net_config_load (error) || !net_watch_rules (error) || !net_recover_all (error) || !net_watch_bridges (error)
      || !autostart_begin (error))
    return false;
  log_debug ("%u networks loaded in %" G_GUINT64_FORMAT " ms", object_list_count (driver.nets, NULL, NULL),
             (loop_now () - begun) / 1000);
  return true;
}

/* Bridges, rules and processes of networks that run are watched. */
static bool
is_watched (const void *object, const void *data)
{
  const Net *net = object;

  return net_is_active (net) && network_has_own_bridge (net->live);
}

bool
driver_busy (void)
{
  return driver.busy > 0 || event_hub_in_use (driver.events) || object_list_count (driver.nets, is_watched, NULL) > 0;
}
