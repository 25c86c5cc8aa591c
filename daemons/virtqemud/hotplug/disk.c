/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that come and go, and media of drives. */
#include <string.h>

#include "hotplug/private.h"
#include "qemu/chain.h"
#include "qemu/iotune.h"
#include "util/error.h"

static DomainDisk *
disk_of (const DomainDevice *device)
{
  return (DomainDisk *) (void *) device->info;
}

static bool
is_drive (const DomainDisk *disk)
{
  return disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;
}

static bool
check_attach (const Vm *vm, const DomainDevice *device, GError **error)
{
  const DomainDisk *disk = disk_of (device);

  return disk->target.bus != DISK_BUS_FDC || disk->device == DISK_DEVICE_FLOPPY
         || fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                  "disk '%s': nothing comes to a floppy controller while a guest runs",
                  disk->target.dev);
}

/* Which buses give a device up while the guest runs. */
static bool
check_detach (const Vm *vm, const DomainDevice *device, GError **error)
{
  const DomainDisk *disk = disk_of (device);
  DomainDiskBus bus = disk->target.bus;
  bool goes = bus == DISK_BUS_USB || bus == DISK_BUS_SCSI || bus == DISK_BUS_VIRTIO;

  if (disk->device == DISK_DEVICE_FLOPPY || (disk->device == DISK_DEVICE_CDROM && !goes))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the drive '%s' cannot be detached while the guest runs",
                 disk->target.dev);
  return goes
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                  "the disk '%s' cannot be detached: its bus '%s' keeps devices "
                  "while the guest runs", disk->target.dev, xml_enum_name (&disk_bus_names, bus));
}

static bool
inspect (Change *change, const DomainDevice *device, GError **error)
{
  DomainDisk *disk = disk_of (device);
  Domain alone = { .disks = { &disk, 1 } };
  const QemuChainRules rules = { .uid = change->host->config->uid, .gid = change->host->config->gid };

  if (domain_storage_is_empty (&disk->source))
    disk->source.format = STORAGE_FORMAT_ABSENT;
  return qemu_chain_complete (&alone, &rules, error);
}

static bool
resolve (Change *change, const DomainDevice *device, GError **error)
{
  change_number_images (change, disk_of (device));
  return true;
}

/* QEMU limits what it has. */
static bool
after (Change *change, const DomainDevice *device, const json_t *answer, GError **error)
{
  const DomainDisk *disk = disk_of (device);

  return disk->iotune == NULL || domain_storage_is_empty (&disk->source)
         || (iotune_check (disk->iotune, true, error)
             && qmp_do (change->qmp, "block_set_io_throttle", qemu_iotune_args (disk), change->deadline, error));
}

/* What a client attaches to a drive that is there is a medium. */
static bool
instead (Change *change, DomainDevice *device, bool *ret_done, GError **error)
{
  DomainDevice there;

  *ret_done = is_drive (disk_of (device)) && domain_device_find (change->vm->live, device, &there, NULL);
  return !*ret_done || hotplug_update_found (change, &there, device, false, error);
}

/* --- changes --------------------------------------------------------------------------------- */

typedef struct { bool source; } DiskChange;

static bool
may_change (const char *path, const char *wanted, const char *there, void *data)
{
  static const char *const free_rows[] = { "backingStore", "mirror", "alias", "address", "target/@tray", "@snapshot",
                                           "source/@index",
                                           "source/@startupPolicy", "source/seclabel", "source/privateData", "privateData" };
  DiskChange *change = data;

  for (unsigned int i = 0; i < G_N_ELEMENTS (free_rows); i++)
    if (g_str_has_prefix (path, free_rows[i]))
      return true;
  if (!g_str_has_prefix (path, "source") && strcmp (path, "@type") != 0 && strcmp (path, "driver/@type") != 0)
    return false;
  change->source = true;
  return true;
}

static bool
update (Change *change, const DomainDevice *device, const Domain *candidate, const DomainDevice *wanted, bool force,
        GError **error)
{
  DomainDisk *disk = disk_of (device), *other = disk_of (wanted);
  DiskChange differs = { .source = !domain_storage_is_empty (&disk->source) && domain_storage_is_empty (&other->source) };

  if (!update_compare (device, wanted, may_change, &differs, error))
    return false;
  if (differs.source && !is_drive (disk))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "disk '%s': only drives change their medium while the guest runs",
                 disk->target.dev);
  if (differs.source && !media_change (change, disk, candidate, other, force, error))
    return false;
  disk->source.startup_policy = other->source.startup_policy;
  if (other->snapshot != DISK_SNAPSHOT_ABSENT)
    disk->snapshot = other->snapshot;
  return true;
}

const DeviceKind disk_kind = {
  "disk", .can_attach = true, .can_detach = true, .check_attach = check_attach, .check_detach = check_detach,
  .inspect = inspect, .resolve = resolve, .instead = instead, .after = after, .missing = VIR_ERR_INTERNAL_ERROR, .update = update,
};
