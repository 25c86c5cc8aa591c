/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-pci.c: slots on PCI and PCI Express buses.
 *
 * A pass takes the slots that the document names, then those that the machine
 * prescribes, then gives one to each device that has none, controllers first.
 * Where no bus has room, the pass makes a new one: a root port, or a bridge. If
 * it made any, their controllers join the domain and the pass is done again
 * from the beginning, until all fits. */
#include "model/domain/rules.h"

#include <string.h>

#define MAX_BUSES 256
#define MAX_SLOTS 32
#define ALL_FUNCTIONS 0xff

/* What a device can be plugged into. */
typedef enum
{
  CONNECT_NOT,
  CONNECT_PCI,                  /* a conventional slot where devices come and go */
  CONNECT_BRIDGE,               /* any conventional slot */
  CONNECT_EXPANDER,             /* a slot of the conventional root bus */
  CONNECT_PCIE,                 /* a root port or a switch's downstream port */
  CONNECT_ROOT,                 /* the root complex itself */
  CONNECT_ROOT_PORT,            /* the same, many in one slot */
  CONNECT_DOWNSTREAM,           /* a switch's upstream port */
} Connect;

typedef struct
{
  DomainControllerModel model;
  uint8_t functions[MAX_SLOTS]; /* taken, a bit each */
  bool shared[MAX_SLOTS];       /* holds root ports, more may join */
} PciBus;

typedef struct
{
  DomainDeviceInfo *info;
  Connect connect;
  bool is_bus;                  /* a controller of PCI itself */
  const DomainController *usb;  /* one of the functions of an ICH9 USB controller */
} PciDevice;

typedef struct
{
  Domain *domain;
  bool has_pcie;
  PciBus *buses;
  unsigned int n_buses;
  PciDevice *devices;
  unsigned int n_devices;
  GError **error;
} Pci;

static bool
bus_accepts (DomainControllerModel model, Connect connect)
{
  switch (model)
    {
    case CONTROLLER_MODEL_PCI_ROOT:
      return connect == CONNECT_PCI || connect == CONNECT_BRIDGE || connect == CONNECT_EXPANDER;
    case CONTROLLER_MODEL_PCI_BRIDGE: case CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE:
      return connect == CONNECT_PCI || connect == CONNECT_BRIDGE;
    case CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE: case CONTROLLER_MODEL_PCI_EXPANDER_BUS:
      return connect == CONNECT_BRIDGE;
    case CONTROLLER_MODEL_PCIE_ROOT: case CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      return connect == CONNECT_ROOT || connect == CONNECT_ROOT_PORT;
    case CONTROLLER_MODEL_PCIE_ROOT_PORT: case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      return connect == CONNECT_PCIE;
    case CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT:
      return connect == CONNECT_DOWNSTREAM;
    default:
      return false;
    }
}

static void
bus_slots (DomainControllerModel model, unsigned int *ret_first, unsigned int *ret_last)
{
  bool is_port = model == CONTROLLER_MODEL_PCIE_ROOT_PORT || model == CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT;
  bool from_zero = is_port || model == CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT || model == CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE
                   || model == CONTROLLER_MODEL_PCI_EXPANDER_BUS || model == CONTROLLER_MODEL_PCIE_EXPANDER_BUS;

  *ret_first = from_zero ? 0 : 1;
  *ret_last = is_port ? 0 : MAX_SLOTS - 1;
}

static Connect
virtio_connect (const Pci *pci, bool is_transitional)
{
  return pci->has_pcie && !is_transitional ? CONNECT_PCIE : CONNECT_PCI;
}

static Connect
pci_controller_connect (const Pci *pci, const DomainController *controller)
{
  switch (controller->model)
    {
    case CONTROLLER_MODEL_PCI_BRIDGE:
      return CONNECT_BRIDGE;
    case CONTROLLER_MODEL_PCI_EXPANDER_BUS:
      return CONNECT_EXPANDER;
    case CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE: case CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      return CONNECT_ROOT;
    case CONTROLLER_MODEL_PCIE_ROOT_PORT:
      return CONNECT_ROOT_PORT;
    case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      return CONNECT_DOWNSTREAM;
    case CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT: case CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE:
      return CONNECT_PCIE;
    default:
      return CONNECT_NOT;
    }
}

static Connect
controller_connect (const Pci *pci, const DomainController *controller)
{
  bool transitional = controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL;

  switch (controller->type)
    {
    case CONTROLLER_TYPE_PCI:
      return pci_controller_connect (pci, controller);
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
      return virtio_connect (pci, transitional);
    case CONTROLLER_TYPE_SCSI:
      if (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI || transitional
          || controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL)
        return virtio_connect (pci, transitional);
      return CONNECT_PCI;
    case CONTROLLER_TYPE_USB:
      if (controller->model == CONTROLLER_MODEL_NONE)
        return CONNECT_NOT;
      if (controller->model == CONTROLLER_MODEL_QEMU_XHCI || controller->model == CONTROLLER_MODEL_NEC_XHCI)
        return pci->has_pcie ? CONNECT_PCIE : CONNECT_PCI;
      return CONNECT_PCI;
    case CONTROLLER_TYPE_SATA:
      return CONNECT_PCI;
    case CONTROLLER_TYPE_IDE:
      return controller->index == 0 ? CONNECT_PCI : CONNECT_NOT;
    default:
      return CONNECT_NOT;
    }
}

static Connect
interface_connect (const Pci *pci, const DomainInterface *interface)
{
  if (strncmp (interface->model, "virtio", strlen ("virtio")) == 0)
    return virtio_connect (pci, strcmp (interface->model, "virtio-transitional") == 0);
  if (strcmp (interface->model, "usb-net") == 0 || strcmp (interface->model, "ne2k_isa") == 0)
    return CONNECT_NOT;
  return pci->has_pcie && strcmp (interface->model, "e1000e") == 0 ? CONNECT_PCIE : CONNECT_PCI;
}

static Connect
sound_connect (const Pci *pci, const DomainSound *sound)
{
  switch (sound->model)
    {
    case SOUND_MODEL_SB16: case SOUND_MODEL_PCSPK: case SOUND_MODEL_USB: return CONNECT_NOT;
    default: return CONNECT_PCI;
    }
}

static Connect
video_connect (const Pci *pci, const DomainVideo *video)
{
  if (video->type == VIDEO_TYPE_NONE || video->type == VIDEO_TYPE_RAMFB)
    return CONNECT_NOT;
  return video->type == VIDEO_TYPE_VIRTIO ? virtio_connect (pci, false) : CONNECT_PCI;
}

/* The host's PCI devices may be of PCI Express. */
static Connect
hostdev_connect (const Pci *pci, const DomainHostdev *hostdev)
{
  switch (hostdev->type)
    {
    case HOSTDEV_TYPE_PCI:
      return virtio_connect (pci, false);
    case HOSTDEV_TYPE_SCSI_HOST:
      return virtio_connect (pci, hostdev->model == HOSTDEV_MODEL_VIRTIO_TRANSITIONAL);
    case HOSTDEV_TYPE_MDEV:
      return hostdev->model == HOSTDEV_MODEL_VFIO_PCI ? virtio_connect (pci, false) : CONNECT_NOT;
    default:
      return CONNECT_NOT;
    }
}

static void
add_device (Pci *pci, DomainDeviceInfo *info, Connect connect)
{
  if (connect != CONNECT_NOT)
    pci->devices[pci->n_devices++] = (PciDevice) { .info = info, .connect = connect };
}

static bool
is_ich9_usb (const DomainController *controller)
{
  return controller->model >= CONTROLLER_MODEL_ICH9_EHCI1 && controller->model <= CONTROLLER_MODEL_ICH9_UHCI3;
}

static void
add_controllers (Pci *pci, bool of_pci)
{
  for (unsigned int i = 0; i < pci->domain->controllers.n; i++)
    {
      DomainController *controller = pci->domain->controllers.items[i];

      if ((controller->type == CONTROLLER_TYPE_PCI) != of_pci)
        continue;
      add_device (pci, &controller->info, controller_connect (pci, controller));
      if (pci->n_devices == 0 || pci->devices[pci->n_devices - 1].info != &controller->info)
        continue;
      pci->devices[pci->n_devices - 1].is_bus = of_pci;
      if (controller->type == CONTROLLER_TYPE_USB && is_ich9_usb (controller))
        pci->devices[pci->n_devices - 1].usb = controller;
    }
}

#define EACH(list_, i_) (unsigned int i_ = 0; i_ < domain->list_.n; i_++)

/* All devices on PCI in the order in which they get their slots. */
static void
collect_devices (Pci *pci)
{
  const Domain *domain = pci->domain;
  unsigned int most = domain->controllers.n + domain->interfaces.n + domain->sounds.n + domain->disks.n + 1 + domain->rngs.n
                      + domain->watchdogs.n + domain->videos.n + domain->serials.n + domain->inputs.n
                      + domain->hostdevs.n;

  pci->n_devices = 0;
  pci->devices = g_renew (PciDevice, pci->devices, most);
  add_controllers (pci, true);
  for EACH (interfaces, i)
    if (domain->interfaces.items[i]->type != INTERFACE_TYPE_HOSTDEV)
      add_device (pci, &domain->interfaces.items[i]->info, interface_connect (pci, domain->interfaces.items[i]));
  for EACH (sounds, i)
    add_device (pci, &domain->sounds.items[i]->info, sound_connect (pci, domain->sounds.items[i]));
  add_controllers (pci, false);
  for EACH (disks, i)
    if (domain->disks.items[i]->target.bus == DISK_BUS_VIRTIO)
      add_device (pci, &domain->disks.items[i]->info,
                  virtio_connect (pci, domain->disks.items[i]->model == VIRTIO_MODEL_TRANSITIONAL));
  for EACH (interfaces, i)
    if (domain->interfaces.items[i]->type == INTERFACE_TYPE_HOSTDEV)
      add_device (pci, &domain->interfaces.items[i]->info, pci->has_pcie ? CONNECT_PCIE : CONNECT_PCI);
  for EACH (hostdevs, i)
    add_device (pci, &domain->hostdevs.items[i]->info, hostdev_connect (pci, domain->hostdevs.items[i]));
  if (domain->memballoon != NULL && domain->memballoon->model != BALLOON_MODEL_NONE)
    add_device (pci, &domain->memballoon->info,
                virtio_connect (pci, domain->memballoon->model == BALLOON_MODEL_VIRTIO_TRANSITIONAL));
  for EACH (rngs, i)
    add_device (pci, &domain->rngs.items[i]->info,
                virtio_connect (pci, domain->rngs.items[i]->model == VIRTIO_MODEL_TRANSITIONAL));
  for EACH (watchdogs, i)
    if (domain->watchdogs.items[i]->model == WATCHDOG_MODEL_I6300ESB)
      add_device (pci, &domain->watchdogs.items[i]->info, CONNECT_PCI);
  for EACH (videos, i)
    add_device (pci, &domain->videos.items[i]->info, video_connect (pci, domain->videos.items[i]));
  for EACH (serials, i)
    if (domain->serials.items[i]->target == CHARDEV_TARGET_PCI_SERIAL)
      add_device (pci, &domain->serials.items[i]->info, CONNECT_PCI);
  for EACH (inputs, i)
    if (domain->inputs.items[i]->bus == INPUT_BUS_VIRTIO)
      add_device (pci, &domain->inputs.items[i]->info,
                  virtio_connect (pci, domain->inputs.items[i]->model == VIRTIO_MODEL_TRANSITIONAL));
}

/* An address of type='pci' without numbers asks for any place on PCI. */
static bool
has_place (const DomainDeviceInfo *info)
{
  const DomainAddress *address = &info->address;

  if (address->type == ADDRESS_TYPE_PCI)
    return address->pci.bus != 0 || address->pci.slot != 0 || address->pci.function != 0 || address->pci.domain != 0;
  return address->type != ADDRESS_TYPE_ABSENT;
}

static void
set_place (DomainDeviceInfo *info, unsigned int bus, unsigned int slot, unsigned int function)
{
  info->address.type = ADDRESS_TYPE_PCI;
  info->address.pci.domain = 0;
  info->address.pci.bus = bus;
  info->address.pci.slot = slot;
  info->address.pci.function = function;
}

/* Whether a bus may be put on another by hand. */
static bool
bus_fits (DomainControllerModel on, Connect connect)
{
  if (connect == CONNECT_EXPANDER)
    return on == CONTROLLER_MODEL_PCI_ROOT;
  return connect == CONNECT_PCIE || bus_accepts (on, connect);
}

/* Takes the place that @info names. */
static bool
take_place (Pci *pci, const PciDevice *device)
{
  unsigned int bus = device->info->address.pci.bus;
  unsigned int slot = device->info->address.pci.slot, function = device->info->address.pci.function;
  unsigned int first, last;

  if (device->info->address.pci.domain != 0)
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "PCI address %04x:%02x:%02x.%x: there is no PCI domain but 0",
                 device->info->address.pci.domain, bus, slot, function);
  if (bus >= pci->n_buses || pci->buses[bus].model == CONTROLLER_MODEL_ABSENT)
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "PCI address 0000:%02x:%02x.%x: there is no PCI bus %u",
                 bus, slot, function, bus);
  bus_slots (pci->buses[bus].model, &first, &last);
  if (slot < first || slot > last)
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                 "PCI address 0000:%02x:%02x.%x: the slots of bus %u are %u to %u", bus, slot, function, bus, first, last);
  if (pci->buses[bus].functions[slot] & 1 << function)
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "PCI address 0000:%02x:%02x.%x is used twice", bus, slot,
                 function);
  if (device->is_bus && !bus_fits (pci->buses[bus].model, device->connect))
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                 "PCI address 0000:%02x:%02x.%x: a PCI controller of that model cannot be plugged into bus %u", bus, slot,
                 function, bus);
  if (pci->buses[bus].functions[slot] == 0)
    pci->buses[bus].shared[slot]
      = device->connect == CONNECT_ROOT_PORT && device->info->address.pci.multifunction != TRI_NO;
  pci->buses[bus].functions[slot] |= 1 << function;
  return true;
}

static unsigned int
add_bus (Pci *pci, DomainControllerModel model)
{
  pci->buses[pci->n_buses] = (PciBus) { .model = model };
  return pci->n_buses++;
}

/* The first free slot for @connect; a root port may share one. */
static bool
find_place (Pci *pci, Connect connect, unsigned int *ret_bus, unsigned int *ret_slot, unsigned int *ret_function)
{
  for (unsigned int bus = 0; bus < pci->n_buses; bus++)
    {
      unsigned int first, last;

      if (!bus_accepts (pci->buses[bus].model, connect))
        continue;
      bus_slots (pci->buses[bus].model, &first, &last);
      for (unsigned int slot = first; slot <= last; slot++)
        {
          uint8_t taken = pci->buses[bus].functions[slot];
          bool joins = connect == CONNECT_ROOT_PORT && pci->buses[bus].shared[slot] && taken != ALL_FUNCTIONS;

          if (taken != 0 && !joins)
            continue;
          *ret_bus = bus;
          *ret_slot = slot;
          *ret_function = __builtin_ctz (~taken);
          return true;
        }
    }
  return false;
}

static void
occupy (Pci *pci, Connect connect, unsigned int bus, unsigned int slot, unsigned int function)
{
  pci->buses[bus].functions[slot] |= 1 << function;
  pci->buses[bus].shared[slot] = connect == CONNECT_ROOT_PORT;
}

/* Makes room for @connect: a bus, and a place for the bus itself. */
static bool
grow (Pci *pci, Connect connect)
{
  Connect own = pci->has_pcie ? CONNECT_PCIE : CONNECT_PCI;
  unsigned int bus, slot, function;

  if (pci->n_buses + 2 > MAX_BUSES || (connect != CONNECT_PCI && connect != CONNECT_PCIE)
      || (connect == CONNECT_PCIE && !pci->has_pcie))
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                 "no PCI slot of the needed kind is left for a device, and none can be added");
  if (connect == CONNECT_PCIE)
    {
      add_bus (pci, CONTROLLER_MODEL_PCIE_ROOT_PORT);
      return true;
    }
  if (!find_place (pci, own, &bus, &slot, &function))
    {
      if (own == CONNECT_PCI)
        return add_bus (pci, CONTROLLER_MODEL_PCI_BRIDGE) != 0;
      bus = add_bus (pci, CONTROLLER_MODEL_PCIE_ROOT_PORT);
      slot = function = 0;
    }
  occupy (pci, own, bus, slot, function);
  add_bus (pci, pci->has_pcie ? CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE : CONTROLLER_MODEL_PCI_BRIDGE);
  return true;
}

static bool
reserve (Pci *pci, Connect connect, unsigned int *ret_bus, unsigned int *ret_slot, unsigned int *ret_function)
{
  while (!find_place (pci, connect, ret_bus, ret_slot, ret_function))
    if (!grow (pci, connect))
      return false;
  occupy (pci, connect, *ret_bus, *ret_slot, *ret_function);
  return true;
}

static unsigned int
ich9_function (const DomainController *usb)
{
  return usb->model == CONTROLLER_MODEL_ICH9_EHCI1 ? 7 : usb->model - CONTROLLER_MODEL_ICH9_UHCI1;
}

/* The functions of an ICH9 USB controller share a slot: that of the first of
 * them that has one. */
static bool
place_ich9 (Pci *pci, const PciDevice *device)
{
  unsigned int function = ich9_function (device->usb);
  unsigned int bus, slot, any;

  for (unsigned int i = 0; i < pci->n_devices; i++)
    {
      const PciDevice *other = &pci->devices[i];
      const DomainAddress *address = &other->info->address;

      if (other->usb == NULL || other->usb->index != device->usb->index || !has_place (other->info)
          || (pci->buses[address->pci.bus].functions[address->pci.slot] & 1 << function))
        continue;
      pci->buses[address->pci.bus].functions[address->pci.slot] |= 1 << function;
      set_place (device->info, address->pci.bus, address->pci.slot, function);
      return true;
    }
  if (!reserve (pci, device->connect, &bus, &slot, &any))
    return false;
  pci->buses[bus].functions[slot] = 1 << function;
  set_place (device->info, bus, slot, function);
  return true;
}

static bool
place_device (Pci *pci, const PciDevice *device)
{
  unsigned int bus, slot, function;

  if (has_place (device->info))
    return true;
  if (device->usb != NULL)
    return place_ich9 (pci, device);
  if (!reserve (pci, device->connect, &bus, &slot, &function))
    return false;
  set_place (device->info, bus, slot, function);
  return true;
}

/* Puts @info at a place of bus 0 unless it has one already or that is taken. */
static void
prefer_place (Pci *pci, DomainDeviceInfo *info, unsigned int slot, unsigned int function)
{
  if (has_place (info) || (pci->buses[0].functions[slot] & 1 << function)
      || (function == 0 && pci->buses[0].functions[slot] != 0))
    return;
  pci->buses[0].functions[slot] |= 1 << function;
  set_place (info, 0, slot, function);
}

/* The functions of the machine's own chips, so that nobody else takes them. */
static void
hold_functions (Pci *pci, unsigned int slot, uint8_t functions)
{
  pci->buses[0].functions[slot] |= functions;
}

static void
prefer_video (Pci *pci, unsigned int slot)
{
  const Domain *domain = pci->domain;

  if (domain->videos.n > 0 && video_connect (pci, domain->videos.items[0]) != CONNECT_NOT)
    prefer_place (pci, &domain->videos.items[0]->info, slot, 0);
}

static bool
prefer_pc (Pci *pci)
{
  DomainController *ide = domain_find_controller (pci->domain, CONTROLLER_TYPE_IDE, 0);
  DomainController *usb = domain_find_controller (pci->domain, CONTROLLER_TYPE_USB, 0);

  if (ide != NULL && !has_place (&ide->info) && (pci->buses[0].functions[1] & 1 << 1))
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                 "PCI address 0000:00:01.1 is used twice: the IDE controller is there");
  if (ide != NULL)
    prefer_place (pci, &ide->info, 1, 1);
  if (usb != NULL && usb->model == CONTROLLER_MODEL_PIIX3_UHCI)
    prefer_place (pci, &usb->info, 1, 2);
  if (pci->buses[0].functions[1] & ~(1 << 1 | 1 << 2))
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                 "PCI address 0000:00:01.0 is used twice: that slot is the machine's own");
  hold_functions (pci, 1, ALL_FUNCTIONS);
  prefer_video (pci, 2);
  return true;
}

/* Where the chips of the ICH9 would be. */
static void
prefer_q35 (Pci *pci)
{
  const Domain *domain = pci->domain;
  DomainController *sata = domain_find_controller (domain, CONTROLLER_TYPE_SATA, 0);

  if (sata != NULL)
    prefer_place (pci, &sata->info, 0x1f, 2);
  for EACH (controllers, i)
    if (domain->controllers.items[i]->model == CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE)
      prefer_place (pci, &domain->controllers.items[i]->info, 0x1e, 0);
  hold_functions (pci, 0x1f, 1 << 0 | 1 << 2 | 1 << 3);
  for EACH (controllers, i)
    {
      DomainController *controller = domain->controllers.items[i];

      if (controller->type == CONTROLLER_TYPE_USB && is_ich9_usb (controller) && controller->index < 2)
        {
          unsigned int slot = controller->index == 0 ? 0x1d : 0x1a, function = ich9_function (controller);

          if (!has_place (&controller->info) && !(pci->buses[0].functions[slot] & 1 << function))
            {
              pci->buses[0].functions[slot] |= 1 << function;
              set_place (&controller->info, 0, slot, function);
            }
        }
    }
  prefer_video (pci, 1);
  for EACH (sounds, i)
    if (domain->sounds.items[i]->model == SOUND_MODEL_ICH9)
      prefer_place (pci, &domain->sounds.items[i]->info, 0x1b, 0);
}

/* The buses that the domain's controllers make. */
static bool
collect_buses (Pci *pci)
{
  const Domain *domain = pci->domain;

  memset (pci->buses, 0, MAX_BUSES * sizeof (PciBus));
  pci->n_buses = 0;
  for EACH (controllers, i)
    {
      const DomainController *controller = domain->controllers.items[i];

      if (controller->type != CONTROLLER_TYPE_PCI)
        continue;
      if (controller->index < 0 || controller->index >= MAX_BUSES)
        return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "a PCI controller has index %d, above %d",
                     controller->index, MAX_BUSES - 1);
      pci->buses[controller->index].model = controller->model;
      pci->n_buses = MAX (pci->n_buses, (unsigned int) controller->index + 1);
    }
  return true;
}

/* Indexes that nobody uses become root ports or bridges too. */
static void
fill_gaps (Pci *pci)
{
  for (unsigned int bus = 1; bus < pci->n_buses; bus++)
    if (pci->buses[bus].model == CONTROLLER_MODEL_ABSENT)
      pci->buses[bus].model = pci->has_pcie ? CONTROLLER_MODEL_PCIE_ROOT_PORT : CONTROLLER_MODEL_PCI_BRIDGE;
}

/* The buses that addresses name must exist. */
static void
cover_addresses (Pci *pci)
{
  for (unsigned int i = 0; i < pci->n_devices; i++)
    if (pci->devices[i].info->address.type == ADDRESS_TYPE_PCI)
      pci->n_buses = MAX (pci->n_buses, MIN (pci->devices[i].info->address.pci.bus, MAX_BUSES - 1) + 1);
}

static bool
pass (Pci *pci, bool with_spare)
{
  unsigned int bus, slot, function;
  bool any_new = false;

  if (!collect_buses (pci))
    return false;
  cover_addresses (pci);
  fill_gaps (pci);
  for (unsigned int i = 0; i < pci->n_devices; i++)
    if (pci->devices[i].info->address.type == ADDRESS_TYPE_PCI && has_place (pci->devices[i].info)
        && !take_place (pci, &pci->devices[i]))
      return false;
  if (domain_is_q35 (pci->domain))
    prefer_q35 (pci);
  else if (!prefer_pc (pci))
    return false;
  for (unsigned int i = 0; i < pci->n_devices; i++)
    {
      any_new = any_new
                || (!has_place (pci->devices[i].info) && !pci->devices[i].is_bus && pci->devices[i].connect == CONNECT_PCIE);
      if (!place_device (pci, &pci->devices[i]))
        return false;
    }
  return !with_spare || !any_new || !pci->has_pcie || reserve (pci, CONNECT_PCIE, &bus, &slot, &function);
}

static DomainPciModelName
bus_model_name (DomainControllerModel model)
{
  return model == CONTROLLER_MODEL_PCIE_ROOT_PORT      ? PCI_MODEL_NAME_PCIE_ROOT_PORT
         : model == CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE ? PCI_MODEL_NAME_PCIE_PCI_BRIDGE
                                                        : PCI_MODEL_NAME_PCI_BRIDGE;
}

/* Adds controllers for the buses that the pass made. Returns whether there
 * were any. */
static bool
add_new_controllers (Pci *pci)
{
  bool added = false;

  for (unsigned int bus = 1; bus < pci->n_buses; bus++)
    if (domain_find_controller (pci->domain, CONTROLLER_TYPE_PCI, (int) bus) == NULL)
      {
        DomainController *controller = domain_controller_new (CONTROLLER_TYPE_PCI, (int) bus, pci->buses[bus].model);

        controller->pci.model_name = bus_model_name (controller->model);
        xml_list_append (&pci->domain->controllers, controller);
        added = true;
      }
  return added;
}

/* Numbers that the guest sees of a port follow from its place. */
static void
complete_controller (DomainController *controller)
{
  const DomainAddress *address = &controller->info.address;

  switch (controller->model)
    {
    case CONTROLLER_MODEL_PCI_BRIDGE:
      if (controller->pci.chassis_nr < 0)
        controller->pci.chassis_nr = controller->index;
      break;
    case CONTROLLER_MODEL_PCIE_ROOT_PORT: case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      if (controller->pci.chassis < 0)
        controller->pci.chassis = controller->index;
      if (controller->pci.port == UINT_MAX)
        controller->pci.port = controller->model == CONTROLLER_MODEL_PCIE_ROOT_PORT
                                 ? (address->pci.slot << 3 | address->pci.function) & 0xff
                                 : address->pci.slot;
      break;
    default:
      break;
    }
}

/* Function 0 of a slot with several functions must say so. */
static void
mark_multifunction (Pci *pci)
{
  for (unsigned int i = 0; i < pci->n_devices; i++)
    {
      DomainAddress *address = &pci->devices[i].info->address;

      if (address->type == ADDRESS_TYPE_PCI && address->pci.function == 0 && address->pci.multifunction == TRI_ABSENT
          && (pci->buses[address->pci.bus].functions[address->pci.slot] & ~1) != 0)
        address->pci.multifunction = TRI_YES;
    }
}

static bool
assign (Pci *pci)
{
  const Domain *domain = pci->domain;

  for (bool first = true;; first = false)
    {
      g_autofree DomainAddress *before = NULL;

      collect_devices (pci);
      before = g_new (DomainAddress, pci->n_devices + 1);
      for (unsigned int i = 0; i < pci->n_devices; i++)
        before[i] = pci->devices[i].info->address;
      if (!pass (pci, first))
        return false;
      if (!add_new_controllers (pci))
        break;
      for (unsigned int i = 0; i < pci->n_devices; i++)
        pci->devices[i].info->address = before[i];
    }
  mark_multifunction (pci);
  for EACH (controllers, i)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI)
      complete_controller (domain->controllers.items[i]);
  return true;
}

bool
domain_assign_pci (Domain *domain, const DomainPlatform *platform, GError **error)
{
  Pci pci = { .domain = domain, .has_pcie = domain_has_pcie (domain), .error = error };
  bool ok;

  if (!domain_has_pci (domain))
    return true;
  pci.buses = g_new (PciBus, MAX_BUSES);
  ok = assign (&pci);
  g_free (pci.buses);
  g_free (pci.devices);
  return ok;
}
