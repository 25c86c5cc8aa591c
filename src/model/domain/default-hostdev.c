/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-hostdev.c: what host devices and smartcards leave open, their places
 * on SCSI buses and in smartcard readers, and the controllers these take. */
#include "model/domain/machine.h"
#include "model/domain/machine.h"
#include "model/domain/rules.h"

/* Units of a SCSI controller that are given without being asked for. */
#define UNITS_PER_CONTROLLER 7

static bool
is_at (const DomainAddress *address, unsigned int controller, unsigned int unit)
{
  return address->type == ADDRESS_TYPE_DRIVE && address->drive.controller == controller && address->drive.bus == 0
         && address->drive.target == 0 && address->drive.unit == unit;
}

static bool
is_taken (const Domain *domain, unsigned int controller, unsigned int unit)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i]->target.bus == DISK_BUS_SCSI && is_at (&domain->disks.items[i]->info.address, controller, unit))
      return true;
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    if (domain->hostdevs.items[i]->type == HOSTDEV_TYPE_SCSI && is_at (&domain->hostdevs.items[i]->info.address, controller, unit))
      return true;
  return false;
}

void
domain_assign_scsi_hostdevs (Domain *domain)
{
  unsigned int next = 0;        /* places are given in order, so those before are taken */

  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    {
      DomainAddress *address = &domain->hostdevs.items[i]->info.address;

      if (domain->hostdevs.items[i]->type != HOSTDEV_TYPE_SCSI || address->type != ADDRESS_TYPE_ABSENT)
        continue;
      while (is_taken (domain, next / UNITS_PER_CONTROLLER, next % UNITS_PER_CONTROLLER))
        next++;
      *address = (DomainAddress) { .type = ADDRESS_TYPE_DRIVE, .drive.controller = next / UNITS_PER_CONTROLLER,
                                   .drive.unit = next % UNITS_PER_CONTROLLER };
    }
}

void
domain_assign_smartcards (Domain *domain)
{
  unsigned int slot = 0;

  for (unsigned int i = 0; i < domain->smartcards.n; i++)
    {
      const DomainAddress *address = &domain->smartcards.items[i]->info.address;

      if (address->type == ADDRESS_TYPE_CCID && address->ccid.controller == 0)
        slot = MAX (slot, address->ccid.slot + 1);
    }
  for (unsigned int i = 0; i < domain->smartcards.n; i++)
    {
      DomainAddress *address = &domain->smartcards.items[i]->info.address;

      if (address->type == ADDRESS_TYPE_ABSENT)
        *address = (DomainAddress) { .type = ADDRESS_TYPE_CCID, .ccid.slot = slot++ };
    }
}

/* Each has the model of the one before. What has no place yet counts as if on the first. */
void
domain_add_scsi_controllers (Domain *domain)
{
  DomainControllerModel model = CONTROLLER_MODEL_ABSENT;
  int64_t highest = -1;

  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    {
      const DomainAddress *address = &domain->hostdevs.items[i]->info.address;

      if (domain->hostdevs.items[i]->type == HOSTDEV_TYPE_SCSI)
        highest = MAX (highest, address->type == ADDRESS_TYPE_DRIVE ? (int64_t) address->drive.controller : 0);
    }
  for (int index = 0; index <= MIN (highest, DOMAIN_CONTROLLER_INDEX_MAX); index++)
    {
      DomainController *controller = domain_find_controller (domain, CONTROLLER_TYPE_SCSI, index);

      if (controller == NULL)
        {
          controller = domain_controller_new (CONTROLLER_TYPE_SCSI, index, model);
          xml_list_append (&domain->controllers, controller);
        }
      model = controller->model;
    }
}

void
domain_add_smartcard_readers (Domain *domain)
{
  for (unsigned int i = 0; i < domain->smartcards.n; i++)
    if (domain->smartcards.items[i]->info.address.type == ADDRESS_TYPE_CCID)
      domain_need_controller (domain, CONTROLLER_TYPE_CCID, (int) domain->smartcards.items[i]->info.address.ccid.controller);
}

void
domain_complete_hostdevs (Domain *domain, const DomainPlatform *platform)
{
  /* A device that came with the property display. */
  bool has_display = domain_has_device (domain, platform, "vfio-pci-nohotplug");

  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    {
      DomainHostdev *hostdev = domain->hostdevs.items[i];

      if (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model == HOSTDEV_MODEL_VFIO_PCI && hostdev->display == TRI_ABSENT && has_display)
        hostdev->display = TRI_NO;
    }
}
