/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is particular to each kind of device. */
#include <string.h>

#include "cgroup/resources.h"
#include "helpers/helpers.h"
#include "hostdev/hostdev.h"
#include "hotplug/private.h"
#include "qemu/prepare.h"
#include "qemu/process.h"
#include "util/error.h"

/* --- controllers ------------------------------------------------------------------------------ */

static bool
check_controller (const DomainDevice *device, const char *what, GError **error)
{
  DomainControllerType type = ((const DomainController *) (const void *) device->info)->type;

  return type == CONTROLLER_TYPE_SCSI
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "a controller of type '%s' cannot be %s a guest that runs",
                  xml_enum_name (&controller_type_names, type), what);
}

static bool
controller_check_attach (const Vm *vm, const DomainDevice *device, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!check_controller (device, "attached to", error))
    return false;
  return domain_device_check_new (vm->live, device, &local)
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "%s", local->message);
}

/* Nobody takes a bus away from what is on it. */
static bool
controller_check_detach (const Vm *vm, const DomainDevice *device, GError **error)
{
  unsigned int index = (unsigned int) ((const DomainController *) (const void *) device->info)->index;
  g_autofree DomainDevice *devices = NULL;

  if (!check_controller (device, "detached from", error))
    return false;
  devices = domain_devices (vm->live);
  for (const DomainDevice *other = devices; other->element != NULL; other++)
    {
      bool on_scsi = strcmp (other->element, "hostdev") == 0
                     || (strcmp (other->element, "disk") == 0
                         && ((const DomainDisk *) (const void *) other->info)->target.bus == DISK_BUS_SCSI);

      if (on_scsi && other->info->address.type == ADDRESS_TYPE_DRIVE && other->info->address.drive.controller == index)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "the controller '%s' is in use by '%s'", device->info->alias,
                     other->info->alias);
    }
  return true;
}

/* --- inputs -------------------------------------------------------------------------------------- */

static bool
input_check (const Vm *vm, const DomainDevice *device, GError **error)
{
  DomainInputBus bus = ((const DomainInput *) (const void *) device->info)->bus;

  return bus == INPUT_BUS_USB || bus == INPUT_BUS_VIRTIO
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                  "an input device on the bus '%s' neither comes nor goes while "
                  "a guest runs", xml_enum_name (&input_bus_names, bus) ?: "default");
}

/* --- character devices ----------------------------------------------------------------------------- */

static bool
console_check (const Vm *vm, const DomainDevice *device, GError **error)
{
  DomainChardevTarget target = ((const DomainChardev *) (const void *) device->info)->target;

  return target == CHARDEV_TARGET_VIRTIO || target == CHARDEV_TARGET_SCLP || target == CHARDEV_TARGET_SCLPLM
         || fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                  "a console of type '%s' neither comes nor goes while a guest runs",
                  xml_enum_name (&chardev_target_names, target) ?: "serial");
}

static bool
channel_resolve (Change *change, const DomainDevice *device, GError **error)
{
  qemu_prepare_channel ((DomainChardev *) (void *) device->info, &change->home);
  return true;
}

/* --- watchdogs ---------------------------------------------------------------------------------------- */

static bool
watchdog_check_attach (const Vm *vm, const DomainDevice *device, GError **error)
{
  return vm->live->watchdogs.n == 0
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the domain has a watchdog already");
}

static bool
watchdog_before (Change *change, const DomainDevice *device, GError **error)
{
  DomainWatchdogAction action = ((const DomainWatchdog *) (const void *) device->info)->action;
  /* A dump is ours to make: QEMU holds the guest still for it. */
  const char *name = action == WATCHDOG_ACTION_DUMP ? "pause" : xml_enum_name (&watchdog_action_names, action) ?: "reset";

  return qmp_do (change->qmp, "watchdog-set-action", json_pack ("{s:s}", "action", name), change->deadline, error);
}

/* --- devices of the host, and what programs serve ----------------------------------------------------------- */

static DomainHostdev *
hostdev_of (const DomainDevice *device)
{
  return (DomainHostdev *) (void *) device->info;
}

static bool
hostdev_prepare_one (Change *change, const DomainDevice *device, GError **error)
{
  const DomainHostdev *hostdev = hostdev_of (device);
  bool locks = hostdev->type == HOSTDEV_TYPE_PCI || hostdev->type == HOSTDEV_TYPE_MDEV;

  if (locks && change->vm->process != NULL && !resources_raise_limit (change->vm->live, change->vm->process->pid, error))
    return false;
  return hostdev_prepare (change->vm->id, change->vm->name, hostdev_of (device), error);
}

static void
hostdev_release_one (Change *change, const DomainDevice *device)
{
  hostdev_release (change->vm->id, change->vm->name, hostdev_of (device));
}

static bool
hostdev_check (const Vm *vm, const DomainDevice *device, GError **error)
{
  if (hostdev_of (device)->mode != HOSTDEV_MODE_SUBSYSTEM)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "only whole devices of the host come and go, no capabilities");
  return true;
}

static bool
filesystem_check_attach (const Vm *vm, const DomainDevice *device, GError **error)
{
  return ((const DomainFilesystem *) (const void *) device->info)->driver.type == FS_DRIVER_VIRTIOFS
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                  "only file systems of type virtiofs come while a guest runs");
}

static bool
filesystem_prepare (Change *change, const DomainDevice *device, GError **error)
{
  const Vm *vm = change->vm;
  HelperGuest guest = { .id = vm->id, .domain = vm->live, .config = change->host->config, .lib_dir = change->home.dir };

  if (!helpers_start_device (&guest, device, error))
    return false;
  helpers_enter (vm->id, vm->name, vm->process->cgroup);
  return true;
}

static void
filesystem_release (Change *change, const DomainDevice *device)
{
  helpers_stop_device (change->vm->id, change->vm->name, device->info->alias);
}

/* --- others ------------------------------------------------------------------------------------------------- */

static bool
vsock_check_attach (const Vm *vm, const DomainDevice *device, GError **error)
{
  return vm->live->vsock == NULL
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the domain has a vsock already");
}

/* A second card has to be of a kind that can be one, whatever is asked for it. */
static bool
video_check (const Vm *vm, const DomainDevice *device, GError **error)
{
  const DomainVideo *video = (const DomainVideo *) (const void *) device->info;

  return video->type == VIDEO_TYPE_QXL || video->type == VIDEO_TYPE_VIRTIO || video->type == VIDEO_TYPE_NONE
         || fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "a video card of type '%s' can only be the first",
                  xml_enum_name (&video_type_names, video->type));
}

#define COMES_AND_GOES .can_attach = true, .can_detach = true

static const DeviceKind kinds[] = {
  { "controller", COMES_AND_GOES, .check_attach = controller_check_attach, .check_detach = controller_check_detach },
  { "input", COMES_AND_GOES, .check_attach = input_check, .check_detach = input_check },
  { "filesystem", COMES_AND_GOES, .check_attach = filesystem_check_attach,
    .prepare = filesystem_prepare, .release = filesystem_release },
  { "hostdev", COMES_AND_GOES, .check_attach = hostdev_check, .check_detach = hostdev_check, .prepare = hostdev_prepare_one,
    .release = hostdev_release_one },
  { "rng", COMES_AND_GOES },
  { "watchdog", COMES_AND_GOES, .check_attach = watchdog_check_attach, .before = watchdog_before },
  { "serial", COMES_AND_GOES },
  { "parallel", COMES_AND_GOES },
  { "channel", COMES_AND_GOES, .resolve = channel_resolve },
  { "console", COMES_AND_GOES, .check_attach = console_check, .check_detach = console_check },
  { "redirdev", COMES_AND_GOES },
  { "shmem", COMES_AND_GOES },
  { "lease", COMES_AND_GOES },
  { "graphics", .update = graphics_update },
  { "video", .check_attach = video_check },
  { "vsock", COMES_AND_GOES, .check_attach = vsock_check_attach },
};

const DeviceKind *
device_kind (const char *element)
{
  static const DeviceKind none = { NULL };

  static const DeviceKind *const others[] = { &disk_kind, &interface_kind, &memory_kind };

  for (unsigned int i = 0; i < G_N_ELEMENTS (others); i++)
    if (strcmp (others[i]->element, element) == 0)
      return others[i];
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].element, element) == 0)
      return &kinds[i];
  return &none;
}
