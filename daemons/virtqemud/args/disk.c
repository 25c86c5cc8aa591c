/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images as block nodes, disks on top of them, and the firmware's flash. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

/* --- block nodes --------------------------------------------------------------------- */

/* How a disk treats its images; the same for each layer. */
typedef struct
{
  DomainDiskCache cache;
  DomainDiskIo io;
  DomainDiskDiscard discard;
  DomainDiskDetectZeroes detect_zeroes;
  bool readonly;
  bool cdrom;
} ImageUse;

/* Guests that share a disk must not have it in caches of the host. */
static DomainDiskCache
effective_cache (const DomainDisk *disk)
{
  DomainDiskCache cache = disk->driver.cache == DISK_CACHE_DEFAULT ? DISK_CACHE_ABSENT : disk->driver.cache;

  return cache == DISK_CACHE_ABSENT && disk->shareable && !disk->readonly ? DISK_CACHE_NONE : cache;
}

static void
set_cache (json_t *node, DomainDiskCache cache)
{
  json_t *object;

  if (cache == DISK_CACHE_ABSENT)
    return;
  object = json_object ();
  set_bool (object, "direct", cache == DISK_CACHE_NONE || cache == DISK_CACHE_DIRECTSYNC);
  set_bool (object, "no-flush", cache == DISK_CACHE_UNSAFE);
  json_object_set_new (node, "cache", object);
}

/* A host drive needs QEMU's own driver for its tray. */
static const char *
storage_driver (const DomainStorageSource *source, const ImageUse *use)
{
  if (source->type == STORAGE_TYPE_FILE)
    return "file";
  return use->cdrom && g_str_has_prefix (source->path, "/dev/sr") ? "host_cdrom" : "host_device";
}

static json_t *
storage_node (const DomainStorageSource *source, const ImageUse *use, const char *name)
{
  json_t *node = device_new (storage_driver (source, use));

  set_string (node, "filename", source->path);
  set_string (node, "aio", xml_enum_name (&disk_io_names, use->io));
  set_format (node, "node-name", "%s-storage", name);
  set_cache (node, use->cache);
  set_bool (node, "auto-read-only", true);
  set_string (node, "discard", "unmap");
  return node;
}

static bool
has_backing_format (DomainStorageFormat format)
{
  return format == STORAGE_FORMAT_QCOW2 || format == STORAGE_FORMAT_QCOW || format == STORAGE_FORMAT_QED
         || format == STORAGE_FORMAT_VMDK;
}

static json_t *
format_node (const DomainStorageSource *source, const ImageUse *use, const char *name)
{
  const char *format = xml_enum_name (&storage_format_names, source->format);
  json_t *node = json_object ();

  set_format (node, "node-name", "%s-format", name);
  set_bool (node, "read-only", use->readonly);
  set_string (node, "discard", xml_enum_name (&disk_discard_names, use->discard));
  if (use->detect_zeroes != DISK_DETECT_ZEROES_ABSENT)
    /* Zeroes may become holes only where holes are wanted. */
    set_string (node, "detect-zeroes",
                use->detect_zeroes == DISK_DETECT_ZEROES_UNMAP && use->discard != DISK_DISCARD_UNMAP
                  ? "on" : xml_enum_name (&disk_detect_zeroes_names, use->detect_zeroes));
  set_cache (node, use->cache);
  set_string (node, "driver", source->format == STORAGE_FORMAT_ABSENT || source->format == STORAGE_FORMAT_ISO
                                ? "raw" : format);
  set_format (node, "file", "%s-storage", name);
  if (source->backing != NULL && source->backing->type == STORAGE_TYPE_ABSENT && has_backing_format (source->format))
    json_object_set_new (node, "backing", json_null ());
  else if (source->backing != NULL && source->backing->type != STORAGE_TYPE_ABSENT)
    set_format (node, "backing", "libvirt-%u-format", source->backing->index);
  return node;
}

static bool
check_source (const DomainStorageSource *source, const char *disk, GError **error)
{
  if (source->type != STORAGE_TYPE_FILE && source->type != STORAGE_TYPE_BLOCK)
    return unsupported (error, "disk '%s': a source of type '%s' is not supported", disk,
                        xml_enum_name (&storage_type_names, source->type));
  if (source->path == NULL)
    return unsupported (error, "disk '%s' has an image without a path", disk);
  return true;
}

/* The nodes of @source and of what it is based on, lowest first. */
static bool
build_image (Builder *b, const DomainStorageSource *source, const ImageUse *use, const char *disk, GError **error)
{
  const DomainStorageSource *layers[200];
  unsigned int n = 0;

  for (const DomainStorageSource *layer = source; layer != NULL && layer->type != STORAGE_TYPE_ABSENT;
       layer = layer->backing)
    {
      if (!check_source (layer, disk, error))
        return false;
      if (n == G_N_ELEMENTS (layers))
        return unsupported (error, "disk '%s' has more than %u layers", disk, n);
      layers[n++] = layer;
    }
  while (n-- > 0)
    {
      g_autofree char *name = g_strdup_printf ("libvirt-%u", layers[n]->index);
      ImageUse layer_use = { .cache = use->cache, .io = use->io, .readonly = true };

      add_part (b, QEMU_BLOCKDEV, storage_node (layers[n], n == 0 ? use : &layer_use, name));
      add_part (b, QEMU_BLOCKDEV, format_node (layers[n], n == 0 ? use : &layer_use, name));
    }
  return true;
}

static void
build_flash_image (Builder *b, const char *path, unsigned int index, bool readonly)
{
  DomainStorageSource source = { .type = STORAGE_TYPE_FILE, .format = STORAGE_FORMAT_RAW, .path = (char *) path };
  ImageUse use = { .readonly = readonly };
  g_autofree char *name = g_strdup_printf ("libvirt-pflash%u", index);

  add_part (b, QEMU_BLOCKDEV, storage_node (&source, &use, name));
  add_part (b, QEMU_BLOCKDEV, format_node (&source, &use, name));
}

bool
build_pflash (Builder *b, GError **error)
{
  const DomainOs *os = &b->domain->os;

  if (os->loader.path == NULL || os->loader.type != LOADER_TYPE_PFLASH)
    return true;
  build_flash_image (b, os->loader.path, 0, os->loader.readonly == TRI_YES);
  if (os->nvram != NULL)
    build_flash_image (b, os->nvram, 1, false);
  return true;
}

/* --- the device in front --------------------------------------------------------------- */

static const char *
disk_kind (const DomainDisk *disk)
{
  return disk->device == DISK_DEVICE_CDROM ? "cd" : "hd";
}

static json_t *
virtio_disk (const Builder *b, const DomainDisk *disk, GError **error)
{
  g_autofree char *driver = virtio_driver (b, "blk", &disk->info, disk->model == VIRTIO_MODEL_TRANSITIONAL,
                                           disk->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
  json_t *device;

  if (driver == NULL)
    return NULL;
  device = device_new (driver);
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
  DomainDiskCache cache = effective_cache (disk);

  if (cache != DISK_CACHE_ABSENT && disk->device != DISK_DEVICE_LUN)
    set_string (device, "write-cache", cache == DISK_CACHE_WRITETHROUGH || cache == DISK_CACHE_DIRECTSYNC
                                         ? "off" : "on");
}

static const char *
error_policy (DomainDiskErrorPolicy policy)
{
  return policy == DISK_ERROR_POLICY_ENOSPACE ? "enospc" : xml_enum_name (&disk_error_policy_names, policy);
}

/* What all kinds of disks have. */
static bool
set_disk_properties (Builder *b, json_t *device, const DomainDisk *disk, GError **error)
{
  DomainDiskErrorPolicy rerror = disk->driver.rerror_policy;
  unsigned int none = 0;
  unsigned int *kind = disk->device == DISK_DEVICE_CDROM ? &b->boot_cdrom
                       : disk->device == DISK_DEVICE_FLOPPY ? &none : &b->boot_disk;

  if (disk->shareable)
    set_bool (device, "share-rw", true);
  if (disk->source.path != NULL && disk->driver.copy_on_read == TRI_YES)
    set_format (device, "drive", "libvirt-CoR-%s", disk->target.dev);
  else if (disk->source.path != NULL)
    set_format (device, "drive", "libvirt-%u-format", disk->source.index);
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
  set_string (device, "serial", disk->serial);
  set_string (device, "werror", error_policy (disk->driver.error_policy));
  /* Reading follows writing, which alone can run out of space. */
  if (rerror == DISK_ERROR_POLICY_ABSENT && disk->driver.error_policy != DISK_ERROR_POLICY_ENOSPACE)
    rerror = disk->driver.error_policy;
  set_string (device, "rerror", error_policy (rerror));
  if (disk->driver.rerror_policy == DISK_ERROR_POLICY_ENOSPACE)
    return unsupported (error, "disk '%s' cannot have rerror_policy 'enospace'", disk->target.dev);
  return true;
}

bool
build_disk (Builder *b, const DomainDisk *disk, GError **error)
{
  ImageUse use = {
    .cache = effective_cache (disk), .io = disk->driver.io, .discard = disk->driver.discard,
    .detect_zeroes = disk->driver.detect_zeroes,
    .readonly = disk->readonly || disk->device == DISK_DEVICE_CDROM,
    .cdrom = disk->device == DISK_DEVICE_CDROM,
  };
  g_autoptr (json_t) device = NULL;

  if (disk->source.path != NULL && !build_image (b, &disk->source, &use, disk->target.dev, error))
    return false;
  if (disk->source.path != NULL && disk->driver.copy_on_read == TRI_YES)
    {
      json_t *node = device_new ("copy-on-read");

      set_format (node, "node-name", "libvirt-CoR-%s", disk->target.dev);
      set_format (node, "file", "libvirt-%u-format", disk->source.index);
      set_string (node, "discard", "unmap");
      add_part (b, QEMU_BLOCKDEV, node);
    }
  device = disk_device (b, disk, error);
  if (device == NULL || !set_disk_properties (b, device, disk, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
