/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address.c: places on the buses of disks and virtio-serial. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"

#include <string.h>

#define DISKS_PER_SCSI 7
#define DISKS_PER_IDE 4
#define DISKS_PER_SATA 6
#define DISKS_PER_FDC 2
#define VIRTIO_SERIAL_PORTS 31
#define MAX_CONTROLLERS 64

int
domain_disk_number (const char *dev)
{
  static const char *const prefixes[] = { "fd", "hd", "vd", "sd", "xvd", "ubd" };
  int number = -1;

  for (unsigned int i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      const char *at = g_str_has_prefix (dev, prefixes[i]) ? dev + strlen (prefixes[i]) : NULL;

      if (at == NULL)
        continue;
      for (; g_ascii_islower (*at) && number < 1000000; at++)
        number = (number + 1) * 26 + (*at - 'a');
      at += strspn (at, "0123456789");
      return *at == '\0' ? number : -1;
    }
  return -1;
}

bool
domain_disk_drive (DomainDiskBus bus, const char *dev, DomainAddress *ret_address)
{
  int number = domain_disk_number (dev);
  unsigned int per_controller, per_bus = UINT_MAX;

  if (number < 0)
    return false;
  switch (bus)
    {
    case DISK_BUS_SCSI: per_controller = DISKS_PER_SCSI; break;
    case DISK_BUS_IDE: per_controller = DISKS_PER_IDE; per_bus = DISKS_PER_IDE / 2; break;
    case DISK_BUS_SATA: per_controller = DISKS_PER_SATA; break;
    case DISK_BUS_FDC: per_controller = DISKS_PER_FDC; break;
    default: return false;
    }
  *ret_address = (DomainAddress) { .type = ADDRESS_TYPE_DRIVE, .drive.controller = number / per_controller,
                                   .drive.bus = number % per_controller / per_bus, .drive.unit = number % per_controller % per_bus };
  return true;
}

void
domain_assign_drives (Domain *domain)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      DomainDisk *disk = domain->disks.items[i];

      if (disk->info.address.type == ADDRESS_TYPE_ABSENT)
        domain_disk_drive (disk->target.bus, disk->target.dev, &disk->info.address);
    }
}

/* The channels and consoles on virtio-serial, channels first. */
static DomainChardev *
next_virtio_chardev (const Domain *domain, unsigned int *at)
{
  for (; *at < domain->channels.n + domain->consoles.n; (*at)++)
    {
      DomainChardev *chardev = *at < domain->channels.n ? domain->channels.items[*at]
                                                        : domain->consoles.items[*at - domain->channels.n];

      if (chardev->target == CHARDEV_TARGET_VIRTIO)
        {
          (*at)++;
          return chardev;
        }
    }
  return NULL;
}

/* Port 0 is for a console. A channel may name its controller and no port. */
static bool
give_virtio_port (DomainChardev *chardev, uint32_t *taken, const Domain *domain)
{
  const DomainAddress *address = &chardev->info.address;

  for (int index = 0; index < MAX_CONTROLLERS; index++)
    {
      const DomainController *controller = domain_find_controller (domain, CONTROLLER_TYPE_VIRTIO_SERIAL, index);
      unsigned int ports = controller != NULL && controller->ports > 0 ? MIN (controller->ports, VIRTIO_SERIAL_PORTS)
                                                                       : VIRTIO_SERIAL_PORTS;

      if (controller == NULL
          || (address->type == ADDRESS_TYPE_VIRTIO_SERIAL && (int) address->virtio_serial.controller != index))
        continue;
      for (unsigned int port = 1; port < ports; port++)
        if (!(taken[controller->index] & UINT32_C (1) << port))
          {
            taken[controller->index] |= UINT32_C (1) << port;
            chardev->info.address.type = ADDRESS_TYPE_VIRTIO_SERIAL;
            chardev->info.address.virtio_serial.controller = controller->index;
            chardev->info.address.virtio_serial.bus = 0;
            chardev->info.address.virtio_serial.port = port;
            return true;
          }
    }
  return false;
}

static bool
is_console (const Domain *domain, const DomainChardev *chardev)
{
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    if (domain->consoles.items[i] == chardev)
      return true;
  return false;
}

static bool
assign_virtio_serial (Domain *domain, GError **error)
{
  uint32_t taken[MAX_CONTROLLERS] = { 0 };
  DomainChardev *chardev;

  for (unsigned int at = 0; (chardev = next_virtio_chardev (domain, &at)) != NULL;)
    {
      const DomainAddress *address = &chardev->info.address;
      unsigned int controller = address->virtio_serial.controller, port = address->virtio_serial.port;

      if (address->type != ADDRESS_TYPE_VIRTIO_SERIAL || port == 0)
        continue;
      if (domain_find_controller (domain, CONTROLLER_TYPE_VIRTIO_SERIAL, (int) controller) == NULL
          || controller >= MAX_CONTROLLERS || port >= VIRTIO_SERIAL_PORTS || (taken[controller] & UINT32_C (1) << port))
        return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                     "virtio-serial port %u of controller %u does not exist or is used twice", port, controller);
      taken[controller] |= UINT32_C (1) << port;
    }
  for (unsigned int at = 0; (chardev = next_virtio_chardev (domain, &at)) != NULL;)
    {
      const DomainAddress *address = &chardev->info.address;
      int next = 0;

      if (is_console (domain, chardev) || (address->type == ADDRESS_TYPE_VIRTIO_SERIAL && address->virtio_serial.port != 0)
          || give_virtio_port (chardev, taken, domain))
        continue;
      while (domain_find_controller (domain, CONTROLLER_TYPE_VIRTIO_SERIAL, next) != NULL)
        next++;
      domain_need_controller (domain, CONTROLLER_TYPE_VIRTIO_SERIAL, next);
      if (address->type == ADDRESS_TYPE_VIRTIO_SERIAL || !give_virtio_port (chardev, taken, domain))
        return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "no port is left on the virtio-serial controllers");
    }
  return true;
}

/* The console that is the first serial port has its port, place and name. */
static void
mirror_console (Domain *domain)
{
  DomainChardev *console = domain->consoles.n > 0 ? domain->consoles.items[0] : NULL;
  DomainChardev *copy;

  if (console == NULL || console->target != CHARDEV_TARGET_SERIAL || domain->serials.n == 0)
    return;
  copy = xml_copy (&domain_serial_schema, domain->serials.items[0]);
  copy->target = CHARDEV_TARGET_SERIAL;
  copy->model = SERIAL_MODEL_ABSENT;
  xml_free (&domain_console_schema, console);
  domain->consoles.items[0] = copy;
}

bool
domain_assign_addresses (Domain *domain, const DomainPlatform *platform, GError **error)
{
  bool ok;

  domain_assign_drives (domain);
  ok = domain_validate_controllers (domain, error) && assign_virtio_serial (domain, error)
       && domain_assign_spapr_vio (domain, error) && domain_assign_ccw (domain, error)
       && domain_assign_pci (domain, platform, error) && domain_assign_mmio (domain, platform, error)
       && domain_assign_zpci (domain, platform, error) && domain_assign_usb (domain, platform, error);
  mirror_console (domain);
  return ok;
}
