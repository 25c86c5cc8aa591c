/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that go: because a client asks, because the guest gave one up later, or because it was found to be gone. */
#include <string.h>

#include "driver.h"
#include "hotplug/private.h"
#include "hotplug/vcpu.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "vm/events.h"
#include "vm/status.h"
#include "vm/unplug.h"

#define LOG_CATEGORY "qemu.hotplug"
#define UNPLUG_MS 5000          /* as stock waits; guests of pseries take longer */
#define UNPLUG_SLOW_MS 10000

bool
hotplug_host_init (HotplugHost *ret_host, QemuPlatform *platform, const Domain *domain, GError **error)
{
  if (!qemu_platform_init (platform, domain, error))
    return false;
  *ret_host = (HotplugHost) { .platform = &platform->base, .caps = platform->caps, .config = driver.config };
  return true;
}

/* --- the end of a device ---------------------------------------------------------------------- */

bool
change_finish_removal (Change *change, const DomainDevice *device, GError **error)
{
  const DeviceKind *kind = device_kind (device->element);
  g_autoptr (QemuArgs) args = change_build (change, change->vm->live, device, false, NULL);
  g_autofree char *alias = g_strdup (device->info->alias);
  g_auto (DomainDevice) gone = { 0 };
  bool saved;

  crash_point ("detach:gone");
  if (args != NULL)
    parts_remove (change->qmp, args, change->deadline);
  change_close_chardev (change, device);
  access_give (change, device);
  if (kind->release != NULL && !change->host->only_qemu)
    kind->release (change, device);
  crash_point ("detach:released");
  gone = domain_device_steal (change->vm->live, device->info);
  if (kind->left != NULL)
    kind->left (change, &gone);
  saved = vm_status_save (change->vm, error);
  crash_point ("detach:saved");
  vm_event_device_removed (change->vm, alias);
  return saved;
}

static unsigned int
unplug_ms (const Change *change)
{
  if (change->host->unplug_ms != 0)
    return change->host->unplug_ms;
  return g_str_has_prefix (change->vm->live->os.arch, "ppc64") ? UNPLUG_SLOW_MS : UNPLUG_MS;
}

/* Asks and waits. @alias is that of the device in QEMU. */
static bool
ask_guest (Change *change, const QemuArgs *args, bool wait, bool *ret_gone, GError **error)
{
  VmUnplug unplug;
  g_autoptr (GError) refusal = NULL;
  bool ok, asked;

  *ret_gone = false;
  vm_unplug_begin (change->vm, &unplug, parts_device_id (args));
  ok = parts_ask_removal (change->qmp, args, change->deadline, &asked, &refusal);
  /* It may be on its way out since an earlier call; what is not there has gone. */
  if (!ok && strstr (refusal->message, "in the process of unplug") != NULL)
    ok = true;
  else if (!ok && strstr (refusal->message, "not found") != NULL)
    ok = *ret_gone = true;
  else if (!ok)
    g_propagate_error (error, g_steal_pointer (&refusal));
  crash_point ("detach:asked");
  if (ok && !*ret_gone && wait)
    ok = vm_unplug_wait (change->vm, &unplug, deadline_in_ms (unplug_ms (change)), ret_gone, error);
  else if (ok && !*ret_gone)
    *ret_gone = unplug.wait.done;
  vm_unplug_end (change->vm, &unplug);
  return ok;
}

bool
hotplug_check_kind (const DomainDevice *device, GError **error)
{
  return device_kind (device->element)->can_detach
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "a <%s> cannot be detached from a guest that runs",
                  device->element);
}

static bool
check_detach (const Vm *vm, const DomainDevice *device, GError **error)
{
  const DeviceKind *kind = device_kind (device->element);
  const DomainAddress *address = &device->info->address;

  if (!hotplug_check_kind (device, error))
    return false;
  if (kind->check_detach != NULL && !kind->check_detach (vm, device, error))
    return false;
  if (address->type == ADDRESS_TYPE_PCI && address->pci.multifunction == TRI_YES)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "the device '%s' shares its PCI slot with others and cannot be detached alone", device->info->alias);
  return true;
}

bool
hotplug_detach (Vm *vm, const HotplugHost *host, const DomainDevice *device, bool wait, bool *ret_gone, GError **error)
{
  g_auto (Change) change = { 0 };
  g_autoptr (QemuArgs) args = NULL;
  bool gone = false;

  if (strcmp (device->element, "lease") == 0)
    {
      G_GNUC_UNUSED g_auto (DomainDevice) lease = domain_device_steal (vm->live, device->info);

      return vm_status_save (vm, error);
    }
  if (!check_detach (vm, device, error) || !change_init (&change, vm, host, error))
    return false;
  args = change_build (&change, vm->live, device, false, error);
  if (args == NULL)
    return false;
  /* What has no device in QEMU needs no guest's consent. */
  gone = parts_device_id (args) == NULL;
  if (!gone && !ask_guest (&change, args, wait, &gone, error))
    return false;
  if (ret_gone != NULL)
    *ret_gone = gone;
  return !gone || change_finish_removal (&change, device, error);
}

/* --- later ---------------------------------------------------------------------------------------- */

typedef struct
{
  Vm *vm;
  char *alias;
} Late;

static bool
finish_late (Vm *vm, const char *alias, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  g_auto (Change) change = { 0 };
  HotplugHost host;
  DomainDevice device;

  bool is_vcpu = g_str_has_prefix (alias, "vcpu");

  if (vm->live == NULL || (!is_vcpu && !domain_device_by_alias (vm->live, alias, &device)))
    return true;                /* not ours, or done already */
  if (!hotplug_host_init (&host, &platform, vm->live, error))
    return false;
  if (is_vcpu)
    return hotplug_refresh_vcpus (vm, &host, error);
  if (!change_init (&change, vm, &host, error))
    return false;
  return change_finish_removal (&change, &device, error);
}

static void
late_fiber (void *data)
{
  Late *late = data;
  g_autoptr (Vm) vm = late->vm;
  g_autofree char *alias = late->alias;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  g_free (late);
  if (!vm_job (&guard, vm, "removal of a device", &error) || !finish_late (vm, alias, &error))
    log_error ("device '%s' of domain '%s': %s", alias, vm->name, error->message);
}

static void
deleted (Vm *vm, const char *alias)
{
  Late *late;

  if (*alias == '\0')
    return;
  late = g_new0 (Late, 1);
  *late = (Late) { vm_ref (vm), g_strdup (alias) };
  fiber_start ("remove a device that is gone", vm->name, late_fiber, late);
}

/* --- found gone ------------------------------------------------------------------------------------- */

static bool
is_there (const json_t *list, const char *alias)
{
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) list, i, item)
    if (g_strcmp0 (json_get_string (item, "name", NULL), alias) == 0)
      return true;
  return false;
}

/* Whether @device could have gone, and QEMU has none of its name. */
static bool
is_missing (const Vm *vm, const json_t *list, const DomainDevice *device)
{
  const DeviceKind *kind = device_kind (device->element);

  return device->info->alias != NULL && kind->can_detach && !is_there (list, device->info->alias)
         && (kind->check_detach == NULL || kind->check_detach (vm, device, NULL));
}

/* The first device that is missing and that QEMU would have under its name; false: all are there. */
static bool
find_gone (Change *change, const json_t *list, DomainDevice *ret)
{
  g_autofree DomainDevice *devices = domain_devices (change->vm->live);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      g_autoptr (QemuArgs) args
        = is_missing (change->vm, list, device) ? change_build (change, change->vm->live, device, false, NULL) : NULL;

      if (args == NULL || g_strcmp0 (parts_device_id (args), device->info->alias) != 0)
        continue;
      *ret = *device;
      return true;
    }
  return false;
}

static bool
lacks_any (const Vm *vm, const json_t *list)
{
  g_autofree DomainDevice *devices = domain_devices (vm->live);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (is_missing (vm, list, device))
      return true;
  return false;
}

/* What the emulator can do is read only if something is to be removed: most guests are as they were. */
static bool
remove_missing (Change *change, HotplugHost *host, const json_t *list, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  DomainDevice device;

  if (!lacks_any (change->vm, list))
    return true;
  if (!hotplug_host_init (host, &platform, change->vm->live, error))
    return false;
  while (find_gone (change, list, &device))
    {
      log_info ("device '%s' of domain '%s' is gone", device.info->alias, change->vm->name);
      if (!change_finish_removal (change, &device, error))
        return false;
    }
  return true;
}

static bool
reconcile (Vm *vm, GError **error)
{
  HotplugHost host = { .config = driver.config };
  g_auto (Change) change = { 0 };
  g_autoptr (json_t) list = NULL;

  if (!change_init (&change, vm, &host, error))
    return false;
  list = qmp_command (change.qmp, "qom-list", json_pack ("{s:s}", "path", "/machine/peripheral"), change.deadline, error);
  return list != NULL && remove_missing (&change, &host, list, error) && media_reconcile (&change, error)
         && (vm->live->vcpu_list.n == 0 || hotplug_refresh_vcpus (vm, &host, error));
}

static bool
starting (Vm *vm, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  HotplugHost host;

  return vm->live->vcpu_list.n == 0
         || (hotplug_host_init (&host, &platform, vm->live, error) && hotplug_start_vcpus (vm, &host, error));
}

void
hotplug_setup (void)
{
  static const VmDeviceHooks hooks = { deleted, starting, reconcile };

  vm_device_hooks = &hooks;
}
