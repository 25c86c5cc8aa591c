/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-disk.c: disks. */
#include "model/domain/rules.h"
#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"

XML_ENUM_DEFINE (disk_device, DISK_DEVICE_LIST)
XML_ENUM_DEFINE (disk_bus, DISK_BUS_LIST)
XML_ENUM_DEFINE (disk_cache, DISK_CACHE_LIST)
XML_ENUM_DEFINE (disk_error_policy, DISK_ERROR_POLICY_LIST)
XML_ENUM_DEFINE (disk_io, DISK_IO_LIST)
XML_ENUM_DEFINE (disk_discard, DISK_DISCARD_LIST)
XML_ENUM_DEFINE (disk_detect_zeroes, DISK_DETECT_ZEROES_LIST)
XML_ENUM_DEFINE (disk_snapshot, DISK_SNAPSHOT_LIST)
XML_ENUM_DEFINE (disk_tray, DISK_TRAY_LIST)
XML_ENUM_DEFINE (disk_trans, DISK_TRANS_LIST)
XML_ENUM_DEFINE (disk_sgio, DISK_SGIO_LIST)
XML_ENUM_DEFINE (disk_mirror_job, DISK_MIRROR_JOB_LIST)
XML_ENUM_DEFINE (disk_mirror_state, DISK_MIRROR_STATE_LIST)
XML_ENUM_DEFINE (disk_secrets_above, DISK_SECRETS_ABOVE_LIST)

/* Documents of old call raw images "aio", which takes the place of LUKS. */
#define DRIVER_FORMAT_LIST(X) STORAGE_NAMED_FORMAT_LIST (X) X (STORAGE_FORMAT_LUKS, "aio")
extern const XmlEnum driver_format_names;
XML_ENUM_DEFINE (driver_format, DRIVER_FORMAT_LIST)

static const XmlField driver_rows[] = {
  XML_STRING (DomainDisk, driver.name, "@name"),
  XML_ENUM (DomainDisk, source.format, "@type", driver_format, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainDisk, driver.cache, "@cache", disk_cache, .absent = DISK_CACHE_DEFAULT),
  XML_ENUM (DomainDisk, driver.error_policy, "@error_policy", disk_error_policy),
  XML_ENUM (DomainDisk, driver.rerror_policy, "@rerror_policy", disk_error_policy),
  XML_ENUM (DomainDisk, driver.io, "@io", disk_io),
  XML_ON_OFF (DomainDisk, driver.ioeventfd, "@ioeventfd", .flags = XML_ABI),
  XML_ON_OFF (DomainDisk, driver.event_idx, "@event_idx", .flags = XML_ABI),
  XML_ON_OFF (DomainDisk, driver.copy_on_read, "@copy_on_read"),
  XML_ENUM (DomainDisk, driver.discard, "@discard", disk_discard),
  XML_UINT (DomainDisk, driver.iothread, "@iothread", .flags = XML_POSITIVE),
  XML_ENUM (DomainDisk, driver.detect_zeroes, "@detect_zeroes", disk_detect_zeroes),
  XML_UINT (DomainDisk, driver.queues, "@queues", .flags = XML_ABI),
  XML_UINT (DomainDisk, driver.queue_size, "@queue_size", .flags = XML_ABI),
  XML_EMBED (DomainDisk, driver.virtio, "", domain_virtio_rows),
  XML_BYTES (DomainDisk, source.metadata_cache, "metadata_cache/max_size", XML_BAD (DOMAIN, XML_ERROR)),
  XML_END
};

/* Documents of old repeat the file and its format as attributes. */
static bool
is_copy_to_file (const void *object, unsigned int format_flags)
{
  const DomainDiskMirror *mirror = object;

  return mirror->job == DISK_MIRROR_JOB_COPY && mirror->source.type == STORAGE_TYPE_FILE;
}

static const XmlField mirror_rows[] = {
  XML_ENUM (DomainDiskMirror, source.type, "@type", storage_type, .absent = STORAGE_TYPE_FILE, .flags = XML_ALWAYS),
  XML_STRING (DomainDiskMirror, source.path, "@file", .when = is_copy_to_file),
  XML_ENUM (DomainDiskMirror, source.format, "@format", storage_named_format, XML_BAD (DOMAIN, XML_ERROR), .when = is_copy_to_file),
  XML_ENUM (DomainDiskMirror, job, "@job", disk_mirror_job, .absent = DISK_MIRROR_JOB_COPY, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainDiskMirror, state, "@ready", disk_mirror_state, XML_BAD (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainDiskMirror, source.format, "format/@type", storage_named_format, XML_BAD (DOMAIN, XML_ERROR)),
  XML_METADATA_CACHE (DomainDiskMirror, source.metadata_cache, "format"),
  XML_EMBED (DomainDiskMirror, source, "source", storage_attribute_rows),
  XML_UINT (DomainDiskMirror, source.index, "source/@index"),
  XML_EMBED (DomainDiskMirror, source, "source", storage_child_rows),
  XML_CHILD (DomainDiskMirror, source.backing, "backingStore", storage_backing_schema),
  XML_END
};

static bool
mirror_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainDiskMirror *mirror = object;

  if (mirror->source.path == NULL && mirror->source.protocol == STORAGE_PROTOCOL_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'source' is missing");
  return storage_source_finish (&mirror->source, node, "source", error);
}
static const XmlSchema mirror_schema = XML_SCHEMA (DomainDiskMirror, "mirror", mirror_rows, .finish = mirror_finish);

#define LIMIT(member_, element_) XML_UINT64 (DomainDiskIoTune, member_, element_, XML_BAD (DOMAIN, XML_ERROR))

static const XmlField iotune_rows[] = {
  LIMIT (total_bytes, "total_bytes_sec"),
  LIMIT (read_bytes, "read_bytes_sec"),
  LIMIT (write_bytes, "write_bytes_sec"),
  LIMIT (total_iops, "total_iops_sec"),
  LIMIT (read_iops, "read_iops_sec"),
  LIMIT (write_iops, "write_iops_sec"),
  LIMIT (total_bytes_max, "total_bytes_sec_max"),
  LIMIT (read_bytes_max, "read_bytes_sec_max"),
  LIMIT (write_bytes_max, "write_bytes_sec_max"),
  LIMIT (total_iops_max, "total_iops_sec_max"),
  LIMIT (read_iops_max, "read_iops_sec_max"),
  LIMIT (write_iops_max, "write_iops_sec_max"),
  LIMIT (size_iops, "size_iops_sec"),
  XML_STRING (DomainDiskIoTune, group, "group_name"),
  LIMIT (total_bytes_length, "total_bytes_sec_max_length"),
  LIMIT (read_bytes_length, "read_bytes_sec_max_length"),
  LIMIT (write_bytes_length, "write_bytes_sec_max_length"),
  LIMIT (total_iops_length, "total_iops_sec_max_length"),
  LIMIT (read_iops_length, "read_iops_sec_max_length"),
  LIMIT (write_iops_length, "write_iops_sec_max_length"),
  XML_END
};

static bool
fail_both (const xmlNode *node, const char *what, GError **error)
{
  return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "limits of %s are either of the total or of read and write", what);
}

static bool
iotune_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainDiskIoTune *tune = object;

  if (tune->total_bytes != 0 && (tune->read_bytes != 0 || tune->write_bytes != 0))
    return fail_both (node, "bytes_sec", error);
  if (tune->total_iops != 0 && (tune->read_iops != 0 || tune->write_iops != 0))
    return fail_both (node, "iops_sec", error);
  if (tune->total_bytes_max != 0 && (tune->read_bytes_max != 0 || tune->write_bytes_max != 0))
    return fail_both (node, "bytes_sec_max", error);
  if (tune->total_iops_max != 0 && (tune->read_iops_max != 0 || tune->write_iops_max != 0))
    return fail_both (node, "iops_sec_max", error);
  return true;
}
const XmlSchema domain_iotune_schema = XML_SCHEMA (DomainDiskIoTune, "iotune", iotune_rows, .finish = iotune_finish);

static const XmlField status_rows[] = {
  XML_STRING (DomainDiskStatus, qom_name, "qom/@name"),
  XML_ITEMS (DomainDiskStatus, nodes, "nodenames/nodename", storage_node_schema),
  XML_END
};
static const XmlSchema status_schema = XML_SCHEMA (DomainDiskStatus, "privateData", status_rows);

/* A read-only disk has no snapshots anyway. */
static bool
has_own_snapshot (const void *object, unsigned int format_flags)
{
  const DomainDisk *disk = object;

  return disk->snapshot != DISK_SNAPSHOT_NO || !disk->readonly;
}

static const XmlField disk_rows[] = {
  XML_ENUM (DomainDisk, source.type, "@type", storage_type, .absent = STORAGE_TYPE_FILE, .flags = XML_ALWAYS),
  XML_ENUM (DomainDisk, device, "@device", disk_device, .absent = DISK_DEVICE_DISK, .flags = XML_ALWAYS | XML_ABI),
  XML_ENUM (DomainDisk, model, "@model", virtio_model, .flags = XML_ABI),
  XML_YES_NO (DomainDisk, rawio, "@rawio"),
  XML_ENUM (DomainDisk, sgio, "@sgio", disk_sgio),
  XML_ENUM (DomainDisk, snapshot, "@snapshot", disk_snapshot, .when = has_own_snapshot),
  XML_PART ("driver", driver_rows),
  XML_CHILD (DomainDisk, auth, "auth", auth_schema),
  XML_EMBED (DomainDisk, source, "source", storage_attribute_rows),
  XML_ENUM (DomainDisk, source.startup_policy, "source/@startupPolicy", disk_startup_policy),
  XML_UINT (DomainDisk, source.index, "source/@index", .flags = XML_LIVE),
  XML_EMBED (DomainDisk, source, "source", storage_child_rows),
  XML_CHILD (DomainDisk, source.backing, "backingStore", storage_backing_schema),
  XML_CHILD (DomainDisk, mirror, "mirror", mirror_schema, .flags = XML_LIVE),
  XML_STRING (DomainDisk, backend_domain, "backenddomain/@name", .flags = XML_LATER),
  XML_UINT (DomainDisk, geometry.cylinders, "geometry/@cyls", .flags = XML_ABI),
  XML_UINT (DomainDisk, geometry.heads, "geometry/@heads", .flags = XML_ABI),
  XML_UINT (DomainDisk, geometry.sectors, "geometry/@secs", .flags = XML_ABI),
  XML_ENUM (DomainDisk, geometry.trans, "geometry/@trans", disk_trans, .flags = XML_ABI),
  XML_UINT (DomainDisk, blockio.logical_block_size, "blockio/@logical_block_size", .flags = XML_ABI),
  XML_UINT (DomainDisk, blockio.physical_block_size, "blockio/@physical_block_size", .flags = XML_ABI),
  XML_STRING (DomainDisk, target.dev, "target/@dev", XML_MISSING (DOMAIN, NO_TARGET), .flags = XML_ABI),
  XML_ENUM (DomainDisk, target.bus, "target/@bus", disk_bus, .flags = XML_ABI),
  XML_ENUM (DomainDisk, target.tray, "target/@tray", disk_tray, .absent = DISK_TRAY_CLOSED),
  XML_ON_OFF (DomainDisk, target.removable, "target/@removable", .flags = XML_ABI),
  XML_UINT (DomainDisk, target.rotation_rate, "target/@rotation_rate", .flags = XML_ABI),
  XML_CHILD (DomainDisk, iotune, "iotune", domain_iotune_schema),
  XML_FLAG (DomainDisk, readonly, "readonly", .flags = XML_ABI),
  XML_FLAG (DomainDisk, shareable, "shareable"),
  XML_FLAG (DomainDisk, transient, "transient"),
  XML_YES_NO (DomainDisk, share_backing, "transient/@shareBacking"),
  XML_STRING (DomainDisk, serial, "serial", .flags = XML_ABI),
  XML_STRING (DomainDisk, wwn, "wwn", .flags = XML_ABI),
  XML_STRING (DomainDisk, vendor, "vendor", .flags = XML_ABI),
  XML_STRING (DomainDisk, product, "product", .flags = XML_ABI),
  XML_CHILD (DomainDisk, encryption, "encryption", encryption_schema),
  XML_INFO (DomainDisk),
  XML_CHILD (DomainDisk, status, "privateData", status_schema, .flags = XML_STATUS),
  XML_ENUM (DomainDisk, auth_above, "diskSecretsPlacement/@auth", disk_secrets_above, .flags = XML_STATUS),
  XML_ENUM (DomainDisk, encryption_above, "diskSecretsPlacement/@enc", disk_secrets_above, .flags = XML_STATUS),
  XML_END
};

const Auth *
domain_disk_auth (const DomainDisk *disk)
{
  return disk->auth != NULL ? disk->auth : disk->source.auth;
}

const Encryption *
domain_disk_encryption (const DomainDisk *disk)
{
  return disk->encryption != NULL ? disk->encryption : disk->source.encryption;
}

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

/* Elements that say nothing go, so that they are not there again when written. */
static void
drop_empty (DomainDisk *disk)
{
  static const DomainDiskIoTune no_limits;

  if (disk->iotune != NULL && memcmp (disk->iotune, &no_limits, sizeof (no_limits)) == 0)
    g_clear_pointer (&disk->iotune, g_free);
  if (disk->geometry.cylinders == 0 || disk->geometry.heads == 0 || disk->geometry.sectors == 0)
    disk->geometry.cylinders = disk->geometry.heads = disk->geometry.sectors = disk->geometry.trans = 0;
  if (disk->share_backing == TRI_NO)
    disk->share_backing = TRI_ABSENT;
}

/* The unit of an iSCSI target is 0 if the name has none. */
static void
name_unit (DomainStorageSource *source)
{
  if (source->protocol == STORAGE_PROTOCOL_ISCSI && strchr (source->path, '/') == NULL)
    {
      char *path = g_strconcat (source->path, "/0", NULL);

      g_free (source->path);
      source->path = path;
    }
}

static bool
finish_secrets (const DomainDisk *disk, const xmlNode *node, GError **error)
{
  if (disk->auth != NULL && disk->source.auth != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'auth' is here and in 'source', too");
  if (disk->encryption != NULL && disk->source.encryption != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'encryption' is here and in 'source', too");
  return true;
}

static bool
disk_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainDisk *disk = object;

  if (disk->target.dev[0] == '\0')
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_NO_TARGET, error, "'target/@dev' is empty");
  if (!storage_source_finish (&disk->source, node, "source", error) || !finish_secrets (disk, node, error)
      || !storage_auth_finish (&disk->source, disk->auth, node, error))
    return false;
  drop_empty (disk);
  name_unit (&disk->source);
  if (disk->source.type == STORAGE_TYPE_NVME && disk->source.managed == TRI_ABSENT)
    disk->source.managed = TRI_YES;
  if (disk->source.format == STORAGE_FORMAT_LUKS)
    disk->source.format = STORAGE_FORMAT_RAW;
  if (disk->info.address.type == ADDRESS_TYPE_ABSENT && domain_disk_number (disk->target.dev) < 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                     "the target's name '%s' says no place, and there is no address", disk->target.dev);
  disk->target.is_bus_guessed = disk->target.bus == DISK_BUS_ABSENT;
  if (disk->target.is_bus_guessed)
    disk->target.bus = disk->device == DISK_DEVICE_FLOPPY ? DISK_BUS_FDC : bus_of_name (disk->target.dev);
  if (disk->device == DISK_DEVICE_CDROM)
    disk->readonly = true;
  return domain_disk_check (disk, node, error);
}

const XmlSchema domain_disk_schema = XML_SCHEMA (DomainDisk, "disk", disk_rows, .finish = disk_finish, .from = VIR_FROM_DOMAIN);
