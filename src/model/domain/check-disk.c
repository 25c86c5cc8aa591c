/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check-disk.c: rules of a single disk, whatever runs the guest: which settings go with
 * which device, bus and source. */
#include "model/domain/rules.h"
#include "model/domain/storage-tables.h"

/* What is wrong with an element if `broken`. */
typedef struct
{
  bool broken;
  virErrorNumber code;
  const char *text;
} Rule;

static bool
check_rules (const Rule *rules, unsigned int n, const xmlNode *node, GError **error)
{
  for (unsigned int i = 0; i < n; i++)
    if (rules[i].broken)
      return xml_fail (node, VIR_FROM_DOMAIN, rules[i].code, error, "%s", rules[i].text);
  return true;
}

#define CHECK(rules_) check_rules (rules_, G_N_ELEMENTS (rules_), node, error)
#define UNSUPPORTED VIR_ERR_CONFIG_UNSUPPORTED

static bool
has_virtio_options (const DomainVirtioOptions *options)
{
  return options->iommu != TRI_ABSENT || options->ats != TRI_ABSENT || options->packed != TRI_ABSENT
         || options->page_per_vq != TRI_ABSENT;
}

static bool
is_printable (const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    if (!g_ascii_isprint (*text))
      return false;
  return true;
}

static bool
is_wwn (const char *wwn)
{
  const char *digits = g_str_has_prefix (wwn, "0x") ? wwn + 2 : wwn;

  return strlen (digits) == 16 && strspn (digits, "0123456789abcdefABCDEF") == 16;
}

/* Whether @dev is called like a hard disk. */
static bool
is_disk_name (const char *dev)
{
  return g_str_has_prefix (dev, "hd") || g_str_has_prefix (dev, "sd") || g_str_has_prefix (dev, "vd")
         || g_str_has_prefix (dev, "xvd") || g_str_has_prefix (dev, "ubd");
}

/* What goes only with one kind of device or bus. */
static bool
check_front_end (const DomainDisk *disk, const xmlNode *node, GError **error)
{
  bool is_virtio = disk->target.bus == DISK_BUS_VIRTIO, is_lun = disk->device == DISK_DEVICE_LUN;
  bool is_drive = disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;
  const Rule rules[] = {
    { (disk->device == DISK_DEVICE_FLOPPY) != (disk->target.bus == DISK_BUS_FDC), VIR_ERR_INTERNAL_ERROR,
      "device='floppy' and bus='fdc' go only together" },
    { disk->device == DISK_DEVICE_FLOPPY && !g_str_has_prefix (disk->target.dev, "fd"), VIR_ERR_INTERNAL_ERROR,
      "target: the name of a floppy begins with 'fd'" },
    { disk->device == DISK_DEVICE_DISK && !is_disk_name (disk->target.dev), VIR_ERR_INTERNAL_ERROR,
      "target: the name of a disk begins with 'hd', 'sd', 'vd', 'xvd' or 'ubd'" },
    { disk->target.tray == DISK_TRAY_OPEN && !is_drive, UNSUPPORTED, "target: only a cdrom or floppy has a tray" },
    { disk->target.removable != TRI_ABSENT && disk->target.bus != DISK_BUS_USB, VIR_ERR_XML_ERROR,
      "target: 'removable' goes only with bus='usb'" },
    { disk->rawio != TRI_ABSENT && !is_lun, UNSUPPORTED, "'rawio' goes only with device='lun'" },
    { disk->sgio == DISK_SGIO_UNFILTERED, UNSUPPORTED, "sgio='unfiltered' is not known any more" },
    { disk->sgio != DISK_SGIO_ABSENT && !is_lun, UNSUPPORTED, "'sgio' goes only with device='lun'" },
    { disk->model != VIRTIO_MODEL_ABSENT && !is_virtio, UNSUPPORTED, "'model' goes only with bus='virtio'" },
    { disk->driver.ioeventfd != TRI_ABSENT && !is_virtio, UNSUPPORTED, "driver: 'ioeventfd' goes only with bus='virtio'" },
    { disk->driver.event_idx != TRI_ABSENT && !is_virtio, UNSUPPORTED, "driver: 'event_idx' goes only with bus='virtio'" },
    { disk->driver.queues != 0 && !is_virtio, UNSUPPORTED, "driver: 'queues' goes only with bus='virtio'" },
    { has_virtio_options (&disk->driver.virtio) && !is_virtio, UNSUPPORTED,
      "driver: 'iommu', 'ats', 'packed' and 'page_per_vq' go only with bus='virtio'" },
    { disk->driver.rerror_policy == DISK_ERROR_POLICY_ENOSPACE, UNSUPPORTED,
      "driver: rerror_policy is 'enospace', not one of stop, report, ignore" },
    { disk->vendor != NULL && strlen (disk->vendor) > 8, UNSUPPORTED, "vendor: there are more than 8 characters" },
    { disk->product != NULL && strlen (disk->product) > 16, UNSUPPORTED, "product: there are more than 16 characters" },
    { !is_printable (disk->vendor), VIR_ERR_XML_ERROR, "vendor: there are characters that cannot be printed" },
    { !is_printable (disk->product), VIR_ERR_XML_ERROR, "product: there are characters that cannot be printed" },
  };

  return CHECK (rules);
}

static bool
check_startup_policy (const DomainDisk *disk, const xmlNode *node, GError **error)
{
  DomainDiskStartupPolicy policy = disk->source.startup_policy;
  DomainStorageType type = disk->source.type;
  bool is_local = type == STORAGE_TYPE_FILE || type == STORAGE_TYPE_BLOCK || type == STORAGE_TYPE_DIR || type == STORAGE_TYPE_VOLUME;
  bool is_drive = disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;
  const Rule rules[] = {
    { policy != DISK_STARTUP_POLICY_ABSENT && !is_local, VIR_ERR_XML_ERROR,
      "source: 'startupPolicy' goes only with type='file', 'block', 'dir' and 'volume'" },
    { policy == DISK_STARTUP_POLICY_REQUISITE && !is_drive, VIR_ERR_XML_ERROR,
      "source: startupPolicy='requisite' goes only with a cdrom or floppy" },
  };

  return CHECK (rules);
}

/* A logical unit is passed through as it is. */
static bool
check_lun (const DomainDisk *disk, const xmlNode *node, GError **error)
{
  const DomainStorageSource *source = &disk->source;
  bool is_block = source->type == STORAGE_TYPE_BLOCK || source->type == STORAGE_TYPE_VOLUME
                  || (source->type == STORAGE_TYPE_NETWORK && source->protocol == STORAGE_PROTOCOL_ISCSI);
  const Rule rules[] = {
    { !is_block, UNSUPPORTED, "device='lun' goes only with type='block', volumes and iSCSI" },
    { source->format != STORAGE_FORMAT_ABSENT && source->format != STORAGE_FORMAT_RAW, UNSUPPORTED,
      "driver: device='lun' goes only with type='raw'" },
    { domain_disk_encryption (disk) != NULL, UNSUPPORTED, "device='lun' has no encryption" },
    { source->slices.n > 0, UNSUPPORTED, "device='lun' has no slices" },
  };

  return CHECK (rules);
}

/* The other end of a vhost-user socket does what is asked for here of QEMU. */
static bool
check_vhost_user (const DomainDisk *disk, const xmlNode *node, GError **error)
{
  const DomainDisk *d = disk;
  const Rule rules[] = {
    { d->target.bus != DISK_BUS_VIRTIO, UNSUPPORTED, "type='vhostuser' goes only with bus='virtio'" },
    { d->snapshot != DISK_SNAPSHOT_ABSENT && d->snapshot != DISK_SNAPSHOT_NO, UNSUPPORTED, "type='vhostuser' has no snapshots" },
    { d->source.reservations != NULL, UNSUPPORTED, "type='vhostuser' has no reservations" },
    { d->source.backing != NULL, UNSUPPORTED, "type='vhostuser' has no backingStore" },
    { domain_disk_encryption (d) != NULL, UNSUPPORTED, "type='vhostuser' has no encryption" },
    { domain_disk_auth (d) != NULL, UNSUPPORTED, "type='vhostuser' has no auth" },
    { d->driver.cache > DISK_CACHE_DEFAULT, UNSUPPORTED, "driver: type='vhostuser' has no 'cache'" },
    { d->driver.error_policy != DISK_ERROR_POLICY_ABSENT || d->driver.rerror_policy != DISK_ERROR_POLICY_ABSENT, UNSUPPORTED,
      "driver: type='vhostuser' has no 'error_policy' and 'rerror_policy'" },
    { d->driver.io != DISK_IO_ABSENT, UNSUPPORTED, "driver: type='vhostuser' has no 'io'" },
    { d->driver.ioeventfd != TRI_ABSENT, UNSUPPORTED, "driver: type='vhostuser' has no 'ioeventfd'" },
    { d->driver.copy_on_read != TRI_ABSENT, UNSUPPORTED, "driver: type='vhostuser' has no 'copy_on_read'" },
    { d->driver.discard != DISK_DISCARD_ABSENT, UNSUPPORTED, "driver: type='vhostuser' has no 'discard'" },
    { d->driver.iothread != 0, UNSUPPORTED, "driver: type='vhostuser' has no 'iothread'" },
    { d->driver.detect_zeroes != DISK_DETECT_ZEROES_ABSENT, UNSUPPORTED, "driver: type='vhostuser' has no 'detect_zeroes'" },
    { d->geometry.cylinders != 0, UNSUPPORTED, "type='vhostuser' has no geometry" },
    { d->blockio.logical_block_size != 0 || d->blockio.physical_block_size != 0, UNSUPPORTED, "type='vhostuser' has no blockio" },
    { d->iotune != NULL, UNSUPPORTED, "type='vhostuser' has no iotune" },
    { d->readonly, UNSUPPORTED, "type='vhostuser' is never readonly" },
    { d->shareable, UNSUPPORTED, "type='vhostuser' is never shareable" },
    { d->transient, UNSUPPORTED, "type='vhostuser' is never transient" },
    { d->serial != NULL, UNSUPPORTED, "type='vhostuser' has no serial" },
    { d->wwn != NULL, UNSUPPORTED, "type='vhostuser' has no wwn" },
    { d->vendor != NULL || d->product != NULL, UNSUPPORTED, "type='vhostuser' has no vendor and product" },
  };

  return CHECK (rules);
}

static bool
has_cipher (const DomainDisk *disk)
{
  if (disk->encryption != NULL && disk->encryption->cipher != NULL)
    return true;
  for (const DomainStorageSource *layer = &disk->source; layer != NULL; layer = layer->backing)
    if (layer->encryption != NULL && layer->encryption->cipher != NULL)
      return true;
  return false;
}

bool
domain_disk_check (const DomainDisk *disk, const xmlNode *node, GError **error)
{
  const DomainStorageSource *source = &disk->source;
  bool is_fixed = disk->device == DISK_DEVICE_DISK || disk->device == DISK_DEVICE_LUN;
  bool is_empty = domain_storage_is_empty (source);
  const Rule rules[] = {
    { is_fixed && is_empty, VIR_ERR_NO_SOURCE, "'source' is missing" },
    { has_cipher (disk), UNSUPPORTED, "encryption: an image has its cipher already, so none is to be given" },
    { source->reservations != NULL && disk->device != DISK_DEVICE_LUN, UNSUPPORTED,
      "source: 'reservations' go only with device='lun'" },
  };

  if (disk->wwn != NULL && !is_wwn (disk->wwn))
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, error, "wwn: '%s' is not 16 hexadecimal digits", disk->wwn);
  if (!CHECK (rules) || !check_startup_policy (disk, node, error) || !check_front_end (disk, node, error))
    return false;
  if (disk->device == DISK_DEVICE_LUN && !check_lun (disk, node, error))
    return false;
  return source->type != STORAGE_TYPE_VHOST_USER || check_vhost_user (disk, node, error);
}
