/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostdev/sysfs.h: what the kernel says of the host's devices. Reads small files of sysfs, which may block for a moment. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/domain/domain.h"

/* For tests: a folder that stands for /sys and one for /dev. NULL: the real ones. */
void sysfs_set_roots (const char *sys, const char *dev);
/* For tests: the node of all SCSI units; static. NULL: what sysfs says. */
void sysfs_set_scsi_node (const char *node);
/* A path below /sys; caller frees. */
char *sysfs_path (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* --- PCI -------------------------------------------------------------------------------------- */

/* "0000:06:12.5"; caller frees. */
char *sysfs_pci_name (const PciAddress *address);
bool sysfs_pci_exists (const char *name);
/* The driver that it is bound to ("vfio-pci"); NULL: none. Caller frees. */
char *sysfs_pci_driver (const char *name);
/* The number of its IOMMU group, -1: it has none. */
int sysfs_pci_iommu_group (const char *name);
/* The other devices of its group, which share its fate: names, freed with the array. */
GPtrArray *sysfs_pci_group_members (const char *name);

/* --- USB -------------------------------------------------------------------------------------- */

/* The devices with @vendor and @product (0: any) at @bus and @device (UINT_MAX: any): an array of SysfsUsb. */
typedef struct { unsigned int bus, device, vendor, product; } SysfsUsb;
GArray *sysfs_usb_find (unsigned int vendor, unsigned int product, unsigned int bus, unsigned int device);

/* --- SCSI, mdev ------------------------------------------------------------------------------- */

/* "/dev/sg3": the generic node of a unit of an adapter. VIR_ERR_SYSTEM_ERROR: there is none. Caller frees. */
char *sysfs_scsi_node (const DomainHostdevScsiSource *scsi, GError **error);
/* The IOMMU group of a mediated device; -1 if it does not exist or has none. */
int sysfs_mdev_group (const char *uuid);
bool sysfs_mdev_exists (const char *uuid);
