/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/handlers.h"

#include <string.h>

#include "driver.h"
#include "util/uuid.h"

#define ENTRY(name_) .name_ = handle_##name_,
const RemoteHandlers remote_handlers = { REMOTE_HANDLERS (ENTRY) };
const QemuHandlers qemu_handlers = { QEMU_HANDLERS (ENTRY) };
#undef ENTRY

Vm *
handler_vm (const RemoteNonnullDomain *dom, GError **error)
{
  Vm *vm = vm_list_by_uuid (driver.vms, dom->uuid);
  char uuid[UUID_TEXT_SIZE];

  if (vm == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN,
                      "no domain with matching uuid '%s' (%s)", uuid_format (dom->uuid, uuid), dom->name);
  return vm;
}

Vm *
handler_active_vm (const RemoteNonnullDomain *dom, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (dom, error);

  if (vm == NULL || !vm_require_active (vm, error))
    return NULL;
  return g_steal_pointer (&vm);
}

Vm *
handler_vm_job (const RemoteNonnullDomain *dom, JobGuard *guard, const char *what, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (dom, error);

  if (vm == NULL || !vm_job (guard, vm, what, error))
    return NULL;
  return g_steal_pointer (&vm);
}

Vm *
handler_active_vm_job (const RemoteNonnullDomain *dom, JobGuard *guard, const char *what, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (dom, error);

  if (vm == NULL || !vm_job (guard, vm, what, error))
    return NULL;
  if (!vm_require_active (vm, error))
    {
      job_guard_clear (guard);
      return NULL;
    }
  return g_steal_pointer (&vm);
}

bool
handler_check_flags (unsigned int flags, unsigned int allowed, const char *api, GError **error)
{
  return (flags & ~allowed) == 0
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in %s",
                  flags & ~allowed, api);
}

bool
handler_one_affect (unsigned int flags, const char *api, GError **error)
{
  const unsigned int both = VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG;

  return (flags & both) != both
         || fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG,
                  "the flags VIR_DOMAIN_AFFECT_LIVE and VIR_DOMAIN_AFFECT_CONFIG exclude each other in %s", api);
}

uint8_t *
handler_full_cpu_map (unsigned int cpus, unsigned int *ret_length)
{
  unsigned int length = (cpus + 7) / 8;
  uint8_t *map = g_new0 (uint8_t, length);

  for (unsigned int cpu = 0; cpu < cpus; cpu++)
    map[cpu / 8] |= (uint8_t) (1u << cpu % 8);
  *ret_length = length;
  return map;
}

void
handler_put_domain (RemoteNonnullDomain *ret, const Vm *vm)
{
  ret->name = g_strdup (vm->name);
  memcpy (ret->uuid, vm->uuid, sizeof ret->uuid);
  ret->id = vm->id;
}

/* --- typed parameters ----------------------------------------------------------------------- */

void
params_clear (Params *params)
{
  for (unsigned int i = 0; i < params->n; i++)
    {
      g_free (params->items[i].field);
      if (params->items[i].value.type == VIR_TYPED_PARAM_STRING)
        g_free (params->items[i].value.s);
    }
  g_free (params->items);
  *params = (Params) { 0 };
}

static RemoteTypedParamValue *
params_add (Params *params, const char *name, int type)
{
  RemoteTypedParam *item;

  if (params->n == params->room)
    {
      params->room = MAX (16, params->room * 2);
      params->items = g_renew (RemoteTypedParam, params->items, params->room);
    }
  item = &params->items[params->n++];
  *item = (RemoteTypedParam) { .field = g_strdup (name), .value = { .type = type } };
  return &item->value;
}

void
params_add_bool (Params *params, const char *name, bool value)
{
  params_add (params, name, VIR_TYPED_PARAM_BOOLEAN)->b = value;
}

void
params_add_int (Params *params, const char *name, int value)
{
  params_add (params, name, VIR_TYPED_PARAM_INT)->i = value;
}

void
params_add_uint (Params *params, const char *name, unsigned int value)
{
  params_add (params, name, VIR_TYPED_PARAM_UINT)->ui = value;
}

void
params_add_llong (Params *params, const char *name, int64_t value)
{
  params_add (params, name, VIR_TYPED_PARAM_LLONG)->l = value;
}

void
params_add_ullong (Params *params, const char *name, uint64_t value)
{
  params_add (params, name, VIR_TYPED_PARAM_ULLONG)->ul = value;
}

void
params_add_string (Params *params, const char *name, const char *value)
{
  params_add (params, name, VIR_TYPED_PARAM_STRING)->s = g_strdup (value);
}

void
params_reply (Params *params, int wanted, RemoteTypedParam **ret_items, unsigned int *ret_n, int *ret_count)
{
  unsigned int n = wanted < 0 ? params->n : MIN (params->n, (unsigned int) wanted);

  if (ret_count != NULL)
    *ret_count = (int) (wanted == 0 ? params->n : n);
  if (wanted == 0)
    return;
  /* What is too much goes; the rest changes hands. */
  for (unsigned int i = n; i < params->n; i++)
    {
      g_free (params->items[i].field);
      if (params->items[i].value.type == VIR_TYPED_PARAM_STRING)
        g_free (params->items[i].value.s);
    }
  *ret_items = params->items;
  *ret_n = n;
  *params = (Params) { 0 };
}
