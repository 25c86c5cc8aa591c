/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/unplug.h"

#include <string.h>

#include "util/error.h"
#include "vm/events.h"

const VmDeviceHooks *vm_device_hooks;

void
vm_unplug_begin (Vm *vm, VmUnplug *unplug, const char *alias)
{
  *unplug = (VmUnplug) { .alias = alias };
  vm->unplug = unplug;
}

void
vm_unplug_end (Vm *vm, VmUnplug *unplug)
{
  if (vm->unplug == unplug)
    vm->unplug = NULL;
}

bool
vm_unplug_wait (Vm *vm, VmUnplug *unplug, Deadline deadline, bool *ret_gone, GError **error)
{
  g_autoptr (GError) local = NULL;

  *ret_gone = wait_for (&unplug->wait, deadline, "the guest gives a device up", &local) && !unplug->refused
              && !unplug->lost;
  if (unplug->refused)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "the guest of domain '%s' refuses to give up the device '%s'",
                 vm->name, unplug->alias);
  if (unplug->lost)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "the monitor of domain '%s' was lost while its device '%s' was detached",
                 vm->name, unplug->alias);
  if (local != NULL && virt_error_code (local) != VIR_ERR_OPERATION_TIMEOUT)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  return true;
}

static bool
is_awaited (const Vm *vm, const char *alias)
{
  return vm->unplug != NULL && strcmp (vm->unplug->alias, alias) == 0;
}

void
vm_unplug_deleted (Vm *vm, const char *alias)
{
  if (is_awaited (vm, alias))
    wait_done (&vm->unplug->wait);
  else if (vm_device_hooks != NULL)
    vm_device_hooks->deleted (vm, alias);
}

void
vm_unplug_refused (Vm *vm, const char *alias)
{
  vm_event_device_removal_failed (vm, alias);
  if (!is_awaited (vm, alias))
    return;
  vm->unplug->refused = true;
  wait_done (&vm->unplug->wait);
}

void
vm_unplug_lost (Vm *vm)
{
  if (vm->unplug == NULL)
    return;
  vm->unplug->lost = true;
  wait_done (&vm->unplug->wait);
}
