/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/disks.h"

#include <string.h>

#include "util/json.h"

static bool
is_at (const DomainDeviceInfo *info, const json_t *pci)
{
  const DomainAddress *address = &info->address;

  return address->type == ADDRESS_TYPE_PCI && address->pci.domain == json_get_int (pci, "domain", -1)
         && address->pci.bus == json_get_int (pci, "bus", -1)
         && address->pci.slot == json_get_int (pci, "slot", -1)
         && address->pci.function == json_get_int (pci, "function", -1);
}

/* The bus that a type of controller makes. */
static DomainDiskBus
bus_of (DomainControllerType type)
{
  switch (type)
    {
    case CONTROLLER_TYPE_IDE:
      return DISK_BUS_IDE;
    case CONTROLLER_TYPE_SATA:
      return DISK_BUS_SATA;
    case CONTROLLER_TYPE_SCSI:
      return DISK_BUS_SCSI;
    default:
      return DISK_BUS_LAST;
    }
}

static bool
is_on (const DomainDisk *disk, const DomainController *controller, const json_t *place)
{
  const DomainAddress *address = &disk->info.address;

  return disk->target.bus == bus_of (controller->type) && address->type == ADDRESS_TYPE_DRIVE
         && (int) address->drive.controller == controller->index
         && address->drive.bus == json_get_int (place, "bus", -1)
         && address->drive.target == json_get_int (place, "target", -1)
         && address->drive.unit == json_get_int (place, "unit", -1);
}

static const DomainDisk *
find_by_controller (const Domain *domain, const json_t *place, const json_t *pci)
{
  for (unsigned int c = 0; c < domain->controllers.n; c++)
    {
      const DomainController *controller = domain->controllers.items[c];

      if (!is_at (&controller->info, pci))
        continue;
      for (unsigned int i = 0; i < domain->disks.n; i++)
        if (is_on (domain->disks.items[i], controller, place))
          return domain->disks.items[i];
    }
  return NULL;
}

static const DomainDisk *
find_by_serial (const Domain *domain, const char *serial)
{
  const DomainDisk *found = NULL;

  for (unsigned int i = 0; serial != NULL && i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];

      if (g_strcmp0 (disk->serial, serial) != 0)
        continue;
      if (found != NULL)
        return NULL;
      found = disk;
    }
  return found;
}

const DomainDisk *
agent_find_disk (const Domain *domain, const json_t *address)
{
  const json_t *pci = json_object_get (address, "pci-controller");
  const DomainDisk *found;

  if (address == NULL)
    return NULL;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (is_at (&domain->disks.items[i]->info, pci))
      return domain->disks.items[i];
  found = find_by_controller (domain, address, pci);
  return found != NULL ? found : find_by_serial (domain, json_get_string (address, "serial", NULL));
}
