/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks as the guest sees them; what is behind them is disk-image.c. */
#include "args/private.h"

#include <string.h>

#include "args/block.h"
#include "util/error.h"

/* --- the device in front --------------------------------------------------------------- */

static const char *
disk_kind (const DomainDisk *disk)
{
  return disk->device == DISK_DEVICE_CDROM ? "cd" : "hd";
}

/* The process behind a socket serves the image. */
static void
add_vhost_user_socket (Builder *b, const DomainDisk *disk)
{
  const DomainStorageSource *source = &disk->source;
  json_t *data = json_pack ("{s:{s:s, s:{s:s}}, s:b}", "addr", "type", "unix", "data", "path", source->path, "server", 0);
  json_t *chardev = json_object ();

  if (source->reconnect != TRI_ABSENT)
    set_int (data, "reconnect", source->reconnect == TRI_YES ? source->reconnect_timeout : 0);
  set_format (chardev, "id", "chr-vu-%s", disk->info.alias);
  json_object_set_new (chardev, "backend", json_pack ("{s:s, s:o}", "type", "socket", "data", data));
  add_part (b, QEMU_CHARDEV, chardev);
}

static json_t *
virtio_disk (const Builder *b, const DomainDisk *disk, GError **error)
{
  bool is_vhost_user = disk->source.type == STORAGE_TYPE_VHOST_USER;
  g_autofree char *virtio = virtio_driver (b, "blk", &disk->info, disk->model == VIRTIO_MODEL_TRANSITIONAL,
                                           disk->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
  g_autofree char *driver = NULL;
  json_t *device;

  if (virtio == NULL)
    return NULL;
  driver = is_vhost_user ? g_strconcat ("vhost-user", virtio + strlen ("virtio"), NULL) : g_strdup (virtio);
  if (!need_type (b, driver, disk->info.alias, error))
    return NULL;
  device = device_new (driver);
  if (is_vhost_user)
    set_format (device, "chardev", "chr-vu-%s", disk->info.alias);
  if (disk->driver.iothread != 0)
    set_format (device, "iothread", "iothread%u", disk->driver.iothread);
  set_tristate (device, "ioeventfd", disk->driver.ioeventfd);
  set_tristate (device, "event_idx", disk->driver.event_idx);
  set_virtio (device, &disk->driver.virtio);
  set_uint (device, "num-queues", disk->driver.queues);
  set_uint (device, "queue-size", disk->driver.queue_size);
  if (!set_address (b, device, &disk->info, error))
    g_clear_pointer (&device, json_decref);
  return device;
}

/* "ide.1": a channel of the controller, or one of its ports for SATA. */
static json_t *
ata_disk (const Builder *b, const DomainDisk *disk, GError **error)
{
  bool ide = disk->target.bus == DISK_BUS_IDE;
  unsigned int controller = disk->info.address.drive.controller;
  const char *bus = controller_alias (b, ide ? CONTROLLER_TYPE_IDE : CONTROLLER_TYPE_SATA, controller);
  json_t *device = json_object ();

  if (bus == NULL && controller != 0)
    {
      json_decref (device);
      unsupported (error, "disk '%s' is on controller %u, which does not exist", disk->target.dev, controller);
      return NULL;
    }
  set_format (device, "driver", "ide-%s", disk_kind (disk));
  set_format (device, "bus", "%s.%u", bus != NULL ? bus : "ide",
              ide ? disk->info.address.drive.bus : disk->info.address.drive.unit);
  if (ide)
    set_int (device, "unit", disk->info.address.drive.unit);
  return device;
}

/* Old adapters have no targets and luns: a unit is a SCSI id. */
static bool
scsi_is_flat (const Builder *b, unsigned int index)
{
  for (unsigned int i = 0; i < b->domain->controllers.n; i++)
    {
      const DomainController *controller = b->domain->controllers.items[i];

      if (controller->type == CONTROLLER_TYPE_SCSI && controller->index == (int) index)
        return controller->model == CONTROLLER_MODEL_LSILOGIC || controller->model == CONTROLLER_MODEL_AM53C974
               || controller->model == CONTROLLER_MODEL_DC390 || controller->model == CONTROLLER_MODEL_ABSENT;
    }
  return false;
}

static json_t *
scsi_disk (const Builder *b, const DomainDisk *disk, GError **error)
{
  unsigned int controller = disk->info.address.drive.controller;
  const char *bus = controller_alias (b, CONTROLLER_TYPE_SCSI, controller);
  json_t *device;

  if (bus == NULL)
    {
      unsupported (error, "disk '%s' is on SCSI controller %u, which does not exist", disk->target.dev, controller);
      return NULL;
    }
  device = json_object ();
  if (disk->device == DISK_DEVICE_LUN)
    set_string (device, "driver", "scsi-block");
  else
    set_format (device, "driver", "scsi-%s", disk_kind (disk));
  set_format (device, "bus", "%s.0", bus);
  if (scsi_is_flat (b, controller))
    set_int (device, "scsi-id", disk->info.address.drive.unit);
  else
    {
      set_int (device, "channel", disk->info.address.drive.bus);
      set_int (device, "scsi-id", disk->info.address.drive.target);
      set_int (device, "lun", disk->info.address.drive.unit);
    }
  if (disk->device == DISK_DEVICE_LUN)
    return device;
  if (disk->serial != NULL)
    set_string (device, "device_id", disk->serial);
  else
    set_format (device, "device_id", "drive-%s", disk->info.alias);
  return device;
}

static json_t *
disk_device (const Builder *b, const DomainDisk *disk, GError **error)
{
  json_t *device;

  switch (disk->target.bus)
    {
    case DISK_BUS_VIRTIO: return virtio_disk (b, disk, error);
    case DISK_BUS_IDE:
    case DISK_BUS_SATA: return ata_disk (b, disk, error);
    case DISK_BUS_SCSI: return scsi_disk (b, disk, error);
    case DISK_BUS_USB:
      device = device_new ("usb-storage");
      if (!set_address (b, device, &disk->info, error))
        g_clear_pointer (&device, json_decref);
      return device;
    case DISK_BUS_FDC:
      device = device_new ("floppy");
      set_int (device, "unit", disk->info.address.drive.unit);
      return device;
    default:
      unsupported (error, "disk '%s' on bus '%s' is not supported", disk->target.dev,
                   xml_enum_name (&disk_bus_names, disk->target.bus));
      return NULL;
    }
}

static void
set_write_cache (json_t *device, const DomainDisk *disk)
{
  DomainDiskCache cache = block_disk_cache (disk);

  if (cache != DISK_CACHE_ABSENT && disk->device != DISK_DEVICE_LUN)
    set_string (device, "write-cache", cache == DISK_CACHE_WRITETHROUGH || cache == DISK_CACHE_DIRECTSYNC
                                         ? "off" : "on");
}

static const char *
error_policy (DomainDiskErrorPolicy policy)
{
  return policy == DISK_ERROR_POLICY_ENOSPACE ? "enospc" : xml_enum_name (&disk_error_policy_names, policy);
}

/* Guests see a backslash before each space, since they always have. */
static void
set_serial (json_t *device, const char *serial)
{
  g_auto (GStrv) words = serial != NULL ? g_strsplit (serial, " ", -1) : NULL;
  g_autofree char *escaped = words != NULL ? g_strjoinv ("\\ ", words) : NULL;

  set_string (device, "serial", escaped);
}

/* What all kinds of disks have. */
static bool
set_disk_properties (Builder *b, json_t *device, const DomainDisk *disk, GError **error)
{
  DomainDiskErrorPolicy rerror = disk->driver.rerror_policy;
  g_autofree char *drive = disk_node_name (disk, b->context->config);
  unsigned int none = 0;
  unsigned int *kind = disk->device == DISK_DEVICE_CDROM ? &b->boot_cdrom
                       : disk->device == DISK_DEVICE_FLOPPY ? &none : &b->boot_disk;

  if (disk->shareable)
    set_bool (device, "share-rw", true);
  set_string (device, "drive", drive);
  set_string (device, "id", disk->info.alias);
  set_uint (device, "bootindex", boot_index (&disk->info, kind));
  if (disk->target.bus == DISK_BUS_FDC)
    json_object_del (device, "bootindex");      /* the controller's */
  set_uint (device, "logical_block_size", disk->blockio.logical_block_size);
  set_uint (device, "physical_block_size", disk->blockio.physical_block_size);
  if (disk->wwn != NULL)
    json_object_set_new (device, "wwn",
                         json_integer ((json_int_t) g_ascii_strtoull (disk->wwn, NULL, 16)));
  set_uint (device, "rotation_rate", disk->target.rotation_rate);
  set_string (device, "vendor", disk->vendor);
  set_string (device, "product", disk->product);
  if (disk->target.bus == DISK_BUS_USB)
    set_bool (device, "removable", disk->target.removable == TRI_YES);
  set_write_cache (device, disk);
  set_uint (device, "cyls", disk->geometry.cylinders);
  set_uint (device, "heads", disk->geometry.heads);
  set_uint (device, "secs", disk->geometry.sectors);
  set_string (device, "bios-chs-trans", xml_enum_name (&disk_trans_names, disk->geometry.trans));
  set_serial (device, disk->serial);
  set_string (device, "werror", error_policy (disk->driver.error_policy));
  /* Reading follows writing, which alone can run out of space. */
  if (rerror == DISK_ERROR_POLICY_ABSENT && disk->driver.error_policy != DISK_ERROR_POLICY_ENOSPACE)
    rerror = disk->driver.error_policy;
  set_string (device, "rerror", error_policy (rerror));
  if (disk->driver.rerror_policy == DISK_ERROR_POLICY_ENOSPACE)
    return unsupported (error, "disk '%s' cannot have rerror_policy 'enospace'", disk->target.dev);
  return true;
}

/* Cards are part of a machine: only the old option finds their slots. */
static bool
build_card (Builder *b, const DomainDisk *disk, GError **error)
{
  const DomainStorageSource *source = domain_storage_actual (&disk->source);
  g_autofree char *path = NULL;

  if (source->type != STORAGE_TYPE_FILE && source->type != STORAGE_TYPE_BLOCK)
    return unsupported (error, "disk '%s' on bus 'sd' is a file or a block device", disk->target.dev);
  path = escape_commas (source->path);
  add_option (b, "-drive", "file=%s,format=%s,if=sd,index=%d%s", path, xml_enum_name (&storage_format_names, source->format),
              domain_disk_number (disk->target.dev), disk->readonly ? ",readonly=on" : "");
  return true;
}

bool
build_disk (Builder *b, const DomainDisk *disk, GError **error)
{
  g_autoptr (json_t) device = NULL;

  if (disk->target.bus == DISK_BUS_SD)
    return build_card (b, disk, error);

  if (!build_disk_image (b, disk, error))
    return false;
  if (disk->source.type == STORAGE_TYPE_VHOST_USER)
    add_vhost_user_socket (b, disk);
  device = disk_device (b, disk, error);
  if (device == NULL || !set_disk_properties (b, device, disk, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
