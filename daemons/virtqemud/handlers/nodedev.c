/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of the host that are made free for guests: the part of node devices that belongs to the hypervisor. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "handlers/handlers.h"
#include "hostdev/hostdev.h"
#include "hostdev/sysfs.h"

/* "pci_0000_06_12_5": that names of PCI devices are made of their addresses is part of the interface. */
static bool
find_pci (const char *name, PciAddress *ret, GError **error)
{
  g_autofree char *there = NULL;
  int end = 0;

  if (sscanf (name, "pci_%4x_%2x_%2x_%1x%n", &ret->domain, &ret->bus, &ret->slot, &ret->function, &end) != 4
      || name[end] != '\0')
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "device '%s' is not a PCI device", name);
  there = sysfs_pci_name (ret);
  return sysfs_pci_exists (there)
         || fail (error, VIR_FROM_NODEDEV, VIR_ERR_NO_NODE_DEVICE, "this host has no node device '%s'", name);
}

static bool
check_driver (const char *driver, GError **error)
{
  if (driver != NULL && strcmp (driver, "kvm") == 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "devices are no longer assigned by KVM: the driver is 'vfio'");
  if (driver != NULL && strcmp (driver, "vfio") != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no driver assigns devices to guests that is called '%s'", driver);
  return access ("/dev/vfio/vfio", F_OK) == 0
         || fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "this host cannot assign devices by VFIO: there is no '%s'",
                  "/dev/vfio/vfio");
}

static bool
detach (const char *name, const char *driver, unsigned int flags, GError **error)
{
  PciAddress address;

  if (flags != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in virNodeDeviceDetachFlags", flags);
  return check_driver (driver, error) && find_pci (name, &address, error) && hostdev_pci_detach (&address, driver, error);
}

bool
handle_node_device_dettach (Call *call, const NodeDeviceDettachArgs *args, GError **error)
{
  return detach (args->name, NULL, 0, error);
}

bool
handle_node_device_detach_flags (Call *call, const NodeDeviceDetachFlagsArgs *args, GError **error)
{
  return detach (args->name, args->driverName, args->flags, error);
}

bool
handle_node_device_re_attach (Call *call, const NodeDeviceReAttachArgs *args, GError **error)
{
  PciAddress address;

  return find_pci (args->name, &address, error) && hostdev_pci_reattach (&address, error);
}

bool
handle_node_device_reset (Call *call, const NodeDeviceResetArgs *args, GError **error)
{
  PciAddress address;

  return find_pci (args->name, &address, error) && hostdev_pci_reset (&address, error);
}
