/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-ip.c: a network's own addresses, and what it gives to guests by DHCP. */
#include "model/network/network.h"

#include <arpa/inet.h>

#define RANGE_MAX 65535
#define LEASE_MIN_SECONDS 120

/* Leases */

static bool
lease_has_unit (const void *object, unsigned int format_flags)
{
  return ((const NetworkLease *) object)->expiry > 0;
}

static const XmlField lease_rows[] = {
  XML_INT64 (NetworkLease, expiry, "@expiry", .absent = -1),
  XML_ENUM (NetworkLease, unit, "@unit", network_lease_unit, .absent = NETWORK_LEASE_MINUTES, .flags = XML_ALWAYS,
            .when = lease_has_unit),
  XML_END
};

static bool
lease_check (xmlNode *node, const NetworkLease *lease, GError **error)
{
  static const unsigned int seconds[] = { [NETWORK_LEASE_SECONDS] = 1, [NETWORK_LEASE_MINUTES] = 60, [NETWORK_LEASE_HOURS] = 3600 };
  xmlNode *child = network_child (node, "lease");

  if (lease->expiry < -1 || (lease->expiry == -1 && child != NULL && xml_attribute (child, "expiry") != NULL))
    return xml_fail (child, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "attribute 'expiry' is not a number from 0");
  if (lease->expiry > 0 && lease->expiry < LEASE_MIN_SECONDS && lease->expiry * seconds[lease->unit] < LEASE_MIN_SECONDS)
    return xml_fail (child, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, error, "a lease takes at least %u seconds",
                     LEASE_MIN_SECONDS);
  return true;
}

/* Ranges */

static const XmlField range_rows[] = {
  XML_IP_ADDRESS (NetworkDhcpRange, start, "@start", XML_BAD (NONE, SYSTEM_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_IP_ADDRESS (NetworkDhcpRange, end, "@end", XML_BAD (NONE, SYSTEM_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_EMBED (NetworkDhcpRange, lease, "lease", lease_rows),
  XML_END
};

static bool
range_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  return lease_check (node, &((const NetworkDhcpRange *) object)->lease, error);
}

const XmlSchema network_dhcp_range_schema
  = XML_SCHEMA (NetworkDhcpRange, "range", range_rows, .finish = range_finish, .from = VIR_FROM_NETWORK);

/* The distance of two addresses, capped. */
static unsigned int
distance (const IpAddress *start, const IpAddress *end)
{
  unsigned int n = ip_address_bits (start) / 8, result = 0;

  for (unsigned int i = 0; i < n; i++)
    {
      if (result >= RANGE_MAX)
        return RANGE_MAX;
      result = result * 256 + end->bytes[i] - start->bytes[i];
    }
  return result;
}

/* Whether all bits after the first @prefix are @value. */
static bool
rest_is (const IpAddress *address, unsigned int prefix, unsigned int value)
{
  for (unsigned int bit = prefix; bit < ip_address_bits (address); bit++)
    if (((address->bytes[bit / 8] >> (7 - bit % 8)) & 1) != value)
      return false;
  return true;
}

static const char *
range_problem (const IpAddress *start, const IpAddress *end, const NetworkIp *network)
{
  int prefix = network != NULL ? network_ip_prefix (network) : -1;

  if (start->family != end->family || (network != NULL && network->address.family != start->family))
    return "its addresses are not of the same family";
  if (ip_address_compare (start, end) > 0)
    return "it is reversed";
  if (prefix >= 0 && (!ip_address_in_subnet (start, &network->address, prefix) || !ip_address_in_subnet (end, &network->address, prefix)))
    return "it is not entirely within the network";
  if (prefix >= 0 && prefix < (int) ip_address_bits (start) - 1 && rest_is (start, prefix, 0))
    return "its start is the network's address";
  if (prefix >= 0 && prefix < (int) ip_address_bits (start) - 1 && start->family == AF_INET && rest_is (end, prefix, 1))
    return "its end is the broadcast address";
  return distance (start, end) >= RANGE_MAX ? "it has more than 65535 addresses" : NULL;
}

bool
network_range_check (const IpAddress *start, const IpAddress *end, const NetworkIp *network, GError **error)
{
  const char *problem = range_problem (start, end, network);
  g_autofree char *first = ip_address_text (start), *last = ip_address_text (end);
  g_autofree char *place = NULL;

  if (problem == NULL)
    return true;
  place = network != NULL ? ip_address_text (&network->address) : NULL;
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the range %s - %s%s%s: %s", first, last,
               place != NULL ? " of the network with " : "", place != NULL ? place : "", problem);
}

/* Hosts */

/* Text that must be a MAC address, kept as it is. */
static bool
mac_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint8_t mac[6];

  if (!xml_type_mac.parse (reader, field, node, text, mac, error))
    return false;
  if (mac[0] & 1)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "the MAC address %s is a multicast one", text);
  return xml_type_string.parse (reader, field, node, text, value, error);
}

static const XmlType type_mac_text = {
  .name = "a MAC address like 52:54:00:12:34:56", .parse = mac_parse, XML_LIKE_STRING,
};

static const XmlField host_rows[] = {
  XML_STRING (NetworkDhcpHost, id, "@id"),
  XML_VALUE (NetworkDhcpHost, mac, "@mac", type_mac_text, XML_BAD (NETWORK, XML_ERROR)),
  XML_STRING (NetworkDhcpHost, name, "@name"),
  XML_IP_ADDRESS (NetworkDhcpHost, ip, "@ip", XML_BAD (NETWORK, XML_ERROR)),
  XML_EMBED (NetworkDhcpHost, lease, "lease", lease_rows),
  XML_END
};

static bool
host_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  return lease_check (node, &((const NetworkDhcpHost *) object)->lease, error);
}

const XmlSchema network_dhcp_host_schema
  = XML_SCHEMA (NetworkDhcpHost, "host", host_rows, .finish = host_finish, .from = VIR_FROM_NETWORK);

const char *
network_dhcp_host_problem (const NetworkDhcpHost *host, bool is_v6, bool partial)
{
  bool has_key = host->name != NULL || host->mac != NULL || (partial ? host->ip.family != 0 : is_v6 && host->id != NULL);

  if (is_v6 && host->mac != NULL)
    return "'mac' is for IPv4 only, 'id' names a host of IPv6";
  if (host->id != NULL && host->id[strspn (host->id, "0123456789abcdefABCDEF:")] != '\0')
    return "'id' has other characters than hexadecimal digits and ':'";
  if (host->name != NULL && *host->name == '\0')
    return "'name' is empty";
  if (host->ip.family == 0 && !partial)
    return "'ip' is missing";
  if (has_key)
    return NULL;
  if (partial)
    return "one of 'mac', 'name' and 'ip' must be there";
  return is_v6 ? "one of 'id' and 'name' must be there" : "one of 'mac' and 'name' must be there";
}

/* Addresses */

static bool
has_dhcp (const void *object, unsigned int format_flags)
{
  const NetworkIp *ip = object;

  return ip->ranges.n > 0 || ip->hosts.n > 0;
}

static bool
has_bootp (const void *object, unsigned int format_flags)
{
  return has_dhcp (object, format_flags) && ((const NetworkIp *) object)->bootp.file != NULL;
}

static const XmlField ip_rows[] = {
  XML_ENUM (NetworkIp, family, "@family", network_family, XML_BAD (NETWORK, XML_ERROR)),
  XML_IP_ADDRESS (NetworkIp, address, "@address", XML_BAD (NETWORK, XML_ERROR), XML_MISSING (NETWORK, XML_ERROR)),
  XML_IP_ADDRESS (NetworkIp, netmask, "@netmask", XML_BAD (NETWORK, XML_ERROR)),
  XML_UINT (NetworkIp, prefix, "@prefix"),
  XML_YES_NO (NetworkIp, local_ptr, "@localPtr"),
  XML_STRING (NetworkIp, tftp_root, "tftp/@root"),
  XML_ITEMS (NetworkIp, ranges, "dhcp/range", network_dhcp_range_schema),
  XML_ITEMS (NetworkIp, hosts, "dhcp/host", network_dhcp_host_schema),
  XML_STRING (NetworkIp, bootp.file, "dhcp/bootp/@file", .when = has_bootp),
  XML_IP_ADDRESS (NetworkIp, bootp.server, "dhcp/bootp/@server", .when = has_bootp, XML_BAD (NONE, SYSTEM_ERROR)),
  XML_END
};

int
network_ip_prefix (const NetworkIp *ip)
{
  if (ip->prefix != 0)
    return ip->prefix;
  return ip->netmask.family != 0 ? ip_address_netmask_prefix (&ip->netmask) : (int) ip_address_usual_prefix (&ip->address);
}

static const char *
ip_problem (const NetworkIp *ip)
{
  bool is_v6 = ip->family == NETWORK_FAMILY_IPV6;

  if (ip->address.family != (is_v6 ? AF_INET6 : AF_INET))
    return is_v6 ? "the address is no IPv6 address, as the family says"
                 : "the address is no IPv4 address, as the family (ipv4 if absent) says";
  if (ip->netmask.family != 0 && (is_v6 || ip->netmask.family != AF_INET))
    return "a netmask is for IPv4 only";
  if (ip->netmask.family != 0 && ip->prefix != 0)
    return "there may be a prefix or a netmask, not both";
  if (ip->prefix > ip_address_bits (&ip->address))
    return is_v6 ? "the prefix is not 0 to 128" : "the prefix is not 0 to 32";
  return is_v6 && ip->tftp_root != NULL ? "<tftp> is for IPv4 only" : NULL;
}

static bool
ip_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NetworkIp *ip = object;
  const char *problem = ip_problem (ip);
  xmlNode *dhcp = network_child (node, "dhcp");

  if (problem != NULL)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, error, "%s", problem);
  if (ip->address.family == AF_INET6)
    {
      g_clear_pointer (&ip->bootp.file, g_free);
      ip->bootp.server.family = 0;
    }
  for (unsigned int i = 0; i < ip->ranges.n; i++)
    {
      g_autoptr (GError) reason = NULL;

      if (!network_range_check (&ip->ranges.items[i]->start, &ip->ranges.items[i]->end, ip, &reason))
        return xml_fail (network_nth_child (dhcp, "range", i), VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, error, "%s", reason->message);
    }
  for (unsigned int i = 0; i < ip->hosts.n; i++)
    {
      problem = network_dhcp_host_problem (ip->hosts.items[i], ip->address.family == AF_INET6, false);
      if (problem != NULL)
        return xml_fail (network_nth_child (dhcp, "host", i), VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "%s", problem);
    }
  return true;
}

const XmlSchema network_ip_schema = XML_SCHEMA (NetworkIp, "ip", ip_rows, .finish = ip_finish);
