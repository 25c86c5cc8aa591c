/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver.h"

#include "daemon/definitions.h"
#include "hotplug/hotplug.h"
#include "net/net.h"
#include "qemu/platform.h"
#include "security/security.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"
#include "vm/lifecycle.h"
#include "vm/networks.h"
#include "vm/recover.h"
#include "vm/status.h"
#include "vm/store.h"

#define LOG_CATEGORY "qemu.driver"

Driver driver;

bool
driver_setup (const Conf *conf, GError **error)
{
  uint64_t begun = loop_now ();

  driver.events = event_hub_new ();
  driver.monitor_events = event_hub_new ();
  driver.vms = vm_list_new ();
  driver.config = qemu_config_load (error);
  qemu_platform_configure (driver.config);
  hotplug_setup ();
  if (driver.config == NULL || !security_check_config (driver.config, error) || !vm_store_setup (error)
      || !vm_store_load (driver.vms, error) || !vm_status_load (driver.vms, error))
    return false;
  vm_set_max_queued (driver.config->max_queued);
  vm_networks_setup (driver.vms);
  vm_recover_attach (driver.vms);
  log_debug ("%u guests loaded, %u of them running, in %" G_GUINT64_FORMAT " ms",
             vm_list_count (driver.vms, true, true), vm_list_count (driver.vms, true, false),
             (loop_now () - begun) / 1000);
  return true;
}

/* --- autostart --------------------------------------------------------------------------------- */

static bool
wants_autostart (const void *object, const void *data)
{
  const Vm *vm = object;

  return vm_is_persistent (vm) && (vm->autostart_once || (vm->autostart && !vm_is_active (vm)));
}

static void
autostart_one (Vm *vm)
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (!vm_job (&guard, vm, "autostart", &error)
      || (wants_autostart (vm, NULL) && !vm_is_active (vm) && !vm_start (vm, vm->config, 0, NULL, &error)))
    log_error ("autostart of domain '%s': %s", vm->name, error->message);
  g_clear_error (&error);
  /* Once was now, whatever came of it. */
  if (guard.job == NULL || !vm->autostart_once)
    return;
  vm->autostart_once = false;
  if (!vm_store_set_autostart (vm->name, VM_AUTOSTART_ONCE, false, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
}

/* Guests start with the host, not with every start of the daemon. */
static bool
autostart (const char *path, GError **error)
{
  g_autoptr (GPtrArray) vms = vm_list_all (driver.vms, wants_autostart, NULL);

  if (!autostart_note (path, false, error))
    return false;
  for (unsigned int i = 0; i < vms->len; i++)
    {
      autostart_one (vms->pdata[i]);
      if (driver.config->auto_start_delay > 0 && !fiber_sleep (driver.config->auto_start_delay, error))
        return false;
    }
  return autostart_note (path, true, error);
}

static bool
runs (int id, void *user)
{
  g_autoptr (Vm) vm = vm_list_by_id (driver.vms, id);

  return vm != NULL;
}

void
driver_started (void)
{
  g_autofree char *path = path_driver (PATH_RUN, "qemu", "autostarted");
  g_autoptr (GError) error = NULL;

  vm_recover_catch_up (driver.vms);
  net_sweep (runs, NULL);
  if (autostart_done (path))
    return;
  driver.busy++;
  if (!autostart (path, &error))
    log_error ("autostart: %s", error->message);
  driver.busy--;
}

bool
driver_busy (void)
{
  return driver.busy > 0 || vm_list_count (driver.vms, true, false) > 0
         || event_hub_in_use (driver.events) || event_hub_in_use (driver.monitor_events);
}
