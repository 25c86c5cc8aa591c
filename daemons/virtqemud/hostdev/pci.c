/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done to PCI devices by way of sysfs. */
#include "hostdev/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hostdev/sysfs.h"
#include "util/cleanup.h"
#include "util/error.h"

#define VFIO "vfio-pci"

void (*hostdev_kernel) (const char *path, const char *text);

static bool
write_file (const char *path, const char *text, GError **error)
{
  fd_auto int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot write '%s' to '%s'", text, path);
  if (hostdev_kernel != NULL)
    hostdev_kernel (path, text);
  return true;
}

static bool
check_exists (const char *name, GError **error)
{
  return sysfs_pci_exists (name)
         || fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "this host has no PCI device '%s'", name);
}

/* Says which driver the device is to have; "\n": the kernel's choice. */
static bool
set_override (const char *name, const char *driver, GError **error)
{
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s/driver_override", name);

  return write_file (path, driver, error);
}

static bool
unbind (const char *name, GError **error)
{
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s/driver/unbind", name);

  return access (path, F_OK) < 0 || write_file (path, name, error);
}

static bool
probe (const char *name, GError **error)
{
  g_autofree char *path = sysfs_path ("bus/pci/drivers_probe");

  return write_file (path, name, error);
}

bool
hostdev_bind_vfio_now (const char *name, char **ret_driver, GError **error)
{
  g_autofree char *driver = NULL, *now = NULL;
  g_autofree char *vfio = sysfs_path ("bus/pci/drivers/" VFIO);

  if (!check_exists (name, error))
    return false;
  driver = sysfs_pci_driver (name);
  if (g_strcmp0 (driver, VFIO) != 0)
    {
      if (access (vfio, F_OK) < 0)
        return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "PCI device '%s': the kernel's driver '%s' is not loaded",
                     name, VFIO);
      if (!set_override (name, VFIO, error))
        return false;
      if (!unbind (name, error) || !probe (name, error))
        {
          set_override (name, "\n", NULL);
          probe (name, NULL);
          return false;
        }
      now = sysfs_pci_driver (name);
      if (g_strcmp0 (now, VFIO) != 0)
        {
          set_override (name, "\n", NULL);
          probe (name, NULL);
          return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "PCI device '%s' could not be bound to '%s'", name, VFIO);
        }
    }
  if (ret_driver != NULL)
    *ret_driver = g_steal_pointer (&driver);
  return true;
}

bool
hostdev_unbind_vfio_now (const char *name, GError **error)
{
  g_autofree char *driver = NULL;

  if (!check_exists (name, error))
    return false;
  driver = sysfs_pci_driver (name);
  if (driver != NULL && strcmp (driver, VFIO) != 0)
    return true;
  return set_override (name, "\n", error) && unbind (name, error) && probe (name, error);
}

bool
hostdev_reset_now (const char *name, GError **error)
{
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s/reset", name);

  if (!check_exists (name, error))
    return false;
  if (access (path, F_OK) < 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "PCI device '%s' cannot be reset alone", name);
  return write_file (path, "1", error);
}

bool
hostdev_check_vfio_now (const char *name, GError **error)
{
  g_autoptr (GPtrArray) members = NULL;

  if (!check_exists (name, error))
    return false;
  if (sysfs_pci_iommu_group (name) < 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "PCI device '%s' has no IOMMU group: this host cannot assign devices to guests by VFIO", name);
  members = sysfs_pci_group_members (name);
  for (unsigned int i = 0; i < members->len; i++)
    {
      g_autofree char *driver = sysfs_pci_driver (members->pdata[i]);

      if (driver != NULL && strcmp (driver, VFIO) != 0 && strcmp (driver, "pcieport") != 0 && strcmp (driver, "pci-stub") != 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                     "PCI device '%s' shares its IOMMU group with '%s', which driver '%s' uses", name,
                     (const char *) members->pdata[i], driver);
    }
  return true;
}
