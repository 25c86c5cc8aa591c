/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostdev/hostdev.h: devices of the host that a guest gets for itself: found, taken from the host, given back.
 *
 * Which guest has which device is a file a device below PATH_RUN/qemu/hostdevs/, made before anything is done to the
 * device: a device is one guest's, and what was done to it is undone after any crash. */
#pragma once

#include "model/domain/domain.h"

/* Finds the device and takes it for the guest: a USB device named by its ids gets bus and device in the live @hostdev; a
 * managed PCI device is bound to vfio-pci, one that is not managed must be; a mediated device and a SCSI unit must be there.
 * An optional USB device that is missing is marked so (usb.missing), and that is no error. Errors: VIR_ERR_OPERATION_INVALID:
 * another guest has it; VIR_ERR_OPERATION_FAILED, VIR_ERR_INTERNAL_ERROR: it is not there or cannot be taken. On failure it is as before. Awaits. */
bool hostdev_prepare (int id, const char *name, DomainHostdev *hostdev, GError **error);
/* All of @domain, and its interfaces of type hostdev; all or none. Awaits. */
bool hostdev_prepare_all (int id, Domain *domain, GError **error);

/* Gives it back: a managed PCI device goes to the driver that it had. Failures are logged. Awaits. */
void hostdev_release (int id, const char *name, const DomainHostdev *hostdev);
/* All that the guest has, by what is written down. Awaits. */
void hostdev_release_all (int id, const char *name);

/* The device nodes that QEMU opens for @hostdev ("/dev/vfio/5", "/dev/bus/usb/001/004", "/dev/sg0"): strings, each
 * freed by the array. Reads sysfs: may block for a moment. */
GPtrArray *hostdev_nodes (const DomainHostdev *hostdev);

/* For node devices, outside of any guest. Errors: VIR_ERR_OPERATION_INVALID: a guest has it. Await. */
bool hostdev_pci_detach (const PciAddress *address, const char *driver, GError **error);       /* to vfio-pci */
bool hostdev_pci_reattach (const PciAddress *address, GError **error);                         /* to the host's driver */
bool hostdev_pci_reset (const PciAddress *address, GError **error);
