/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/lifecycle.h"

#include <string.h>

#include "agent/guest.h"
#include "driver.h"
#include "helpers/helpers.h"
#include "hooks/hooks.h"
#include "net/net.h"
#include "net/port.h"
#include "qemu/platform.h"
#include "qemu/process.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "vm/autodestroy.h"
#include "vm/dump.h"
#include "vm/events.h"
#include "vm/fd-groups.h"
#include "vm/figures.h"
#include "vm/monitor.h"
#include "vm/perf.h"
#include "vm/state.h"
#include "vm/status.h"
#include "vm/store.h"
#include "vm/threads.h"
#include "vm/unplug.h"

#define LOG_CATEGORY "qemu.lifecycle"
#define PATIENCE_MS 100         /* of a destruction with whoever has the job */

bool
vm_command (Vm *vm, const char *name, json_t *args, GError **error)
{
  g_autoptr (json_t) owned = args;
  g_autoptr (Qmp) qmp = vm->monitor != NULL ? qmp_ref (vm->monitor) : NULL;

  if (qmp == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "the monitor of domain '%s' is not connected", vm->name);
  return qmp_do (qmp, name, g_steal_pointer (&owned), vm_change_deadline (vm), error);
}

static bool
command (Vm *vm, const char *name, GError **error)
{
  return vm_command (vm, name, NULL, error);
}

bool
vm_job_to_destroy (JobGuard *guard, Vm *vm, GError **error)
{
  g_autofree char *subject = g_strdup_printf ("domain '%s'", vm->name);

  if (job_guard (guard, &vm->job, "destruction", subject, deadline_in_ms (PATIENCE_MS), NULL))
    {
      if (!vm->removed)
        return true;
      job_guard_clear (guard);
    }
  else
    {
      /* What has the job waits for a hook, for the network daemon, or for a QEMU that does not answer and is to go anyway. */
      hooks_interrupt (vm->uuid);
      net_interrupt (vm->uuid);
      if (vm->monitor != NULL)
        {
          qmp_close (vm->monitor);
          vm->monitor = NULL;
          vm_unplug_lost (vm);
        }
    }
  return vm_job (guard, vm, "destruction", error);
}

/* --- the end ------------------------------------------------------------------------------ */

/* What an end means for the state, and what the guest's log calls it. */
static const struct { int reason; const char *log; } ends[] = {
  [VM_END_UNEXPECTED] = { VIR_DOMAIN_SHUTOFF_CRASHED, "crashed" },
  [VM_END_SHUTDOWN] = { VIR_DOMAIN_SHUTOFF_SHUTDOWN, "shutdown" },
  [VM_END_DESTROYED] = { VIR_DOMAIN_SHUTOFF_DESTROYED, "destroyed" },
  [VM_END_FAILED] = { VIR_DOMAIN_SHUTOFF_FAILED, "failed" },
  [VM_END_CRASHED] = { VIR_DOMAIN_SHUTOFF_CRASHED, "crashed" },
};

static void
forget_run (Vm *vm)
{
  g_autoptr (GError) error = NULL;

  vm->monitor = NULL;
  vm_agent_forget (vm);
  g_clear_pointer (&vm->process, qemu_process_free);
  g_clear_pointer (&vm->live, domain_free);
  g_clear_pointer (&vm->record.monitor_path, g_free);
  g_clear_pointer (&vm->record.cgroup, g_free);
  vm->record = (VmRecord) { 0 };
  vm->fake_reboot = vm->rebooting = vm->recovering = vm->reset_ends = false;
  vm->pause_reason = VIR_DOMAIN_PAUSED_UNKNOWN;
  vm_dump_forget (vm);
  vm->taint = 0;
  vm->last_node = vm->last_fdset = 0;
  vm_autodestroy_forget (vm);
  vm_figures_reset (vm->figures);
  vm_threads_forget (vm);
  vm_perf_end (vm);
  crash_point ("stop:before-forget");
  if (!vm_status_save (vm, &error))
    log_error ("removing the status of domain '%s': %s", vm->name, error->message);
}

void
vm_finish (Vm *vm)
{
  VmEnd end = vm->end;

  hooks_tell (HOOK_STOPPED, vm->live, driver.config);
  if (vm->process != NULL)
    qemu_process_cleanup (vm->process, vm->live, driver.config, ends[end].log);
  net_release_all (vm->id, vm->name);
  crash_point ("stop:cleaned");
  hooks_tell (HOOK_RELEASE, vm->live, driver.config);
  vm_enter (vm, VIR_DOMAIN_SHUTOFF, ends[end].reason,
            end == VM_END_CRASHED ? (int) VIR_DOMAIN_EVENT_STOPPED_CRASHED : VM_DETAIL_OF_MOVE);
  vm_list_release_id (driver.vms, vm);
  /* Nobody is to see a transient guest without a definition; its name stays taken until its files
   * are gone. */
  if (!vm_is_persistent (vm))
    vm->reserved = true;
  if (vm->reserved && vm->live != NULL && !helpers_keeps_tpm (vm->live))
    helpers_forget_guest (vm->uuid);
  forget_run (vm);
  vm->end = VM_END_UNEXPECTED;
  if (vm->reserved)
    vm_list_remove (driver.vms, vm);
}

bool
vm_stop (Vm *vm, VmEnd end, bool graceful, GError **error)
{
  VmEnd before = vm->end;

  vm->end = end;
  crash_point ("stop:begin");
  if (vm->process != NULL && !qemu_process_stop (vm->process, graceful, error))
    {
      vm->end = before;
      return false;
    }
  crash_point ("stop:gone");
  if (vm_is_active (vm))
    vm_finish (vm);
  return true;
}

/* A fiber: the process ended by itself. */
static void
process_ended (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *subject = g_strdup_printf ("domain '%s'", vm->name);

  /* The end of a guest waits for as long as it takes; nothing that holds the job outlasts
   * the guest by more than its own deadlines. */
  if (job_guard (&guard, &vm->job, "end of the process", subject, FOREVER, NULL)
      && vm->process != NULL && vm->process->gone)
    vm_finish (vm);
}

static void
on_gone (QemuProcess *process, void *user)
{
  Vm *vm = user;

  log_debug ("the process of domain '%s' ended", vm->name);
  fiber_start ("end of a guest", vm->name, process_ended, vm_ref (vm));
}

bool
vm_watch (Vm *vm, GError **error)
{
  return qemu_process_watch (vm->process, on_gone, vm, error);
}

/* --- the start ------------------------------------------------------------------------------ */

static bool
note_spawned (const QemuProcess *process, void *user, GError **error)
{
  Vm *vm = user;

  crash_point ("start:spawned");
  /* From now on a destruction can end the wait for a QEMU that does not greet. */
  vm->monitor = process->qmp;
  vm->record = (VmRecord) {
    .pid = process->pid, .start_time = process->start_time,
    .monitor_path = g_strdup (process->monitor_path), .cgroup = g_strdup (process->cgroup),
  };
  return vm_status_save (vm, error);
}

/* A guest with a saved state must not be booted over it, unless that is asked for. */
static bool
check_managed_save (Vm *vm, unsigned int flags, GError **error)
{
  g_autofree char *path = vm_store_managed_save_path (vm->name);

  if (!vm->has_managed_save)
    return true;
  if (!(flags & VIR_DOMAIN_START_FORCE_BOOT))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                 "domain '%s' has the managed save image '%s', which cannot be restored yet",
                 vm->name, path);
  if (!state_file_remove (path, error))
    return false;
  vm->has_managed_save = false;
  return true;
}

static bool
run_start_hooks (void *user, GError **error)
{
  const Vm *vm = user;

  return hooks_run (HOOK_START, vm->live, driver.config, error);
}

static bool
note_document (void *user, GError **error)
{
  return vm_status_save (user, error);
}

static int
client_fd (const char *group, unsigned int index, void *user)
{
  return vm_fd_group_get (user, group, index);
}

static void
tell_dropped (const char *alias, const char *path, bool is_disk, void *user)
{
  vm_event_disk_change (user, path, NULL, alias, is_disk ? VIR_DOMAIN_EVENT_DISK_DROP_MISSING_ON_START
                                                         : VIR_DOMAIN_EVENT_DISK_CHANGE_MISSING_ON_START);
}

static bool
spawn (Vm *vm, QemuCaps *caps, unsigned int flags, GError **error)
{
  QemuStart start = {
    .domain = vm->live, .id = vm->id, .config = driver.config, .caps = caps,
    .handler = &vm_monitor_handler, .user = vm, .ready = run_start_hooks, .spawned = note_spawned, .deadline = FOREVER,
    .client_fd = client_fd, .dropped = tell_dropped, .note = note_document,
    .reset_nvram = flags & VIR_DOMAIN_START_RESET_NVRAM,
  };
  NetGuest guest = net_guest_of (vm->live, driver.config);
  g_autoptr (NetLinks) links = net_links_new ();

  crash_point ("start:before-spawn");
  if (!net_prepare_all (&guest, vm->live, links, error))
    return false;
  start.links = links;
  crash_point ("start:net");
  vm->process = qemu_process_start (&start, error);
  if (vm->process == NULL)
    {
      vm->monitor = NULL;
      net_links_drop (links, NULL);
      return false;
    }
  vm->monitor = vm->process->qmp;
  crash_point ("start:connected");
  /* Known by now also where systemd made it. */
  g_free (vm->record.cgroup);
  vm->record.cgroup = g_strdup (vm->process->cgroup);
  return vm_perf_begin (vm, error) && vm_watch (vm, error)
         && (vm_device_hooks == NULL || vm_device_hooks->starting (vm, error));
}

/* Lets the guest go, or leaves it paused, and says that it started. */
static bool
let_go (Vm *vm, unsigned int flags, GError **error)
{
  bool paused = flags & VIR_DOMAIN_START_PAUSED;

  if (agent_channel (vm->live) != NULL)
    vm_event_agent_lifecycle (vm, VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED,
                              VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_DOMAIN_STARTED);
  if (!paused && !command (vm, "cont", error))
    return false;
  if (!hooks_run (HOOK_STARTED, vm->live, driver.config, error))
    return false;
  if (vm->process->gone)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "the QEMU of domain '%s' ended while it started", vm->name);
  /* A guest has all of its memory until its driver gives some back, and QEMU then says so. */
  vm->live->current_memory = vm->live->memory;
  vm_figures_begin (vm);
  crash_point ("start:running");
  /* The guest may have come further while the reply was on its way. */
  if (vm->state == VIR_DOMAIN_PAUSED && vm->reason == VIR_DOMAIN_PAUSED_STARTING_UP)
    vm_enter (vm, paused ? VIR_DOMAIN_PAUSED : VIR_DOMAIN_RUNNING,
              paused ? (int) VIR_DOMAIN_PAUSED_USER : (int) VIR_DOMAIN_RUNNING_BOOTED, VM_DETAIL_OF_MOVE);
  return vm_status_save (vm, error);
}

/* Nothing is left of a start that failed. */
static void
undo_start (Vm *vm)
{
  g_autoptr (GError) error = NULL;

  vm->end = VM_END_FAILED;
  if (vm->process != NULL && !qemu_process_stop (vm->process, false, &error))
    log_error ("domain '%s': %s", vm->name, error->message);
  vm_finish (vm);
}

/* Guests of a root's daemon whose configuration takes nothing from them. */
static bool
runs_as_root (void)
{
  return driver.config->user != NULL && (driver.config->uid == 0 || driver.config->gid == 0);
}

bool
vm_start (Vm *vm, const Domain *definition, unsigned int flags, Peer *peer, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  g_autoptr (Domain) live = domain_copy (definition);

  if (!check_managed_save (vm, flags, error)
      || !qemu_platform_init (&platform, live, error))
    return false;
  /* What it was given when it was defined it keeps, whatever new guests get by now. */
  platform.base.is_new_guest = false;
  if (!domain_complete (live, &platform.base, error))
    return false;
  domain_assign_aliases (live);
  vm_list_assign_id (driver.vms, vm, 0);
  live->id = vm->id;
  vm->live = g_steal_pointer (&live);
  vm->end = VM_END_UNEXPECTED;
  vm->taint = 0;
  if (vm->live->qemu != NULL)
    vm->taint |= VM_TAINT_CUSTOM_ARGV;
  if (flags & VIR_DOMAIN_START_AUTODESTROY)
    vm_autodestroy_add (vm, peer);
  vm_enter (vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, VM_DETAIL_OF_MOVE);
  if (runs_as_root ())
    vm_taint (vm, VM_TAINT_HIGH_PRIVILEGES, "high-privileges");
  /* The intent is on disk before anything happens in the world. */
  if (vm_status_save (vm, error) && hooks_run (HOOK_PREPARE, vm->live, driver.config, error)
      && spawn (vm, platform.caps, flags, error) && let_go (vm, flags, error))
    return true;
  undo_start (vm);
  return false;
}

/* --- pausing -------------------------------------------------------------------------------- */

bool
vm_suspend (Vm *vm, GError **error)
{
  bool stopped;

  if (!vm_require_active (vm, error))
    return false;
  if (vm->state == VIR_DOMAIN_PMSUSPENDED)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' sleeps", vm->name);
  if (vm->state == VIR_DOMAIN_PAUSED)
    return true;
  /* QEMU's STOP event comes before its reply and makes the move. */
  vm->pause_reason = VIR_DOMAIN_PAUSED_USER;
  stopped = command (vm, "stop", error);
  vm->pause_reason = VIR_DOMAIN_PAUSED_UNKNOWN;
  if (!stopped)
    return false;
  if (vm->state == VIR_DOMAIN_RUNNING)
    vm_enter (vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, VM_DETAIL_OF_MOVE);
  return vm_status_save (vm, error);
}

bool
vm_resume (Vm *vm, GError **error)
{
  if (!vm_require_active (vm, error))
    return false;
  if (vm->state == VIR_DOMAIN_PMSUSPENDED)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' sleeps", vm->name);
  if (vm->state == VIR_DOMAIN_RUNNING)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is already running", vm->name);
  if (vm->state == VIR_DOMAIN_CRASHED)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' crashed: it must be reset before it can run on", vm->name);
  if (!command (vm, "cont", error))
    return false;
  if (vm->state == VIR_DOMAIN_PAUSED)
    vm_enter (vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, VM_DETAIL_OF_MOVE);
  return vm_status_save (vm, error);
}

/* --- power ------------------------------------------------------------------------------------ */

bool
vm_power_button (Vm *vm, bool reboot, GError **error)
{
  bool before = vm->fake_reboot;

  vm->fake_reboot = reboot;
  if (!vm_status_save (vm, error) || !command (vm, "system_powerdown", error))
    {
      vm->fake_reboot = before;
      vm_status_touch (vm);
      return false;
    }
  return true;
}

bool
vm_reset (Vm *vm, GError **error)
{
  vm->fake_reboot = false;
  if (!command (vm, "system_reset", error))
    return false;
  if (vm->state == VIR_DOMAIN_CRASHED)
    vm_enter (vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, VM_DETAIL_OF_MOVE);
  vm_status_touch (vm);
  return true;
}

/* --- taint ------------------------------------------------------------------------------------- */

void
vm_taint (Vm *vm, VmTaint taint, const char *name)
{
  g_autoptr (Vm) held = vm_ref (vm);
  g_autofree char *text = NULL;
  char uuid[UUID_TEXT_SIZE];

  if (vm->taint & taint)
    return;
  vm->taint |= taint;
  vm_status_touch (vm);
  log_warning ("domain id=%d name='%s' uuid=%s is tainted: %s", vm->id, vm->name, uuid_format (vm->uuid, uuid), name);
  text = g_strdup_printf ("Domain id=%d is tainted: %s", vm->id, name);
  qemu_log_line (driver.config, held->name, held->uuid, text);
}
