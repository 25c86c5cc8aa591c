/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-network.c: a network: its forwarding, its bridge, its port groups. */
#include "model/network/network.h"

#include "util/uuid.h"

XML_ENUM_DEFINE (network_forward_mode, NETWORK_FORWARD_MODES)
XML_ENUM_DEFINE (network_forward_driver, NETWORK_FORWARD_DRIVERS)
XML_ENUM_DEFINE (network_lease_unit, NETWORK_LEASE_UNITS)
XML_ENUM_DEFINE (network_address_type, NETWORK_ADDRESS_TYPES)

#define NAT_PORT_MAX 65535

/* NAT */

static const XmlField nat_address_rows[] = {
  XML_IP_ADDRESS (NetworkAddressRange, start, "@start", XML_BAD (NETWORK, XML_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_IP_ADDRESS (NetworkAddressRange, end, "@end", XML_BAD (NETWORK, XML_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_END
};

static bool
nat_address_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const NetworkAddressRange *range = object;
  g_autoptr (GError) reason = NULL;

  if (ip_address_bits (&range->start) != 32 || ip_address_bits (&range->end) != 32)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "both addresses must be IPv4 ones");
  return network_range_check (&range->start, &range->end, NULL, &reason)
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, error, "%s", reason->message);
}

static const XmlSchema nat_address_schema
  = XML_SCHEMA (NetworkAddressRange, "address", nat_address_rows, .finish = nat_address_finish);

static const XmlField nat_port_rows[] = {
  XML_UINT (NetworkPortRange, start, "@start", .absent = -1, XML_BAD (NETWORK, XML_DETAIL), XML_MISSING (NETWORK, XML_DETAIL)),
  XML_UINT (NetworkPortRange, end, "@end", .absent = -1, XML_BAD (NETWORK, XML_DETAIL), XML_MISSING (NETWORK, XML_DETAIL)),
  XML_END
};

static bool
nat_port_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const NetworkPortRange *range = object;

  return (range->start <= range->end && range->end <= NAT_PORT_MAX)
         || xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "%u to %u is no range of 0 to %u", range->start,
                      range->end, NAT_PORT_MAX);
}

static const XmlSchema nat_port_schema = XML_SCHEMA (NetworkPortRange, "port", nat_port_rows, .finish = nat_port_finish);

static const XmlField nat_rows[] = {
  XML_YES_NO (NetworkNat, ipv6, "@ipv6"),
  XML_CHILD (NetworkNat, addresses, "address", nat_address_schema, XML_BAD (NETWORK, XML_ERROR)),
  XML_CHILD (NetworkNat, ports, "port", nat_port_schema, XML_BAD (NETWORK, XML_ERROR)),
  XML_END
};
static const XmlSchema nat_schema = XML_SCHEMA (NetworkNat, "nat", nat_rows);

/* Forwarding */

static const XmlField interface_rows[] = {
  XML_STRING (NetworkForwardInterface, dev, "@dev", XML_MISSING (NETWORK, XML_ERROR)),
  XML_UINT (NetworkForwardInterface, connections, "@connections", .flags = XML_LIVE),
  XML_END
};
const XmlSchema network_forward_interface_schema
  = XML_SCHEMA (NetworkForwardInterface, "interface", interface_rows, .from = VIR_FROM_NETWORK);

static const XmlField address_rows[] = {
  XML_ENUM (NetworkForwardAddress, type, "@type", network_address_type, XML_BAD (NETWORK, CONFIG_UNSUPPORTED),
            XML_MISSING (NETWORK, XML_ERROR)),
  XML_EMBED (NetworkForwardAddress, pci, "", pci_address_rows),
  XML_UINT (NetworkForwardAddress, connections, "@connections", .flags = XML_LIVE),
  XML_END
};
static const XmlSchema address_schema = XML_SCHEMA (NetworkForwardAddress, "address", address_rows);

/* <forward dev=>: the first interface's name, said once more. Read, it is put
 * before the interfaces; forward_finish() looks whether it says the same. */
static bool
first_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  XmlList *list = value;
  NetworkForwardInterface *interface;

  if (*text == '\0')
    return true;
  interface = xml_new (&network_forward_interface_schema);
  interface->dev = g_strdup (text);
  xml_list_append (list, interface);
  return true;
}

static void
first_format (const XmlField *field, const void *value, GString *out)
{
  const XmlList *list = value;

  xml_type_string.format (field, &((const NetworkForwardInterface *) list->items[0])->dev, out);
}

static bool
first_is_absent (const XmlField *field, const void *value)
{
  const XmlList *list = value;

  return list->n == 0 || ((const NetworkForwardInterface *) list->items[0])->dev == NULL;
}

/* The list belongs to the row of its elements. */
static void
first_copy (void *to, const void *from)
{
}

static bool
first_equal (const void *a, const void *b)
{
  return true;
}

static const XmlType type_first_interface = {
  .name = "text", .size = sizeof (XmlList), .parse = first_parse, .format = first_format, .is_absent = first_is_absent,
  .copy = first_copy, .equal = first_equal,
};

static bool
is_hostdev (const void *object, unsigned int format_flags)
{
  return ((const NetworkForward *) object)->mode == NETWORK_FORWARD_HOSTDEV;
}

/* A running network shows the functions of its PF. */
static bool
prints_pf (const void *object, unsigned int format_flags)
{
  const NetworkForward *forward = object;

  return (format_flags & XML_FORMAT_INACTIVE) || (forward->interfaces.n == 0 && forward->addresses.n == 0);
}

static bool
prints_interfaces (const void *object, unsigned int format_flags)
{
  return !(format_flags & XML_FORMAT_INACTIVE) || ((const NetworkForward *) object)->pf.dev == NULL;
}

static bool
prints_addresses (const void *object, unsigned int format_flags)
{
  return prints_interfaces (object, format_flags) && ((const NetworkForward *) object)->interfaces.n == 0;
}

static const XmlField pf_rows[] = {
  XML_STRING (NetworkForward, pf.dev, "@dev", XML_MISSING (NETWORK, XML_ERROR)),
  XML_UINT (NetworkForward, pf.connections, "@connections", .flags = XML_LIVE),
  XML_END
};

const XmlField network_forward_rows[] = {
  XML_VALUE (NetworkForward, interfaces, "@dev", type_first_interface, .when = prints_interfaces),
  XML_ENUM (NetworkForward, mode, "@mode", network_forward_mode, .flags = XML_BARE, XML_BAD (NETWORK, CONFIG_UNSUPPORTED)),
  XML_YES_NO (NetworkForward, managed, "@managed", .absent = TRI_NO, .flags = XML_ALWAYS | XML_LENIENT, .when = is_hostdev),
  XML_ENUM (NetworkForward, driver, "driver/@name", network_forward_driver, XML_BAD (NETWORK, CONFIG_UNSUPPORTED)),
  XML_CHILD (NetworkForward, nat, "nat", nat_schema, XML_BAD (NETWORK, XML_ERROR)),
  XML_PART ("pf", pf_rows, .when = prints_pf, XML_BAD (NETWORK, XML_ERROR)),
  XML_ITEMS (NetworkForward, interfaces, "interface", network_forward_interface_schema, .when = prints_interfaces),
  XML_ITEMS (NetworkForward, addresses, "address", address_schema, .when = prints_addresses),
  XML_END
};

static const char *
double_interface (const NetworkForward *forward)
{
  for (unsigned int i = 0; i < forward->interfaces.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (strcmp (forward->interfaces.items[i]->dev, forward->interfaces.items[j]->dev) == 0)
        return forward->interfaces.items[i]->dev;
  return NULL;
}

static const PciAddress *
double_address (const NetworkForward *forward)
{
  for (unsigned int i = 0; i < forward->addresses.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (memcmp (&forward->addresses.items[i]->pci, &forward->addresses.items[j]->pci, sizeof (PciAddress)) == 0)
        return &forward->addresses.items[i]->pci;
  return NULL;
}

/* Joins dev= and the first interface. */
static bool
finish_first_interface (xmlNode *node, NetworkForward *forward, GError **error)
{
  const char *dev = xml_attribute (node, "dev");

  if (dev == NULL || *dev == '\0')
    return true;
  if (forward->addresses.n > 0 || forward->pf.dev != NULL)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "'dev' cannot be together with <address> or <pf>");
  if (forward->interfaces.n == 1)
    return true;
  if (strcmp (dev, forward->interfaces.items[1]->dev) != 0)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "'dev' is '%s', but the first <interface> is '%s'", dev,
                     forward->interfaces.items[1]->dev);
  xml_free (&network_forward_interface_schema, xml_list_steal (&forward->interfaces, 0));
  return true;
}

static bool
forward_finish (xmlNode *network_node, NetworkForward *forward, GError **error)
{
  xmlNode *node = network_child (network_node, "forward");
  const PciAddress *pci;

  if (node == NULL)
    return true;
  if (!finish_first_interface (node, forward, error))
    return false;
  if (double_interface (forward) != NULL)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "interface '%s' is there twice", double_interface (forward));
  pci = double_address (forward);
  if (pci != NULL)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "PCI device %04x:%02x:%02x.%x is there twice",
                     pci->domain, pci->bus, pci->slot, pci->function);
  if (forward->nat != NULL && forward->mode != NETWORK_FORWARD_NAT)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "<nat> is for mode 'nat' only");
  if (forward->nat != NULL && forward->nat->ipv6 == TRI_ABSENT && forward->nat->addresses == NULL && forward->nat->ports == NULL)
    {
      xml_free (&nat_schema, forward->nat);
      forward->nat = NULL;
    }
  if (forward->mode == NETWORK_FORWARD_NONE)
    forward->mode = NETWORK_FORWARD_ABSENT;
  if (forward->interfaces.n > 0 || forward->addresses.n > 0)
    g_clear_pointer (&forward->pf.dev, g_free);
  return true;
}

/* Port groups */

static const XmlField port_group_rows[] = {
  XML_STRING (NetworkPortGroup, name, "@name", XML_MISSING (NETWORK, XML_ERROR)),
  XML_YES_NO (NetworkPortGroup, is_default, "@default", .flags = XML_LENIENT),
  XML_YES_NO (NetworkPortGroup, trust_guest_rx_filters, "@trustGuestRxFilters"),
  XML_CHILD (NetworkPortGroup, vlan, "vlan", network_vlan_schema),
  XML_CHILD (NetworkPortGroup, virtual_port, "virtualport", network_virtual_port_schema),
  XML_CHILD (NetworkPortGroup, bandwidth, "bandwidth", network_bandwidth_schema),
  XML_END
};

static bool
port_group_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NetworkPortGroup *group = object;

  if (*group->name == '\0')
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "'name' is empty");
  if (group->is_default == TRI_NO)
    group->is_default = TRI_ABSENT;
  return network_virtual_port_check (node, &group->virtual_port, 0, error)
         && network_bandwidth_check (node, &group->bandwidth, false, error);
}

const XmlSchema network_port_group_schema
  = XML_SCHEMA (NetworkPortGroup, "portgroup", port_group_rows, .finish = port_group_finish, .from = VIR_FROM_NETWORK);

/* The network */

static const XmlField option_rows[] = {
  XML_STRING (NetworkDnsmasqOption, value, "@value", XML_MISSING (NETWORK, INTERNAL_ERROR)), XML_END
};
static const XmlSchema option_schema = XML_SCHEMA (NetworkDnsmasqOption, "option", option_rows);

bool
network_has_own_bridge (const Network *network)
{
  return network->forward.mode <= NETWORK_FORWARD_OPEN || network->forward.mode == NETWORK_FORWARD_NONE;
}

static bool
prints_bridge (const void *object, unsigned int format_flags)
{
  return network_has_own_bridge (object);
}

static const XmlField bridge_rows[] = {
  XML_STRING (Network, bridge.name, "@name"),
  XML_STRING (Network, bridge.zone, "@zone"),
  XML_ON_OFF (Network, bridge.stp, "@stp", .absent = TRI_YES, .flags = XML_ALWAYS | XML_LENIENT, .when = prints_bridge),
  XML_UINT (Network, bridge.delay, "@delay", .flags = XML_ALWAYS, .when = prints_bridge, XML_BAD (NETWORK, XML_ERROR)),
  XML_ENUM (Network, bridge.mac_table_manager, "@macTableManager", network_mac_table_manager, XML_BAD (NETWORK, XML_ERROR)),
  XML_END
};

static bool
has_options (const void *object, unsigned int format_flags)
{
  return ((const Network *) object)->dnsmasq_options.n > 0;
}

static bool
has_forward (const void *object, unsigned int format_flags)
{
  return ((const Network *) object)->forward.mode != NETWORK_FORWARD_ABSENT;
}

static const XmlField network_rows[] = {
  XML_NAMESPACE ("dnsmasq", has_options),
  XML_UINT (Network, connections, "@connections", .flags = XML_LIVE),
  XML_YES_NO (Network, ipv6, "@ipv6", XML_BAD (NETWORK, XML_ERROR)),
  XML_YES_NO (Network, trust_guest_rx_filters, "@trustGuestRxFilters"),
  XML_STRING (Network, name, "name", XML_MISSING (NETWORK, NO_NAME)),
  XML_UUID (Network, uuid, "uuid", XML_BAD (NETWORK, INTERNAL_ERROR)),
  XML_STRING (Network, title, "title"),
  XML_STRING (Network, description, "description"),
  XML_FOREIGN (Network, metadata, "metadata"),
  XML_EMBED (Network, forward, "forward", network_forward_rows, .when = has_forward),
  XML_PART ("bridge", bridge_rows),
  XML_UINT (Network, mtu, "mtu/@size", XML_BAD (NETWORK, XML_ERROR)),
  XML_MAC (Network, mac, "mac/@address", XML_BAD (NETWORK, XML_ERROR)),
  XML_STRING (Network, domain.name, "domain/@name"),
  XML_YES_NO (Network, domain.local_only, "domain/@localOnly"),
  XML_YES_NO (Network, domain.register_guests, "domain/@register"),
  XML_EMBED (Network, dns, "dns", network_dns_rows),
  XML_CHILD (Network, vlan, "vlan", network_vlan_schema),
  XML_CHILD (Network, bandwidth, "bandwidth", network_bandwidth_schema),
  XML_YES_NO (Network, port_isolated, "port/@isolated"),
  XML_ITEMS (Network, ips, "ip", network_ip_schema),
  XML_ITEMS (Network, routes, "route", network_route_schema),
  XML_CHILD (Network, virtual_port, "virtualport", network_virtual_port_schema),
  XML_ITEMS (Network, port_groups, "portgroup", network_port_group_schema),
  XML_ITEMS (Network, dnsmasq_options, "dnsmasq:options/dnsmasq:option", option_schema),
  XML_END
};

static const char only_own_bridge[] = "'stp', 'delay' and 'zone' are for isolated networks and forward modes nat, route and open";

/* Whether <bridge> says @attribute, which may be what it is anyway. */
static bool
says (xmlNode *node, const char *attribute)
{
  xmlNode *bridge = network_nth_child (node, "bridge", 0);

  return bridge != NULL && xml_attribute (bridge, attribute) != NULL;
}

/* What each mode needs and does not allow. */
const char *
network_problem (const Network *network, const char **ret_element)
{
  NetworkForwardMode mode = network->forward.mode;
  const NetworkDns *dns = &network->dns;
  bool has_bridge = network_has_own_bridge (network), is_bridge = mode == NETWORK_FORWARD_BRIDGE;
  bool has_dev = network->forward.interfaces.n > 0;
  bool is_plain = network->bridge.stp == TRI_YES && network->bridge.delay == 0 && network->bridge.zone == NULL;
  const struct { const char *element; bool is_wrong; const char *problem; } rules[] = {
    { "dns", dns->enable == TRI_NO && (dns->forwarders.n > 0 || dns->txts.n > 0 || dns->srvs.n > 0 || dns->hosts.n > 0),
      "it is disabled and must be empty" },
    { "bridge", !has_bridge && !is_bridge && network->bridge.name != NULL, "'name' is not allowed in this forward mode" },
    { "bridge", !has_bridge && !is_bridge && network->bridge.mac_table_manager != NETWORK_MAC_TABLE_ABSENT,
      "'macTableManager' is not allowed in this forward mode" },
    { "bridge", !has_bridge && !is_plain, only_own_bridge },
    { "mtu", !has_bridge && network->mtu != 0, "it is for isolated networks and forward modes nat, route and open" },
    { "forward", is_bridge && network->bridge.name != NULL
                 && (has_dev || network->forward.addresses.n > 0 || network->forward.pf.dev != NULL),
      "mode 'bridge' takes a bridge's name or an interface to forward to, not both" },
    { "forward", mode == NETWORK_FORWARD_OPEN && has_dev, "mode 'open' takes no interface to forward to" },
    { "forward", has_bridge && mode != NETWORK_FORWARD_ABSENT && network->ips.n == 0, "this mode needs an <ip>" },
    { "forward", has_bridge && mode != NETWORK_FORWARD_ABSENT && network->forward.interfaces.n > 1,
      "this mode takes one interface to forward to" },
    { "mac", (network->mac[0] & 1) != 0, "the bridge's MAC address is a multicast one" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].is_wrong)
      {
        *ret_element = rules[i].element;
        return rules[i].problem;
      }
  return NULL;
}

static bool
is_reachable (const Network *network, const IpAddress *gateway)
{
  for (unsigned int i = 0; i < network->ips.n; i++)
    {
      int prefix = network_ip_prefix (network->ips.items[i]);

      if (prefix >= 0 && ip_address_in_subnet (gateway, &network->ips.items[i]->address, prefix))
        return true;
    }
  return false;
}

static bool
check_routes (xmlNode *node, const Network *network, GError **error)
{
  for (unsigned int i = 0; i < network->routes.n; i++)
    if (!is_reachable (network, &network->routes.items[i]->gateway))
      {
        g_autofree char *gateway = ip_address_text (&network->routes.items[i]->gateway);

        return xml_fail (network_nth_child (node, "route", i), VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, error,
                         "the gateway %s is in no subnet of this network", gateway);
      }
  return true;
}

static void
finish_values (Network *network)
{
  if (network->ipv6 == TRI_NO)
    network->ipv6 = TRI_ABSENT;
  if (network->bridge.name != NULL && *network->bridge.name == '\0')
    g_clear_pointer (&network->bridge.name, g_free);
  if (network->domain.name == NULL)
    network->domain.local_only = network->domain.register_guests = TRI_ABSENT;
  if (!uuid_is_valid (network->uuid))
    uuid_generate (network->uuid);
}

static bool
network_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  Network *network = object;
  const char *problem, *element;

  if (strpbrk (network->name, "/\n") != NULL)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_DETAIL, error, "the name '%s' has a '/' or a line break", network->name);
  if (!forward_finish (node, &network->forward, error))
    return false;
  finish_values (network);
  problem = network_problem (network, &element);
  if (problem == NULL && !network_has_own_bridge (network) && says (node, "stp"))
    return xml_fail (network_nth_child (node, "bridge", 0), VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "%s", only_own_bridge);
  if (problem != NULL)
    return xml_fail (network_nth_child (node, element, 0), VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "%s", problem);
  return network_virtual_port_check (node, &network->virtual_port, NETWORK_VIRTUAL_PORT_TYPED, error)
         && network_bandwidth_check (node, &network->bandwidth, false, error)
         && check_routes (node, network, error);
}

static const char *const namespaces[] = { "dnsmasq", "http://libvirt.org/schemas/network/dnsmasq/1.0", NULL };

const XmlSchema network_schema = XML_SCHEMA (Network, "network", network_rows, .finish = network_finish,
                                             .from = VIR_FROM_NETWORK, .namespaces = namespaces);

void
network_free (Network *network)
{
  xml_free (&network_schema, network);
}

Network *
network_copy (const Network *network)
{
  return xml_copy (&network_schema, network);
}
