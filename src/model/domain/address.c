/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address.c: places on the buses of disks, USB and virtio-serial. */
#include "model/domain/rules.h"

#include <string.h>

#define DISKS_PER_SCSI 7
#define DISKS_PER_IDE 4
#define DISKS_PER_SATA 6
#define DISKS_PER_FDC 2
#define VIRTIO_SERIAL_PORTS 31
#define MAX_CONTROLLERS 64
#define MAX_USB_PORTS 16

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

void
domain_assign_drives (Domain *domain)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      DomainDisk *disk = domain->disks.items[i];
      DomainAddress *address = &disk->info.address;
      int number = domain_disk_number (disk->target.dev);
      unsigned int controller, bus = 0, unit;

      if (address->type != ADDRESS_TYPE_ABSENT || number < 0)
        continue;
      switch (disk->target.bus)
        {
        case DISK_BUS_SCSI:
          controller = number / DISKS_PER_SCSI;
          unit = number % DISKS_PER_SCSI;
          break;
        case DISK_BUS_IDE:
          controller = number / DISKS_PER_IDE;
          bus = number % DISKS_PER_IDE / 2;
          unit = number % 2;
          break;
        case DISK_BUS_SATA:
          controller = number / DISKS_PER_SATA;
          unit = number % DISKS_PER_SATA;
          break;
        case DISK_BUS_FDC:
          controller = number / DISKS_PER_FDC;
          unit = number % DISKS_PER_FDC;
          break;
        default:
          continue;
        }
      address->type = ADDRESS_TYPE_DRIVE;
      address->drive.controller = controller;
      address->drive.bus = bus;
      address->drive.target = 0;
      address->drive.unit = unit;
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

static unsigned int
usb_ports (const DomainController *controller)
{
  switch (controller->model)
    {
    case CONTROLLER_MODEL_PIIX3_UHCI: case CONTROLLER_MODEL_PIIX4_UHCI: case CONTROLLER_MODEL_VT82C686B_UHCI:
      return 2;
    case CONTROLLER_MODEL_EHCI: case CONTROLLER_MODEL_ICH9_EHCI1:
      return 6;
    case CONTROLLER_MODEL_PCI_OHCI:
      return 3;
    case CONTROLLER_MODEL_NEC_XHCI: case CONTROLLER_MODEL_QEMU_XHCI:
      return controller->ports > 0 ? MIN (controller->ports, MAX_USB_PORTS) : 4;
    default:
      return 0;
    }
}

typedef struct
{
  int index;
  unsigned int ports;
  uint32_t taken;               /* root ports; bit 1 is port 1 */
} UsbBus;

static bool
take_usb_port (UsbBus *buses, unsigned int n, DomainAddress *address, GError **error)
{
  unsigned int port = address->usb.port[0];

  for (unsigned int i = 0; i < n; i++)
    if (buses[i].index == (int) address->usb.bus && port <= buses[i].ports)
      {
        if (address->usb.port[1] == 0 && (buses[i].taken & UINT32_C (1) << port))
          return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "USB port %u of bus %u is used twice", port, address->usb.bus);
        buses[i].taken |= UINT32_C (1) << port;
        return true;
      }
  return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "there is no USB port %u on a bus %u", port, address->usb.bus);
}

static bool
give_usb_port (UsbBus *buses, unsigned int n, DomainAddress *address, GError **error)
{
  bool any_bus = address->type == ADDRESS_TYPE_ABSENT;

  for (unsigned int i = 0; i < n; i++)
    for (unsigned int port = 1; port <= buses[i].ports; port++)
      if ((any_bus || buses[i].index == (int) address->usb.bus) && !(buses[i].taken & UINT32_C (1) << port))
        {
          buses[i].taken |= UINT32_C (1) << port;
          *address = (DomainAddress) { .type = ADDRESS_TYPE_USB, .usb = { buses[i].index, { port } } };
          return true;
        }
  if (n == 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "a device is on the USB bus, which is disabled");
  return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
               "no USB port is left, and USB hubs are not supported");
}

/* The devices on USB in the order in which they get their ports. */
static GPtrArray *
usb_devices (const Domain *domain)
{
  GPtrArray *infos = g_ptr_array_new ();

  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i]->target.bus == DISK_BUS_USB)
      g_ptr_array_add (infos, &domain->disks.items[i]->info);
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    if (domain->inputs.items[i]->bus == INPUT_BUS_USB)
      g_ptr_array_add (infos, &domain->inputs.items[i]->info);
  for (unsigned int i = 0; i < domain->serials.n; i++)
    if (domain->serials.items[i]->target == CHARDEV_TARGET_USB_SERIAL)
      g_ptr_array_add (infos, &domain->serials.items[i]->info);
  for (unsigned int i = 0; i < domain->sounds.n; i++)
    if (domain->sounds.items[i]->model == SOUND_MODEL_USB)
      g_ptr_array_add (infos, &domain->sounds.items[i]->info);
  return infos;
}

static bool
assign_usb (Domain *domain, GError **error)
{
  g_autoptr (GPtrArray) infos = usb_devices (domain);
  g_autofree UsbBus *buses = g_new0 (UsbBus, domain->controllers.n + 1);
  unsigned int n = 0;

  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_USB && usb_ports (domain->controllers.items[i]) > 0)
      buses[n++] = (UsbBus) { domain->controllers.items[i]->index, usb_ports (domain->controllers.items[i]), 0 };
  for (unsigned int pass = 0; pass < 2; pass++)
    for (unsigned int i = 0; i < infos->len; i++)
      {
        DomainAddress *address = &((DomainDeviceInfo *) infos->pdata[i])->address;
        bool is_given = address->type == ADDRESS_TYPE_USB && address->usb.port[0] != 0;

        if (address->type != ADDRESS_TYPE_USB && address->type != ADDRESS_TYPE_ABSENT)
          continue;
        if (pass == 0 && is_given && !take_usb_port (buses, n, address, error))
          return false;
        if (pass == 1 && !is_given && !give_usb_port (buses, n, address, error))
          return false;
      }
  return true;
}

bool
domain_assign_addresses (Domain *domain, const DomainPlatform *platform, GError **error)
{
  domain_assign_drives (domain);
  return domain_validate_controllers (domain, error) && assign_virtio_serial (domain, error) && domain_assign_pci (domain, platform, error) && assign_usb (domain, error);
}
