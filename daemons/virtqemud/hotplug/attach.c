/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that come. */
#include <string.h>

#include "hotplug/private.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "vm/events.h"
#include "vm/status.h"

#define LOG_CATEGORY "qemu.hotplug"

/* --- what comes along --------------------------------------------------------------------------- */

static bool
contains (const void *const *items, unsigned int n, const void *item)
{
  for (unsigned int i = 0; i < n; i++)
    if (items[i] == item)
      return true;
  return false;
}

/* A controller that the device needs and the guest lacks: only those of SCSI come to a guest that runs. */
static bool
check_implied (const DomainController *controller, GError **error)
{
  if (controller->type == CONTROLLER_TYPE_SCSI)
    return true;
  if (controller->type == CONTROLLER_TYPE_PCI)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "the guest has no free PCI slot that devices can come to");
  return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "the guest has no controller of type '%s' and index %d",
               xml_enum_name (&controller_type_names, controller->type), controller->index);
}

/* The controllers of @candidate that are not among the @n of @before. */
static bool
find_implied (const Domain *candidate, const void *const *before, unsigned int n, GPtrArray *implied, GError **error)
{
  for (unsigned int i = 0; i < candidate->controllers.n; i++)
    {
      DomainController *controller = candidate->controllers.items[i];

      if (contains (before, n, controller))
        continue;
      if (!check_implied (controller, error))
        return false;
      g_ptr_array_add (implied, controller);
    }
  return true;
}

/* Whether the disk @device sits on a controller that is among the @n of @before: then it needs nothing else. */
static bool
is_on_one_of (const DomainDevice *device, const void *const *before, unsigned int n)
{
  static const struct { DomainDiskBus bus; DomainControllerType type; } buses[] = {
    { DISK_BUS_SCSI, CONTROLLER_TYPE_SCSI }, { DISK_BUS_SATA, CONTROLLER_TYPE_SATA }, { DISK_BUS_IDE, CONTROLLER_TYPE_IDE },
  };
  const DomainDisk *disk = (const DomainDisk *) (const void *) device->info;

  if (strcmp (device->element, "disk") != 0 || device->info->address.type != ADDRESS_TYPE_DRIVE)
    return false;
  for (unsigned int i = 0; i < n; i++)
    for (unsigned int b = 0; b < G_N_ELEMENTS (buses); b++)
      {
        const DomainController *controller = before[i];

        if (buses[b].bus == disk->target.bus && controller->type == buses[b].type
            && controller->index == (int) device->info->address.drive.controller)
          return true;
      }
  return false;
}

/* Puts @device into @candidate, a copy of the live document, and completes it. Only what came counts of what
 * becomes of @candidate: what the guest has stays as it is. */
static bool
complete (Domain *candidate, DomainDevice *device, const HotplugHost *host, GPtrArray *implied, GError **error)
{
  DomainDevice copy = *device;
  unsigned int n, hubs = candidate->hubs.n;
  g_autofree void *before = NULL;

  if (!domain_device_insert (candidate, &copy, error))
    {
      *device = (DomainDevice) { 0 };
      return false;
    }
  n = candidate->controllers.n;
  before = g_memdup2 (candidate->controllers.items, n * sizeof (void *));
  if (!domain_complete (candidate, host->platform, error))
    return false;
  domain_assign_aliases (candidate);
  if (candidate->hubs.n > hubs)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "the guest has no free USB port");
  return is_on_one_of (device, before, n) || find_implied (candidate, before, n, implied, error);
}

/* --- one device ------------------------------------------------------------------------------------ */

/* The live document and @device, for the status file. */
static void
set_arriving (Vm *vm, const DomainDevice *device)
{
  DomainDevice copy;

  g_clear_pointer (&vm->arriving, domain_free);
  if (device == NULL)
    return;
  copy = domain_device_copy (device);
  vm->arriving = domain_copy (vm->live);
  domain_device_insert (vm->arriving, &copy, NULL);
}

/* Where QEMU put the host's end. */
static void
learn_pty (const DomainDevice *device, const json_t *answer)
{
  DomainChardevSource *source = device_chardev (device);
  const char *pty = json_get_string (answer, "pty", NULL);

  if (source == NULL || pty == NULL)
    return;
  g_free (source->path);
  source->path = g_strdup (pty);
}

/* Gives QEMU the device; *@ret_added: it has it, whether what follows failed or not. */
static bool
add_to_qemu (Change *change, const Domain *candidate, const DomainDevice *device, const DeviceKind *kind, bool *ret_added,
             GError **error)
{
  g_autoptr (QemuArgs) args = change_build (change, candidate, device, true, error);
  g_autoptr (json_t) answer = NULL;

  if (args == NULL || (kind->before != NULL && !kind->before (change, device, error)))
    return false;
  crash_point ("attach:built");
  /* Where that is not known, the document has it until QEMU says that it is gone. */
  if (!parts_add (change->qmp, args, change->fds, true, change->deadline, &answer, ret_added, error))
    return false;
  *ret_added = true;
  crash_point ("attach:added");
  learn_pty (device, answer);
  return kind->after == NULL || kind->after (change, device, answer, error);
}

/* Puts a copy of @device, which QEMU has, into the live document. */
static bool
commit (Change *change, const DomainDevice *device, GError **error)
{
  const DeviceKind *kind = device_kind (device->element);
  DomainDevice copy = domain_device_copy (device);
  g_autofree char *alias = g_strconcat (kind->event_prefix != NULL ? kind->event_prefix : "", device->info->alias, NULL);

  if (!domain_device_insert (change->vm->live, &copy, error) || (kind->joined != NULL && !kind->joined (change, device, error)))
    return false;
  set_arriving (change->vm, NULL);
  if (!vm_status_save (change->vm, error))
    return false;
  crash_point ("attach:saved");
  vm_event_device_added (change->vm, alias);
  return true;
}

static void
release (Change *change, const DomainDevice *device)
{
  const DeviceKind *kind = device_kind (device->element);

  if (kind->release != NULL && !change->host->only_qemu)
    kind->release (change, device);
}

/* From the host's preparations to QEMU. *@ret_added as above: unless it is set, nothing is left on failure. */
static bool
bring (Change *change, const Domain *candidate, const DomainDevice *device, bool *ret_added, GError **error)
{
  const DeviceKind *kind = device_kind (device->element);

  if (kind->prepare != NULL && !change->host->only_qemu && !kind->prepare (change, device, error))
    return false;
  if (!access_take (change, device, error))
    {
      release (change, device);
      return false;
    }
  if (add_to_qemu (change, candidate, device, kind, ret_added, error))
    return true;
  if (!*ret_added)
    {
      change_close_chardev (change, device);
      access_give (change, device);
      release (change, device);
    }
  return false;
}

/* Takes back what came but is not wanted: when the guest gives it up. */
static void
send_back (Change *change, const char *alias)
{
  DomainDevice device;
  g_autoptr (GError) error = NULL;

  if (domain_device_by_alias (change->vm->live, alias, &device)
      && !hotplug_detach (change->vm, change->host, &device, false, NULL, &error))
    log_warning ("domain '%s' keeps '%s': %s", change->vm->name, alias, error->message);
}

/* @device of @candidate, with its intent on disk before and its place in the document after. */
static bool
attach_one (Change *change, const Domain *candidate, const DomainDevice *device, GError **error)
{
  g_autoptr (GError) local = NULL;
  bool added = false, ok;

  set_arriving (change->vm, device);
  ok = vm_status_save (change->vm, &local);
  crash_point ("attach:intent");
  ok = ok && bring (change, candidate, device, &added, &local);
  if (added && !commit (change, device, ok ? &local : NULL))
    ok = false;
  if (ok)
    return true;
  if (added)
    send_back (change, device->info->alias);
  set_arriving (change->vm, NULL);
  if (!vm_status_save (change->vm, NULL))
    log_error ("the status of domain '%s' cannot be written", change->vm->name);
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

static bool
attach_all (Change *change, const Domain *candidate, const DomainDevice *device, const GPtrArray *implied, GError **error)
{
  unsigned int done = 0;
  bool ok = true;

  while (ok && done < implied->len)
    {
      const DomainController *controller = implied->pdata[done];
      DomainDevice first = { "controller", (DomainDeviceInfo *) &controller->info };

      ok = attach_one (change, candidate, &first, error);
      done += ok;
    }
  if (ok && attach_one (change, candidate, device, error))
    return true;
  while (done-- > 0)
    send_back (change, ((DomainController *) implied->pdata[done])->info.alias);
  return false;
}

/* A lease is the document's only: QEMU knows nothing of it. */
static bool
attach_lease (Vm *vm, DomainDevice *lease, GError **error)
{
  return domain_device_check_new (vm->live, lease, error) && domain_device_insert (vm->live, lease, error)
         && vm_status_save (vm, error);
}

bool
hotplug_attach (Vm *vm, const HotplugHost *host, DomainDevice *device, GError **error)
{
  g_auto (DomainDevice) owned = *device;
  g_auto (Change) change = { 0 };
  const DeviceKind *kind = device_kind (owned.element);
  g_autofree char *later = xml_find_flagged (domain_device_schema (owned.element), owned.info, XML_LATER);
  g_autoptr (Domain) candidate = NULL;
  g_autoptr (GPtrArray) implied = g_ptr_array_new ();
  DomainDevice borrowed;
  bool done = false;

  *device = (DomainDevice) { 0 };
  if (strcmp (owned.element, "lease") == 0)
    return attach_lease (vm, &owned, error);
  if (kind->check_attach != NULL && !kind->check_attach (vm, &owned, error))
    return false;
  if (strcmp (owned.element, "disk") != 0 && !domain_device_check_new (vm->live, &owned, error))
    return false;
  if (!kind->can_attach)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "a <%s> cannot be attached to a guest that runs",
                 owned.element);
  if (later != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "%s/%s is not supported by the QEMU driver", owned.element,
                 later);
  if (!change_init (&change, vm, host, error))
    return false;
  if (kind->instead != NULL && !kind->instead (&change, &owned, &done, error))
    return false;
  if (done)
    return true;
  if (kind->inspect != NULL && !kind->inspect (&change, &owned, error))
    return false;
  candidate = domain_copy (vm->live);
  borrowed = owned;
  owned = (DomainDevice) { 0 };
  return complete (candidate, &borrowed, host, implied, error)
         && (kind->resolve == NULL || kind->resolve (&change, &borrowed, error))
         && attach_all (&change, candidate, &borrowed, implied, error);
}
