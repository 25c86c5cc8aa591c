/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network/common.h"

#include "util/error.h"
#include "util/uuid.h"

#include <arpa/inet.h>

XML_ENUM_DEFINE (network_virtual_port_type, NETWORK_VIRTUAL_PORT_TYPES)
XML_ENUM_DEFINE (network_native_vlan_mode, NETWORK_NATIVE_VLAN_MODES)
XML_ENUM_DEFINE (network_family, NETWORK_FAMILIES)
XML_ENUM_DEFINE (network_mac_table_manager, NETWORK_MAC_TABLE_MANAGERS)

xmlNode *
network_child (xmlNode *parent, const char *name)
{
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0)
      return child;
  return NULL;
}

xmlNode *
network_nth_child (xmlNode *parent, const char *name, unsigned int index)
{
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0 && index-- == 0)
      return child;
  return parent;
}

/* Virtual ports */

static const XmlHex byte_number = { "%u", 0xff };
static const XmlHex three_byte_number = { "%u", 0xffffff };

static const XmlField parameter_rows[] = {
  XML_HEX (NetworkVirtualPort, manager_id, "@managerid", byte_number, .absent = -1, XML_BAD (NONE, XML_ERROR)),
  XML_HEX (NetworkVirtualPort, type_id, "@typeid", three_byte_number, .absent = -1, XML_BAD (NONE, XML_ERROR)),
  XML_HEX (NetworkVirtualPort, type_id_version, "@typeidversion", byte_number, .absent = -1, XML_BAD (NONE, XML_ERROR)),
  XML_UUID (NetworkVirtualPort, instance_id, "@instanceid", XML_BAD (NONE, XML_ERROR)),
  XML_UUID (NetworkVirtualPort, interface_id, "@interfaceid", XML_BAD (NONE, XML_ERROR)),
  XML_STRING (NetworkVirtualPort, profile_id, "@profileid"),
  XML_END
};

static const XmlField virtual_port_rows[] = {
  XML_ENUM (NetworkVirtualPort, type, "@type", network_virtual_port_type, XML_BAD (NONE, CONFIG_UNSUPPORTED)),
  XML_PART ("parameters", parameter_rows),
  XML_END
};

#define PROFILE_ID_MAX 39

static bool
virtual_port_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NetworkVirtualPort *port = object;

  if (port->profile_id != NULL && strlen (port->profile_id) > PROFILE_ID_MAX)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "profileid has more than %u bytes", PROFILE_ID_MAX);
  if (port->type == NETWORK_VIRTUAL_PORT_MIDONET || (port->profile_id != NULL && *port->profile_id == '\0'))
    g_clear_pointer (&port->profile_id, g_free);
  return true;
}

const XmlSchema network_virtual_port_schema
  = XML_SCHEMA (NetworkVirtualPort, "virtualport", virtual_port_rows, .finish = virtual_port_finish);

/* The parameters of each type, as bits. */
enum { MANAGER_ID = 1 << 0, TYPE_ID = 1 << 1, TYPE_ID_VERSION = 1 << 2, INSTANCE_ID = 1 << 3, INTERFACE_ID = 1 << 4, PROFILE_ID = 1 << 5 };
static const char *const parameter_names[] = { "managerid", "typeid", "typeidversion", "instanceid", "interfaceid", "profileid" };
static const struct { unsigned int allowed, needed; } port_parameters[] = {
  [NETWORK_VIRTUAL_PORT_ABSENT] = { ~0u, 0 },
  [NETWORK_VIRTUAL_PORT_QBG] = { MANAGER_ID | TYPE_ID | TYPE_ID_VERSION | INSTANCE_ID,
                                      MANAGER_ID | TYPE_ID | TYPE_ID_VERSION | INSTANCE_ID },
  [NETWORK_VIRTUAL_PORT_QBH] = { PROFILE_ID, PROFILE_ID },
  [NETWORK_VIRTUAL_PORT_OPENVSWITCH] = { INTERFACE_ID | PROFILE_ID, INTERFACE_ID },
  [NETWORK_VIRTUAL_PORT_MIDONET] = { INTERFACE_ID, INTERFACE_ID },
};

static unsigned int
parameters_of (const NetworkVirtualPort *port)
{
  return (port->manager_id != UINT_MAX ? MANAGER_ID : 0) | (port->type_id != UINT_MAX ? TYPE_ID : 0)
         | (port->type_id_version != UINT_MAX ? TYPE_ID_VERSION : 0) | (uuid_is_valid (port->instance_id) ? INSTANCE_ID : 0)
         | (uuid_is_valid (port->interface_id) ? INTERFACE_ID : 0) | (port->profile_id != NULL ? PROFILE_ID : 0);
}

static void
generate_ids (NetworkVirtualPort *port)
{
  unsigned int missing = port_parameters[port->type].allowed & ~parameters_of (port);

  if (missing & INSTANCE_ID)
    uuid_generate (port->instance_id);
  /* A midonet port is known to its switch by the id it was given there. */
  if ((missing & INTERFACE_ID) && port->type != NETWORK_VIRTUAL_PORT_MIDONET)
    uuid_generate (port->interface_id);
}

bool
network_virtual_port_check (xmlNode *parent, NetworkVirtualPort **ret_port, unsigned int needs, GError **error)
{
  xmlNode *node = network_child (parent, "virtualport");
  NetworkVirtualPort *port = *ret_port;
  unsigned int extra, missing;

  if (port == NULL)
    return true;
  if (port->type == NETWORK_VIRTUAL_PORT_ABSENT && (needs & NETWORK_VIRTUAL_PORT_TYPED))
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "'type' is missing");
  if (needs & NETWORK_VIRTUAL_PORT_GENERATE)
    generate_ids (port);
  extra = parameters_of (port) & ~port_parameters[port->type].allowed;
  if (extra != 0)
    return xml_fail (node, VIR_FROM_NET, VIR_ERR_XML_ERROR, error, "a port of type %s has no parameter '%s'",
                     xml_enum_name (&network_virtual_port_type_names, port->type), parameter_names[__builtin_ctz (extra)]);
  missing = needs & NETWORK_VIRTUAL_PORT_COMPLETE ? port_parameters[port->type].needed & ~parameters_of (port) : 0;
  if (missing != 0)
    return xml_fail (node, VIR_FROM_NET, VIR_ERR_XML_ERROR, error, "a port of type %s needs the parameter '%s'",
                     xml_enum_name (&network_virtual_port_type_names, port->type), parameter_names[__builtin_ctz (missing)]);
  if (port->type == NETWORK_VIRTUAL_PORT_ABSENT && parameters_of (port) == 0)
    {
      xml_free (&network_virtual_port_schema, port);
      *ret_port = NULL;
    }
  return true;
}

static bool
mismatch (const char *name, GError **error)
{
  return fail (error, VIR_FROM_NET, VIR_ERR_XML_ERROR, "the virtual ports of interface, network and port group differ in '%s'", name);
}

#define MERGE(member_, absent_, name_)                                                                                 \
  do {                                                                                                             \
    if (port->member_ == (absent_))                                                                                \
      port->member_ = other->member_;                                                                              \
    else if (other->member_ != (absent_) && port->member_ != other->member_)                                       \
      return mismatch (name_, error);                                                                              \
  } while (0)

static bool
merge_uuid (uint8_t uuid[16], const uint8_t other[16], const char *name, GError **error)
{
  if (!uuid_is_valid (uuid))
    memcpy (uuid, other, 16);
  return !uuid_is_valid (other) || memcmp (uuid, other, 16) == 0 || mismatch (name, error);
}

static bool
merge_into (NetworkVirtualPort *port, const NetworkVirtualPort *other, GError **error)
{
  MERGE (type, NETWORK_VIRTUAL_PORT_ABSENT, "type");
  MERGE (manager_id, UINT_MAX, "managerid");
  MERGE (type_id, UINT_MAX, "typeid");
  MERGE (type_id_version, UINT_MAX, "typeidversion");
  if (port->profile_id == NULL)
    port->profile_id = g_strdup (other->profile_id);
  if (other->profile_id != NULL && strcmp (port->profile_id, other->profile_id) != 0)
    return mismatch ("profileid", error);
  return merge_uuid (port->instance_id, other->instance_id, "instanceid", error)
         && merge_uuid (port->interface_id, other->interface_id, "interfaceid", error);
}

bool
network_virtual_port_merge (NetworkVirtualPort **port, const NetworkVirtualPort *other, GError **error)
{
  if (other == NULL)
    return true;
  if (*port != NULL)
    return merge_into (*port, other, error);
  *port = xml_copy (&network_virtual_port_schema, other);
  return true;
}

static void
drop_parameters (NetworkVirtualPort *port, unsigned int parameters)
{
  if (parameters & MANAGER_ID)
    port->manager_id = UINT_MAX;
  if (parameters & TYPE_ID)
    port->type_id = UINT_MAX;
  if (parameters & TYPE_ID_VERSION)
    port->type_id_version = UINT_MAX;
  if (parameters & INSTANCE_ID)
    memset (port->instance_id, 0, sizeof (port->instance_id));
  if (parameters & INTERFACE_ID)
    memset (port->interface_id, 0, sizeof (port->interface_id));
  if (parameters & PROFILE_ID)
    g_clear_pointer (&port->profile_id, g_free);
}

bool
network_virtual_port_complete (NetworkVirtualPort *port, GError **error)
{
  unsigned int missing;

  generate_ids (port);
  drop_parameters (port, ~port_parameters[port->type].allowed);
  missing = port_parameters[port->type].needed & ~parameters_of (port);
  return missing == 0
         || fail (error, VIR_FROM_NET, VIR_ERR_XML_ERROR, "a virtual port of type '%s' needs the parameter '%s'",
                  xml_enum_name (&network_virtual_port_type_names, port->type), parameter_names[__builtin_ctz (missing)]);
}

/* VLANs */

/* yes or no in any case. */
static bool
trunk_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);

  return xml_type_enum.parse (reader, field, node, lower, value, error);
}

static void
trunk_format (const XmlField *field, const void *value, GString *out)
{
  xml_type_enum.format (field, value, out);
}

static const XmlType type_trunk = {
  .name = "yes or no", .size = sizeof (Tristate), .is_integer = true, .parse = trunk_parse, .format = trunk_format,
};

#define VLAN_MAX 4095

static const XmlField tag_rows[] = {
  XML_UINT (NetworkVlanTag, id, "@id", .absent = -1, .flags = XML_REQUIRED),
  XML_ENUM (NetworkVlanTag, native_mode, "@nativeMode", network_native_vlan_mode),
  XML_END
};

static bool
tag_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const NetworkVlanTag *tag = object;

  return tag->id <= VLAN_MAX
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "the id is %u, above %u", tag->id, VLAN_MAX);
}

static const XmlSchema tag_schema = XML_SCHEMA (NetworkVlanTag, "tag", tag_rows, .finish = tag_finish);

static const XmlField vlan_rows[] = {
  XML_VALUE (NetworkVlan, trunk, "@trunk", type_trunk, .aux = &yes_no_names, XML_BAD (NONE, XML_ERROR)),
  XML_ITEMS (NetworkVlan, tags, "tag", tag_schema, XML_MISSING (NONE, XML_ERROR)),
  XML_END
};

/* Several tags make a trunk, and so does a native one. */
static bool
vlan_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NetworkVlan *vlan = object;
  unsigned int n_native = 0;

  for (unsigned int i = 0; i < vlan->tags.n; i++)
    n_native += vlan->tags.items[i]->native_mode != NETWORK_NATIVE_VLAN_ABSENT;
  if (n_native > 1)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "only one tag can have a nativeMode");
  if (vlan->trunk == TRI_NO && (n_native > 0 || vlan->tags.n > 1))
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "trunk='no' allows one tag without nativeMode");
  if (vlan->trunk == TRI_NO)
    vlan->trunk = TRI_ABSENT;
  if (vlan->tags.n > 1)
    vlan->trunk = TRI_YES;
  return true;
}

const XmlSchema network_vlan_schema = XML_SCHEMA (NetworkVlan, "vlan", vlan_rows, .finish = vlan_finish);

/* Bandwidth */

static const XmlField rate_rows[] = {
  XML_UINT64 (NetworkRate, average, "@average", XML_BAD (NONE, CONFIG_UNSUPPORTED)),
  XML_UINT64 (NetworkRate, peak, "@peak", XML_BAD (NONE, CONFIG_UNSUPPORTED)),
  XML_UINT64 (NetworkRate, floor, "@floor", XML_BAD (NONE, CONFIG_UNSUPPORTED)),
  XML_UINT64 (NetworkRate, burst, "@burst", XML_BAD (NONE, CONFIG_UNSUPPORTED)),
  XML_END
};

static bool
rate_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const NetworkRate *rate = object;
  bool has_average = xml_attribute (node, "average") != NULL;

  if (!has_average && xml_attribute (node, "floor") == NULL)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_DETAIL, error, "one of 'average' and 'floor' must be there");
  if (!has_average && (rate->peak != 0 || rate->burst != 0))
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, error, "'peak' and 'burst' need 'average'");
  if (rate->floor != 0 && strcmp ((const char *) node->name, "outbound") == 0)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, error, "only <inbound> can have 'floor'");
  return true;
}

static const XmlSchema rate_schema = XML_SCHEMA (NetworkRate, "rate", rate_rows, .finish = rate_finish);

static bool
has_inbound (const void *object, unsigned int format_flags)
{
  const NetworkBandwidth *bandwidth = object;

  return bandwidth->inbound != NULL && (bandwidth->inbound->average != 0 || bandwidth->inbound->floor != 0);
}

static bool
has_outbound (const void *object, unsigned int format_flags)
{
  const NetworkBandwidth *bandwidth = object;

  return bandwidth->outbound != NULL && bandwidth->outbound->average != 0;
}

static const XmlField bandwidth_rows[] = {
  XML_CHILD (NetworkBandwidth, inbound, "inbound", rate_schema, .when = has_inbound, .bad = VIR_ERR_XML_DETAIL),
  XML_CHILD (NetworkBandwidth, outbound, "outbound", rate_schema, .when = has_outbound, .bad = VIR_ERR_XML_DETAIL),
  XML_END
};

static const XmlField class_bandwidth_rows[] = {
  XML_UINT (NetworkBandwidth, class_id, "@classID", XML_BAD (NONE, INTERNAL_ERROR)),
  XML_PART ("", bandwidth_rows),
  XML_END
};

static bool
bandwidth_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  return xml_attribute (node, "classID") == NULL
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_DETAIL, error, "'classID' belongs to ports and to running interfaces");
}

const XmlSchema network_bandwidth_schema
  = XML_SCHEMA (NetworkBandwidth, "bandwidth", bandwidth_rows, .finish = bandwidth_finish);
const XmlSchema network_class_bandwidth_schema = XML_SCHEMA (NetworkBandwidth, "bandwidth", class_bandwidth_rows);

bool
network_bandwidth_check (xmlNode *parent, NetworkBandwidth **bandwidth, bool with_floor, GError **error)
{
  NetworkBandwidth *given = *bandwidth;

  if (given != NULL && given->inbound != NULL && given->inbound->floor != 0 && !with_floor)
    return xml_fail (network_child (parent, "bandwidth"), VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "'floor' is only for interfaces of networks that share their bandwidth");
  if (given != NULL && given->inbound == NULL && given->outbound == NULL && given->class_id == 0)
    {
      xml_free (&network_class_bandwidth_schema, given);
      *bandwidth = NULL;
    }
  return true;
}

/* Routes */

static const XmlField route_rows[] = {
  XML_ENUM (NetworkRoute, family, "@family", network_family, XML_BAD (NETWORK, XML_ERROR)),
  XML_IP_ADDRESS (NetworkRoute, address, "@address", XML_BAD (NETWORK, XML_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_IP_ADDRESS (NetworkRoute, netmask, "@netmask", XML_BAD (NETWORK, XML_ERROR)),
  XML_UINT (NetworkRoute, prefix, "@prefix", .absent = -1),
  XML_IP_ADDRESS (NetworkRoute, gateway, "@gateway", XML_BAD (NETWORK, XML_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_UINT (NetworkRoute, metric, "@metric", .flags = XML_POSITIVE),
  XML_END
};

unsigned int
ip_address_usual_prefix (const IpAddress *address)
{
  if (address->family == AF_INET6)
    return 64;
  return address->bytes[0] < 128 ? 8 : address->bytes[0] < 192 ? 16 : address->bytes[0] < 224 ? 24 : 32;
}

int
network_route_prefix (const NetworkRoute *route)
{
  if (route->prefix != UINT_MAX)
    return route->prefix;
  if (route->netmask.family != 0)
    return ip_address_netmask_prefix (&route->netmask);
  return 0;
}

/* Whether nothing is set after the first @prefix bits. */
static bool
is_network (const IpAddress *address, unsigned int prefix)
{
  for (unsigned int bit = prefix; bit < ip_address_bits (address); bit++)
    if ((address->bytes[bit / 8] & (0x80 >> bit % 8)) != 0)
      return false;
  return true;
}

static bool
route_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const NetworkRoute *route = object;
  uint8_t family = route->family == NETWORK_FAMILY_IPV6 ? AF_INET6 : AF_INET;
  const char *name = family == AF_INET6 ? "IPv6" : "IPv4";
  const char *problem = NULL;
  int prefix = network_route_prefix (route);

  if (route->address.family != family || route->gateway.family != family)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error,
                     "the %s is no %s address, as the family (ipv4 if absent) says",
                     route->address.family != family ? "address" : "gateway", name);
  if (route->netmask.family != 0 && family == AF_INET6)
    problem = "a netmask is for IPv4 only";
  else if (route->netmask.family != 0 && route->netmask.family != AF_INET)
    problem = "the netmask is not an IPv4 one";
  else if (route->netmask.family != 0 && route->prefix != UINT_MAX)
    problem = "there may be a prefix or a netmask, not both";
  else if (route->prefix != UINT_MAX && route->prefix > ip_address_bits (&route->address))
    problem = family == AF_INET6 ? "the prefix is not 0 to 128" : "the prefix is not 0 to 32";
  else if (prefix < 0 || !is_network (&route->address, prefix))
    problem = "the address is not one of a network: bits beyond its prefix are set";
  return problem == NULL || xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "%s", problem);
}

const XmlSchema network_route_schema = XML_SCHEMA (NetworkRoute, "route", route_rows, .finish = route_finish);
