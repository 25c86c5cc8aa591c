/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device needs of the host, opened to the guest that gets it. */
#include <string.h>

#include "hotplug/private.h"
#include "qemu/process.h"
#include "security/security.h"

static const struct { const char *element; SecurityDeviceKind kind; } kinds[] = {
  { "disk", SECURITY_DISK }, { "hostdev", SECURITY_HOSTDEV }, { "rng", SECURITY_RNG }, { "input", SECURITY_INPUT },
  { "memory", SECURITY_MEMORY }, { "filesystem", SECURITY_FILESYSTEM }, { "shmem", SECURITY_SHMEM },
};

SecurityGuest
change_security_guest (const Change *change)
{
  const Vm *vm = change->vm;

  return (SecurityGuest) {
    .id = vm->id, .name = vm->name, .domain = vm->live, .config = change->host->config,
    .pid = vm->process != NULL ? vm->process->pid : 0, .cgroup = vm->process != NULL ? vm->process->cgroup : NULL,
  };
}

/* How the device is known there; false: it needs nothing. */
static bool
find_subject (const DomainDevice *device, SecurityDeviceKind *ret_kind, const void **ret_subject)
{
  *ret_subject = device_chardev (device);
  *ret_kind = SECURITY_CHARDEV;
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds) && *ret_subject == NULL; i++)
    if (strcmp (kinds[i].element, device->element) == 0)
      {
        *ret_kind = kinds[i].kind;
        *ret_subject = device->info;
      }
  return *ret_subject != NULL;
}

bool
access_take (Change *change, const DomainDevice *device, GError **error)
{
  SecurityGuest guest = change_security_guest (change);
  SecurityDeviceKind kind;
  const void *subject;

  return change->host->only_qemu || !find_subject (device, &kind, &subject)
         || security_take_device (&guest, kind, subject, error);
}

void
access_give (Change *change, const DomainDevice *device)
{
  SecurityGuest guest = change_security_guest (change);
  SecurityDeviceKind kind;
  const void *subject;

  if (!change->host->only_qemu && find_subject (device, &kind, &subject))
    security_give_device (&guest, kind, subject);
}
