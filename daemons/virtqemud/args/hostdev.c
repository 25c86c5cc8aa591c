/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of the host that a guest gets for itself. */
#include "args/private.h"

#include <string.h>

#include "hostdev/sysfs.h"
#include "util/error.h"
#include "util/uuid.h"

static json_t *
pci_device (const DomainHostdev *hostdev, const char *driver)
{
  const PciAddress *address = &hostdev->pci.address;
  json_t *device = device_new (driver);

  set_format (device, "host", "%04x:%02x:%02x.%x", address->domain, address->bus, address->slot, address->function);
  if (hostdev->teaming != NULL)
    set_string (device, "failover_pair_id", hostdev->teaming->persistent);
  return device;
}

static json_t *
usb_device (const Builder *b, const DomainHostdev *hostdev, GError **error)
{
  const DomainHostdevUsb *usb = &hostdev->usb;
  json_t *device;

  if (usb->bus == UINT_MAX)
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "it is not known where USB device %04x:%04x is", usb->vendor,
            usb->product);
      return NULL;
    }
  device = device_new ("usb-host");
  if (qemu_caps_has_prop (b->context->caps, "usb-host", "hostdevice"))
    set_format (device, "hostdevice", "/dev/bus/usb/%03u/%03u", usb->bus, usb->device);
  else
    {
      set_int (device, "hostbus", usb->bus);
      set_int (device, "hostaddr", usb->device);
    }
  if (usb->guest_reset != HOSTDEV_GUEST_RESET_ABSENT)
    set_bool (device, "guest-reset", usb->guest_reset != HOSTDEV_GUEST_RESET_OFF);
  if (usb->guest_reset == HOSTDEV_GUEST_RESET_ON || usb->guest_reset == HOSTDEV_GUEST_RESET_UNINITIALIZED)
    set_bool (device, "guest-resets-all", usb->guest_reset == HOSTDEV_GUEST_RESET_ON);
  return device;
}

static json_t *
mdev_device (const DomainHostdev *hostdev, const char *driver)
{
  json_t *device = device_new (driver);
  char uuid[UUID_TEXT_SIZE];

  set_format (device, "sysfsdev", "/sys/bus/mdev/devices/%s", uuid_format (hostdev->mdev, uuid));
  if (hostdev->display != TRI_ABSENT)
    set_string (device, "display", hostdev->display == TRI_YES ? "on" : "off");
  set_tristate (device, "ramfb", hostdev->ramfb == TRI_YES ? TRI_YES : TRI_ABSENT);
  return device;
}

/* A target that the kernel serves itself: QEMU gets a descriptor of it. */
static json_t *
vhost_scsi_device (Builder *b, const DomainHostdev *hostdev, GError **error)
{
  g_autofree char *driver
    = virtio_family_driver (b, "vhost-scsi", &hostdev->info, hostdev->model == HOSTDEV_MODEL_VIRTIO_TRANSITIONAL,
                            hostdev->model == HOSTDEV_MODEL_VIRTIO_NON_TRANSITIONAL, error);
  g_autofree char *fd = NULL;
  json_t *device;

  if (driver == NULL)
    return NULL;
  fd = b->context->fd != NULL ? ask_fd (b, QEMU_FD_VHOST_SCSI, NULL, &hostdev->info, 0, error) : g_strdup ("-1");
  if (fd == NULL)
    return NULL;
  device = device_new (driver);
  set_string (device, "wwpn", hostdev->scsi_host.wwpn);
  set_string (device, "vhostfd", fd);
  return device;
}

/* "iqn.2001-04.com.example:storage/1" is a target and the number of its unit. */
static json_t *
iscsi_node (Builder *b, const DomainHostdev *hostdev, GError **error)
{
  const DomainHostdevScsiSource *scsi = hostdev->scsi;
  const DomainHostdevIscsiHost *host = scsi->hosts.items[0];
  const char *slash = strrchr (scsi->name, '/');
  g_autofree char *target = g_strndup (scsi->name, (size_t) (slash - scsi->name));
  g_autofree char *secret = g_strconcat (scsi->node_name, "-secret0", NULL);
  g_autofree char *what = g_strdup_printf ("device '%s'", hostdev->info.alias);
  json_t *node;

  if (scsi->auth != NULL)
    {
      QemuSecretUse use = { .usage = SECRET_USAGE_ISCSI, .ref = &scsi->auth->secret->ref, .what = what };

      if (!add_secret (b, secret, &use, error))
        return NULL;
    }
  node = device_new ("iscsi");
  set_format (node, "portal", "%s:%u", host->name, host->port != 0 ? host->port : 3260);
  set_string (node, "target", target);
  set_int (node, "lun", (int64_t) g_ascii_strtoull (slash + 1, NULL, 10));
  set_string (node, "transport", "tcp");
  if (scsi->auth != NULL)
    {
      set_string (node, "user", scsi->auth->username);
      set_string (node, "password-secret", secret);
    }
  set_string (node, "initiator-name", scsi->initiator);
  return node;
}

static json_t *
scsi_node (Builder *b, const DomainHostdev *hostdev, GError **error)
{
  g_autofree char *path = NULL;
  json_t *node;

  if (hostdev->sgio == HOSTDEV_SGIO_UNFILTERED)
    {
      unsupported (error, "device '%s': this host's kernel has no unfiltered SCSI commands for users", hostdev->info.alias);
      return NULL;
    }
  if (hostdev->scsi->protocol == HOSTDEV_SCSI_ISCSI)
    return iscsi_node (b, hostdev, error);
  path = sysfs_scsi_node (hostdev->scsi, error);
  if (path == NULL)
    return NULL;
  node = device_new ("host_device");
  set_string (node, "filename", path);
  return node;
}

static json_t *
scsi_device (Builder *b, const DomainHostdev *hostdev, GError **error)
{
  json_t *node = scsi_node (b, hostdev, error);
  json_t *device;

  if (node == NULL)
    return NULL;
  set_string (node, "node-name", hostdev->scsi->node_name);
  set_bool (node, "read-only", hostdev->readonly);
  add_part (b, QEMU_BLOCKDEV, node);
  device = device_new ("scsi-generic");
  set_string (device, "drive", hostdev->scsi->node_name);
  if (hostdev->shareable)
    set_bool (device, "share-rw", true);
  return device;
}

static json_t *
hostdev_device (Builder *b, const DomainHostdev *hostdev, GError **error)
{
  static const char *const mdev_drivers[] = {
    [HOSTDEV_MODEL_VFIO_PCI] = "vfio-pci", [HOSTDEV_MODEL_VFIO_CCW] = "vfio-ccw", [HOSTDEV_MODEL_VFIO_AP] = "vfio-ap",
    [HOSTDEV_MODEL_LAST] = NULL,
  };

  if (hostdev->mode == HOSTDEV_MODE_SUBSYSTEM)
    switch (hostdev->type)
      {
      case HOSTDEV_TYPE_PCI:
        if (hostdev->driver == HOSTDEV_DRIVER_ABSENT || hostdev->driver == HOSTDEV_DRIVER_VFIO)
          return pci_device (hostdev, hostdev->ramfb == TRI_YES ? "vfio-pci-nohotplug" : "vfio-pci");
        unsupported (error, "PCI device '%s' cannot be assigned by driver '%s'", hostdev->info.alias,
                     xml_enum_name (&hostdev_driver_names, hostdev->driver));
        return NULL;
      case HOSTDEV_TYPE_USB: return usb_device (b, hostdev, error);
      case HOSTDEV_TYPE_SCSI: return scsi_device (b, hostdev, error);
      case HOSTDEV_TYPE_SCSI_HOST: return vhost_scsi_device (b, hostdev, error);
      case HOSTDEV_TYPE_MDEV:
        return mdev_device (hostdev, hostdev->ramfb == TRI_YES ? "vfio-pci-nohotplug" : mdev_drivers[hostdev->model]);
      default: break;
      }
  unsupported (error, "a host device of mode '%s' and type '%s' is not supported by the QEMU driver",
               xml_enum_name (&hostdev_mode_names, hostdev->mode), xml_enum_name (&hostdev_type_names, hostdev->type));
  return NULL;
}

bool
build_hostdev (Builder *b, const DomainHostdev *hostdev, GError **error)
{
  g_autoptr (json_t) device = NULL;

  /* The guest is not to see one that is kept from the host only, nor one that could be missing and is. */
  if (hostdev->info.address.type == ADDRESS_TYPE_UNASSIGNED || hostdev->usb.missing == TRI_YES)
    return true;
  device = hostdev_device (b, hostdev, error);
  if (device == NULL
      || !need_type (b, json_string_value (json_object_get (device, "driver")), hostdev->info.alias, error))
    return false;
  set_string (device, "id", hostdev->info.alias);
  set_uint (device, "bootindex", hostdev->info.boot_order);
  if (!set_address (b, device, &hostdev->info, error))
    return false;
  if (hostdev->type == HOSTDEV_TYPE_PCI)
    set_rom (device, &hostdev->info);
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
