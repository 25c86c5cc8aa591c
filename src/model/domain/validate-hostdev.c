/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-hostdev.c: rules of host devices, redirected devices and smartcards. They change nothing. */
#include "model/domain/rules.h"

#include <string.h>

#define REFUSE_HOSTDEV(from_, code_, ...) REFUSE_DEVICE (from_, &hostdev->info, "hostdev", n, code_, __VA_ARGS__)

/* What the document named first says whether places or ids count. */
static bool
same_usb (const DomainHostdevUsb *first, const DomainHostdevUsb *second)
{
  if (first->bus != UINT_MAX)
    return first->bus == second->bus && first->device == second->device;
  return first->vendor == second->vendor && first->product == second->product;
}

static bool
same_scsi (const DomainHostdevScsiSource *a, const DomainHostdevScsiSource *b)
{
  if (a->protocol != b->protocol)
    return false;
  if (a->protocol == HOSTDEV_SCSI_ISCSI)
    return strcmp (a->name, b->name) == 0 && g_strcmp0 (a->hosts.items[0]->name, b->hosts.items[0]->name) == 0
           && a->hosts.items[0]->port == b->hosts.items[0]->port;
  return strcmp (a->adapter, b->adapter) == 0 && a->bus == b->bus && a->target == b->target && a->unit == b->unit;
}

/* Whether both are one device of the host. */
static bool
same_source (const DomainHostdev *a, const DomainHostdev *b)
{
  if (a->type != b->type)
    return false;
  switch (a->type)
    {
    case HOSTDEV_TYPE_USB: return same_usb (&a->usb, &b->usb);
    case HOSTDEV_TYPE_PCI: return memcmp (&a->pci.address, &b->pci.address, sizeof (a->pci.address)) == 0;
    case HOSTDEV_TYPE_SCSI: return same_scsi (a->scsi, b->scsi);
    case HOSTDEV_TYPE_SCSI_HOST: return strcmp (a->scsi_host.wwpn, b->scsi_host.wwpn) == 0;
    case HOSTDEV_TYPE_MDEV: return memcmp (a->mdev, b->mdev, sizeof (a->mdev)) == 0;
    default: return strcmp (a->path, b->path) == 0;
    }
}

static bool
check_address (const DomainHostdev *hostdev, unsigned int n, GError **error)
{
  DomainAddressType type = hostdev->info.address.type;
  const char *kind = xml_enum_name (&hostdev_type_names, hostdev->type), *name = xml_enum_name (&address_type_names, type);
  bool is_pci = type == ADDRESS_TYPE_PCI;

  if (type == ADDRESS_TYPE_ABSENT)
    return true;
  switch (hostdev->type)
    {
    case HOSTDEV_TYPE_USB:
      if (type != ADDRESS_TYPE_USB)
        REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "a device of type '%s' has no address of type '%s'", kind, name);
      break;
    case HOSTDEV_TYPE_PCI:
      if (!is_pci && type != ADDRESS_TYPE_UNASSIGNED)
        REFUSE_HOSTDEV (DOMAIN, INTERNAL_ERROR, "a device of type '%s' has no address of type '%s'", kind, name);
      break;
    case HOSTDEV_TYPE_SCSI:
      if (type != ADDRESS_TYPE_DRIVE)
        REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "a device of type '%s' has no address of type '%s'", kind, name);
      break;
    case HOSTDEV_TYPE_SCSI_HOST:
      if (!is_pci && type != ADDRESS_TYPE_CCW)
        REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "a device of type '%s' has no address of type '%s'", kind, name);
      break;
    case HOSTDEV_TYPE_MDEV:
      if ((hostdev->model == HOSTDEV_MODEL_VFIO_PCI && !is_pci)
          || (hostdev->model == HOSTDEV_MODEL_VFIO_CCW && type != ADDRESS_TYPE_CCW))
        REFUSE_HOSTDEV (DOMAIN, XML_ERROR, "a device of model '%s' has no address of type '%s'",
                xml_enum_name (&hostdev_model_names, hostdev->model), name);
      break;
    default:
      break;
    }
  return true;
}

static bool
check_rom (const DomainHostdev *hostdev, unsigned int n, GError **error)
{
  bool has_rom = hostdev->info.rom_bar != TRI_ABSENT || hostdev->info.rom_enabled != TRI_ABSENT || hostdev->info.rom_file != NULL;
  bool cannot_boot = hostdev->type == HOSTDEV_TYPE_SCSI_HOST
                     || (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model != HOSTDEV_MODEL_VFIO_CCW);

  if (has_rom && hostdev->type != HOSTDEV_TYPE_PCI)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "a device of type '%s' has no <rom>", xml_enum_name (&hostdev_type_names, hostdev->type));
  if (hostdev->info.boot_order > 0 && cannot_boot)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "a guest cannot boot from a device of type '%s'",
                 xml_enum_name (&hostdev_type_names, hostdev->type));
  return true;
}

static bool
check_mdev (const Domain *domain, const DomainHostdev *hostdev, unsigned int n, GError **error)
{
  unsigned int ramfbs = 0;

  if (hostdev->type != HOSTDEV_TYPE_MDEV)
    return true;
  if (hostdev->model != HOSTDEV_MODEL_VFIO_PCI && strcmp (domain->os.arch, "s390x") != 0)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "a guest of architecture '%s' has no device of model '%s'", domain->os.arch,
                 xml_enum_name (&hostdev_model_names, hostdev->model));
  if (hostdev->model != HOSTDEV_MODEL_VFIO_PCI && hostdev->display != TRI_ABSENT)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "only a device of model 'vfio-pci' has display=");
  if (hostdev->display == TRI_YES && domain->graphics.n == 0)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "display='on' needs a graphics device");
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    ramfbs += domain->hostdevs.items[i]->type == HOSTDEV_TYPE_MDEV && domain->hostdevs.items[i]->ramfb == TRI_YES;
  if (ramfbs > 1)
    REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "ramfb='on' may be given once, not %u times", ramfbs);
  return true;
}

static bool
check_hostdev (const Domain *domain, const DomainHostdev *hostdev, unsigned int n, GError **error)
{
  if (hostdev->mode == HOSTDEV_MODE_CAPABILITIES)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "QEMU has no devices of mode='capabilities'");
  if (hostdev->type == HOSTDEV_TYPE_PCI && hostdev->pci.write_filtering != TRI_ABSENT)
    REFUSE_HOSTDEV (QEMU, CONFIG_UNSUPPORTED, "source: QEMU has no writeFiltering=");
  if (hostdev->sgio == HOSTDEV_SGIO_UNFILTERED)
    REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "sgio='unfiltered' is no longer possible");
  return check_address (hostdev, n, error) && check_rom (hostdev, n, error) && check_mdev (domain, hostdev, n, error);
}

/* Whether @hostdev is what the interface is. */
static bool
is_interface (const DomainHostdev *hostdev, const DomainInterface *interface)
{
  const DomainInterfaceHost *host = interface->host;

  if (host == NULL)
    return false;
  return host->bus == INTERFACE_HOST_BUS_USB
           ? hostdev->type == HOSTDEV_TYPE_USB && same_usb (&host->usb, &hostdev->usb)
           : hostdev->type == HOSTDEV_TYPE_PCI && memcmp (&hostdev->pci.address, &host->pci, sizeof (host->pci)) == 0;
}

static bool
check_hostdevs (const Domain *domain, GError **error)
{
  for (unsigned int n = 0; n < domain->hostdevs.n; n++)
    {
      const DomainHostdev *hostdev = domain->hostdevs.items[n];

      if (!check_hostdev (domain, hostdev, n, error))
        return false;
      for (unsigned int j = 0; j < n; j++)
        if (same_source (domain->hostdevs.items[j], hostdev))
          REFUSE_HOSTDEV (DOMAIN, XML_ERROR, "it is the same device of the host as hostdev[%u]", j + 1);
      for (unsigned int j = 0; j < domain->interfaces.n; j++)
        if (is_interface (hostdev, domain->interfaces.items[j]))
          REFUSE_HOSTDEV (DOMAIN, XML_ERROR, "it is the same device of the host as interface[%u]", j + 1);
    }
  return true;
}

static bool
same_drive (const DomainAddress *a, const DomainAddress *b)
{
  return a->type == ADDRESS_TYPE_DRIVE && b->type == ADDRESS_TYPE_DRIVE
         && memcmp (&a->drive, &b->drive, sizeof (a->drive)) == 0;
}

/* Whether a disk sits where its name means. */
static bool
is_named_place (const DomainDisk *disk)
{
  DomainAddress named = { 0 };

  return domain_disk_drive (disk->target.bus, disk->target.dev, &named) && same_drive (&named, &disk->info.address);
}

/* Places on SCSI buses, which host devices share with disks. */
static bool
check_drives (const Domain *domain, GError **error)
{
  for (unsigned int n = 0; n < domain->hostdevs.n; n++)
    {
      const DomainHostdev *hostdev = domain->hostdevs.items[n];
      const DomainAddress *address = &hostdev->info.address;

      for (unsigned int j = 0; j < n; j++)
        if (same_drive (address, &domain->hostdevs.items[j]->info.address))
          REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "it has the drive address of hostdev[%u]", j + 1);
      for (unsigned int j = 0; j < domain->disks.n; j++)
        {
          const DomainDisk *disk = domain->disks.items[j];

          if (disk->target.bus != DISK_BUS_SCSI || !same_drive (address, &disk->info.address))
            continue;
          if (is_named_place (disk))
            REFUSE_HOSTDEV (DOMAIN, CONFIG_UNSUPPORTED, "it has the drive address that the name of disk '%s' means", disk->target.dev);
          REFUSE_HOSTDEV (DOMAIN, XML_ERROR, "it has the drive address of disk '%s'", disk->target.dev);
        }
    }
  return true;
}

static bool
check_redirdevs (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->redirdevs.n; i++)
    {
      const DomainRedirdev *redirdev = domain->redirdevs.items[i];
      DomainAddressType type = redirdev->info.address.type;

      if (!domain_check_chardev_source (domain, "redirdev", i, &redirdev->source, error))
        return false;
      if (type != ADDRESS_TYPE_ABSENT && type != ADDRESS_TYPE_USB)
        REFUSE_DEVICE (DOMAIN, &redirdev->info, "redirdev", i, XML_ERROR, "a device on bus 'usb' has no address of type '%s'",
                       xml_enum_name (&address_type_names, type));
    }
  return true;
}

static bool
check_smartcards (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->smartcards.n; i++)
    {
      const DomainSmartcard *smartcard = domain->smartcards.items[i];
      const DomainAddress *address = &smartcard->info.address;

      if (smartcard->mode == SMARTCARD_MODE_PASSTHROUGH
          && !domain_check_chardev_source (domain, "smartcard", i, &smartcard->source, error))
        return false;
      if (i > 0 || (address->type == ADDRESS_TYPE_CCID && (address->ccid.controller != 0 || address->ccid.slot != 0)))
        REFUSE_DEVICE (QEMU, &smartcard->info, "smartcard", i, CONFIG_UNSUPPORTED, "QEMU has one, in slot 0 of controller 0");
    }
  return true;
}

/* What any device may say about itself. */
static bool
check_infos (const Domain *domain, GError **error)
{
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      const DomainDeviceInfo *info = device->info;

      if (info->rom_enabled == TRI_NO && (info->rom_bar != TRI_ABSENT || info->rom_file != NULL))
        REFUSE (CONFIG_UNSUPPORTED, "%s/rom: a disabled ROM has no other attributes", device->element);
      if (info->acpi_index != 0 && info->address.type != ADDRESS_TYPE_PCI)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "%s/acpi: only PCI devices have an index", device->element);
    }
  return true;
}

bool
domain_validate_hostdevs (const Domain *domain, GError **error)
{
  return check_infos (domain, error) && check_hostdevs (domain, error) && check_drives (domain, error) && check_redirdevs (domain, error)
         && check_smartcards (domain, error);
}
