/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostdev/hostdev.h: devices of the host that a guest gets for itself: found, taken from the host, given back.
 *
 * Which guest has which device is a file a device below PATH_RUN/qemu/hostdevs/ ("pci-0000:06:12.5", "usb-001-004",
 * "scsi-0:0:0:1", "mdev-UUID"), made before anything is done to the device: a device is one guest's, and what was done to it is
 * undone after any crash. A SCSI unit may be shared by guests that all say so. */
#pragma once

#include "model/domain/domain.h"

/* Names the block nodes of a SCSI device of the host that has none, after those of @domain's images; and of all. */
void hostdev_name_node (const Domain *domain, DomainHostdev *hostdev);
void hostdev_name_nodes (Domain *domain);

/* Finds the device and takes it for the guest: a USB device named by its ids gets bus and device in the live @hostdev; a
 * managed PCI device is bound to vfio-pci and reset, one that is not managed must be bound; a mediated device and a SCSI unit
 * must be there, an optional USB device that is missing is marked so (usb.missing).
 * VIR_ERR_OPERATION_INVALID: another guest has it; VIR_ERR_OPERATION_FAILED, VIR_ERR_INTERNAL_ERROR,
 * VIR_ERR_SYSTEM_ERROR: it is not there or cannot be taken; VIR_ERR_CONFIG_UNSUPPORTED: by this host. On failure it is
 * as before. Awaits. */
bool hostdev_prepare (int id, const char *name, DomainHostdev *hostdev, GError **error);
/* All of @domain; all or none. Awaits. */
bool hostdev_prepare_all (int id, Domain *domain, GError **error);

/* The controllers of @domain's NVMe disks alone; on failure some may be taken. Awaits. */
bool hostdev_prepare_nvme (int id, const Domain *domain, GError **error);

/* Gives it back: a managed PCI device goes to the driver that it had. Failures are logged. Awaits. */
void hostdev_release (int id, const char *name, const DomainHostdev *hostdev);
/* All that the guest has, by what is written down. Awaits. */
void hostdev_release_all (int id, const char *name);

/* For node devices, outside of any guest. @driver: NULL or "vfio". VIR_ERR_OPERATION_INVALID: a guest has it. Await. */
bool hostdev_pci_detach (const PciAddress *address, const char *driver, GError **error);
bool hostdev_pci_reattach (const PciAddress *address, GError **error);
bool hostdev_pci_reset (const PciAddress *address, GError **error);
