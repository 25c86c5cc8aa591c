/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon does by itself when a guest powers off, crashes or lets its watchdog run out. */
#include <string.h>

#include "driver.h"
#include "qemu/process.h"
#include "util/error.h"
#include "util/log.h"
#include "vm/dump.h"
#include "vm/lifecycle.h"
#include "vm/state.h"
#include "vm/status.h"

#define LOG_CATEGORY "qemu.actions"
#define PATIENCE_MS 100         /* with a QEMU that has something to answer still */

static bool
vm_reset_ends (const Vm *vm)
{
  return vm->live != NULL && vm->live->on_reboot == LIFECYCLE_ACTION_DESTROY;
}

bool
vm_set_reboot_action (Vm *vm, bool restart, GError **error)
{
  return vm_command (vm, "set-action", json_pack ("{s:s}", "reboot", restart ? "reset" : "shutdown"), error);
}

/* The guest is off, and is to come back: QEMU stays. */
static bool
restart_in_place (Vm *vm, GError **error)
{
  bool crashed = vm->state == VIR_DOMAIN_CRASHED;
  bool restarted;

  vm->fake_reboot = false;
  vm->end = VM_END_UNEXPECTED;
  vm->rebooting = true;
  /* Where a reset ends the guest, this one does not. */
  restarted = (!vm_reset_ends (vm) || vm_set_reboot_action (vm, true, error))
              && vm_command (vm, "system_reset", NULL, error) && vm_command (vm, "cont", NULL, error)
              && (!vm_reset_ends (vm) || vm_set_reboot_action (vm, false, error));
  vm->rebooting = false;
  if (!restarted)
    return false;
  vm_enter (vm, VIR_DOMAIN_RUNNING, crashed ? (int) VIR_DOMAIN_RUNNING_CRASHED : (int) VIR_DOMAIN_RUNNING_BOOTED,
            VM_DETAIL_OF_MOVE);
  return vm_status_save (vm, error);
}

/* Takes the job for what the daemon does by itself. */
static bool
own_job (JobGuard *guard, Vm *vm, const char *what)
{
  g_autoptr (GError) error = NULL;

  if (vm_job (guard, vm, what, &error))
    return vm_is_active (vm) && vm->process != NULL && !vm->process->gone;
  log_warning ("%s", error->message);
  return false;
}

static void
power_off (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;
  int id = vm->id;

  if (!own_job (&guard, vm, "power-off") || vm->id != id || (vm->state != VIR_DOMAIN_SHUTDOWN && !vm->rebooting))
    {
      vm->rebooting = false;
      return;
    }
  if (!vm->fake_reboot && vm->live->on_poweroff == LIFECYCLE_ACTION_PRESERVE)
    return;
  if ((vm->fake_reboot || vm->live->on_poweroff == LIFECYCLE_ACTION_RESTART) && !vm->reset_ends && restart_in_place (vm, &error))
    return;
  vm->rebooting = false;
  if (error != NULL)
    log_warning ("domain '%s' is ended instead of restarted: %s", vm->name, error->message);
  g_clear_error (&error);
  if (!vm_stop (vm, VM_END_SHUTDOWN, false, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
}

void
vm_begin_power_off (Vm *vm)
{
  fiber_start ("power-off", vm->name, power_off, vm_ref (vm));
}

/* Lets QEMU answer what it was asked, for a short time. */
static void
settle (Vm *vm)
{
  g_autoptr (Qmp) qmp = vm->monitor != NULL ? qmp_ref (vm->monitor) : NULL;

  if (qmp != NULL)
    qmp_do (qmp, "query-status", NULL, deadline_in_ms (PATIENCE_MS), NULL);
}

static bool
dumps_core (DomainLifecycleAction action)
{
  return action == LIFECYCLE_ACTION_COREDUMP_DESTROY || action == LIFECYCLE_ACTION_COREDUMP_RESTART;
}

static void
watchdog_dump (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;
  int id = vm->id;

  if (!own_job (&guard, vm, "dump after the watchdog") || vm->id != id)
    return;
  settle (vm);
  if (!vm_dump_automatically (vm, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
  g_clear_error (&error);
  if (vm->state == VIR_DOMAIN_PAUSED && vm->reason == VIR_DOMAIN_PAUSED_WATCHDOG && !vm_resume (vm, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
}

void
vm_begin_watchdog_dump (Vm *vm)
{
  fiber_start ("watchdog of a guest", vm->name, watchdog_dump, vm_ref (vm));
}

static void
panic (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;
  int id = vm->id;
  bool done = true;

  if (!own_job (&guard, vm, "panic of the guest") || vm->id != id || vm->state != VIR_DOMAIN_CRASHED)
    return;
  /* Whoever commanded QEMU before this gets its answer first. */
  settle (vm);
  if (dumps_core (vm->live->on_crash) && !vm_dump_automatically (vm, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
  g_clear_error (&error);
  if (!vm_is_active (vm) || vm->id != id)
    return;
  switch (vm->live->on_crash)
    {
    case LIFECYCLE_ACTION_PRESERVE:
      break;
    case LIFECYCLE_ACTION_RESTART:
    case LIFECYCLE_ACTION_COREDUMP_RESTART:
      done = restart_in_place (vm, &error);
      break;
    default:
      done = vm_stop (vm, VM_END_CRASHED, false, &error);
      break;
    }
  if (!done)
    log_error ("domain '%s': %s", vm->name, error->message);
}

void
vm_begin_panic (Vm *vm)
{
  fiber_start ("panic of a guest", vm->name, panic, vm_ref (vm));
}
