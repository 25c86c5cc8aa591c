/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network/port.h"

XML_ENUM_DEFINE (network_plug_type, NETWORK_PLUG_TYPES)
XML_ENUM_DEFINE (network_plug_mode, NETWORK_PLUG_MODES)

static const XmlField no_rows[] = { XML_END };

static const XmlField bridge_rows[] = {
  XML_STRING (NetworkPort, plug.bridge, "@bridge", XML_MISSING (NETWORK, XML_ERROR)),
  XML_ENUM (NetworkPort, plug.mac_table_manager, "@macTableManager", network_mac_table_manager, XML_BAD (NETWORK, XML_ERROR)),
  XML_END
};

static const XmlField direct_rows[] = {
  XML_STRING (NetworkPort, plug.dev, "@dev", XML_MISSING (NETWORK, XML_ERROR)),
  XML_ENUM (NetworkPort, plug.mode, "@mode", network_plug_mode, .absent = NETWORK_PLUG_MODE_VEPA, .flags = XML_ALWAYS,
            XML_BAD (NETWORK, XML_ERROR)),
  XML_END
};

static const XmlSchema address_schema = XML_SCHEMA (PciAddress, "address", pci_address_rows);

static const XmlField hostdev_rows[] = {
  XML_YES_NO (NetworkPort, plug.managed, "@managed"),
  XML_ENUM (NetworkPort, plug.driver, "driver/@name", network_forward_driver, XML_BAD (NETWORK, XML_ERROR)),
  XML_CHILD (NetworkPort, plug.address, "address", address_schema, XML_MISSING (NETWORK, XML_ERROR)),
  XML_END
};

static const XmlField *const rows_by_type[] = {
  [NETWORK_PLUG_NONE] = no_rows,
  [NETWORK_PLUG_NETWORK] = bridge_rows,
  [NETWORK_PLUG_BRIDGE] = bridge_rows,
  [NETWORK_PLUG_DIRECT] = direct_rows,
  [NETWORK_PLUG_HOSTDEV_PCI] = hostdev_rows,
};
static const XmlCases plug_cases = XML_CASES_OF (NetworkPort, plug.type, network_plug_type, rows_by_type);

static const XmlField plug_rows[] = {
  XML_ENUM (NetworkPort, plug.type, "@type", network_plug_type, .absent = NETWORK_PLUG_NONE),
  XML_CASES (plug_cases),
  XML_END
};

static const XmlField port_rows[] = {
  XML_UUID (NetworkPort, uuid, "uuid", XML_BAD (NETWORK, INTERNAL_ERROR), XML_MISSING (NETWORK, INTERNAL_ERROR)),
  XML_STRING (NetworkPort, owner.name, "owner/name", XML_MISSING (NETWORK, INTERNAL_ERROR)),
  XML_UUID (NetworkPort, owner.uuid, "owner/uuid", XML_BAD (NETWORK, INTERNAL_ERROR), XML_MISSING (NETWORK, INTERNAL_ERROR)),
  XML_STRING (NetworkPort, group, "group"),
  XML_MAC (NetworkPort, mac, "mac/@address", XML_BAD (NETWORK, INTERNAL_ERROR), XML_MISSING (NETWORK, INTERNAL_ERROR)),
  XML_CHILD (NetworkPort, virtual_port, "virtualport", network_virtual_port_schema),
  XML_CHILD (NetworkPort, bandwidth, "bandwidth", network_class_bandwidth_schema),
  XML_CHILD (NetworkPort, vlan, "vlan", network_vlan_schema),
  XML_YES_NO (NetworkPort, isolated, "port/@isolated"),
  XML_YES_NO (NetworkPort, trust_guest_rx_filters, "rxfilters/@trustGuest"),
  XML_PART ("plug", plug_rows),
  XML_END
};

static bool
port_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NetworkPort *port = object;

  return network_virtual_port_check (node, &port->virtual_port, 0, error)
         && network_bandwidth_check (node, &port->bandwidth, true, error);
}

const XmlSchema network_port_schema
  = XML_SCHEMA (NetworkPort, "networkport", port_rows, .finish = port_finish, .from = VIR_FROM_NETWORK);

void
network_port_free (NetworkPort *port)
{
  xml_free (&network_port_schema, port);
}
