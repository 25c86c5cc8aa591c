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
  return call_check_flags (flags, allowed, VIR_FROM_QEMU, api, error);
}

bool
handler_one_affect (unsigned int flags, const char *api, GError **error)
{
  return call_check_exclusive (flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, VIR_FROM_DOM,
                               "VIR_DOMAIN_AFFECT_LIVE and VIR_DOMAIN_AFFECT_CONFIG", api, error);
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
