/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-pci.c: slots on PCI and PCI Express buses.
 *
 * A pass takes the slots that the document names, then those that the machine
 * prescribes, then gives one to each device that has none, controllers first.
 * Where no bus has room, the pass makes a new one: a root port, or a bridge. If
 * it made any, their controllers join the domain and the pass is done again
 * from the beginning, until all fits. */
#include "model/domain/address-pci.h"

#include <string.h>

#define MAX_SLOTS 32
#define ALL_FUNCTIONS 0xff
#define EACH(list_, i_) (unsigned int i_ = 0; i_ < domain->list_.n; i_++)

typedef struct
{
  DomainControllerModel model;
  uint8_t functions[MAX_SLOTS]; /* taken, a bit each */
  bool shared[MAX_SLOTS];       /* holds root ports, more may join */
  unsigned int isolation;       /* the group of its devices */
} PciBus;

typedef struct
{
  Domain *domain;
  const DomainPlatform *platform;
  const DomainMachine *machine;
  bool has_pcie;
  PciBus *buses;
  unsigned int n_buses;
  PciDevice *devices;
  unsigned int n_devices;
  GError **error;
} Pci;

static bool
bus_accepts (DomainControllerModel model, PciConnect connect)
{
  switch (model)
    {
    case CONTROLLER_MODEL_PCI_ROOT:
      return connect == CONNECT_PCI || connect == CONNECT_BRIDGE || connect == CONNECT_EXPANDER;
    case CONTROLLER_MODEL_PCI_BRIDGE: case CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE: case CONTROLLER_MODEL_PCI_EXPANDER_BUS:
      return connect == CONNECT_PCI || connect == CONNECT_BRIDGE;
    case CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE:
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

static void
set_place (DomainDeviceInfo *info, unsigned int bus, unsigned int slot, unsigned int function)
{
  info->address.type = ADDRESS_TYPE_PCI;
  info->address.pci.domain = 0;
  info->address.pci.bus = bus;
  info->address.pci.slot = slot;
  info->address.pci.function = function;
  info->address.pci.multifunction = TRI_ABSENT;
}

/* Whether a bus may be put on another by hand. */
static bool
bus_fits (DomainControllerModel on, PciConnect connect)
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
  pci->buses[bus].isolation = MAX (pci->buses[bus].isolation, device->isolation);
  return true;
}

static unsigned int
add_bus (Pci *pci, DomainControllerModel model)
{
  pci->buses[pci->n_buses] = (PciBus) { .model = model };
  return pci->n_buses++;
}

/* Devices of a group keep to buses of their own. */
static bool
bus_isolates (const PciBus *bus, unsigned int number, unsigned int isolation)
{
  if (bus->isolation == isolation)
    return true;
  for (unsigned int slot = 0; slot < MAX_SLOTS; slot++)
    if (bus->functions[slot] != 0)
      return false;
  return number > 0 && bus->isolation == 0;
}

/* The first free slot for @connect; a root port may share one. */
static bool
find_place (Pci *pci, PciConnect connect, unsigned int isolation, unsigned int *ret_bus, unsigned int *ret_slot, unsigned int *ret_function)
{
  for (unsigned int bus = 0; bus < pci->n_buses; bus++)
    {
      unsigned int first, last;

      if (!bus_accepts (pci->buses[bus].model, connect) || !bus_isolates (&pci->buses[bus], bus, isolation))
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
occupy (Pci *pci, PciConnect connect, unsigned int bus, unsigned int slot, unsigned int function)
{
  pci->buses[bus].functions[slot] |= 1 << function;
  pci->buses[bus].shared[slot] = connect == CONNECT_ROOT_PORT;
}

/* A conventional bus of PCI Express hangs on a bridge, which has a place itself. */
static bool
grow_conventional (Pci *pci)
{
  bool has_bridge = domain_has_device (pci->domain, pci->platform, "pcie-pci-bridge");
  unsigned int bus, slot, function;

  if ((!pci->has_pcie || !has_bridge) && find_place (pci, CONNECT_BRIDGE, 0, &bus, &slot, &function))
    {
      occupy (pci, CONNECT_BRIDGE, bus, slot, function);
      add_bus (pci, CONTROLLER_MODEL_PCI_BRIDGE);
    }
  else if (!pci->has_pcie)
    add_bus (pci, CONTROLLER_MODEL_PCI_BRIDGE);     /* the next pass gives it its place before other devices */
  else if (has_bridge)
    {
      occupy (pci, CONNECT_PCIE, add_bus (pci, CONTROLLER_MODEL_PCIE_ROOT_PORT), 0, 0);
      add_bus (pci, CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE);
    }
  else if (find_place (pci, CONNECT_ROOT, 0, &bus, &slot, &function))
    {
      occupy (pci, CONNECT_ROOT, bus, slot, function);
      add_bus (pci, CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE);
    }
  else
    return false;
  return true;
}

/* Makes room for @connect: a bus, and a place for the bus itself. */
static bool
grow (Pci *pci, PciConnect connect, unsigned int isolation)
{
  bool ok = pci->n_buses > 0 && pci->n_buses + 2 <= PCI_MAX_BUSES;

  if (ok && connect == CONNECT_PCIE && pci->has_pcie)
    add_bus (pci, CONTROLLER_MODEL_PCIE_ROOT_PORT);
  else if (ok && connect == CONNECT_PCI && pci->machine->has_many_roots)
    pci->buses[add_bus (pci, CONTROLLER_MODEL_PCI_ROOT)].isolation = isolation;
  else if (ok && (connect == CONNECT_PCI || connect == CONNECT_BRIDGE)
           && (pci->has_pcie || domain_has_device (pci->domain, pci->platform, "pci-bridge")))
    ok = grow_conventional (pci);
  else
    ok = false;
  return ok
         || fail (pci->error, VIR_FROM_DOMAIN, pci->n_buses == 0 ? VIR_ERR_XML_ERROR : VIR_ERR_INTERNAL_ERROR,
                  pci->n_buses == 0 ? "machine type '%s' has no PCI bus, which a device needs"
                                    : "no PCI slot of the needed kind is left for a device of machine type '%s', and none can be added",
                  pci->domain->os.machine);
}

static bool
reserve (Pci *pci, PciConnect connect, unsigned int isolation, unsigned int *ret_bus, unsigned int *ret_slot,
         unsigned int *ret_function)
{
  while (!find_place (pci, connect, isolation, ret_bus, ret_slot, ret_function))
    if (!grow (pci, connect, isolation))
      return false;
  occupy (pci, connect, *ret_bus, *ret_slot, *ret_function);
  pci->buses[*ret_bus].isolation = isolation;
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

      if (other->usb == NULL || other->usb->index != device->usb->index || address->type != ADDRESS_TYPE_PCI
          || !domain_has_place (other->info)
          || (pci->buses[address->pci.bus].functions[address->pci.slot] & 1 << function))
        continue;
      pci->buses[address->pci.bus].functions[address->pci.slot] |= 1 << function;
      set_place (device->info, address->pci.bus, address->pci.slot, function);
      return true;
    }
  if (!reserve (pci, device->connect, device->isolation, &bus, &slot, &any))
    return false;
  pci->buses[bus].functions[slot] = 1 << function;
  set_place (device->info, bus, slot, function);
  return true;
}

static bool
place_device (Pci *pci, const PciDevice *device)
{
  unsigned int bus, slot, function;

  if (domain_has_place (device->info))
    return true;
  if (device->usb != NULL)
    return place_ich9 (pci, device);
  if (!reserve (pci, device->connect, device->isolation, &bus, &slot, &function))
    return false;
  set_place (device->info, bus, slot, function);
  return true;
}

/* Puts @info at a place of bus 0 unless it has one already or that is taken. */
static void
prefer_place (Pci *pci, DomainDeviceInfo *info, unsigned int slot, unsigned int function)
{
  if (domain_has_place (info) || (pci->buses[0].functions[slot] & 1 << function)
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

/* The first card comes before all other devices, be it elsewhere. */
static bool
prefer_video (Pci *pci, unsigned int slot)
{
  const Domain *domain = pci->domain;

  if (domain->videos.n == 0 || !domain_video_is_on_pci (domain->videos.items[0]))
    return true;
  prefer_place (pci, &domain->videos.items[0]->info, slot, 0);
  for (unsigned int i = 0; i < pci->n_devices; i++)
    if (pci->devices[i].info == &domain->videos.items[0]->info)
      return place_device (pci, &pci->devices[i]);
  return true;
}

/* Whether @controller, if there is one, may be at that place of bus 0. */
static bool
is_at (const DomainController *controller, unsigned int slot, unsigned int function)
{
  const DomainAddress *address = controller != NULL ? &controller->info.address : NULL;

  return address == NULL || !domain_has_place (&controller->info)
         || (address->type == ADDRESS_TYPE_PCI && address->pci.bus == 0 && address->pci.slot == slot
             && address->pci.function == function);
}

static bool
prefer_pc (Pci *pci)
{
  DomainController *ide = domain_find_controller (pci->domain, CONTROLLER_TYPE_IDE, 0);
  DomainController *usb = domain_find_controller (pci->domain, CONTROLLER_TYPE_USB, 0);

  if (!is_at (ide, 1, 1) || (usb != NULL && usb->model == CONTROLLER_MODEL_PIIX3_UHCI && !is_at (usb, 1, 2)))
    return fail (pci->error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "IDE controller 0 is at PCI address 0000:00:01.1 and PIIX3 USB controller 0 at 0000:00:01.2, nowhere else");
  if (ide != NULL && !domain_has_place (&ide->info) && (pci->buses[0].functions[1] & 1 << 1))
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                 "PCI address 0000:00:01.1 is used twice: the IDE controller is there");
  if (ide != NULL)
    prefer_place (pci, &ide->info, 1, 1);
  if (usb != NULL && (usb->model == CONTROLLER_MODEL_PIIX3_UHCI || usb->model == CONTROLLER_MODEL_ABSENT))
    prefer_place (pci, &usb->info, 1, 2);
  if (pci->buses[0].functions[1] & ~(1 << 1 | 1 << 2))
    return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                 "PCI address 0000:00:01.0 is used twice: that slot is the machine's own");
  hold_functions (pci, 1, ALL_FUNCTIONS);
  return prefer_video (pci, 2);
}

/* Where the chips of the ICH9 would be. */
static bool
prefer_q35 (Pci *pci)
{
  const Domain *domain = pci->domain;
  DomainController *sata = domain_find_controller (domain, CONTROLLER_TYPE_SATA, 0);

  if (!is_at (sata, 0x1f, 2))
    return fail (pci->error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "SATA controller 0 is at PCI address 0000:00:1f.2, nowhere else");
  if (sata != NULL)
    prefer_place (pci, &sata->info, 0x1f, 2);
  for EACH (controllers, i)
    if (domain->controllers.items[i]->model == CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE)
      prefer_place (pci, &domain->controllers.items[i]->info, 0x1e, 0);
  hold_functions (pci, 0x1f, 1 << 0 | 1 << 2 | 1 << 3);
  for EACH (controllers, i)
    if (domain->controllers.items[i]->model == CONTROLLER_MODEL_ICH9_UHCI1)
      {
        /* The others of a USB 2 controller follow to the same slot. */
        prefer_place (pci, &domain->controllers.items[i]->info, 0x1d, 0);
        prefer_place (pci, &domain->controllers.items[i]->info, 0x1a, 0);
      }
  if (!prefer_video (pci, 1))
    return false;
  for EACH (sounds, i)
    if (domain->sounds.items[i]->model == SOUND_MODEL_ICH9)
      prefer_place (pci, &domain->sounds.items[i]->info, 0x1b, 0);
  return true;
}

/* The buses that the domain's controllers make. */
static bool
collect_buses (Pci *pci)
{
  const Domain *domain = pci->domain;

  memset (pci->buses, 0, PCI_MAX_BUSES * sizeof (PciBus));
  pci->n_buses = 0;
  for EACH (controllers, i)
    {
      const DomainController *controller = domain->controllers.items[i];

      if (controller->type != CONTROLLER_TYPE_PCI)
        continue;
      if (controller->index < 0 || controller->index >= PCI_MAX_BUSES)
        return fail (pci->error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "a PCI controller has index %d, above %d",
                     controller->index, PCI_MAX_BUSES - 1);
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
      pci->buses[bus].model = pci->has_pcie                  ? CONTROLLER_MODEL_PCIE_ROOT_PORT
                              : pci->machine->has_many_roots ? CONTROLLER_MODEL_PCI_ROOT
                                                             : CONTROLLER_MODEL_PCI_BRIDGE;
}

static bool
has_bridge_bus (const Pci *pci)
{
  for (unsigned int bus = 0; bus < pci->n_buses; bus++)
    if (bus_accepts (pci->buses[bus].model, CONNECT_BRIDGE))
      return true;
  return false;
}

/* Conventional buses need one that a bridge can be plugged into. */
static void
extend (Pci *pci, PciConnect connect, unsigned int bus)
{
  bool is_conventional = pci->has_pcie && (connect == CONNECT_PCI || connect == CONNECT_BRIDGE);

  if (is_conventional && !has_bridge_bus (pci) && domain_has_device (pci->domain, pci->platform, "pcie-pci-bridge"))
    {
      occupy (pci, CONNECT_PCIE, add_bus (pci, CONTROLLER_MODEL_PCIE_ROOT_PORT), 0, 0);
      add_bus (pci, CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE);
    }
  else if (is_conventional && !has_bridge_bus (pci))
    add_bus (pci, CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE);
  while (pci->n_buses <= bus && pci->n_buses < PCI_MAX_BUSES)
    add_bus (pci, is_conventional ? CONTROLLER_MODEL_PCI_BRIDGE : CONTROLLER_MODEL_ABSENT);
}

/* The buses that addresses name must exist. */
static void
cover_addresses (Pci *pci)
{
  for (unsigned int i = 0; i < pci->n_devices; i++)
    {
      const DomainAddress *address = &pci->devices[i].info->address;

      if (address->type == ADDRESS_TYPE_PCI && address->pci.bus >= pci->n_buses && pci->n_buses > 0
          && pci->n_buses + 2 < PCI_MAX_BUSES)
        extend (pci, pci->devices[i].connect, address->pci.bus);
    }
}

/* Whether the document itself fills every slot. */
static bool
is_full (const Pci *pci)
{
  for (unsigned int bus = 0; bus < pci->n_buses; bus++)
    {
      unsigned int first, last;

      bus_slots (pci->buses[bus].model, &first, &last);
      for (unsigned int slot = first; slot <= last; slot++)
        if (pci->buses[bus].functions[slot] == 0)
          return false;
    }
  return true;
}

/* Whether another conventional bus may be needed soon: then there should be a
 * slot for its bridge. */
static bool
wants_bridge_slot (const Pci *pci)
{
  return !pci->has_pcie && !pci->machine->has_many_roots && !is_full (pci)
         && domain_has_device (pci->domain, pci->platform, "pci-bridge");
}

/* Whether the document leaves all buses but the machine's own to us. */
static bool
has_own_buses_only (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI && domain->controllers.items[i]->index > 0)
      return false;
  return true;
}

/* A port, or slot of a bridge, to plug something in later. */
static bool
reserve_spare (Pci *pci, bool any_new, bool wants_slot)
{
  unsigned int bus, slot, function;

  if (pci->has_pcie)
    return !any_new || !has_own_buses_only (pci->domain) || reserve (pci, CONNECT_PCIE, 0, &bus, &slot, &function);
  return !wants_slot || reserve (pci, CONNECT_BRIDGE, 0, &bus, &slot, &function);
}

static bool
pass (Pci *pci, bool with_spare)
{
  unsigned int before;
  bool any_new = false, wants_slot, any_port;

  if (!collect_buses (pci))
    return false;
  fill_gaps (pci);
  before = pci->n_buses;
  cover_addresses (pci);
  any_port = pci->n_buses > before && pci->buses[before].model == CONTROLLER_MODEL_PCIE_ROOT_PORT;
  fill_gaps (pci);
  before = pci->n_buses;
  for (unsigned int i = 0; i < pci->n_devices; i++)
    if (pci->devices[i].info->address.type == ADDRESS_TYPE_PCI && domain_has_place (pci->devices[i].info)
        && !take_place (pci, &pci->devices[i]))
      return domain_blame (pci->domain, pci->devices[i].info, pci->error);
  if (pci->machine->kind == MACHINE_Q35 && !prefer_q35 (pci))
    return false;
  if (pci->machine->kind == MACHINE_I440FX && !prefer_pc (pci))
    return false;
  wants_slot = wants_bridge_slot (pci);
  for (unsigned int i = 0; i < pci->n_devices; i++)
    {
      any_new = any_new
                || (!domain_has_place (pci->devices[i].info) && !pci->devices[i].is_bus && pci->devices[i].connect == CONNECT_PCIE);
      if (!place_device (pci, &pci->devices[i]))
        return domain_blame (pci->domain, pci->devices[i].info, pci->error);
    }
  return !with_spare || reserve_spare (pci, any_new || any_port || pci->n_buses > before, wants_slot);
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

        controller->pci.model_name = controller->model == CONTROLLER_MODEL_PCI_ROOT
                                       ? PCI_MODEL_NAME_SPAPR_PCI_HOST_BRIDGE
                                       : domain_pci_model_name (pci->domain, pci->platform, controller->model);
        xml_list_append (&pci->domain->controllers, controller);
        added = true;
      }
  return added;
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
  for (bool first = true;; first = false)
    {
      g_autofree DomainAddress *before = NULL;

      g_free (pci->devices);
      pci->devices = domain_pci_devices (pci->domain, pci->platform);
      pci->n_devices = 0;
      while (pci->devices[pci->n_devices].info != NULL)
        pci->n_devices++;
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
  domain_complete_pci_controllers (pci->domain);
  return true;
}

bool
domain_assign_pci (Domain *domain, const DomainPlatform *platform, GError **error)
{
  const DomainMachine *machine = domain_machine (domain);
  Pci pci = { .domain = domain, .platform = platform, .machine = machine, .has_pcie = domain_has_pcie (domain), .error = error };
  bool has_root = domain_find_controller (domain, CONTROLLER_TYPE_PCI, 0) != NULL;
  bool ok;

  if (machine->is_without_pci || (!has_root && machine->virtio == VIRTIO_BUS_MMIO))
    return true;
  pci.buses = g_new (PciBus, PCI_MAX_BUSES);
  ok = assign (&pci);
  g_free (pci.buses);
  g_free (pci.devices);
  return ok;
}
