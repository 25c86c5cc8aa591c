/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-disk.c: rules that bind disks to each other, to the machine and to what QEMU can do.
 * They change nothing. */
#include "model/domain/rules.h"

#include <string.h>

/* The highest rate that QEMU takes, per second. */
#define MAX_RATE 1000000000000000ULL

/* What only some versions of QEMU have. */
static bool
check_capabilities (const Domain *domain, const DomainDisk *disk, const DomainPlatform *platform, GError **error)
{
  const DomainStorageSource *source = &disk->source;
  const Encryption *encryption = domain_disk_encryption (disk);
  const struct { bool needed; const char *capability, *what; } needs[] = {
    { encryption != NULL && encryption->engine == ENCRYPTION_ENGINE_LIBRBD, "rbd-encryption", "encryption engine 'librbd'" },
    { source->tls_hostname != NULL, "blockdev.nbd.tls-hostname", "'tlsHostname'" },
    { source->type == STORAGE_TYPE_NVME, "drive-nvme", "type='nvme'" },
    { source->type == STORAGE_TYPE_VHOST_USER, "vhost-user-blk", "type='vhostuser'" },
  };
  DomainTarget target = domain_target (domain);

  for (unsigned int i = 0; i < G_N_ELEMENTS (needs); i++)
    if (needs[i].needed && !platform->has_capability (platform, &target, needs[i].capability))
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': this QEMU has no %s", disk->target.dev, needs[i].what);
  return true;
}

static bool
check_bus (const DomainDisk *disk, GError **error)
{
  const char *bus = xml_enum_name (&disk_bus_names, disk->target.bus);
  const char *dev = disk->target.dev;
  bool is_ata = disk->target.bus == DISK_BUS_IDE || disk->target.bus == DISK_BUS_SATA;
  bool is_scsi = disk->target.bus == DISK_BUS_SCSI, is_lun = disk->device == DISK_DEVICE_LUN;

  if (g_ascii_isdigit (dev[strlen (dev) - 1]))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a target is a whole disk, not a partition", dev);
  if (disk->target.bus == DISK_BUS_VIRTIO && disk->device == DISK_DEVICE_CDROM)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a virtio disk has no medium to eject", dev);
  if (is_lun && !is_scsi && disk->target.bus != DISK_BUS_VIRTIO)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': device='lun' does not go with bus='%s'", dev, bus);
  if (is_ata && disk->readonly && disk->device == DISK_DEVICE_DISK)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a disk on bus '%s' cannot be readonly", dev, bus);
  if (!is_scsi && (disk->vendor != NULL || disk->product != NULL))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': only SCSI disks have a vendor and product", dev);
  if (is_lun && (disk->vendor != NULL || disk->product != NULL))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': device='lun' has its own vendor and product", dev);
  if (disk->wwn != NULL && ((!is_scsi && disk->target.bus != DISK_BUS_IDE) || is_lun))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': only SCSI and IDE disks, but no luns, have a wwn", dev);
  if (disk->geometry.trans != DISK_TRANS_ABSENT && disk->target.bus != DISK_BUS_IDE)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': geometry: 'trans' goes only with bus='ide', not '%s'", dev, bus);
  if (disk->target.rotation_rate != 0 && !is_scsi && !is_ata)
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': only SCSI, IDE and SATA disks have a rotation rate", dev);
  if (disk->target.rotation_rate != 0 && disk->device != DISK_DEVICE_DISK)
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': only device='disk' has a rotation rate", dev);
  return true;
}

static bool
check_address (const DomainDisk *disk, GError **error)
{
  DomainAddressType type = disk->info.address.type;
  const char *name = xml_enum_name (&address_type_names, type);
  const char *bus = xml_enum_name (&disk_bus_names, disk->target.bus);

  switch (disk->target.bus)
    {
    case DISK_BUS_IDE: case DISK_BUS_SATA: case DISK_BUS_SCSI: case DISK_BUS_FDC:
      if (type != ADDRESS_TYPE_DRIVE)
        REFUSE (CONFIG_UNSUPPORTED, "disk '%s': a disk on bus '%s' has no address of type '%s'", disk->target.dev, bus, name);
      break;
    case DISK_BUS_USB:
      if (type != ADDRESS_TYPE_USB && type != ADDRESS_TYPE_ABSENT)
        REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': a disk on bus 'usb' has no address of type '%s'", disk->target.dev, name);
      break;
    default:
      if (type == ADDRESS_TYPE_DRIVE || type == ADDRESS_TYPE_USB || type == ADDRESS_TYPE_UNASSIGNED)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a disk on bus '%s' has no address of type '%s'", disk->target.dev, bus, name);
    }
  return true;
}

/* Whether SCSI controller @index has disks by their unit alone. */
static bool
has_one_target (const Domain *domain, unsigned int index)
{
  const DomainController *controller = domain_find_controller (domain, CONTROLLER_TYPE_SCSI, index);

  return controller != NULL && controller->model == CONTROLLER_MODEL_LSILOGIC;
}

/* What the buses of QEMU's controllers have. */
static bool
check_place (const Domain *domain, const DomainDisk *disk, GError **error)
{
  const DomainAddress *address = &disk->info.address;
  const char *bus = xml_enum_name (&disk_bus_names, disk->target.bus);

  if (address->type != ADDRESS_TYPE_DRIVE)
    return true;
  if (disk->target.bus == DISK_BUS_FDC && (address->drive.controller != 0 || address->drive.bus != 0))
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': there is but floppy controller 0 with bus 0", disk->target.dev);
  if (disk->target.bus == DISK_BUS_SCSI && address->drive.bus != 0)
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': a SCSI controller has but bus 0, not %u", disk->target.dev, address->drive.bus);
  if (disk->target.bus == DISK_BUS_SATA && address->drive.bus != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a SATA controller has but bus 0, not %u", disk->target.dev, address->drive.bus);
  if (disk->target.bus != DISK_BUS_SCSI && address->drive.target != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': bus '%s' has but target 0, not %u", disk->target.dev, bus, address->drive.target);
  if (disk->target.bus == DISK_BUS_SCSI && address->drive.target != 0 && has_one_target (domain, address->drive.controller))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': SCSI controller %u has but target 0, not %u", disk->target.dev,
                 address->drive.controller, address->drive.target);
  return true;
}

/* The characters that QEMU takes in a serial number. */
static bool
is_safe_serial (const char *serial)
{
  for (; *serial != '\0'; serial++)
    if (!g_ascii_isalnum (*serial) && strchr (" -_.+()/:", *serial) == NULL)
      return false;
  return true;
}

bool
domain_has_iothread (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return true;
  return domain->iothread_ids.n == 0 && id <= domain->iothreads;
}

static bool
check_driver (const Domain *domain, const DomainDisk *disk, GError **error)
{
  const char *dev = disk->target.dev;

  if (disk->driver.name != NULL && strcmp (disk->driver.name, "qemu") != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': there is no driver '%s'", dev, disk->driver.name);
  if (disk->shareable && disk->source.format != STORAGE_FORMAT_RAW)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': an image of format '%s' cannot be shared, one of format 'raw' can", dev,
                 xml_enum_name (&storage_format_names, disk->source.format) ?: "(unknown)");
  if (disk->driver.copy_on_read == TRI_YES && (disk->readonly || disk->device == DISK_DEVICE_LUN))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': copy_on_read='on' goes with no %s disk", dev, disk->readonly ? "readonly" : "lun");
  if (disk->driver.io == DISK_IO_NATIVE && disk->driver.cache != DISK_CACHE_NONE && disk->driver.cache != DISK_CACHE_DIRECTSYNC)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': io='native' needs cache='none' or 'directsync'", dev);
  if (disk->driver.iothread != 0 && disk->target.bus != DISK_BUS_VIRTIO)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': an iothread goes only with bus='virtio'", dev);
  if (disk->driver.iothread != 0 && !domain_has_iothread (domain, disk->driver.iothread))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': there is no iothread %u", dev, disk->driver.iothread);
  if (disk->serial != NULL && !is_safe_serial (disk->serial))
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': serial '%s' has characters other than letters, digits, and ' -_.+()/:'", dev,
                 disk->serial);
  if (disk->serial != NULL && disk->device == DISK_DEVICE_LUN && disk->target.bus == DISK_BUS_SCSI)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': device='lun' has its own serial", dev);
  if (disk->transient && disk->readonly)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a transient disk cannot be readonly", dev);
  if (disk->transient && disk->source.type != STORAGE_TYPE_FILE)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': 'transient' goes only with type='file'", dev);
  if (disk->share_backing == TRI_YES && (disk->target.bus == DISK_BUS_IDE || disk->target.bus == DISK_BUS_SATA))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': transient: 'shareBacking' does not go with bus '%s'", dev,
                 xml_enum_name (&disk_bus_names, disk->target.bus));
  return true;
}

static bool
check_iotune (const char *dev, const DomainDiskIoTune *tune, GError **error)
{
  const uint64_t rates[] = {
    tune->total_bytes, tune->read_bytes, tune->write_bytes, tune->total_iops, tune->read_iops, tune->write_iops,
    tune->total_bytes_max, tune->read_bytes_max, tune->write_bytes_max, tune->total_iops_max, tune->read_iops_max,
    tune->write_iops_max, tune->size_iops,
  };
  bool has_length = tune->total_bytes_length != 0 || tune->read_bytes_length != 0 || tune->write_bytes_length != 0
                    || tune->total_iops_length != 0 || tune->read_iops_length != 0 || tune->write_iops_length != 0;
  bool has_rate = false;

  for (unsigned int i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      has_rate = has_rate || rates[i] != 0;
      if (rates[i] > MAX_RATE)
        REFUSE_QEMU (ARGUMENT_UNSUPPORTED, "disk '%s': iotune: %" G_GUINT64_FORMAT " is above %llu", dev, rates[i], MAX_RATE);
    }
  if (tune->group != NULL && !has_rate && !has_length)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': iotune: 'group_name' goes only with limits", dev);
  return true;
}

static bool
check_format (const DomainStorageSource *source, const char *dev, bool readonly, GError **error)
{
  DomainStorageFormat format = source->format;
  bool is_dir = source->type == STORAGE_TYPE_DIR;

  if (format == STORAGE_FORMAT_COW || format == STORAGE_FORMAT_ISO || format == STORAGE_FORMAT_DIR)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': QEMU has no image format '%s'%s", dev,
                 xml_enum_name (&storage_format_names, format),
                 format == STORAGE_FORMAT_DIR ? ", but type='dir'" : format == STORAGE_FORMAT_ISO ? ", but 'raw'" : "");
  if (format == STORAGE_FORMAT_FAT && !is_dir && source->type != STORAGE_TYPE_VOLUME)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': the format 'fat' goes only with type='dir'", dev);
  if (is_dir && format != STORAGE_FORMAT_FAT)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': type='dir' goes only with the format 'fat'", dev);
  if (is_dir && !readonly)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a folder as a FAT image can only be readonly", dev);
  if (source->metadata_cache != 0 && format != STORAGE_FORMAT_QCOW2)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': 'metadata_cache' goes only with the format 'qcow2'", dev);
  return true;
}

static bool
check_encryption (const DomainStorageSource *source, const Encryption *encryption, const char *dev, GError **error)
{
  EncryptionFormat format = encryption->format;
  bool is_rbd = source->type == STORAGE_TYPE_NETWORK && source->protocol == STORAGE_PROTOCOL_RBD;
  const char *name = xml_enum_name (&encryption_format_names, format);

  if (format == ENCRYPTION_FORMAT_DEFAULT || format == ENCRYPTION_FORMAT_QCOW)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': encryption format '%s' is not known any more", dev, name);
  if (encryption->engine == ENCRYPTION_ENGINE_LIBRBD)
    {
      if (!is_rbd)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': encryption engine 'librbd' goes only with protocol='rbd'", dev);
      return true;
    }
  if (format != ENCRYPTION_FORMAT_LUKS)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': encryption engine 'qemu' has no format '%s'", dev, name);
  if (source->format != STORAGE_FORMAT_RAW && source->format != STORAGE_FORMAT_QCOW2)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': only images of format 'raw' and 'qcow2' are encrypted", dev);
  return true;
}

static bool
has_logins (DomainStorageProtocol protocol)
{
  return protocol != STORAGE_PROTOCOL_NBD && protocol != STORAGE_PROTOCOL_SHEEPDOG && protocol != STORAGE_PROTOCOL_GLUSTER
         && protocol != STORAGE_PROTOCOL_VXHS && protocol != STORAGE_PROTOCOL_NFS;
}

/* A layer; what the disk itself says of the topmost comes in @auth and @encryption. */
static bool
check_source (const DomainStorageSource *source, const Auth *auth, const Encryption *encryption, const char *dev, bool readonly,
              GError **error)
{
  if (!check_format (source, dev, readonly, error))
    return false;
  if (encryption != NULL && !check_encryption (source, encryption, dev, error))
    return false;
  if (source->type != STORAGE_TYPE_NETWORK)
    return true;
  if (source->protocol == STORAGE_PROTOCOL_TFTP)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': QEMU does not know protocol 'tftp'", dev);
  if (auth != NULL && !has_logins (source->protocol))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': protocol '%s' has no auth", dev,
                 xml_enum_name (&storage_protocol_names, source->protocol));
  if (source->protocol == STORAGE_PROTOCOL_NFS && source->hosts.n != 1)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': protocol 'nfs' has one host, not %u", dev, source->hosts.n);
  if (source->tls_hostname != NULL && source->protocol != STORAGE_PROTOCOL_NBD)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': 'tlsHostname' goes only with protocol='nbd'", dev);
  return true;
}

static bool
check_chain (const DomainDisk *disk, GError **error)
{
  const char *dev = disk->target.dev;

  if (!check_source (&disk->source, domain_disk_auth (disk), domain_disk_encryption (disk), dev, disk->readonly, error))
    return false;
  for (const DomainStorageSource *layer = disk->source.backing; layer != NULL && layer->type != STORAGE_TYPE_ABSENT;
       layer = layer->backing)
    if (!check_source (layer, layer->auth, layer->encryption, dev, true, error))
      return false;
  return true;
}

static bool
check_disk (const Domain *domain, const DomainDisk *disk, const DomainPlatform *platform, GError **error)
{
  const DomainAddress *address = &disk->info.address;

  if (disk->target.bus == DISK_BUS_IDE && address->type == ADDRESS_TYPE_DRIVE && address->drive.controller > 0)
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s' is on IDE controller %u, but there is only controller 0", disk->target.dev,
                 address->drive.controller);
  if (disk->source.type == STORAGE_TYPE_VHOST_USER && !domain_has_shared_memory (domain))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': type='vhostuser' needs memory that is shared", disk->target.dev);
  return check_bus (disk, error) && check_address (disk, error) && check_place (domain, disk, error) && check_chain (disk, error)
         && check_driver (domain, disk, error) && check_capabilities (domain, disk, platform, error)
         && (disk->iotune == NULL || check_iotune (disk->target.dev, disk->iotune, error));
}

/* Whether disks of one throttling group, if they are, have the same limits. */
static bool
have_equal_limits (const DomainDisk *a, const DomainDisk *b)
{
  DomainDiskIoTune x, y;

  if (a->iotune == NULL || b->iotune == NULL || a->iotune->group == NULL || g_strcmp0 (a->iotune->group, b->iotune->group) != 0)
    return true;
  x = *a->iotune;
  y = *b->iotune;
  x.group = y.group = NULL;
  return memcmp (&x, &y, sizeof (x)) == 0;
}

/* Rules of two disks, the first of which comes before. */
static bool
check_pair (const DomainDisk *other, const DomainDisk *disk, GError **error)
{
  const DomainAddress *a = &other->info.address, *b = &disk->info.address;

  if (a->type == ADDRESS_TYPE_DRIVE && b->type == ADDRESS_TYPE_DRIVE && disk->target.bus == other->target.bus
      && memcmp (&a->drive, &b->drive, sizeof (a->drive)) == 0)
    REFUSE (CONFIG_UNSUPPORTED, "disks '%s' and '%s' have one drive address", other->target.dev, disk->target.dev);
  if (!have_equal_limits (other, disk))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disks '%s' and '%s' are of the iotune group '%s', but have other limits", other->target.dev,
                 disk->target.dev, disk->iotune->group);
  return true;
}

bool
domain_validate_disks (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (strcmp (domain->disks.items[j]->target.dev, domain->disks.items[i]->target.dev) == 0)
        REFUSE_AT ("disk", i, XML_ERROR, "two disks have the target '%s'", domain->disks.items[i]->target.dev);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];

      if (!check_disk (domain, disk, platform, error))
        return domain_blame (domain, &disk->info, error);
      for (unsigned int j = 0; j < i; j++)
        if (!check_pair (domain->disks.items[j], disk, error))
          return domain_blame (domain, &disk->info, error);
    }
  return true;
}
