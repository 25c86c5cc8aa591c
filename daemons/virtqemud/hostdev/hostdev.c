/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostdev/hostdev.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args/args.h"
#include "hostdev/private.h"
#include "hostdev/sysfs.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.hostdev"

/* What a worker does for a guest; borrowed. */
typedef struct
{
  const char *owner;
  DomainHostdev *hostdev;       /* the caller waits meanwhile */
  HostdevClaim claim;
} Task;

/* The name under which a claim on the device is written down; NULL: it is not claimed. Caller frees. */
static char *
device_name (const DomainHostdev *hostdev)
{
  g_autofree char *name = NULL;
  char uuid[UUID_TEXT_SIZE];

  if (hostdev->mode != HOSTDEV_MODE_SUBSYSTEM)
    return NULL;
  switch (hostdev->type)
    {
    case HOSTDEV_TYPE_PCI:
      name = sysfs_pci_name (&hostdev->pci.address);
      return g_strconcat ("pci-", name, NULL);
    case HOSTDEV_TYPE_USB:
      if (hostdev->usb.missing == TRI_YES || hostdev->usb.bus == UINT_MAX)
        return NULL;
      return g_strdup_printf ("usb-%03u-%03u", hostdev->usb.bus, hostdev->usb.device);
    case HOSTDEV_TYPE_MDEV:
      return g_strdup_printf ("mdev-%s", uuid_format (hostdev->mdev, uuid));
    case HOSTDEV_TYPE_SCSI:
      if (hostdev->scsi->protocol != HOSTDEV_SCSI_ADAPTER)
        return NULL;
      return g_strdup_printf ("scsi-%s:%u:%u:%" G_GUINT64_FORMAT, hostdev->scsi->adapter, hostdev->scsi->bus,
                              hostdev->scsi->target, hostdev->scsi->unit);
    default:
      return NULL;
    }
}

/* --- names -------------------------------------------------------------------------------------- */

void
hostdev_name_node (const Domain *domain, DomainHostdev *hostdev)
{
  unsigned int highest = 0, number;

  if (hostdev->type != HOSTDEV_TYPE_SCSI || hostdev->scsi == NULL || hostdev->scsi->node_name != NULL)
    return;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    for (const DomainStorageSource *layer = &domain->disks.items[i]->source; layer != NULL; layer = layer->backing)
      highest = MAX (highest, layer->index);
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    {
      const DomainHostdev *other = domain->hostdevs.items[i];

      if (other->type == HOSTDEV_TYPE_SCSI && other->scsi != NULL && other->scsi->node_name != NULL
          && sscanf (other->scsi->node_name, "libvirt-%u-", &number) == 1)
        highest = MAX (highest, number);
    }
  hostdev->scsi->node_name = g_strdup_printf ("libvirt-%u-backend", highest + 1);
}

void
hostdev_name_nodes (Domain *domain)
{
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    hostdev_name_node (domain, domain->hostdevs.items[i]);
}

/* --- taking (on a worker) -------------------------------------------------------------------- */

static bool
take_pci (Task *task, GError **error)
{
  const char *name = task->claim.device + strlen ("pci-");

  task->claim.managed = task->hostdev->managed == TRI_YES;
  if (!sysfs_pci_exists (name))
    return fail_errno (error, VIR_FROM_NONE, ENOENT, "this host has no PCI device '%s'", name);
  if (task->claim.managed)
    task->claim.driver = sysfs_pci_driver (name);
  if (!hostdev_check_vfio_now (name, error) || !hostdev_claim_now (&task->claim, error))
    return false;
  crash_point ("hostdev:claimed");
  if (task->claim.managed && hostdev_bind_vfio_now (name, NULL, error))
    {
      /* A device that cannot be reset is reset by VFIO when QEMU opens it, if it can be at all. */
      hostdev_reset_now (name, NULL);
      return true;
    }
  if (!task->claim.managed)
    {
      g_autofree char *driver = sysfs_pci_driver (name);

      if (g_strcmp0 (driver, "vfio-pci") == 0)
        return true;
      fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "unmanaged PCI device '%s' must be bound to vfio-pci by hand "
            "(virsh nodedev-detach)", name);
    }
  hostdev_unclaim_now (task->claim.device, task->owner);
  return false;
}

/* What a rule names that may match none. @ret_missing: it is allowed to. */
static bool
find_usb (DomainHostdevUsb *usb, bool *ret_missing, GError **error)
{
  g_autoptr (GArray) found = sysfs_usb_find (usb->vendor, usb->product, usb->bus, usb->device);

  *ret_missing = false;
  if (found->len == 1)
    {
      usb->bus = g_array_index (found, SysfsUsb, 0).bus;
      usb->device = g_array_index (found, SysfsUsb, 0).device;
      return true;
    }
  if (found->len > 1)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "%u USB devices are %04x:%04x: say which by <address bus='' device=''/>", found->len, usb->vendor, usb->product);
  *ret_missing = usb->startup_policy == HOSTDEV_STARTUP_OPTIONAL;
  if (*ret_missing)
    return true;
  if (usb->vendor != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "this host has no USB device %04x:%04x", usb->vendor,
                 usb->product);
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "this host has no USB device at bus %u, device %u", usb->bus,
               usb->device);
}

static bool
take_usb (Task *task, GError **error)
{
  DomainHostdevUsb *usb = &task->hostdev->usb;
  bool missing;

  if (!find_usb (usb, &missing, error))
    return false;
  usb->missing = missing ? TRI_YES : TRI_ABSENT;
  if (missing)
    return true;
  g_free (task->claim.device);
  task->claim.device = device_name (task->hostdev);
  return hostdev_claim_now (&task->claim, error);
}

static bool
take_scsi (Task *task, GError **error)
{
  g_autofree char *node = NULL;

  if (task->claim.device == NULL)
    return true;                /* iSCSI: QEMU is a client like others */
  node = sysfs_scsi_node (task->hostdev->scsi, error);
  task->claim.shared = task->hostdev->shareable || task->hostdev->readonly;
  return node != NULL && hostdev_claim_now (&task->claim, error);
}

static bool
take_mdev (Task *task, GError **error)
{
  const char *uuid = task->claim.device + strlen ("mdev-");

  if (!sysfs_mdev_exists (uuid))
    return fail (error, VIR_FROM_NONE, VIR_ERR_DEVICE_MISSING, "this host has no mediated device '%s'", uuid);
  if (sysfs_mdev_group (uuid) < 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "mediated device '%s' has no IOMMU group", uuid);
  return hostdev_claim_now (&task->claim, error);
}

static bool
take (void *args, GError **error)
{
  Task *task = args;

  switch (task->hostdev->type)
    {
    case HOSTDEV_TYPE_PCI: return take_pci (task, error);
    case HOSTDEV_TYPE_USB: return take_usb (task, error);
    case HOSTDEV_TYPE_SCSI: return take_scsi (task, error);
    case HOSTDEV_TYPE_MDEV: return take_mdev (task, error);
    default: return true;
    }
}

bool
hostdev_prepare (int id, const char *name, DomainHostdev *hostdev, GError **error)
{
  g_autofree char *owner = qemu_short_name (id, name);
  Task task = { .owner = owner, .hostdev = hostdev };
  bool ok;

  if (hostdev->mode != HOSTDEV_MODE_SUBSYSTEM)
    return true;
  task.claim.device = device_name (hostdev);
  task.claim.owner = g_strdup (owner);
  ok = worker_run ("take a device of the host", take, &task, error);
  hostdev_claim_clear (&task.claim);
  return ok;
}

bool
hostdev_prepare_all (int id, Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    if (!hostdev_prepare (id, domain->name, domain->hostdevs.items[i], error))
      {
        hostdev_release_all (id, domain->name);
        return false;
      }
  if (hostdev_prepare_nvme (id, domain, error))
    return true;
  hostdev_release_all (id, domain->name);
  return false;
}

/* --- giving back (on a worker) ------------------------------------------------------------------ */

typedef struct
{
  const char *owner, *device;   /* device NULL: all */
} Giving;

static void
give (const HostdevClaim *claim)
{
  g_autoptr (GError) error = NULL;
  const char *pci = g_str_has_prefix (claim->device, "pci-") ? claim->device + strlen ("pci-") : NULL;

  /* One that was with vfio-pci before stays there. */
  if (pci != NULL && claim->managed && g_strcmp0 (claim->driver, "vfio-pci") != 0)
    {
      hostdev_reset_now (pci, NULL);
      if (!hostdev_unbind_vfio_now (pci, &error))
        log_error ("PCI device '%s' is not given back to the host: %s", pci, error->message);
    }
  hostdev_unclaim_now (claim->device, claim->owner);
}

static bool
give_back (void *args, GError **error)
{
  const Giving *giving = args;
  g_autoptr (GArray) claims = hostdev_claims_now (giving->owner);

  for (unsigned int i = 0; i < claims->len; i++)
    {
      const HostdevClaim *claim = &g_array_index (claims, HostdevClaim, i);

      if (giving->device == NULL || strcmp (giving->device, claim->device) == 0)
        give (claim);
    }
  return true;
}

static void
release (int id, const char *name, const char *device)
{
  g_autofree char *owner = qemu_short_name (id, name);
  g_autofree char *folder = path_driver (PATH_RUN, "qemu", "hostdevs");
  Giving giving = { .owner = owner, .device = device };

  /* Most hosts never assign a device. */
  if (access (folder, F_OK) == 0)
    worker_run ("give back devices of the host", give_back, &giving, NULL);
}

void
hostdev_release (int id, const char *name, const DomainHostdev *hostdev)
{
  g_autofree char *device = device_name (hostdev);

  if (device != NULL)
    release (id, name, device);
}

void
hostdev_release_all (int id, const char *name)
{
  release (id, name, NULL);
}

/* --- node devices ------------------------------------------------------------------------------------ */

typedef struct
{
  char *name;
  bool (*act) (const char *name, GError **error);
} NodeTask;

static bool
bind_vfio (const char *name, GError **error)
{
  return hostdev_bind_vfio_now (name, NULL, error);
}

static bool
act_now (void *args, GError **error)
{
  const NodeTask *task = args;
  g_autofree char *device = g_strconcat ("pci-", task->name, NULL);

  return hostdev_check_free_now (device, error) && task->act (task->name, error);
}

static bool
act (const PciAddress *address, bool (*function) (const char *name, GError **error), GError **error)
{
  g_autofree char *name = sysfs_pci_name (address);
  NodeTask task = { .name = name, .act = function };

  return worker_run ("change a device of the host", act_now, &task, error);
}

bool
hostdev_pci_detach (const PciAddress *address, const char *driver, GError **error)
{
  if (driver != NULL && strcmp (driver, "vfio") != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "a device is detached for the driver 'vfio', not '%s'", driver);
  return act (address, bind_vfio, error);
}

bool
hostdev_pci_reattach (const PciAddress *address, GError **error)
{
  return act (address, hostdev_unbind_vfio_now, error);
}

bool
hostdev_pci_reset (const PciAddress *address, GError **error)
{
  return act (address, hostdev_reset_now, error);
}
