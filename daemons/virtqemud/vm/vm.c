/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/vm.h"

#include "agent/guest.h"
#include "qemu/process.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "vm/figures.h"

static void
vm_free (void *data)
{
  Vm *vm = data;

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
  g_free (vm);
}

static ObjectClass vm_class = {
  .noun = "domain", .domain = VIR_FROM_DOMAIN, .driver = VIR_FROM_QEMU, .missing = VIR_ERR_NO_DOMAIN,
  .max_queued_key = "max_queued of qemu.conf", .free = vm_free,
};

Vm *
vm_new (const uint8_t uuid[16], const char *name)
{
  Vm *vm = g_new0 (Vm, 1);

  object_init (&vm->object, &vm_class, uuid, name);
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
  return object_ref (vm);
}

void
vm_unref (Vm *vm)
{
  object_unref (vm);
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

void
vm_set_max_queued (unsigned int calls)
{
  vm_class.max_queued = calls;
}

bool
vm_job (JobGuard *guard, Vm *vm, const char *what, GError **error)
{
  return object_job (guard, &vm->object, what, error);
}

Deadline
vm_change_deadline (const Vm *vm)
{
  return object_change_deadline (&vm->object);
}

/* --- the list --------------------------------------------------------------- */

struct VmList
{
  ObjectList *objects;
  GHashTable *by_id;            /* id -> Vm */
  int next_id;
};

VmList *
vm_list_new (void)
{
  VmList *list = g_new0 (VmList, 1);

  list->objects = object_list_new (&vm_class);
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
  object_list_free (list->objects);
  g_free (list);
}

Vm *
vm_list_by_uuid (VmList *list, const uint8_t uuid[16])
{
  return object_list_by_uuid (list->objects, uuid);
}

Vm *
vm_list_by_name (VmList *list, const char *name)
{
  return object_list_by_name (list->objects, name);
}

Vm *
vm_list_by_id (VmList *list, int id)
{
  Vm *vm = g_hash_table_lookup (list->by_id, GINT_TO_POINTER (id));

  return vm != NULL && !vm->reserved ? vm_ref (vm) : NULL;
}

GPtrArray *
vm_list_all (VmList *list, VmFilter filter, const void *data)
{
  return object_list_all (list->objects, filter, data);
}

/* @data points to two flags: count those that run, count the others. */
static bool
is_counted (const void *object, const void *data)
{
  const bool *wanted = data;

  return vm_is_active (object) ? wanted[0] : wanted[1];
}

unsigned int
vm_list_count (VmList *list, bool active, bool inactive)
{
  const bool wanted[] = { active, inactive };

  return object_list_count (list->objects, is_counted, wanted);
}

static void *
make_vm (const uint8_t uuid[16], const char *name)
{
  return vm_new (uuid, name);
}

static bool
check_shut_off (const void *object, GError **error)
{
  const Vm *vm = object;

  return !vm_is_active (vm)
         || fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain '%s' is already active", vm->name);
}

Vm *
vm_list_claim (VmList *list, const uint8_t uuid[16], const char *name, bool must_not_run,
               JobGuard *guard, const char *what, GError **error)
{
  return object_list_claim (list->objects, uuid, name, make_vm, must_not_run ? check_shut_off : NULL, guard, what, error);
}

void
vm_list_publish (VmList *list, Vm *vm)
{
  object_list_publish (list->objects, vm);
}

bool
vm_list_add (VmList *list, Vm *vm, GError **error)
{
  return object_list_add (list->objects, vm, error);
}

void
vm_list_remove (VmList *list, Vm *vm)
{
  vm_list_release_id (list, vm);
  object_list_remove (list->objects, vm);
}

bool
vm_list_rename (VmList *list, Vm *vm, const char *name, GError **error)
{
  return object_list_rename (list->objects, vm, name, error);
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
