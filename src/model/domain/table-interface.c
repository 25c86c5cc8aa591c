/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-interface.c: network interfaces; their host's ends have a file of their own. */
#include "model/domain/tables.h"

#include <arpa/inet.h>

XML_ENUM_DEFINE (link_state, LINK_STATE_LIST)
XML_ENUM_DEFINE (mac_type, MAC_TYPE_LIST)
XML_ENUM_DEFINE (teaming_type, TEAMING_TYPE_LIST)
XML_ENUM_DEFINE (interface_driver, INTERFACE_DRIVER_LIST)
XML_ENUM_DEFINE (interface_txmode, INTERFACE_TXMODE_LIST)
XML_ENUM_DEFINE (interface_backend, INTERFACE_BACKEND_LIST)
XML_ENUM_DEFINE (port_forward, PORT_FORWARD_LIST)

/* What host devices have too */

static const XmlField teaming_rows[] = {
  XML_ENUM (DomainTeaming, type, "@type", teaming_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainTeaming, persistent, "@persistent"),
  XML_END
};

const XmlSchema domain_teaming_schema = XML_SCHEMA (DomainTeaming, "teaming", teaming_rows);

static const XmlField ip_rows[] = {
  XML_IP_ADDRESS (DomainIp, address, "@address", XML_BAD (DOMAIN, XML_ERROR), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainIp, family, "@family", network_family, .flags = XML_LENIENT),
  XML_UINT (DomainIp, prefix, "@prefix", XML_BAD (DOMAIN, XML_ERROR)),
  XML_IP_ADDRESS (DomainIp, peer, "@peer", XML_BAD (DOMAIN, INVALID_ARG)),
  XML_END
};

static bool
ip_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainIp *ip = object;
  NetworkFamily family = ip->address.family == AF_INET6 ? NETWORK_FAMILY_IPV6 : NETWORK_FAMILY_IPV4;

  if (ip->family != NETWORK_FAMILY_ABSENT && ip->family != family)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the address is not one of family '%s'",
                     xml_enum_name (&network_family_names, ip->family));
  ip->family = family;
  if (ip->prefix > ip_address_bits (&ip->address))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the prefix is %u, above %u", ip->prefix,
                     ip_address_bits (&ip->address));
  if (ip->peer.family != 0 && ip->peer.family != ip->address.family)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, error, "the peer is of another family than the address");
  return true;
}

const XmlSchema domain_ip_schema = XML_SCHEMA (DomainIp, "ip", ip_rows, .finish = ip_finish);

/* Forwarded ports */

static const XmlField range_rows[] = {
  XML_UINT (DomainPortRange, start, "@start", .flags = XML_POSITIVE),
  XML_UINT (DomainPortRange, end, "@end", .flags = XML_POSITIVE),
  XML_UINT (DomainPortRange, to, "@to", .flags = XML_POSITIVE),
  XML_YES_NO (DomainPortRange, exclude, "@exclude"),
  XML_END
};
static const XmlSchema range_schema = XML_SCHEMA (DomainPortRange, "range", range_rows);

static const XmlField port_forward_rows[] = {
  XML_ENUM (DomainPortForward, protocol, "@proto", port_forward, .flags = XML_REQUIRED),
  XML_IP_ADDRESS (DomainPortForward, address, "@address", XML_BAD (DOMAIN, XML_ERROR)),
  XML_STRING (DomainPortForward, dev, "@dev"),
  XML_ITEMS (DomainPortForward, ranges, "range", range_schema),
  XML_END
};

/* A range that starts nowhere is none. */
static bool
port_forward_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainPortForward *forward = object;

  for (unsigned int i = forward->ranges.n; i-- > 0;)
    if (forward->ranges.items[i]->start == 0)
      xml_free (&range_schema, xml_list_steal (&forward->ranges, i));
  return true;
}

static const XmlSchema port_forward_schema
  = XML_SCHEMA (DomainPortForward, "portForward", port_forward_rows, .finish = port_forward_finish);

/* The driver of a virtio card */

#define HOST(name_) XML_ON_OFF (DomainInterfaceDriver, host.name_, "host/@" #name_)
#define GUEST(name_) XML_ON_OFF (DomainInterfaceDriver, guest.name_, "guest/@" #name_)

static const XmlField driver_rows[] = {
  XML_ENUM (DomainInterfaceDriver, name, "@name", interface_driver),
  XML_ENUM (DomainInterfaceDriver, txmode, "@txmode", interface_txmode),
  XML_ON_OFF (DomainInterfaceDriver, ioeventfd, "@ioeventfd"),
  XML_ON_OFF (DomainInterfaceDriver, event_idx, "@event_idx", .flags = XML_ABI),
  XML_UINT (DomainInterfaceDriver, queues, "@queues", .flags = XML_ABI),
  XML_UINT (DomainInterfaceDriver, rx_queue_size, "@rx_queue_size", .flags = XML_ABI),
  XML_UINT (DomainInterfaceDriver, tx_queue_size, "@tx_queue_size", .flags = XML_ABI),
  XML_ON_OFF (DomainInterfaceDriver, rss, "@rss", .flags = XML_ABI),
  XML_ON_OFF (DomainInterfaceDriver, rss_hash_report, "@rss_hash_report", .flags = XML_ABI),
  XML_EMBED (DomainInterfaceDriver, virtio, "", domain_virtio_rows, .flags = XML_ABI),
  HOST (csum), HOST (gso), HOST (tso4), HOST (tso6), HOST (ecn), HOST (ufo), HOST (mrg_rxbuf),
  GUEST (csum), GUEST (tso4), GUEST (tso6), GUEST (ecn), GUEST (ufo),
  XML_END
};
static const XmlSchema driver_schema = XML_SCHEMA (DomainInterfaceDriver, "driver", driver_rows);

static const XmlField backend_rows[] = {
  XML_ENUM (DomainInterfaceBackend, type, "@type", interface_backend),
  XML_STRING (DomainInterfaceBackend, tap, "@tap"),
  XML_STRING (DomainInterfaceBackend, vhost, "@vhost"),
  XML_STRING (DomainInterfaceBackend, log_file, "@logFile"),
  XML_END
};
static const XmlSchema backend_schema = XML_SCHEMA (DomainInterfaceBackend, "backend", backend_rows);

/* A device of the host has a <driver> of its own kind. */
static const XmlField card_rows[] = {
  XML_CHILD (DomainInterface, driver, "driver", driver_schema), XML_END
};
static const XmlField *const card_rows_by_type[INTERFACE_TYPE_LAST] = {
  [INTERFACE_TYPE_ABSENT] = NULL,
  [INTERFACE_TYPE_USER ... INTERFACE_TYPE_DIRECT] = card_rows,
  [INTERFACE_TYPE_HOSTDEV] = (const XmlField[]) { XML_END },
  [INTERFACE_TYPE_UDP ... INTERFACE_TYPE_VDS] = card_rows,
};
static const XmlCases card_cases = XML_CASES_OF (DomainInterface, type, interface_type, card_rows_by_type);

/* The interface */

/* Names that are chosen at each start. */
static bool
is_made_up (const DomainInterface *interface)
{
  static const char *const prefixes[] = { "vnet", "macvtap", "macvlan" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (interface->target_dev != NULL && g_str_has_prefix (interface->target_dev, prefixes[i]))
      return interface->target_managed != TRI_NO;
  return false;
}

static bool
target_is_printed (const void *object, unsigned int format_flags)
{
  return !(format_flags & XML_FORMAT_INACTIVE) || !is_made_up (object);
}

static bool
is_host_device (const void *object, unsigned int format_flags)
{
  return ((const DomainInterface *) object)->type == INTERFACE_TYPE_HOSTDEV;
}

static const XmlField interface_rows[] = {
  XML_ENUM (DomainInterface, type, "@type", interface_type, .absent = INTERFACE_TYPE_USER, .flags = XML_ALWAYS,
            .when = domain_interface_shows_own),
  XML_VALUE (DomainInterface, actual, "@type", domain_type_actual_type, .flags = XML_WRITE_ONLY | XML_LIVE,
             .when = domain_interface_shows_actual),
  XML_YES_NO (DomainInterface, managed, "@managed", .flags = XML_LENIENT, .when = is_host_device),
  XML_YES_NO (DomainInterface, trust_rx_filters, "@trustGuestRxFilters"),
  XML_MAC (DomainInterface, mac, "mac/@address", .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainInterface, mac_type, "mac/@type", mac_type),
  XML_YES_NO (DomainInterface, mac_check, "mac/@check"),
  XML_PART ("", domain_interface_source_rows),
  XML_CHILD (DomainInterface, vlan, "vlan", network_vlan_schema, .when = domain_interface_shows_own),
  XML_CHILD (DomainInterface, virtual_port, "virtualport", network_virtual_port_schema, .when = domain_interface_shows_own),
  XML_CHILD (DomainInterface, bandwidth, "bandwidth", network_bandwidth_schema, .when = domain_interface_shows_own),
  XML_YES_NO (DomainInterface, isolated, "port/@isolated", .when = domain_interface_shows_own),
  XML_VIEW (DomainInterface, actual, domain_interface_shown_rows, .when = domain_interface_shows_actual),
  XML_PART ("", domain_interface_actual_rows),
  XML_ITEMS (DomainInterface, ips, "ip", domain_ip_schema),
  XML_ITEMS (DomainInterface, routes, "route", network_route_schema),
  XML_ITEMS (DomainInterface, port_forwards, "portForward", port_forward_schema),
  XML_STRING (DomainInterface, script, "script/@path"),
  XML_STRING (DomainInterface, downscript, "downscript/@path"),
  XML_STRING (DomainInterface, backend_domain, "backenddomain/@name"),
  XML_STRING (DomainInterface, target_dev, "target/@dev", .when = target_is_printed),
  XML_YES_NO (DomainInterface, target_managed, "target/@managed"),
  XML_STRING (DomainInterface, guest_dev, "guest/@dev"),
  XML_STRING (DomainInterface, guest_actual, "guest/@actual"),
  XML_STRING (DomainInterface, model, "model/@type", .flags = XML_ABI),
  XML_CASES (card_cases),
  XML_CHILD (DomainInterface, backend, "backend", backend_schema),
  XML_CHILD (DomainInterface, filterref, "filterref", nwfilter_ref_schema),
  XML_UINT64 (DomainInterface, sndbuf, "tune/sndbuf", .absent = -1, XML_BAD (DOMAIN, XML_ERROR)),
  XML_CHILD (DomainInterface, teaming, "teaming", domain_teaming_schema, .flags = XML_ABI),
  XML_ENUM (DomainInterface, link, "link/@state", link_state, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainInterface, mtu, "mtu/@size", .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainInterface, coalesce_frames, "coalesce/rx/frames/@max", XML_BAD (DOMAIN, XML_DETAIL)),
  XML_INFO (DomainInterface),
  XML_END
};

/* Sets *@child, which says nothing or may not be there, free. */
static void
drop (const XmlSchema *schema, void *child)
{
  xml_free (schema, *(void **) child);
  *(void **) child = NULL;
}

static void
drop_if_empty (const XmlSchema *schema, void *child)
{
  void *empty = xml_new (schema);

  if (*(void **) child != NULL && xml_equal (schema, *(void **) child, empty, NULL))
    drop (schema, child);
  xml_free (schema, empty);
}

/* Models are known in any case of letters. */
static bool
check_model (DomainInterface *interface, xmlNode *node, GError **error)
{
  static const char *const known[] = {
    "netfront", "rtl8139", "virtio", "e1000", "e1000e", "virtio-transitional", "virtio-non-transitional", "usb-net",
    "spapr-vlan", "lan9118", "scm91c111", "vlance", "vmxnet", "vmxnet2", "vmxnet3", "Am79C970A", "Am79C973", "82540EM",
    "82545EM", "82543GC",
  };

  if (interface->model != NULL && *interface->model == '\0')
    g_clear_pointer (&interface->model, g_free);
  if (interface->model == NULL)
    return true;
  for (unsigned int i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ascii_strcasecmp (known[i], interface->model) == 0)
      {
        g_free (interface->model);
        interface->model = g_strdup (known[i]);
      }
  return text_is_made_of (interface->model, "_-")
         || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, error,
                      "model '%s' has other characters than letters, digits, '-' and '_'", interface->model);
}

/* Only virtio cards have a driver, and a device of the host that helps them. */
static bool
check_driver (DomainInterface *interface, xmlNode *node, GError **error)
{
  bool is_virtio = domain_interface_is_virtio (interface);
  const DomainVirtioOptions none = { 0 };

  if (interface->driver != NULL && !is_virtio && memcmp (&interface->driver->virtio, &none, sizeof (none)) != 0)
    return xml_fail (network_child (node, "driver"), VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "options of virtio are for virtio devices only");
  if (interface->driver != NULL && !is_virtio)
    drop (&driver_schema, &interface->driver);
  /* One queue is what a card has anyway. */
  if (interface->driver != NULL && interface->driver->queues == 1)
    interface->driver->queues = 0;
  drop_if_empty (&driver_schema, &interface->driver);
  if (interface->backend != NULL && (!is_virtio || interface->type == INTERFACE_TYPE_HOSTDEV))
    g_clear_pointer (&interface->backend->vhost, g_free);
  drop_if_empty (&backend_schema, &interface->backend);
  if (interface->type == INTERFACE_TYPE_VHOSTUSER && !is_virtio)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "type='vhostuser' needs a virtio model");
  return true;
}

/* What a switch is told. */
static bool
check_switch (DomainInterface *interface, xmlNode *node, GError **error)
{
  DomainInterfaceType type = interface->type;
  bool is_network = type == INTERFACE_TYPE_NETWORK;
  unsigned int needs = NETWORK_VIRTUAL_PORT_GENERATE
                       | (is_network ? 0 : NETWORK_VIRTUAL_PORT_TYPED | NETWORK_VIRTUAL_PORT_COMPLETE);

  if (interface->virtual_port != NULL && !is_network && type != INTERFACE_TYPE_BRIDGE && type != INTERFACE_TYPE_DIRECT
      && type != INTERFACE_TYPE_HOSTDEV)
    return xml_fail (network_child (node, "virtualport"), VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "an interface of type '%s' has no virtual port", xml_enum_name (&interface_type_names, type));
  if (!network_virtual_port_check (node, &interface->virtual_port, needs, error)
      || !network_bandwidth_check (node, &interface->bandwidth, is_network, error))
    return false;
  if (interface->filterref != NULL
      && (interface->filterref->filter == NULL || (!is_network && type != INTERFACE_TYPE_BRIDGE && type != INTERFACE_TYPE_ETHERNET)))
    drop (&nwfilter_ref_schema, &interface->filterref);
  return true;
}

bool
domain_teaming_check (DomainTeaming **ret_teaming, xmlNode *parent, GError **error)
{
  DomainTeaming *teaming = *ret_teaming;
  xmlNode *node = network_child (parent, "teaming");

  if (teaming == NULL)
    return true;
  if (teaming->type == TEAMING_TYPE_ABSENT && teaming->persistent != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'@type' is missing");
  if (teaming->type != TEAMING_TYPE_ABSENT && (teaming->type == TEAMING_TYPE_TRANSIENT) != (teaming->persistent != NULL))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "'@persistent' belongs to type='transient', and only there");
  drop_if_empty (&domain_teaming_schema, ret_teaming);
  return true;
}

static bool
interface_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInterface *interface = object;

  if (interface->mac[0] & 1)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the MAC address is a multicast address");
  if (interface->target_managed == TRI_NO && interface->type != INTERFACE_TYPE_ETHERNET)
    return xml_fail (network_child (node, "target"), VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "managed='no' is for interfaces of type 'ethernet'");
  if ((xml_reader_flags (reader) & XML_PARSE_INACTIVE) && is_made_up (interface))
    g_clear_pointer (&interface->target_dev, g_free);
  if (interface->type == INTERFACE_TYPE_USER
      && (interface->backend == NULL || interface->backend->type != INTERFACE_BACKEND_PASST))
    g_clear_pointer (&interface->dev, g_free);
  if (interface->script != NULL && *interface->script == '\0')
    g_clear_pointer (&interface->script, g_free);
  return domain_interface_check_source (interface, node, error) && check_model (interface, node, error)
         && check_driver (interface, node, error) && check_switch (interface, node, error)
         && domain_teaming_check (&interface->teaming, node, error);
}

const XmlSchema domain_interface_schema
  = XML_SCHEMA (DomainInterface, "interface", interface_rows, .finish = interface_finish, .from = VIR_FROM_DOMAIN);
