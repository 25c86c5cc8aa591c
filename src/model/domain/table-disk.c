/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-disk.c: disks and their images. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"

static const XmlField file_rows[] = { XML_STRING (DomainStorageSource, path, "source/@file"), XML_END };
static const XmlField block_rows[] = { XML_STRING (DomainStorageSource, path, "source/@dev"), XML_END };
static const XmlField dir_rows[] = { XML_STRING (DomainStorageSource, path, "source/@dir"), XML_END };

static const XmlField *const source_rows_by_type[] = {
  [STORAGE_TYPE_FILE] = file_rows,
  [STORAGE_TYPE_BLOCK] = block_rows,
  [STORAGE_TYPE_DIR] = dir_rows,
  [STORAGE_TYPE_VHOST_VDPA] = NULL,
};
static const XmlCases source_cases = XML_CASES_OF (DomainStorageSource, type, storage_type, source_rows_by_type);

static const XmlSchema backing_schema;

/* What is inside <disk> and <backingStore> alike. */
static const XmlField source_rows[] = {
  XML_CASES (source_cases),
  XML_ENUM (DomainStorageSource, startup_policy, "source/@startupPolicy", disk_startup_policy),
  XML_UINT (DomainStorageSource, index, "source/@index", .flags = XML_LIVE),
  XML_UNSUPPORTED ("source/@fdgroup"),
  XML_UNSUPPORTED ("source/seclabel"),
  XML_UNSUPPORTED ("source/encryption"),
  XML_UNSUPPORTED ("source/reservations"),
  XML_UNSUPPORTED ("source/slices"),
  XML_UNSUPPORTED ("source/dataStore"),
  XML_CHILD (DomainStorageSource, backing, "backingStore", backing_schema),
  XML_END
};

static const XmlField backing_rows[] = {
  XML_ENUM (DomainStorageSource, type, "@type", storage_type),
  XML_ENUM (DomainStorageSource, format, "format/@type", storage_format, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UNSUPPORTED ("format/metadata_cache"),
  XML_EMBED (DomainStorageSource, type, "", source_rows),
  XML_END
};
static const XmlSchema backing_schema = XML_SCHEMA (DomainStorageSource, "backingStore", backing_rows);

static const XmlField driver_rows[] = {
  XML_STRING (DomainDisk, driver.name, "@name"),
  XML_ENUM (DomainDisk, source.format, "@type", storage_format, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainDisk, driver.cache, "@cache", disk_cache, .absent = DISK_CACHE_DEFAULT),
  XML_ENUM (DomainDisk, driver.error_policy, "@error_policy", disk_error_policy),
  XML_ENUM (DomainDisk, driver.rerror_policy, "@rerror_policy", disk_error_policy),
  XML_ENUM (DomainDisk, driver.io, "@io", disk_io),
  XML_ON_OFF (DomainDisk, driver.ioeventfd, "@ioeventfd"),
  XML_ON_OFF (DomainDisk, driver.event_idx, "@event_idx"),
  XML_ON_OFF (DomainDisk, driver.copy_on_read, "@copy_on_read"),
  XML_ENUM (DomainDisk, driver.discard, "@discard", disk_discard),
  XML_UINT (DomainDisk, driver.iothread, "@iothread"),
  XML_ENUM (DomainDisk, driver.detect_zeroes, "@detect_zeroes", disk_detect_zeroes),
  XML_UINT (DomainDisk, driver.queues, "@queues"),
  XML_UINT (DomainDisk, driver.queue_size, "@queue_size"),
  XML_EMBED (DomainDisk, driver.virtio, "", domain_virtio_rows),
  XML_UNSUPPORTED ("@discard_no_unref"),
  XML_UNSUPPORTED ("metadata_cache"),
  XML_UNSUPPORTED ("iothreads"),
  XML_END
};

/* A read-only disk has no snapshots anyway. */
static bool
has_own_snapshot (const void *object, unsigned int format_flags)
{
  const DomainDisk *disk = object;

  return disk->snapshot != DISK_SNAPSHOT_NO || !disk->readonly;
}

static const XmlField disk_rows[] = {
  XML_ENUM (DomainDisk, source.type, "@type", storage_type, .absent = STORAGE_TYPE_FILE, .flags = XML_ALWAYS),
  XML_ENUM (DomainDisk, device, "@device", disk_device, .absent = DISK_DEVICE_DISK, .flags = XML_ALWAYS),
  XML_ENUM (DomainDisk, model, "@model", virtio_model),
  XML_YES_NO (DomainDisk, rawio, "@rawio"),
  XML_UNSUPPORTED ("@sgio"),
  XML_ENUM (DomainDisk, snapshot, "@snapshot", disk_snapshot, .when = has_own_snapshot),
  XML_PART ("driver", driver_rows),
  XML_UNSUPPORTED ("auth"),
  XML_EMBED (DomainDisk, source, "", source_rows),
  XML_UNSUPPORTED ("mirror"),
  XML_UNSUPPORTED ("backenddomain"),
  XML_UINT (DomainDisk, geometry.cylinders, "geometry/@cyls"),
  XML_UINT (DomainDisk, geometry.heads, "geometry/@heads"),
  XML_UINT (DomainDisk, geometry.sectors, "geometry/@secs"),
  XML_ENUM (DomainDisk, geometry.trans, "geometry/@trans", disk_trans),
  XML_UINT (DomainDisk, blockio.logical_block_size, "blockio/@logical_block_size"),
  XML_UINT (DomainDisk, blockio.physical_block_size, "blockio/@physical_block_size"),
  XML_UNSUPPORTED ("blockio/@discard_granularity"),
  XML_UNSUPPORTED ("throttlefilters"),
  XML_STRING (DomainDisk, target.dev, "target/@dev", XML_MISSING (DOMAIN, NO_TARGET)),
  XML_ENUM (DomainDisk, target.bus, "target/@bus", disk_bus),
  XML_ENUM (DomainDisk, target.tray, "target/@tray", disk_tray, .absent = DISK_TRAY_CLOSED),
  XML_ON_OFF (DomainDisk, target.removable, "target/@removable"),
  XML_UINT (DomainDisk, target.rotation_rate, "target/@rotation_rate"),
  XML_UNSUPPORTED ("iotune"),
  XML_FLAG (DomainDisk, readonly, "readonly"),
  XML_FLAG (DomainDisk, shareable, "shareable"),
  XML_UNSUPPORTED ("transient"),
  XML_STRING (DomainDisk, serial, "serial"),
  XML_STRING (DomainDisk, wwn, "wwn"),
  XML_STRING (DomainDisk, vendor, "vendor"),
  XML_STRING (DomainDisk, product, "product"),
  XML_UNSUPPORTED ("encryption"),
  XML_INFO (DomainDisk),
  XML_END
};

/* The bus that a target's name suggests. */
static DomainDiskBus
bus_of_name (const char *dev)
{
  static const struct { const char *prefix; DomainDiskBus bus; } names[] = {
    { "hd", DISK_BUS_IDE }, { "sd", DISK_BUS_SCSI }, { "vd", DISK_BUS_VIRTIO }, { "xvd", DISK_BUS_XEN },
    { "fd", DISK_BUS_FDC }, { "ubd", DISK_BUS_UML },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (dev, names[i].prefix))
      return names[i].bus;
  return DISK_BUS_IDE;
}

static bool
disk_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainDisk *disk = object;

  if (disk->info.address.type == ADDRESS_TYPE_ABSENT && domain_disk_number (disk->target.dev) < 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                     "the target's name '%s' says no place, and there is no address", disk->target.dev);
  if (disk->target.bus == DISK_BUS_ABSENT)
    disk->target.bus = disk->device == DISK_DEVICE_FLOPPY ? DISK_BUS_FDC : bus_of_name (disk->target.dev);
  if (disk->device == DISK_DEVICE_CDROM)
    disk->readonly = true;
  return true;
}

const XmlSchema domain_disk_schema = XML_SCHEMA (DomainDisk, "disk", disk_rows, .finish = disk_finish, .from = VIR_FROM_DOMAIN);
