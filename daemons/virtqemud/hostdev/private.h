/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostdev/private.h: claims on devices, and what is done to those of PCI. All of it blocks: for workers. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* --- claims ------------------------------------------------------------------------------------ */

typedef struct
{
  char *device;                 /* "pci-0000:06:12.5" */
  char *owner;                  /* "5-name": of a guest */
  bool shared;                  /* others may have it too */
  bool managed;                 /* PCI: the host gets it back */
  char *driver;                 /* PCI: the driver that it had; NULL: none */
} HostdevClaim;
void hostdev_claim_clear (HostdevClaim *claim);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HostdevClaim, hostdev_claim_clear)

/* Writes @claim down. VIR_ERR_OPERATION_INVALID: another guest has the device; of its own guest it is written anew. */
bool hostdev_claim_now (const HostdevClaim *claim, GError **error);
/* Removes the claim that @owner has. */
void hostdev_unclaim_now (const char *device, const char *owner);
/* Fails with VIR_ERR_OPERATION_INVALID if a guest has @device. */
bool hostdev_check_free_now (const char *device, GError **error);
/* All claims of @owner: an array of HostdevClaim that clears its elements. */
GArray *hostdev_claims_now (const char *owner);

/* For tests: what the kernel does when something was written to a file of sysfs. */
extern void (*hostdev_kernel) (const char *path, const char *text);

/* --- PCI: @name is "0000:06:12.5" -------------------------------------------------------------- */

/* Binds it to vfio-pci; the driver that it had (or NULL) is in *@ret_driver, which the caller frees, may be NULL. */
bool hostdev_bind_vfio_now (const char *name, char **ret_driver, GError **error);
/* Lets the kernel choose its driver again. */
bool hostdev_unbind_vfio_now (const char *name, GError **error);
/* By what the device can: its own reset, else nothing; VIR_ERR_INTERNAL_ERROR if it has none. */
bool hostdev_reset_now (const char *name, GError **error);
/* That it is there, in an IOMMU group of which all other members are with vfio-pci or without a driver. */
bool hostdev_check_vfio_now (const char *name, GError **error);
