/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that change. */
#include <string.h>

#include "hotplug/private.h"
#include "util/error.h"
#include "vm/status.h"

bool
hotplug_update_found (Change *change, const DomainDevice *there, DomainDevice *wanted, bool force, GError **error)
{
  const DeviceKind *kind = device_kind (there->element);

  if (kind->update == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "a <%s> cannot be changed while the guest runs", there->element);
  return kind->update (change, there, wanted, force, error) && vm_status_save (change->vm, error);
}

bool
hotplug_update (Vm *vm, const HotplugHost *host, DomainDevice *wanted, bool force, GError **error)
{
  g_auto (Change) change = { 0 };
  const DeviceKind *kind = device_kind (wanted->element);
  DomainDevice there = { wanted->element, NULL };

  if (!change_init (&change, vm, host, error))
    return false;
  if (kind->update != NULL && !domain_device_find (vm->live, wanted, &there, error))
    return false;
  return hotplug_update_found (&change, &there, wanted, force, error);
}
