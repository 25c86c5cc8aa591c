/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/paths.h"

/* --- virtual functions ------------------------------------------------------------------------- */

static char *
pci_name (const PciAddress *address)
{
  return g_strdup_printf ("%04x:%02x:%02x.%x", address->domain, address->bus, address->slot, address->function);
}

/* @entry of the device @name of the class or bus that is @folder. */
static char *
sys_path (const char *folder, const char *name, const char *entry)
{
  g_autofree char *path = g_build_filename ("/sys", folder, name, entry, NULL);

  return path_host (path);
}

bool
pool_check (const Network *live, GError **error)
{
  for (unsigned int i = 0; live->forward.mode == NETWORK_FORWARD_HOSTDEV && i < live->forward.addresses.n; i++)
    {
      g_autofree char *name = pci_name (&live->forward.addresses.items[i]->pci);
      g_autofree char *parent = sys_path ("bus/pci/devices", name, "physfn");

      if (!g_file_test (parent, G_FILE_TEST_EXISTS))
        return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED,
                     "the PCI device %s of network '%s' is no virtual function (SR-IOV) of a network card", name, live->name);
    }
  return true;
}

static int
compare_numbers (const void *a, const void *b)
{
  const unsigned int *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

/* The numbers of the links "virtfnN" in @folder, in their order. */
static GArray *
function_numbers (const char *folder)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (unsigned int));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;
  unsigned int number;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (sscanf (entry, "virtfn%u", &number) == 1)
      g_array_append_val (numbers, number);
  g_array_sort (numbers, compare_numbers);
  return numbers;
}

static bool
add_address (Network *live, const char *function)
{
  g_autofree char *target = g_file_read_link (function, NULL);
  g_autofree char *name = target != NULL ? g_path_get_basename (target) : NULL;
  PciAddress pci;
  NetworkForwardAddress *address;

  if (name == NULL || sscanf (name, "%x:%x:%x.%x", &pci.domain, &pci.bus, &pci.slot, &pci.function) != 4)
    return false;
  address = g_new0 (NetworkForwardAddress, 1);
  address->type = NETWORK_ADDRESS_PCI;
  address->pci = pci;
  xml_list_append (&live->forward.addresses, address);
  return true;
}

/* A function that has no network device is bound to another driver: it may be in use by a guest. */
static bool
add_device (Network *live, const char *function)
{
  g_autofree char *path = g_build_filename (function, "net", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;
  NetworkForwardInterface *interface;

  if (name == NULL)
    return false;
  interface = xml_new (&network_forward_interface_schema);
  interface->dev = g_strdup (name);
  xml_list_append (&live->forward.interfaces, interface);
  return true;
}

static bool
list_functions (Network *live, GError **error)
{
  const char *pf = live->forward.pf.dev;
  g_autofree char *folder = sys_path ("class/net", pf, "device");
  g_autoptr (GArray) numbers = function_numbers (folder);
  unsigned int added = 0;

  for (unsigned int i = 0; i < numbers->len; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/virtfn%u", folder, g_array_index (numbers, unsigned int, i));

      added += live->forward.mode == NETWORK_FORWARD_HOSTDEV ? add_address (live, path) : add_device (live, path);
    }
  if (added > 0)
    return true;
  if (numbers->len > 0)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                 "network '%s': none of the %u virtual functions of '%s' has a network device", live->name, numbers->len, pf);
  return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s': '%s' has no virtual functions (SR-IOV)",
               live->name, pf);
}

bool
pool_fill (Network *live, GError **error)
{
  if (!pool_check (live, error))
    return false;
  if (live->forward.pf.dev == NULL || live->forward.interfaces.n > 0 || live->forward.addresses.n > 0)
    return true;
  return list_functions (live, error);
}

/* --- choosing ------------------------------------------------------------------------------------ */

static const NetworkPlugMode plug_modes[NETWORK_FORWARD_LAST] = {
  [NETWORK_FORWARD_BRIDGE] = NETWORK_PLUG_MODE_BRIDGE, [NETWORK_FORWARD_PRIVATE] = NETWORK_PLUG_MODE_PRIVATE,
  [NETWORK_FORWARD_VEPA] = NETWORK_PLUG_MODE_VEPA, [NETWORK_FORWARD_PASSTHROUGH] = NETWORK_PLUG_MODE_PASSTHROUGH,
};

bool
pool_is_used (const Network *live)
{
  return live->forward.mode == NETWORK_FORWARD_HOSTDEV
         || (plug_modes[live->forward.mode] != NETWORK_PLUG_MODE_ABSENT && live->bridge.name == NULL);
}

/* A port whose switch knows it by its profile is alone with its device, unless the device is a bridge's. */
static bool
is_exclusive (const Network *live, const NetworkPort *port)
{
  return live->forward.mode == NETWORK_FORWARD_PASSTHROUGH || live->forward.mode == NETWORK_FORWARD_HOSTDEV
         || (live->forward.mode == NETWORK_FORWARD_PRIVATE && port->virtual_port != NULL
             && port->virtual_port->type == NETWORK_VIRTUAL_PORT_QBH);
}

/* The count of the device number @i; NULL: there are fewer. */
static unsigned int *
count_of (Network *live, unsigned int i)
{
  if (live->forward.mode == NETWORK_FORWARD_HOSTDEV)
    return i < live->forward.addresses.n ? &live->forward.addresses.items[i]->connections : NULL;
  return i < live->forward.interfaces.n ? &live->forward.interfaces.items[i]->connections : NULL;
}

static bool
is_at (const Network *live, unsigned int i, const NetworkPort *port)
{
  const PciAddress *wanted = port->plug.address;

  if (live->forward.mode == NETWORK_FORWARD_HOSTDEV)
    return port->plug.type == NETWORK_PLUG_HOSTDEV_PCI && wanted != NULL
           && memcmp (wanted, &live->forward.addresses.items[i]->pci, sizeof (*wanted)) == 0;
  return port->plug.type == NETWORK_PLUG_DIRECT && g_strcmp0 (port->plug.dev, live->forward.interfaces.items[i]->dev) == 0;
}

static unsigned int *
count_of_port (Network *live, const NetworkPort *port)
{
  unsigned int *count;

  for (unsigned int i = 0; (count = count_of (live, i)) != NULL; i++)
    if (is_at (live, i, port))
      return count;
  return NULL;
}

static void
take (const Network *live, unsigned int i, NetworkPort *port)
{
  if (live->forward.mode != NETWORK_FORWARD_HOSTDEV)
    {
      port->plug.type = NETWORK_PLUG_DIRECT;
      port->plug.mode = plug_modes[live->forward.mode];
      g_free (port->plug.dev);
      port->plug.dev = g_strdup (live->forward.interfaces.items[i]->dev);
      return;
    }
  port->plug.type = NETWORK_PLUG_HOSTDEV_PCI;
  port->plug.managed = live->forward.managed;
  port->plug.driver = live->forward.driver;
  g_free (port->plug.address);
  port->plug.address = g_new (PciAddress, 1);
  *port->plug.address = live->forward.addresses.items[i]->pci;
}

bool
pool_choose (Network *live, NetworkPort *port, GError **error)
{
  bool exclusive = is_exclusive (live, port);
  unsigned int *best = NULL, *count, chosen = 0;

  if (!pool_is_used (live))
    return true;
  for (unsigned int i = 0; (count = count_of (live, i)) != NULL; i++)
    if ((best == NULL || *count < *best) && !(exclusive && *count > 0))
      {
        best = count;
        chosen = i;
      }
  if (best != NULL)
    {
      take (live, chosen, port);
      ++*best;
      return true;
    }
  if (count_of (live, 0) != NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                 "network '%s' gives each of its devices to one interface only, and all are taken", live->name);
  return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s' names no device of the host to plug interfaces into",
               live->name);
}

bool
pool_claim (Network *live, const NetworkPort *port, GError **error)
{
  unsigned int *count;
  g_autofree char *name = NULL;

  if (port->plug.type != NETWORK_PLUG_DIRECT && port->plug.type != NETWORK_PLUG_HOSTDEV_PCI)
    return !pool_is_used (live)
           || fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s' has no bridge for the port to be plugged into",
                    live->name);
  name = port->plug.address != NULL ? pci_name (port->plug.address) : g_strdup (port->plug.dev);
  count = pool_is_used (live) ? count_of_port (live, port) : NULL;
  if (count == NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s' has no device '%s' for the port to be plugged into",
                 live->name, name);
  if (*count > 0 && is_exclusive (live, port))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "another port of network '%s' has the device '%s' for itself",
                 live->name, name);
  ++*count;
  return true;
}

void
pool_count (Network *live, const GPtrArray *ports)
{
  unsigned int *count;

  if (!pool_is_used (live))
    return;
  for (unsigned int i = 0; (count = count_of (live, i)) != NULL; i++)
    *count = 0;
  for (unsigned int i = 0; i < ports->len; i++)
    if ((count = count_of_port (live, ports->pdata[i])) != NULL)
      ++*count;
}

void
pool_release (Network *live, const NetworkPort *port)
{
  unsigned int *count = pool_is_used (live) ? count_of_port (live, port) : NULL;

  if (count != NULL && *count > 0)
    --*count;
}
