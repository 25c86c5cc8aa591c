/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/vf.h"

#include <stdio.h>
#include <string.h>

#include "hostdev/sysfs.h"
#include "link/rtnl.h"
#include "util/error.h"
#include "util/worker.h"

DomainHostdev
vf_hostdev (const DomainInterface *interface)
{
  const DomainInterfaceActual *actual = interface->actual;
  const DomainInterfaceHost *host = actual != NULL ? actual->host : interface->host;
  DomainHostdev view = {
    .info = interface->info, .mode = HOSTDEV_MODE_SUBSYSTEM,
    .type = host->bus == INTERFACE_HOST_BUS_USB ? HOSTDEV_TYPE_USB : HOSTDEV_TYPE_PCI,
    .managed = actual != NULL ? actual->managed : interface->managed,
    .driver = actual != NULL ? actual->host_driver : interface->host_driver, .teaming = interface->teaming,
  };

  view.pci.address = host->pci;
  view.usb = host->usb;
  return view;
}

/* --- finding --------------------------------------------------------------------------------- */

/* The number of the link "virtfnN" of @parent that leads to @name; -1: there is none. */
static int
number_of (const char *parent, const char *name)
{
  g_autoptr (GDir) folder = g_dir_open (parent, 0, NULL);
  const char *entry;

  while (folder != NULL && (entry = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (parent, entry, NULL);
      g_autofree char *target = NULL, *last = NULL;
      unsigned int number;

      if (sscanf (entry, "virtfn%u", &number) != 1)
        continue;
      target = g_file_read_link (path, NULL);
      last = target != NULL ? g_path_get_basename (target) : NULL;
      if (g_strcmp0 (last, name) == 0)
        return (int) number;
    }
  return -1;
}

bool
vf_find (const PciAddress *address, char ret_parent[TAP_NAME_SIZE], unsigned int *ret_number, GError **error)
{
  g_autofree char *name = sysfs_pci_name (address);
  g_autofree char *parent = sysfs_path ("bus/pci/devices/%s/physfn", name);
  g_autofree char *devices = g_build_filename (parent, "net", NULL);
  g_autoptr (GDir) folder = g_dir_open (devices, 0, NULL);
  const char *device = folder != NULL ? g_dir_read_name (folder) : NULL;
  int number = device != NULL ? number_of (parent, name) : -1;

  if (number < 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "the PCI device %s is no virtual function (SR-IOV) of a network card, as an interface of type 'hostdev' must be",
                 name);
  g_strlcpy (ret_parent, device, TAP_NAME_SIZE);
  *ret_number = (unsigned int) number;
  return true;
}

/* --- settings --------------------------------------------------------------------------------- */

typedef struct
{
  const char *parent;
  unsigned int number;
  const VfSettings *wanted;     /* NULL: to be read */
  VfSettings *found;
} VfWork;

static bool
work_vf (void *data, GError **error)
{
  const VfWork *work = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);

  if (rtnl == NULL)
    return false;
  if (work->wanted != NULL)
    return rtnl_set_vf (rtnl, work->parent, work->number, work->wanted->mac, work->wanted->vlan, error);
  return rtnl_get_vf (rtnl, work->parent, work->number, work->found->mac, &work->found->vlan, error);
}

bool
vf_get (const char *parent, unsigned int number, VfSettings *ret, GError **error)
{
  VfWork work = { .parent = parent, .number = number, .found = ret };

  return worker_run ("read a virtual function", work_vf, &work, error);
}

bool
vf_set (const char *parent, unsigned int number, const VfSettings *settings, GError **error)
{
  VfWork work = { .parent = parent, .number = number, .wanted = settings };

  return worker_run ("set up a virtual function", work_vf, &work, error);
}
