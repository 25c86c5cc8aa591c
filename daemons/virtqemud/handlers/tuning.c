/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/tuning.h"

#include "qemu/process.h"
#include "util/paths.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* As handler_one_affect, from where stock refuses it in these calls. */
static bool
one_affect (unsigned int flags, const char *api, GError **error)
{
  return (flags & AFFECT) != AFFECT
         || fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                  "the flags VIR_DOMAIN_AFFECT_LIVE and VIR_DOMAIN_AFFECT_CONFIG exclude each other in %s", api);
}

const char *
tuning_group (const Vm *vm)
{
  return vm->process != NULL ? vm->process->cgroup : NULL;
}

bool
tuning_apply (Vm *vm, const Resources *resources, GError **error)
{
  g_autoptr (Vm) held = vm_ref (vm);

  return vm_require_active (vm, error)
         && resources_apply (resources, tuning_group (held), held->process != NULL ? held->process->pid : 0, error);
}

bool
tuning_is_live (const Vm *vm, unsigned int flags)
{
  return vm_is_active (vm) && !(flags & VIR_DOMAIN_AFFECT_CONFIG);
}

const Domain *
tuning_query (const RemoteNonnullDomain *dom, unsigned int flags, const char *api, Vm **ret_vm, GError **error)
{
  /* The wire has it for clients that know of strings. */
  unsigned int plain = flags & ~(unsigned int) VIR_TYPED_PARAM_STRING_OKAY;

  if (!one_affect (flags, api, error) || !handler_check_flags (plain, AFFECT, api, error))
    return NULL;
  *ret_vm = handler_vm (dom, error);
  return *ret_vm != NULL ? vm_definition_for (*ret_vm, plain, error) : NULL;
}

Vm *
tuning_change (const RemoteNonnullDomain *dom, unsigned int flags, bool together, const char *api, const char *what,
               JobGuard *guard, unsigned int *ret_affect, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if ((!together && !one_affect (flags, api, error)) || !handler_check_flags (flags, AFFECT, api, error))
    return NULL;
  vm = handler_vm_job (dom, guard, what, error);
  if (vm == NULL)
    return NULL;
  if (!vm_resolve_affect (vm, flags, ret_affect, error))
    {
      job_guard_clear (guard);
      return NULL;
    }
  return g_steal_pointer (&vm);
}

bool
tuning_require_privileges (const char *what, GError **error)
{
  return !path_is_session ()
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "%s is not available in session mode", what);
}
