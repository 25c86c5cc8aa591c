/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about what happens to guests by itself: that they start with the host once, and what follows their ends. */
#include "driver.h"
#include "handlers/handlers.h"
#include "vm/edit.h"
#include "vm/lifecycle.h"
#include "vm/store.h"

/* --- starting once -------------------------------------------------------------------------------- */

bool
handle_domain_get_autostart_once (Call *call, const DomainGetAutostartOnceArgs *args, DomainGetAutostartOnceRet *ret,
                                  GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->autostart = vm->autostart_once;
  return true;
}

bool
handle_domain_set_autostart_once (Call *call, const DomainSetAutostartOnceArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  bool once = args->autostart != 0;

  vm = handler_vm_job (&args->dom, &guard, "autostart setting", error);
  if (vm == NULL)
    return false;
  if (!vm_is_persistent (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient domain '%s'", vm->name);
  if (vm->autostart_once != once && !vm_store_set_autostart (vm->name, VM_AUTOSTART_ONCE, once, error))
    return false;
  vm->autostart_once = once;
  return true;
}

/* --- what follows an end ----------------------------------------------------------------------------- */

/* By virDomainLifecycleAction. */
static const DomainLifecycleAction actions[] = {
  [VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY] = LIFECYCLE_ACTION_DESTROY,
  [VIR_DOMAIN_LIFECYCLE_ACTION_RESTART] = LIFECYCLE_ACTION_RESTART,
  [VIR_DOMAIN_LIFECYCLE_ACTION_RESTART_RENAME] = LIFECYCLE_ACTION_RENAME_RESTART,
  [VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE] = LIFECYCLE_ACTION_PRESERVE,
  [VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_DESTROY] = LIFECYCLE_ACTION_COREDUMP_DESTROY,
  [VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_RESTART] = LIFECYCLE_ACTION_COREDUMP_RESTART,
};

/* By virDomainLifecycle. */
static const size_t places[] = {
  [VIR_DOMAIN_LIFECYCLE_POWEROFF] = offsetof (Domain, on_poweroff),
  [VIR_DOMAIN_LIFECYCLE_REBOOT] = offsetof (Domain, on_reboot),
  [VIR_DOMAIN_LIFECYCLE_CRASH] = offsetof (Domain, on_crash),
};

static bool
check_action (unsigned int type, unsigned int action, GError **error)
{
  if (type >= G_N_ELEMENTS (places))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "there is no kind %u of a guest's end", type);
  if (action >= G_N_ELEMENTS (actions))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "there is no action %u for a guest's end", action);
  if (type != VIR_DOMAIN_LIFECYCLE_CRASH && action >= VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_DESTROY)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "only a crash leaves a core dump");
  return true;
}

typedef struct
{
  unsigned int type, action;
} Setting;

static bool
edit_action (Domain *domain, void *user, GError **error)
{
  const Setting *setting = user;

  G_STRUCT_MEMBER (DomainLifecycleAction, domain, places[setting->type]) = actions[setting->action];
  return domain_check_actions (domain, error);
}

/* QEMU itself resets a guest or ends. */
static bool
effect_action (Vm *vm, const Domain *wanted, void *user, GError **error)
{
  return ((const Setting *) user)->type != VIR_DOMAIN_LIFECYCLE_REBOOT
         || vm_set_reboot_action (vm, wanted->on_reboot != LIFECYCLE_ACTION_DESTROY, error);
}

bool
handle_domain_set_lifecycle_action (Call *call, const DomainSetLifecycleActionArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  Setting setting = { args->type, args->action };
  unsigned int affect;

  if (!check_action (args->type, args->action, error)
      || !handler_check_flags (args->flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, "virDomainSetLifecycleAction",
                               error))
    return false;
  vm = handler_vm_job (&args->dom, &guard, "setting of an action", error);
  return vm != NULL && vm_resolve_affect (vm, args->flags, &affect, error)
         && vm_edit (vm, affect, edit_action, effect_action, &setting, error);
}
