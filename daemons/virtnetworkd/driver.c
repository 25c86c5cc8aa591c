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

Driver driver;

bool
driver_setup (const Conf *conf, GError **error)
{
  uint64_t begun = loop_now ();

  driver.events = event_hub_new ();
  driver.nets = object_list_new (&net_class);
  if (!net_config_load (error) || !net_recover_all (error) || !net_watch (error))
    return false;
  log_debug ("%u networks loaded in %" G_GUINT64_FORMAT " ms", object_list_count (driver.nets, NULL, NULL),
             (loop_now () - begun) / 1000);
  return true;
}

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

static bool
autostart (const char *path, GError **error)
{
  g_autoptr (GPtrArray) nets = object_list_all (driver.nets, wants_autostart, NULL);
  FiberGroup group = { 0 };

  if (!autostart_note (path, false, error))
    return false;
  for (unsigned int i = 0; i < nets->len; i++)
    {
      Net *net = nets->pdata[i];

      group_start (&group, "autostart", net->name, autostart_one, object_ref (net));
    }
  return group_wait (&group, FOREVER, error) && autostart_note (path, true, error);
}

void
driver_started (void)
{
  g_autofree char *path = net_status_path ("autostarted");
  g_autoptr (GError) error = NULL;

  if (autostart_done (path))
    return;
  driver.busy++;
  if (!autostart (path, &error))
    log_error ("autostart: %s", error->message);
  driver.busy--;
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
