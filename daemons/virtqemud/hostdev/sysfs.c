/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostdev/sysfs.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"

static char *sys_root, *dev_root;
static const char *scsi_node;

void
sysfs_set_roots (const char *sys, const char *dev)
{
  g_free (sys_root);
  g_free (dev_root);
  sys_root = g_strdup (sys);
  dev_root = g_strdup (dev);
}

void
sysfs_set_scsi_node (const char *node)
{
  scsi_node = node;
}

char *
sysfs_path (const char *format, ...)
{
  g_autofree char *rest = NULL;
  va_list values;

  va_start (values, format);
  rest = g_strdup_vprintf (format, values);
  va_end (values);
  return g_build_filename (sys_root != NULL ? sys_root : "/sys", rest, NULL);
}

/* The last part of what the link @path leads to; NULL: there is no such link. */
static char *
link_name (const char *path)
{
  char target[PATH_MAX];
  ssize_t n = readlink (path, target, sizeof target - 1);

  if (n < 0)
    return NULL;
  target[n] = '\0';
  return g_path_get_basename (target);
}

/* The first line of @folder/@name as a number of base @base; false: there is none. */
static bool
read_number (const char *folder, const char *name, int base, unsigned int *ret)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  char *end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return false;
  *ret = (unsigned int) strtoul (text, &end, base);
  return end != text;
}

/* --- PCI -------------------------------------------------------------------------------------- */

char *
sysfs_pci_name (const PciAddress *address)
{
  return g_strdup_printf ("%04x:%02x:%02x.%x", address->domain, address->bus, address->slot, address->function);
}

bool
sysfs_pci_exists (const char *name)
{
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s", name);

  return access (path, F_OK) == 0;
}

char *
sysfs_pci_driver (const char *name)
{
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s/driver", name);

  return link_name (path);
}

static int
group_of (const char *device)
{
  g_autofree char *path = g_build_filename (device, "iommu_group", NULL);
  g_autofree char *group = link_name (path);

  return group != NULL ? atoi (group) : -1;
}

int
sysfs_pci_iommu_group (const char *name)
{
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s", name);

  return group_of (path);
}

GPtrArray *
sysfs_pci_group_members (const char *name)
{
  GPtrArray *members = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = sysfs_path ("bus/pci/devices/%s/iommu_group/devices", name);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (strcmp (entry, name) != 0)
      g_ptr_array_add (members, g_strdup (entry));
  return members;
}

/* --- USB -------------------------------------------------------------------------------------- */

GArray *
sysfs_usb_find (unsigned int vendor, unsigned int product, unsigned int bus, unsigned int device)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (SysfsUsb));
  g_autofree char *path = sysfs_path ("bus/usb/devices");
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *folder = g_build_filename (path, entry, NULL);
      SysfsUsb usb;

      /* Interfaces ("1-1:1.0") have no ids of their own. */
      if (strchr (entry, ':') != NULL || !read_number (folder, "idVendor", 16, &usb.vendor)
          || !read_number (folder, "idProduct", 16, &usb.product) || !read_number (folder, "busnum", 10, &usb.bus)
          || !read_number (folder, "devnum", 10, &usb.device))
        continue;
      if ((vendor == 0 || (usb.vendor == vendor && usb.product == product))
          && (bus == UINT_MAX || (usb.bus == bus && usb.device == device)))
        g_array_append_val (found, usb);
    }
  return found;
}

/* --- SCSI, mdev ------------------------------------------------------------------------------- */

char *
sysfs_scsi_node (const DomainHostdevScsiSource *scsi, GError **error)
{
  const char *digits = scsi->adapter + strcspn (scsi->adapter, "0123456789");
  g_autofree char *unit = g_strdup_printf ("%s:%u:%u:%" G_GUINT64_FORMAT, digits, scsi->bus, scsi->target, scsi->unit);
  g_autofree char *path = sysfs_path ("bus/scsi/devices/%s/scsi_generic", unit);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;

  if (scsi_node != NULL)
    return g_strdup (scsi_node);
  if (name != NULL)
    return g_build_filename (dev_root != NULL ? dev_root : "/dev", name, NULL);
  fail_errno (error, VIR_FROM_NONE, ENOENT, "this host has no SCSI unit %u:%u:%" G_GUINT64_FORMAT " on adapter '%s'",
              scsi->bus, scsi->target, scsi->unit, scsi->adapter);
  return NULL;
}

int
sysfs_mdev_group (const char *uuid)
{
  g_autofree char *path = sysfs_path ("bus/mdev/devices/%s", uuid);

  return group_of (path);
}

bool
sysfs_mdev_exists (const char *uuid)
{
  g_autofree char *path = sysfs_path ("bus/mdev/devices/%s", uuid);

  return access (path, F_OK) == 0;
}
