/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-interface-source.c: the host's end of a network interface. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (interface_type, INTERFACE_TYPE_LIST)
XML_ENUM_DEFINE (interface_direct, INTERFACE_DIRECT_LIST)
XML_ENUM_DEFINE (interface_host_bus, INTERFACE_HOST_BUS_LIST)
XML_ENUM_DEFINE (vhostuser_type, VHOSTUSER_TYPE_LIST)
XML_ENUM_DEFINE (vhostuser_mode, VHOSTUSER_MODE_LIST)

#define SCHEMA(Type_, element_, rows_, ...) XML_SCHEMA (Type_, element_, rows_, .from = VIR_FROM_DOMAIN, ##__VA_ARGS__)

/* Sockets */

static const XmlField socket_source_rows[] = {
  XML_STRING (DomainInterfaceSocket, address, "@address"),
  XML_INT (DomainInterfaceSocket, port, "@port", .absent = -1, .flags = XML_REQUIRED),
  XML_STRING (DomainInterfaceSocket, local_address, "local/@address"),
  XML_INT (DomainInterfaceSocket, local_port, "local/@port", .absent = -1),
  XML_END
};

/* A server may listen on all addresses; only UDP has a second end. */
static bool
socket_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInterfaceSocket *socket = object;
  const char *type = xml_attribute (node->parent, "type");
  bool is_udp = strcmp (type, "udp") == 0;

  if (socket->address == NULL && strcmp (type, "server") != 0)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'@address' is missing");
  if (!is_udp)
    {
      g_clear_pointer (&socket->local_address, g_free);
      socket->local_port = -1;
      return true;
    }
  if (network_child (node, "local") == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'local' is missing");
  if (socket->local_address == NULL || socket->local_port == -1)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'local/@%s' is missing",
                     socket->local_address == NULL ? "address" : "port");
  return true;
}

static const XmlSchema socket_schema = SCHEMA (DomainInterfaceSocket, "source", socket_source_rows, .finish = socket_finish);

/* vhost-user */

static const XmlField vhostuser_source_rows[] = {
  XML_ENUM (DomainInterfaceVhostuser, type, "@type", vhostuser_type, .flags = XML_REQUIRED, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainInterfaceVhostuser, path, "@path", .flags = XML_REQUIRED),
  XML_ENUM (DomainInterfaceVhostuser, mode, "@mode", vhostuser_mode, .flags = XML_REQUIRED),
  XML_YES_NO (DomainInterfaceVhostuser, reconnect, "reconnect/@enabled"),
  XML_UINT (DomainInterfaceVhostuser, reconnect_timeout, "reconnect/@timeout", .absent = -1),
  XML_END
};

static bool
vhostuser_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInterfaceVhostuser *vhostuser = object;

  if (vhostuser->reconnect == TRI_YES && vhostuser->mode == VHOSTUSER_MODE_SERVER)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "a source of mode='server' does not reconnect");
  if (vhostuser->reconnect == TRI_YES && vhostuser->reconnect_timeout == UINT_MAX)
    return xml_fail (network_child (node, "reconnect"), VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'@timeout' is missing");
  if (vhostuser->reconnect != TRI_YES)
    vhostuser->reconnect_timeout = UINT_MAX;
  return true;
}

static const XmlSchema vhostuser_schema
  = SCHEMA (DomainInterfaceVhostuser, "source", vhostuser_source_rows, .finish = vhostuser_finish);

/* Distributed switches */

static const XmlField vds_source_rows[] = {
  XML_UUID (DomainInterfaceVds, switch_id, "@switchid", .flags = XML_REQUIRED),
  XML_INT64 (DomainInterfaceVds, port_id, "@portid", .flags = XML_ALWAYS),
  XML_STRING (DomainInterfaceVds, portgroup_id, "@portgroupid"),
  XML_INT64 (DomainInterfaceVds, connection_id, "@connectionid", .flags = XML_ALWAYS),
  XML_END
};
static const XmlSchema vds_schema = SCHEMA (DomainInterfaceVds, "source", vds_source_rows);

/* Host devices */

static const XmlField pci_rows[] = { XML_EMBED (DomainInterfaceHost, pci, "", pci_address_rows), XML_END };
static const XmlField usb_rows[] = { XML_EMBED (DomainInterfaceHost, usb, "", domain_hostdev_usb_place_rows), XML_END };
static const XmlField *const rows_by_bus[] = {
  [INTERFACE_HOST_BUS_PCI] = pci_rows,
  [INTERFACE_HOST_BUS_USB] = usb_rows,
};
static const XmlCases bus_cases = XML_CASES_OF (DomainInterfaceHost, bus, interface_host_bus, rows_by_bus);

static const XmlField host_address_rows[] = {
  XML_ENUM (DomainInterfaceHost, bus, "@type", interface_host_bus, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_CASES (bus_cases),
  XML_END
};
static const XmlField host_rows[] = { XML_PART ("address", host_address_rows), XML_END };

static bool
host_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInterfaceHost *host = object;

  if (host->bus == INTERFACE_HOST_BUS_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'address/@type' is missing");
  return host->bus != INTERFACE_HOST_BUS_USB || domain_hostdev_usb_check (&host->usb, node, error);
}

static const XmlSchema host_schema = SCHEMA (DomainInterfaceHost, "source", host_rows, .finish = host_finish);

/* What the network made of it */

static const XmlField actual_bridge_rows[] = {
  XML_STRING (DomainInterfaceActual, bridge, "source/@bridge"),
  XML_ENUM (DomainInterfaceActual, mac_table_manager, "source/@macTableManager", network_mac_table_manager),
  XML_END
};
static const XmlField actual_direct_rows[] = {
  XML_STRING (DomainInterfaceActual, dev, "source/@dev"),
  XML_ENUM (DomainInterfaceActual, mode, "source/@mode", interface_direct),
  XML_END
};
static const XmlField actual_hostdev_rows[] = {
  XML_YES_NO (DomainInterfaceActual, managed, "@managed"),
  XML_ENUM (DomainInterfaceActual, host_driver, "driver/@name", hostdev_driver),
  XML_CHILD (DomainInterfaceActual, host, "source", host_schema),
  XML_END
};
static const XmlField *const actual_rows_by_type[] = {
  [INTERFACE_TYPE_NETWORK] = actual_bridge_rows,
  [INTERFACE_TYPE_BRIDGE] = actual_bridge_rows,
  [INTERFACE_TYPE_DIRECT] = actual_direct_rows,
  [INTERFACE_TYPE_HOSTDEV] = actual_hostdev_rows,
};
static const XmlCases actual_cases = XML_CASES_OF (DomainInterfaceActual, type, interface_type, actual_rows_by_type);

static const XmlField actual_rows[] = {
  XML_ENUM (DomainInterfaceActual, type, "@type", interface_type, .flags = XML_REQUIRED),
  XML_YES_NO (DomainInterfaceActual, trust_rx_filters, "@trustGuestRxFilters"),
  XML_CASES (actual_cases),
  XML_CHILD (DomainInterfaceActual, vlan, "vlan", network_vlan_schema),
  XML_CHILD (DomainInterfaceActual, virtual_port, "virtualport", network_virtual_port_schema),
  XML_CHILD (DomainInterfaceActual, bandwidth, "bandwidth", network_class_bandwidth_schema),
  XML_YES_NO (DomainInterfaceActual, isolated, "port/@isolated"),
  XML_END
};
const XmlSchema domain_interface_actual_schema = SCHEMA (DomainInterfaceActual, "actual", actual_rows);

const XmlField domain_interface_actual_rows[] = {
  XML_CHILD (DomainInterface, actual, "actual", domain_interface_actual_schema, .flags = XML_STATUS),
  XML_END
};

const XmlField domain_interface_shown_rows[] = {
  XML_CHILD (DomainInterfaceActual, vlan, "vlan", network_vlan_schema),
  XML_CHILD (DomainInterfaceActual, virtual_port, "virtualport", network_virtual_port_schema),
  XML_CHILD (DomainInterfaceActual, bandwidth, "bandwidth", network_bandwidth_schema),
  XML_YES_NO (DomainInterfaceActual, isolated, "port/@isolated"),
  XML_END
};

/* Clients are not told <actual>, but see its values in place of the definition's.
 * The value of these rows is the pointer to it. */

bool
domain_interface_shows_actual (const void *object, unsigned int format_flags)
{
  return ((const DomainInterface *) object)->actual != NULL && !(format_flags & (XML_FORMAT_INACTIVE | XML_FORMAT_STATUS));
}

bool
domain_interface_shows_own (const void *object, unsigned int format_flags)
{
  return !domain_interface_shows_actual (object, format_flags);
}

static void
actual_type_format (const XmlField *field, const void *value, GString *out)
{
  const DomainInterfaceActual *actual = *(DomainInterfaceActual *const *) value;

  g_string_append (out, xml_enum_name (&interface_type_names, actual->type));
}

static void
actual_bridge_format (const XmlField *field, const void *value, GString *out)
{
  xml_type_string.format (field, &(*(DomainInterfaceActual *const *) value)->bridge, out);
}

static void
actual_dev_format (const XmlField *field, const void *value, GString *out)
{
  xml_type_string.format (field, &(*(DomainInterfaceActual *const *) value)->dev, out);
}

static void
actual_mode_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append (out, xml_enum_name (&interface_direct_names, (*(DomainInterfaceActual *const *) value)->mode));
}

static bool
has_no_actual (const XmlField *field, const void *value)
{
  return *(void *const *) value == NULL;
}

static bool
has_no_bridge (const XmlField *field, const void *value)
{
  const DomainInterfaceActual *actual = *(DomainInterfaceActual *const *) value;

  return actual == NULL || actual->bridge == NULL;
}

static bool
has_no_dev (const XmlField *field, const void *value)
{
  const DomainInterfaceActual *actual = *(DomainInterfaceActual *const *) value;

  return actual == NULL || actual->dev == NULL || actual->mode == INTERFACE_DIRECT_ABSENT;
}

static bool
always_equal (const void *a, const void *b)
{
  return true;
}

#define ACTUAL_TYPE(name_, format_, is_absent_) \
  { .name = name_, .size = sizeof (void *), .format = format_, .is_absent = is_absent_, .equal = always_equal }

const XmlType domain_type_actual_type = ACTUAL_TYPE ("a type of interface", actual_type_format, has_no_actual);
static const XmlType type_actual_bridge = ACTUAL_TYPE ("a bridge", actual_bridge_format, has_no_bridge);
static const XmlType type_actual_dev = ACTUAL_TYPE ("a device", actual_dev_format, has_no_dev);
static const XmlType type_actual_mode = ACTUAL_TYPE ("a mode", actual_mode_format, has_no_dev);

#define ACTUAL(path_, type_) \
  XML_VALUE (DomainInterface, actual, path_, type_, .flags = XML_WRITE_ONLY | XML_LIVE, .when = domain_interface_shows_actual)

/* The types */

static const XmlField plain_rows[] = { XML_IGNORED ("source"), XML_END };
static const XmlField user_rows[] = { XML_STRING (DomainInterface, dev, "source/@dev"), XML_END };
static const XmlField ethernet_rows[] = {
  XML_ITEMS (DomainInterface, host_ips, "source/ip", domain_ip_schema),
  XML_ITEMS (DomainInterface, host_routes, "source/route", network_route_schema),
  XML_END
};
static const XmlField vhostuser_rows[] = { XML_CHILD (DomainInterface, vhostuser, "source", vhostuser_schema), XML_END };
static const XmlField socket_rows[] = { XML_CHILD (DomainInterface, socket, "source", socket_schema), XML_END };
static const XmlField network_rows[] = {
  XML_STRING (DomainInterface, network, "source/@network"),
  XML_STRING (DomainInterface, portgroup, "source/@portgroup"),
  XML_UUID (DomainInterface, port_id, "source/@portid", .flags = XML_LIVE),
  ACTUAL ("source/@bridge", type_actual_bridge),
  ACTUAL ("source/@dev", type_actual_dev),
  ACTUAL ("source/@mode", type_actual_mode),
  XML_END
};
static const XmlField bridge_rows[] = { XML_STRING (DomainInterface, bridge, "source/@bridge"), XML_END };
static const XmlField internal_rows[] = { XML_STRING (DomainInterface, internal_name, "source/@name"), XML_END };
static const XmlField direct_rows[] = {
  XML_STRING (DomainInterface, dev, "source/@dev"),
  XML_ENUM (DomainInterface, direct_mode, "source/@mode", interface_direct, .absent = INTERFACE_DIRECT_VEPA, .flags = XML_ALWAYS),
  XML_END
};
static const XmlField hostdev_rows[] = {
  XML_ENUM (DomainInterface, host_driver, "driver/@name", hostdev_driver),
  XML_CHILD (DomainInterface, host, "source", host_schema, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField vdpa_rows[] = { XML_STRING (DomainInterface, dev, "source/@dev"), XML_END };
static const XmlField vds_rows[] = { XML_CHILD (DomainInterface, vds, "source", vds_schema), XML_END };

static const XmlField *const rows_by_type[] = {
  [INTERFACE_TYPE_USER] = user_rows,
  [INTERFACE_TYPE_ETHERNET] = ethernet_rows,
  [INTERFACE_TYPE_VHOSTUSER] = vhostuser_rows,
  [INTERFACE_TYPE_SERVER] = socket_rows,
  [INTERFACE_TYPE_CLIENT] = socket_rows,
  [INTERFACE_TYPE_MCAST] = socket_rows,
  [INTERFACE_TYPE_NETWORK] = network_rows,
  [INTERFACE_TYPE_BRIDGE] = bridge_rows,
  [INTERFACE_TYPE_INTERNAL] = internal_rows,
  [INTERFACE_TYPE_DIRECT] = direct_rows,
  [INTERFACE_TYPE_HOSTDEV] = hostdev_rows,
  [INTERFACE_TYPE_UDP] = socket_rows,
  [INTERFACE_TYPE_VDPA] = vdpa_rows,
  [INTERFACE_TYPE_NULL] = plain_rows,
  [INTERFACE_TYPE_VDS] = vds_rows,
};
static const XmlCases type_cases = XML_CASES_OF (DomainInterface, type, interface_type, rows_by_type);

const XmlField domain_interface_source_rows[] = { XML_CASES (type_cases), XML_END };

bool
domain_interface_check_source (const DomainInterface *interface, xmlNode *node, GError **error)
{
  /* The attribute that the element must have; "" if the element has rows that say so. */
  static const char *const needed[INTERFACE_TYPE_LAST] = {
    [INTERFACE_TYPE_VHOSTUSER] = "", [INTERFACE_TYPE_SERVER] = "", [INTERFACE_TYPE_CLIENT] = "", [INTERFACE_TYPE_MCAST] = "",
    [INTERFACE_TYPE_UDP] = "", [INTERFACE_TYPE_VDS] = "", [INTERFACE_TYPE_NETWORK] = "network",
    [INTERFACE_TYPE_BRIDGE] = "bridge", [INTERFACE_TYPE_INTERNAL] = "name", [INTERFACE_TYPE_DIRECT] = "dev",
    [INTERFACE_TYPE_VDPA] = "dev",
  };
  const char *attribute = needed[interface->type], *type = xml_enum_name (&interface_type_names, interface->type);
  xmlNode *source = network_child (node, "source");

  if (attribute != NULL && source == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "type='%s' needs a <source>", type);
  if (attribute != NULL && attribute[0] != '\0' && xml_attribute (source, attribute) == NULL)
    return xml_fail (source, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'@%s' is missing", attribute);
  if (interface->type != INTERFACE_TYPE_ETHERNET && source != NULL
      && (network_child (source, "ip") != NULL || network_child (source, "route") != NULL))
    return xml_fail (source, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "addresses and routes of the host's end are for type='ethernet', not '%s'", type);
  return true;
}
