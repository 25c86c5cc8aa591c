/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/vm.h"

#include <string.h>

#include "agent/guest.h"
#include "qemu/process.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/uuid.h"
#include "vm/figures.h"

#define JOB_TIMEOUT_MS 30000
#define LEAST_PATIENCE_MS 5000

Vm *
vm_new (const uint8_t uuid[16], const char *name)
{
  Vm *vm = g_new0 (Vm, 1);

  vm->refs = 1;
  memcpy (vm->uuid, uuid, 16);
  vm->name = g_strdup (name);
  vm->id = -1;
  vm->state = VIR_DOMAIN_SHUTOFF;
  vm->reason = VIR_DOMAIN_SHUTOFF_UNKNOWN;
  vm->agent_timeout = VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
  vm->figures = vm_figures_new ();
  vm->consoles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) stream_unref);
  return vm;
}

Vm *
vm_ref (Vm *vm)
{
  vm->refs++;
  return vm;
}

void
vm_unref (Vm *vm)
{
  if (vm == NULL || --vm->refs > 0)
    return;
  vm_agent_forget (vm);
  g_clear_pointer (&vm->process, qemu_process_free);
  g_clear_pointer (&vm->fd_groups, g_ptr_array_unref);
  g_clear_pointer (&vm->consoles, g_hash_table_unref);
  domain_free (vm->config);
  domain_free (vm->live);
  domain_free (vm->arriving);
  vm_figures_free (vm->figures);
  g_free (vm->record.monitor_path);
  g_free (vm->record.cgroup);
  g_free (vm->vcpu_threads);
  g_clear_pointer (&vm->perf, g_array_unref);
  g_free (vm->name);
  g_free (vm);
}

Domain *
vm_domain (const Vm *vm)
{
  return vm->live != NULL ? vm->live : vm->config;
}

bool
vm_is_active (const Vm *vm)
{
  return vm->id > 0;
}

bool
vm_is_persistent (const Vm *vm)
{
  return vm->config != NULL;
}

bool
vm_require_active (const Vm *vm, GError **error)
{
  return vm_is_active (vm)
         || fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID,
                  "domain '%s' is not running", vm->name);
}

bool
vm_resolve_affect (const Vm *vm, unsigned int flags, unsigned int *ret_flags, GError **error)
{
  unsigned int affect = flags & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);

  if (affect == 0)
    affect = vm_is_active (vm) ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
  if ((affect & VIR_DOMAIN_AFFECT_LIVE) && !vm_require_active (vm, error))
    return false;
  if ((affect & VIR_DOMAIN_AFFECT_CONFIG) && !vm_is_persistent (vm))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' is transient: it has no definition for its next start", vm->name);
  *ret_flags = affect;
  return true;
}

Domain *
vm_definition_for (const Vm *vm, unsigned int flags, GError **error)
{
  unsigned int affect;

  if (!vm_resolve_affect (vm, flags, &affect, error))
    return NULL;
  return (affect & VIR_DOMAIN_AFFECT_LIVE) ? vm->live : vm->config;
}

static unsigned int max_queued;

void
vm_set_max_queued (unsigned int calls)
{
  max_queued = calls;
}

bool
vm_job (JobGuard *guard, Vm *vm, const char *what, GError **error)
{
  g_autofree char *subject = g_strdup_printf ("domain '%s'", vm->name);
  Deadline deadline = deadline_in_ms (JOB_TIMEOUT_MS);

  if (max_queued > 0 && g_queue_get_length (&vm->job.waiters) >= max_queued)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "cannot begin '%s' on %s: %u calls wait for it already, as many as max_queued of qemu.conf allows", what,
                 subject, max_queued);
  if (!job_guard (guard, &vm->job, what, subject, deadline, error))
    {
      if (error != NULL)
        virt_error_claim (*error, VIR_FROM_QEMU);
      return false;
    }
  vm->change_by = deadline;
  if (!vm->removed)
    return true;
  job_guard_clear (guard);
  return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "domain '%s' is gone", vm->name);
}

Deadline
vm_change_deadline (const Vm *vm)
{
  return MAX (vm->change_by, deadline_in_ms (LEAST_PATIENCE_MS));
}

/* --- the list --------------------------------------------------------------- */

struct VmList
{
  GPtrArray *vms;               /* counted, in order of arrival */
  GHashTable *by_uuid;          /* Vm.uuid -> Vm */
  GHashTable *by_name;          /* Vm.name -> Vm */
  GHashTable *by_id;            /* id -> Vm */
  int next_id;
};

VmList *
vm_list_new (void)
{
  VmList *list = g_new0 (VmList, 1);

  list->vms = g_ptr_array_new_with_free_func ((GDestroyNotify) vm_unref);
  list->by_uuid = g_hash_table_new (uuid_hash, uuid_equal);
  list->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  list->by_id = g_hash_table_new (NULL, NULL);
  list->next_id = 1;
  return list;
}

void
vm_list_free (VmList *list)
{
  if (list == NULL)
    return;
  g_hash_table_unref (list->by_id);
  g_hash_table_unref (list->by_name);
  g_hash_table_unref (list->by_uuid);
  g_ptr_array_unref (list->vms);
  g_free (list);
}

/* A reference on @vm if it is there for all to see. */
static Vm *
visible (Vm *vm)
{
  return vm != NULL && !vm->reserved ? vm_ref (vm) : NULL;
}

Vm *
vm_list_by_uuid (VmList *list, const uint8_t uuid[16])
{
  return visible (g_hash_table_lookup (list->by_uuid, uuid));
}

Vm *
vm_list_by_name (VmList *list, const char *name)
{
  return visible (g_hash_table_lookup (list->by_name, name));
}

Vm *
vm_list_by_id (VmList *list, int id)
{
  return visible (g_hash_table_lookup (list->by_id, GINT_TO_POINTER (id)));
}

GPtrArray *
vm_list_all (VmList *list, bool (*filter) (const Vm *vm, const void *data), const void *data)
{
  GPtrArray *found = g_ptr_array_new_full (list->vms->len, (GDestroyNotify) vm_unref);

  for (unsigned int i = 0; i < list->vms->len; i++)
    {
      Vm *vm = list->vms->pdata[i];

      if (!vm->reserved && (filter == NULL || filter (vm, data)))
        g_ptr_array_add (found, vm_ref (vm));
    }
  return found;
}

unsigned int
vm_list_count (VmList *list, bool active, bool inactive)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < list->vms->len; i++)
    {
      const Vm *vm = list->vms->pdata[i];

      if (!vm->reserved && (vm_is_active (vm) ? active : inactive))
        n++;
    }
  return n;
}

/* Fails if @name or @uuid stands for another guest than both together;
 * *@ret_vm is the guest of both, or NULL. Borrowed. */
static bool
check_unique (VmList *list, const uint8_t uuid[16], const char *name, Vm **ret_vm, GError **error)
{
  Vm *same_uuid = g_hash_table_lookup (list->by_uuid, uuid);
  Vm *same_name = g_hash_table_lookup (list->by_name, name);
  char text[UUID_TEXT_SIZE];

  if (same_uuid != NULL && same_uuid != same_name)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                 "domain '%s' is already defined with uuid %s",
                 same_uuid->name, uuid_format (uuid, text));
  if (same_name != NULL && same_uuid == NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                 "domain '%s' already exists with uuid %s", name, uuid_format (same_name->uuid, text));
  *ret_vm = same_uuid;
  return true;
}

static void
list_insert (VmList *list, Vm *vm)
{
  g_ptr_array_add (list->vms, vm_ref (vm));
  g_hash_table_insert (list->by_uuid, vm->uuid, vm);
  g_hash_table_insert (list->by_name, vm->name, vm);
}

Vm *
vm_list_claim (VmList *list, const uint8_t uuid[16], const char *name, bool must_not_run,
               JobGuard *guard, const char *what, GError **error)
{
  for (;;)
    {
      g_autoptr (Vm) vm = NULL;
      Vm *found;

      if (!check_unique (list, uuid, name, &found, error))
        return NULL;
      vm = found != NULL ? vm_ref (found) : vm_new (uuid, name);
      if (found == NULL)
        {
          vm->reserved = true;
          list_insert (list, vm);
        }
      else if (must_not_run && vm_is_active (found))
        return fail_null (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID,
                          "domain '%s' is already active", name);
      if (!vm_job (guard, vm, what, error))
        {
          /* It went away while we waited for it: look again. */
          if (!vm->removed)
            return NULL;
          g_clear_error (error);
          continue;
        }
      /* Nobody else may have changed what was checked before the wait. */
      if (g_hash_table_lookup (list->by_name, name) == vm && !(must_not_run && vm_is_active (vm)))
        return g_steal_pointer (&vm);
      job_guard_clear (guard);
    }
}

void
vm_list_publish (VmList *list, Vm *vm)
{
  vm->reserved = false;
}

bool
vm_list_add (VmList *list, Vm *vm, GError **error)
{
  Vm *found;

  if (!check_unique (list, vm->uuid, vm->name, &found, error))
    return false;
  if (found != NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                 "domain '%s' is there already", vm->name);
  list_insert (list, vm);
  return true;
}

void
vm_list_remove (VmList *list, Vm *vm)
{
  if (vm->removed)
    return;
  vm->removed = true;
  g_hash_table_remove (list->by_uuid, vm->uuid);
  g_hash_table_remove (list->by_name, vm->name);
  vm_list_release_id (list, vm);
  g_ptr_array_remove (list->vms, vm);
}

bool
vm_list_rename (VmList *list, Vm *vm, const char *name, GError **error)
{
  if (g_hash_table_contains (list->by_name, name))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID,
                 "domain with name '%s' already exists", name);
  g_hash_table_remove (list->by_name, vm->name);
  g_free (vm->name);
  vm->name = g_strdup (name);
  g_hash_table_insert (list->by_name, vm->name, vm);
  return true;
}

void
vm_list_assign_id (VmList *list, Vm *vm, int id)
{
  vm->id = id > 0 ? id : list->next_id;
  list->next_id = MAX (list->next_id, vm->id + 1);
  g_hash_table_insert (list->by_id, GINT_TO_POINTER (vm->id), vm);
}

void
vm_list_release_id (VmList *list, Vm *vm)
{
  if (vm->id > 0)
    g_hash_table_remove (list->by_id, GINT_TO_POINTER (vm->id));
  vm->id = -1;
}
