/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-usb.c: ports on USB buses.
 *
 * Each bus is a tree of hubs, the first of which is the controller itself. What
 * has a port takes it; then hubs get theirs, then all others. If there are
 * fewer ports than devices, hubs join the domain. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"

#define MAX_PORTS 16
#define HUB_PORTS 8

typedef struct UsbHub UsbHub;
struct UsbHub
{
  unsigned int n_ports;
  bool taken[MAX_PORTS + 1];    /* [0] is unused */
  UsbHub *hubs[MAX_PORTS + 1];
};

typedef struct
{
  unsigned int index;           /* of the controller */
  UsbHub hub;
} UsbBus;

typedef struct
{
  UsbBus *buses;
  unsigned int n;
} Usb;

static void
free_hubs (UsbHub *hub)
{
  for (unsigned int port = 1; port <= hub->n_ports; port++)
    if (hub->hubs[port] != NULL)
      {
        free_hubs (hub->hubs[port]);
        g_free (hub->hubs[port]);
      }
}

static void
usb_clear (Usb *usb)
{
  for (unsigned int i = 0; i < usb->n; i++)
    free_hubs (&usb->buses[i].hub);
  g_free (usb->buses);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Usb, usb_clear)

static unsigned int
controller_ports (const DomainController *controller)
{
  switch (controller->model)
    {
    case CONTROLLER_MODEL_ABSENT: case CONTROLLER_MODEL_PIIX3_UHCI: case CONTROLLER_MODEL_PIIX4_UHCI: case CONTROLLER_MODEL_VT82C686B_UHCI:
      return 2;
    case CONTROLLER_MODEL_EHCI: case CONTROLLER_MODEL_ICH9_EHCI1:
      return 6;
    case CONTROLLER_MODEL_PCI_OHCI:
      return 3;
    case CONTROLLER_MODEL_NEC_XHCI: case CONTROLLER_MODEL_QEMU_XHCI:
      return controller->ports > 0 ? MIN (controller->ports, MAX_PORTS) : 4;
    default:
      return 0;
    }
}

static void
collect_buses (const Domain *domain, Usb *usb)
{
  usb->buses = g_new0 (UsbBus, domain->controllers.n + 1);
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      const DomainController *controller = domain->controllers.items[i];
      unsigned int ports = controller->type == CONTROLLER_TYPE_USB ? controller_ports (controller) : 0;

      if (ports > 0)
        usb->buses[usb->n++] = (UsbBus) { .index = controller->index, .hub.n_ports = ports };
    }
}

/* The devices but hubs, in the order in which they get their ports. */
static GPtrArray *
usb_devices (const Domain *domain)
{
  GPtrArray *infos = g_ptr_array_new ();

#define ADD(list_, condition_)                                                 \
  for (unsigned int i = 0; i < domain->list_.n; i++)                           \
    if (domain->list_.items[i]->condition_)                                    \
      g_ptr_array_add (infos, &domain->list_.items[i]->info)
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    if (domain->interfaces.items[i]->host != NULL && domain->interfaces.items[i]->host->bus == INTERFACE_HOST_BUS_USB)
      g_ptr_array_add (infos, &domain->interfaces.items[i]->info);
  ADD (hostdevs, type == HOSTDEV_TYPE_USB);
  ADD (disks, target.bus == DISK_BUS_USB);
  ADD (controllers, type == CONTROLLER_TYPE_CCID);
  ADD (inputs, bus == INPUT_BUS_USB);
  ADD (serials, target == CHARDEV_TARGET_USB_SERIAL);
  ADD (sounds, model == SOUND_MODEL_USB);
  ADD (redirdevs, bus == REDIRDEV_BUS_USB);
#undef ADD
  return infos;
}

static bool
has_port (const DomainAddress *address)
{
  return address->type == ADDRESS_TYPE_USB && address->usb.port[0] != 0;
}

static bool
needs_port (const DomainAddress *address)
{
  return address->type == ADDRESS_TYPE_ABSENT || (address->type == ADDRESS_TYPE_USB && address->usb.port[0] == 0);
}

/* The hub that the port of @address is on, and its number there. */
static UsbHub *
find_hub (Usb *usb, const DomainAddress *address, unsigned int *ret_port, GError **error)
{
  const uint8_t *path = address->usb.port;
  UsbHub *hub = NULL;

  for (unsigned int i = 0; i < usb->n; i++)
    if (usb->buses[i].index == address->usb.bus)
      hub = &usb->buses[i].hub;
  if (hub == NULL)
    {
      fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "there is no USB bus %u", address->usb.bus);
      return NULL;
    }
  for (unsigned int depth = 0;; depth++)
    {
      if (path[depth] > hub->n_ports)
        {
          fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "there is no USB port %u on a hub of bus %u, which has %u", path[depth],
                address->usb.bus, hub->n_ports);
          return NULL;
        }
      *ret_port = path[depth];
      if (depth + 1 == DOMAIN_USB_PORT_DEPTH || path[depth + 1] == 0)
        return hub;
      hub = hub->hubs[path[depth]];
      if (hub == NULL)
        {
          fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "there is no hub at USB port %u of bus %u", path[depth],
                address->usb.bus);
          return NULL;
        }
    }
}

/* Takes the port that @address names; a hub brings new ones. */
static bool
take_port (Usb *usb, const DomainAddress *address, bool is_hub, GError **error)
{
  unsigned int port;
  UsbHub *hub = find_hub (usb, address, &port, error);

  if (hub == NULL)
    return false;
  if (hub->taken[port])
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "a USB port %u of bus %u is used twice", port, address->usb.bus);
  hub->taken[port] = true;
  if (is_hub)
    {
      hub->hubs[port] = g_new0 (UsbHub, 1);
      hub->hubs[port]->n_ports = HUB_PORTS;
    }
  return true;
}

/* The first free port of @hub, then of the hubs on it. */
static bool
find_free (const UsbHub *hub, uint8_t *path, unsigned int depth)
{
  for (unsigned int port = 1; port <= hub->n_ports; port++)
    if (!hub->taken[port])
      {
        path[depth] = port;
        return true;
      }
  for (unsigned int port = 1; port <= hub->n_ports && depth + 1 < DOMAIN_USB_PORT_DEPTH; port++)
    if (hub->hubs[port] != NULL && find_free (hub->hubs[port], path, depth + 1))
      {
        path[depth] = port;
        return true;
      }
  return false;
}

static bool
give_port (Usb *usb, DomainAddress *address, bool is_hub, GError **error)
{
  bool any_bus = address->type == ADDRESS_TYPE_ABSENT;

  for (unsigned int i = 0; i < usb->n; i++)
    {
      DomainAddress free = { .type = ADDRESS_TYPE_USB, .usb.bus = usb->buses[i].index };

      if ((!any_bus && usb->buses[i].index != address->usb.bus) || !find_free (&usb->buses[i].hub, free.usb.port, 0))
        continue;
      *address = free;
      return take_port (usb, address, is_hub, error);
    }
  if (any_bus)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "no USB port is left");
  return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "no port is left on USB bus %u, or there is no such bus", address->usb.bus);
}

static unsigned int
count_free (const UsbHub *hub)
{
  unsigned int n = 0;

  for (unsigned int port = 1; port <= hub->n_ports; port++)
    n += !hub->taken[port] + (hub->hubs[port] != NULL ? count_free (hub->hubs[port]) : 0);
  return n;
}

/* Adds the hubs that @wanted devices take: one more than would do if they fill up. */
static bool
add_hubs (Domain *domain, Usb *usb, unsigned int wanted, GError **error)
{
  unsigned int have = 0, n;

  for (unsigned int i = 0; i < usb->n; i++)
    have += count_free (&usb->buses[i].hub);
  n = wanted > have ? (wanted - have + 1 + HUB_PORTS - 2) / (HUB_PORTS - 1) : 0;
  for (unsigned int i = 0; i < n; i++)
    {
      DomainHub *hub = xml_new (&domain_hub_schema);

      hub->type = HUB_TYPE_USB;
      xml_list_append (&domain->hubs, hub);
      if (!give_port (usb, &hub->info.address, true, error))
        return false;
    }
  return true;
}

static bool
check_enabled (const Domain *domain, const GPtrArray *infos, GError **error)
{
  bool has_input = false, is_off = false;

  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_USB)
      {
        if (domain->controllers.items[i]->model != CONTROLLER_MODEL_NONE)
          return true;
        is_off = true;
      }
  if (infos->len + domain->hubs.n == 0)
    return true;
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    has_input = has_input || domain->inputs.items[i]->bus == INPUT_BUS_USB;
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    has_input = has_input || domain->hostdevs.items[i]->type == HOSTDEV_TYPE_USB;
  return fail (error, is_off && (domain->hubs.n > 0 || has_input) ? VIR_FROM_DOMAIN : VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
               "a device is on the USB bus, which is disabled");
}

/* Gives ports to all that have none. */
static bool
give_ports (Domain *domain, Usb *usb, const GPtrArray *infos, unsigned int wanted, GError **error)
{
  for (unsigned int i = 0; i < domain->hubs.n; i++)
    if (needs_port (&domain->hubs.items[i]->info.address) && !give_port (usb, &domain->hubs.items[i]->info.address, true, error))
      return false;
  if (!add_hubs (domain, usb, wanted, error))
    return false;
  for (unsigned int i = 0; i < infos->len; i++)
    {
      DomainAddress *address = &((DomainDeviceInfo *) infos->pdata[i])->address;

      if (needs_port (address) && !give_port (usb, address, false, error))
        return false;
    }
  return true;
}

bool
domain_assign_usb (Domain *domain, const DomainPlatform *platform, GError **error)
{
  g_autoptr (GPtrArray) infos = usb_devices (domain);
  g_auto (Usb) usb = { 0 };
  unsigned int wanted = 0;

  if (!check_enabled (domain, infos, error))
    return false;
  collect_buses (domain, &usb);
  for (unsigned int i = 0; i < domain->hubs.n; i++)
    if (has_port (&domain->hubs.items[i]->info.address)
        && !take_port (&usb, &domain->hubs.items[i]->info.address, true, error))
      return false;
  for (unsigned int i = 0; i < infos->len; i++)
    {
      const DomainAddress *address = &((DomainDeviceInfo *) infos->pdata[i])->address;

      if (has_port (address) && !take_port (&usb, address, false, error))
        return false;
      wanted += needs_port (address);
    }
  if (platform->is_usb_late)
    return true;
  return platform->is_usb_late || give_ports (domain, &usb, infos, wanted, error);
}
