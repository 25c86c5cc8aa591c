/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface/interface.h"

XML_ENUM_DEFINE (host_interface_type, HOST_INTERFACE_TYPES)
XML_ENUM_DEFINE (host_interface_start, HOST_INTERFACE_STARTS)
XML_ENUM_DEFINE (host_interface_link, HOST_INTERFACE_LINKS)
XML_ENUM_DEFINE (host_bond_mode, HOST_BOND_MODES)
XML_ENUM_DEFINE (host_bond_carrier, HOST_BOND_CARRIERS)
XML_ENUM_DEFINE (host_bond_validate, HOST_BOND_VALIDATES)

static const XmlSchema bridge_member_schema, bond_member_schema;

/* Protocols */

static const XmlField ip_rows[] = {
  XML_STRING (HostInterfaceIp, address, "@address"),
  XML_UINT (HostInterfaceIp, prefix, "@prefix"),
  XML_END
};
static const XmlSchema ip_schema = XML_SCHEMA (HostInterfaceIp, "ip", ip_rows);

static const XmlField dhcp_rows[] = { XML_YES_NO (HostInterfaceDhcp, peer_dns, "@peerdns"), XML_END };
static const XmlSchema dhcp_schema = XML_SCHEMA (HostInterfaceDhcp, "dhcp", dhcp_rows);

static const XmlField protocol_rows[] = {
  XML_ENUM (HostInterfaceProtocol, family, "@family", network_family, XML_BAD (INTERFACE, XML_ERROR),
            XML_MISSING (INTERFACE, XML_ERROR)),
  XML_FLAG (HostInterfaceProtocol, autoconf, "autoconf"),
  XML_CHILD (HostInterfaceProtocol, dhcp, "dhcp", dhcp_schema),
  XML_ITEMS (HostInterfaceProtocol, ips, "ip", ip_schema),
  XML_STRING (HostInterfaceProtocol, gateway, "route/@gateway"),
  XML_END
};

static bool
protocol_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  HostInterfaceProtocol *protocol = object;

  if (protocol->family == NETWORK_FAMILY_IPV4)
    protocol->autoconf = false;
  for (unsigned int i = protocol->ips.n; i-- > 0;)
    if (protocol->ips.items[i]->address == NULL)
      xml_free (&ip_schema, xml_list_steal (&protocol->ips, i));
  return true;
}

static const XmlSchema protocol_schema
  = XML_SCHEMA (HostInterfaceProtocol, "protocol", protocol_rows, .finish = protocol_finish);

/* Bridges and bonds */

static const XmlField bridge_rows[] = {
  XML_ON_OFF (HostBridge, stp, "@stp", .flags = XML_LENIENT),
  XML_STRING (HostBridge, delay, "@delay"),
  XML_ITEMS (HostBridge, members, "interface", bridge_member_schema),
  XML_END
};
static const XmlSchema bridge_schema = XML_SCHEMA (HostBridge, "bridge", bridge_rows);

static const XmlField mii_rows[] = {
  XML_UINT (HostBondMii, freq, "@freq", .absent = -1, XML_BAD (INTERFACE, XML_ERROR), XML_MISSING (INTERFACE, XML_ERROR)),
  XML_UINT (HostBondMii, down_delay, "@downdelay", XML_BAD (INTERFACE, XML_ERROR)),
  XML_UINT (HostBondMii, up_delay, "@updelay", XML_BAD (INTERFACE, XML_ERROR)),
  XML_ENUM (HostBondMii, carrier, "@carrier", host_bond_carrier, XML_BAD (INTERFACE, XML_ERROR)),
  XML_END
};
static const XmlSchema mii_schema = XML_SCHEMA (HostBondMii, "miimon", mii_rows);

static const XmlField arp_rows[] = {
  XML_UINT (HostBondArp, interval, "@interval", .absent = -1, XML_BAD (INTERFACE, XML_ERROR), XML_MISSING (INTERFACE, XML_ERROR)),
  XML_STRING (HostBondArp, target, "@target", XML_MISSING (INTERFACE, XML_ERROR)),
  XML_ENUM (HostBondArp, validate, "@validate", host_bond_validate, XML_BAD (INTERFACE, XML_ERROR)),
  XML_END
};
static const XmlSchema arp_schema = XML_SCHEMA (HostBondArp, "arpmon", arp_rows);

static const XmlField bond_rows[] = {
  XML_ENUM (HostBond, mode, "@mode", host_bond_mode, XML_BAD (INTERFACE, XML_ERROR)),
  XML_CHILD (HostBond, mii, "miimon", mii_schema),
  XML_CHILD (HostBond, arp, "arpmon", arp_schema),
  XML_ITEMS (HostBond, members, "interface", bond_member_schema),
  XML_END
};

static bool
bond_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  HostBond *bond = object;

  if (bond->mii != NULL && bond->arp != NULL)
    {
      xml_free (&arp_schema, bond->arp);
      bond->arp = NULL;
    }
  return true;
}

static const XmlSchema bond_schema = XML_SCHEMA (HostBond, "bond", bond_rows, .finish = bond_finish);

/* Interfaces */

static const XmlField ethernet_part[] = { XML_STRING (HostInterface, mac, "mac/@address"), XML_END };
static const XmlField bridge_part[] = {
  XML_CHILD (HostInterface, bridge, "bridge", bridge_schema, XML_MISSING (INTERFACE, XML_ERROR)), XML_END
};
static const XmlField bond_part[] = {
  XML_CHILD (HostInterface, bond, "bond", bond_schema, XML_MISSING (INTERFACE, XML_ERROR)), XML_END
};
static const XmlField vlan_part[] = {
  XML_STRING (HostInterface, vlan.tag, "vlan/@tag", XML_MISSING (INTERFACE, XML_ERROR)),
  XML_IGNORED ("vlan/interface/@type"),
  XML_STRING (HostInterface, vlan.dev, "vlan/interface/@name", XML_MISSING (INTERFACE, XML_ERROR)),
  XML_END
};

static const XmlField no_part[] = { XML_END };

static const XmlField *const parts_by_type[] = {
  [HOST_INTERFACE_ETHERNET] = ethernet_part,
  [HOST_INTERFACE_BRIDGE] = bridge_part,
  [HOST_INTERFACE_BOND] = bond_part,
  [HOST_INTERFACE_VLAN] = vlan_part,
};
static const XmlCases type_cases = XML_CASES_OF (HostInterface, type, host_interface_type, parts_by_type);

/* Of members; the types without a part are refused by the finish functions. */
static const XmlField *const bridge_member_parts[] = {
  [HOST_INTERFACE_ETHERNET] = ethernet_part,
  [HOST_INTERFACE_BRIDGE] = no_part,
  [HOST_INTERFACE_BOND] = bond_part,
  [HOST_INTERFACE_VLAN] = vlan_part,
};
static const XmlCases bridge_member_cases = XML_CASES_OF (HostInterface, type, host_interface_type, bridge_member_parts);

static const XmlField *const bond_member_parts[] = {
  [HOST_INTERFACE_ETHERNET] = ethernet_part, [HOST_INTERFACE_BRIDGE ... HOST_INTERFACE_VLAN] = no_part,
};
static const XmlCases bond_member_cases = XML_CASES_OF (HostInterface, type, host_interface_type, bond_member_parts);

static const XmlField head_rows[] = {
  XML_ENUM (HostInterface, type, "@type", host_interface_type, .flags = XML_REQUIRED),
  XML_STRING (HostInterface, name, "@name", XML_MISSING (INTERFACE, XML_ERROR)),
  XML_END
};

static const XmlField link_rows[] = {
  XML_UINT (HostInterface, link.speed, "link/@speed"),
  XML_ENUM (HostInterface, link.state, "link/@state", host_interface_link),
  XML_END
};

static const XmlField bridge_member_rows[] = {
  XML_PART ("", head_rows), XML_PART ("", link_rows), XML_CASES (bridge_member_cases), XML_END
};
static const XmlField bond_member_rows[] = {
  XML_PART ("", head_rows), XML_PART ("", link_rows), XML_CASES (bond_member_cases), XML_END
};

static bool
refuse_type (xmlNode *node, const HostInterface *interface, const char *place, GError **error)
{
  return xml_fail (node, VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, error, "an interface of type '%s' cannot be in a %s",
                   xml_enum_name (&host_interface_type_names, interface->type), place);
}

static bool
bridge_member_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const HostInterface *interface = object;

  return interface->type != HOST_INTERFACE_BRIDGE || refuse_type (node, interface, "bridge", error);
}

static bool
bond_member_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const HostInterface *interface = object;

  return interface->type == HOST_INTERFACE_ETHERNET || refuse_type (node, interface, "bond", error);
}

static const XmlSchema bridge_member_schema
  = XML_SCHEMA (HostInterface, "interface", bridge_member_rows, .finish = bridge_member_finish);
static const XmlSchema bond_member_schema
  = XML_SCHEMA (HostInterface, "interface", bond_member_rows, .finish = bond_member_finish);

static const XmlField interface_rows[] = {
  XML_PART ("", head_rows),
  XML_ENUM (HostInterface, start, "start/@mode", host_interface_start, XML_BAD (INTERFACE, XML_ERROR)),
  XML_UINT (HostInterface, mtu, "mtu/@size", XML_BAD (INTERFACE, XML_ERROR)),
  XML_ITEMS (HostInterface, protocols, "protocol", protocol_schema),
  XML_PART ("", link_rows),
  XML_CASES (type_cases),
  XML_END
};

const XmlSchema host_interface_schema
  = XML_SCHEMA (HostInterface, "interface", interface_rows, .from = VIR_FROM_INTERFACE);
