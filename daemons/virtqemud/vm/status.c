/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/status.h"

#include <string.h>

#include "args/args.h"
#include "driver.h"
#include "model/status/domain-status.h"
#include "qemu/process.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "vm/state.h"

#define LOG_CATEGORY "qemu.status"
#define DRIVER "qemu"

/* Stock's names of the taints that we know. */
static const struct { VmTaint taint; const char *name; } taints[] = {
  { VM_TAINT_CUSTOM_ARGV, "custom-argv" },
  { VM_TAINT_CUSTOM_MONITOR, "custom-monitor" },
  { VM_TAINT_HOST_CPU, "host-cpu" },
  { VM_TAINT_CUSTOM_AGENT, "custom-ga-command" },
  { VM_TAINT_HIGH_PRIVILEGES, "high-privileges" },
};

/* --- writing ------------------------------------------------------------------------- */

/* The record of @vm; its domain and texts are the guest's own. */
static DomainStatus *
status_borrow (const Vm *vm)
{
  DomainStatus *status = domain_status_new ();

  status->state = g_strdup (vm_state_name (vm->state));
  status->reason = g_strdup (vm_reason_name (vm->state, vm->reason));
  status->pid = vm->record.pid;
  for (unsigned int i = 0; i < G_N_ELEMENTS (taints); i++)
    if (vm->taint & taints[i].taint)
      domain_status_add_taint (status, taints[i].name);
  status->monitor_path = g_strdup (vm->record.monitor_path);
  status->monitor_type = vm->record.monitor_path != NULL ? g_strdup ("unix") : NULL;
  status->fake_reboot = vm->fake_reboot;
  status->autodestroy = vm->autodestroy_peer != 0;
  status->start_time = vm->record.start_time;
  status->end = vm->end;
  status->agent_timeout = vm->agent_timeout;
  status->cgroup = g_strdup (vm->record.cgroup);
  status->node_index = vm->last_node;
  status->fdset_index = vm->last_fdset;
  /* A device that comes is on disk before it is in QEMU. */
  status->domain = vm->arriving != NULL ? vm->arriving : vm->live;
  return status;
}

char *
vm_status_format (const Vm *vm)
{
  g_autoptr (DomainStatus) status = status_borrow (vm);
  g_autofree char *document = domain_status_format (status);

  status->domain = NULL;
  return g_strconcat ("<!--\nThis file is written by virtqemud for its own use.\n-->\n\n", document, NULL);
}

static bool
write_now (Vm *vm, GError **error)
{
  g_autofree char *path = path_driver (PATH_RUN, DRIVER, "%s.xml", vm->name);
  g_autofree char *text = NULL;

  if (vm->live != NULL)
    {
      qemu_args_record_nodes (vm->live, driver.config);
      text = vm_status_format (vm);
    }
  vm->status_saved = vm->status_version;
  return text != NULL ? state_file_write (path, text, strlen (text), 0600, error)
                      : state_file_remove (path, error);
}

bool
vm_status_save (Vm *vm, GError **error)
{
  g_autoptr (Vm) held = vm_ref (vm);
  g_auto (JobGuard) guard = { 0 };

  crash_point ("status:before-write");
  if (!job_guard (&guard, &held->status_job, "status file", held->name, FOREVER, error)
      || !write_now (held, error))
    return false;
  crash_point ("status:written");
  return true;
}

static void
save_touched (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  /* More changes of the same turn go into the same file. */
  if (!fiber_yield (NULL) || !job_guard (&guard, &vm->status_job, "status file", vm->name, FOREVER, NULL))
    {
      vm->status_pending = false;
      return;
    }
  vm->status_pending = false;
  if (vm->status_saved != vm->status_version && !write_now (vm, &error))
    log_error ("status of domain '%s': %s", vm->name, error->message);
}

void
vm_status_touch (Vm *vm)
{
  vm->status_version++;
  if (vm->status_pending)
    return;
  vm->status_pending = true;
  fiber_start ("write status", vm->name, save_touched, vm_ref (vm));
}

/* --- reading -------------------------------------------------------------------------- */

/* Gives @vm what @status has, and takes it from there. */
static void
take_record (Vm *vm, DomainStatus *status)
{
  vm->reason = vm_reason_from_name (vm->state, status->reason);
  vm->record.pid = status->pid;
  vm->record.monitor_path = g_steal_pointer (&status->monitor_path);
  vm->record.start_time = status->start_time;
  vm->record.cgroup = g_steal_pointer (&status->cgroup);
  vm->end = (VmEnd) status->end;
  vm->last_node = status->node_index;
  vm->last_fdset = status->fdset_index;
  vm->fake_reboot = status->fake_reboot;
  vm->agent_timeout = MAX (status->agent_timeout, VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK);
  vm->autodestroy_peer = status->autodestroy ? VM_AUTODESTROY_LOST : 0;
  for (unsigned int i = 0; i < status->taints.n; i++)
    for (unsigned int j = 0; j < G_N_ELEMENTS (taints); j++)
      if (strcmp (status->taints.items[i]->name, taints[j].name) == 0)
        vm->taint |= taints[j].taint;
  vm->live = g_steal_pointer (&status->domain);
}

bool
vm_status_parse (Vm **ret_vm, const char *text, size_t length, GError **error)
{
  g_autoptr (DomainStatus) status = domain_status_parse (text, length, error);
  g_autoptr (Vm) vm = NULL;

  if (status == NULL)
    return false;
  if (status->domain->id <= 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "its domain '%s' has no id", status->domain->name);
  vm = vm_new (status->domain->uuid, status->domain->name);
  vm->state = vm_state_from_name (status->state);
  if (vm->state < 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "its state '%s' is unknown", status->state);
  take_record (vm, status);
  *ret_vm = g_steal_pointer (&vm);
  return true;
}

/* Gives what was read to the guest of that uuid, or puts it in the list as a transient one. */
static bool
adopt (VmList *list, Vm *read, GError **error)
{
  g_autoptr (Vm) known = vm_list_by_uuid (list, read->uuid);

  if (known == NULL)
    {
      if (!vm_list_add (list, read, error))
        return false;
      known = vm_ref (read);
    }
  else
    {
      if (strcmp (known->name, read->name) != 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                     "its domain '%s' is defined as '%s'", read->name, known->name);
      known->state = read->state;
      known->reason = read->reason;
      known->taint = read->taint;
      known->end = read->end;
      known->last_node = read->last_node;
      known->last_fdset = read->last_fdset;
      known->fake_reboot = read->fake_reboot;
      known->agent_timeout = read->agent_timeout;
      known->autodestroy_peer = read->autodestroy_peer;
      known->record = read->record;
      read->record = (VmRecord) { 0 };
      known->live = g_steal_pointer (&read->live);
    }
  vm_list_assign_id (list, known, known->live->id);
  return true;
}

/* A file that says nothing of use is moved out of the way of the guest of its name, for somebody to look at. */
static void
put_aside (const StateFile *file)
{
  g_autofree char *path = path_driver (PATH_RUN, DRIVER, "%s", file->name);
  g_autofree char *aside = g_strconcat (path, ".bad", NULL);
  g_autoptr (GError) error = NULL;

  log_error ("the status file '%s' is put aside as '%s': %s", file->name, aside, file->error->message);
  if (!state_file_rename (path, aside, &error))
    log_warning ("%s", error->message);
}

bool
vm_status_load (VmList *list, GError **error)
{
  g_autofree char *folder = path_driver (PATH_RUN, DRIVER, "%s", "");
  g_autoptr (GPtrArray) files = NULL;

  if (!state_dir_load (folder, ".xml", DOMAIN_MAX_BYTES, &files, error))
    return false;
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];
      g_autoptr (Vm) read = NULL;

      if (file->error != NULL || !vm_status_parse (&read, file->data, file->length, &file->error)
          || !adopt (list, read, &file->error))
        put_aside (file);
    }
  return true;
}
