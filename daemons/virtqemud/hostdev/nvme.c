/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NVMe controllers whose namespaces are disks: QEMU drives them itself, by way of vfio-pci. */
#include "hostdev/hostdev.h"

static bool
is_same (const PciAddress *a, const PciAddress *b)
{
  return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function;
}

/* Several disks may be namespaces of one controller, which is taken once. */
static bool
is_new (const GPtrArray *taken, const PciAddress *address)
{
  for (unsigned int i = 0; i < taken->len; i++)
    if (is_same (taken->pdata[i], address))
      return false;
  return true;
}

static bool
take (int id, const char *name, const DomainStorageSource *source, GPtrArray *taken, GError **error)
{
  DomainHostdev hostdev = { .mode = HOSTDEV_MODE_SUBSYSTEM, .type = HOSTDEV_TYPE_PCI, .managed = source->managed };

  if (source->type != STORAGE_TYPE_NVME || source->pci == NULL || !is_new (taken, source->pci))
    return true;
  hostdev.pci.address = *source->pci;
  g_ptr_array_add (taken, source->pci);
  return hostdev_prepare (id, name, &hostdev, error);
}

bool
hostdev_prepare_nvme (int id, const Domain *domain, GError **error)
{
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();

  for (unsigned int i = 0; i < domain->disks.n; i++)
    for (const DomainStorageSource *layer = &domain->disks.items[i]->source; layer != NULL; layer = layer->backing)
      if (!take (id, domain->name, layer, taken, error))
        return false;
  return true;
}
