/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/recover.h"

#include <string.h>

#include "agent/guest.h"
#include "driver.h"
#include "helpers/helpers.h"
#include "hooks/hooks.h"
#include "net/net.h"
#include "qemu/process.h"
#include "security/security.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "vm/autodestroy.h"
#include "vm/dump.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"
#include "vm/monitor.h"
#include "vm/perf.h"
#include "vm/state.h"
#include "vm/networks.h"
#include "vm/status.h"
#include "vm/unplug.h"

#define LOG_CATEGORY "qemu.recover"
#define CONNECT_MS 20000

static bool
was_starting (const Vm *vm)
{
  return vm->state == VIR_DOMAIN_PAUSED && vm->reason == VIR_DOMAIN_PAUSED_STARTING_UP;
}

/* --- finding the processes ----------------------------------------------------------------------- */

static QemuProcess *
find_process (Vm *vm, GError **error)
{
  QemuRecord record = {
    .id = vm->id, .name = vm->name, .pid = vm->record.pid, .start_time = vm->record.start_time,
    .cgroup = vm->record.cgroup, .partition = vm->live->partition, .monitor_path = vm->record.monitor_path,
  };

  return qemu_process_find (&record, error);
}

/* What a guest without a process died of: what was last written of it, else it crashed. */
static void
explain_end (Vm *vm)
{
  if (was_starting (vm))
    vm->end = VM_END_FAILED;
  else if (vm->state == VIR_DOMAIN_SHUTDOWN && vm->end == VM_END_UNEXPECTED)
    vm->end = VM_END_SHUTDOWN;
}

/* It is off and nothing is to come after: there is nothing to ask a QEMU that may be on its way out, and may not answer. */
static bool
is_off (const Vm *vm)
{
  return vm->state == VIR_DOMAIN_SHUTDOWN && !vm->fake_reboot && vm->live->on_poweroff == LIFECYCLE_ACTION_DESTROY;
}

/* Why a guest that was found is to be ended at once; NULL: it goes on. @ret_end: how its end is told. */
static const char *
why_end (const Vm *vm, VmEnd *ret_end)
{
  *ret_end = was_starting (vm) ? VM_END_FAILED : vm->autodestroy_peer != 0 ? VM_END_DESTROYED : VM_END_SHUTDOWN;
  return was_starting (vm) ? "its start was cut short"
         : vm->autodestroy_peer != 0 ? "its client is gone"
         : is_off (vm) ? "it was shut down" : NULL;
}

static void
attach (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;
  const char *why;
  VmEnd end;

  if (!vm_job (&guard, vm, "recovery", &error))
    {
      log_error ("%s", error->message);
      return;
    }
  vm->process = find_process (vm, &error);
  if (vm->process == NULL && error != NULL)
    {
      /* Not known to be dead: left as it is for an administrator or the next start. */
      log_error ("domain '%s': %s", vm->name, error->message);
      return;
    }
  if (vm->process == NULL)
    {
      log_info ("domain '%s' ended while no daemon ran", vm->name);
      explain_end (vm);
      vm_finish (vm);
      return;
    }
  why = why_end (vm, &end);
  if (why != NULL)
    {
      log_info ("domain '%s' is ended: %s", vm->name, why);
      if (!vm_stop (vm, end, false, &error))
        log_error ("domain '%s': %s", vm->name, error->message);
      return;
    }
  security_reserve_labels (vm->live, driver.config);
  helpers_find (vm->id, vm->live, driver.config);
  if (!vm_watch (vm, &error) || !vm_perf_begin (vm, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
}

static bool
is_active (const void *vm, const void *data)
{
  return vm_is_active (vm);
}

void
vm_recover_attach (VmList *list)
{
  g_autoptr (GPtrArray) vms = vm_list_all (list, is_active, NULL);
  FiberGroup group = { 0 };

  for (unsigned int i = 0; i < vms->len; i++)
    {
      Vm *vm = vms->pdata[i];

      vm->recovering = true;
      group_start (&group, "find a guest", vm->name, attach, vm_ref (vm));
    }
  group_wait_all (&group);
}

/* --- catching up ------------------------------------------------------------------------------------- */

/* QEMU's words for its state, and what they are for us. */
static const struct
{
  const char *status;
  int state, reason;
} run_states[] = {
  { "running", VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED },
  { "paused", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_UNKNOWN },
  { "prelaunch", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER },
  { "io-error", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR },
  { "watchdog", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG },
  { "shutdown", VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_UNKNOWN },
  { "guest-panicked", VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED },
  { "suspended", VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN },
};

/* Brings the state to what QEMU says it is, and does what was not done about it. */
static void
follow_status (Vm *vm, const char *status)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (run_states); i++)
    {
      if (strcmp (status, run_states[i].status) != 0)
        continue;
      if (vm->state == VIR_DOMAIN_SHUTDOWN && run_states[i].state == VIR_DOMAIN_PAUSED)
        break;
      if (vm->state != run_states[i].state)
        vm_enter (vm, run_states[i].state, run_states[i].reason, VM_DETAIL_OF_MOVE);
      break;
    }
  if (vm->state == VIR_DOMAIN_SHUTDOWN)
    vm_begin_power_off (vm);
  else if (vm->state == VIR_DOMAIN_CRASHED)
    vm_begin_panic (vm);
  else if (vm->state == VIR_DOMAIN_PAUSED && vm->reason == VIR_DOMAIN_PAUSED_DUMP)
    vm_begin_end_of_dump (vm);
}

static bool
catch_up (Vm *vm, GError **error)
{
  g_autoptr (json_t) status = NULL;
  Deadline deadline = deadline_in_ms (CONNECT_MS);

  if (!qemu_process_connect (vm->process, &vm_monitor_handler, vm, deadline, error))
    return false;
  vm->monitor = vm->process->qmp;
  if (!qemu_process_refresh (vm->process, vm->live, deadline, error))
    return false;
  status = qmp_command (vm->monitor, "query-status", NULL, deadline, error);
  if (status == NULL)
    return false;
  vm->recovering = false;
  if (vm_device_hooks != NULL && !vm_device_hooks->reconcile (vm, error))
    return false;
  vm_figures_begin (vm);
  vm_agent_follow (vm);
  follow_status (vm, json_get_string (status, "status", ""));
  hooks_tell (HOOK_RECONNECT, vm->live, driver.config);
  net_recover (vm->live);
  vm_networks_check (vm);
  vm->record.pid = vm->process->pid;
  vm->record.start_time = vm->process->start_time;
  return vm_status_save (vm, error);
}

static bool
still_there (const Vm *vm)
{
  return vm_is_active (vm) && vm->process != NULL && !vm->process->gone;
}

/* Tries until the monitor answers or the process is gone: a guest that is stopped from outside
 * answers when it goes on. The job is free between the tries, so that it can be destroyed. */
static void
connect_fiber (void *data)
{
  g_autoptr (Vm) vm = data;

  for (uint64_t pause_ms = 500;; pause_ms = MIN (pause_ms * 2, 30000))
    {
      g_auto (JobGuard) guard = { 0 };
      g_autoptr (GError) error = NULL;

      if (!vm_job (&guard, vm, "reconnection", &error) || !still_there (vm) || catch_up (vm, &error))
        return;
      job_guard_clear (&guard);
      if (!still_there (vm))
        return;
      log_warning ("domain '%s' is not reached: %s", vm->name, error->message);
      if (!fiber_sleep (pause_ms, NULL))
        return;
    }
}

void
vm_recover_catch_up (VmList *list)
{
  g_autoptr (GPtrArray) vms = vm_list_all (list, is_active, NULL);

  for (unsigned int i = 0; i < vms->len; i++)
    {
      Vm *vm = vms->pdata[i];

      if (vm->process != NULL)
        fiber_start ("reconnect to a guest", vm->name, connect_fiber, vm_ref (vm));
    }
}
