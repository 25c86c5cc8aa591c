/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate.c: what a network that is defined or changed must keep to. */
#include "model/network/network.h"

#include <arpa/inet.h>

static bool refuse (GError **error, const Network *network, const char *format, ...) G_GNUC_PRINTF (3, 4);

static bool
refuse (GError **error, const Network *network, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s': %s", network->name, message);
}

/* Whether its ports are on a bridge, be it its own. */
static bool
has_bridge (const Network *network)
{
  return network_has_own_bridge (network) || (network->forward.mode == NETWORK_FORWARD_BRIDGE && network->bridge.name != NULL);
}

/* Networks whose bridge or devices are somebody else's say nothing about
 * addresses, names and rates. */
static bool
check_elements (const Network *network, GError **error)
{
  static const uint8_t no_mac[6];
  const char *mode = xml_enum_name (&network_forward_mode_names, network->forward.mode);
  const struct { const char *element; bool is_there; } elements[] = {
    { "mac", memcmp (network->mac, no_mac, sizeof (no_mac)) != 0 },
    { "ip", network->ips.n > 0 },
    { "dns", network->dns.txts.n > 0 || network->dns.hosts.n > 0 || network->dns.srvs.n > 0 },
    { "domain", network->domain.name != NULL },
    { "bandwidth", network->bandwidth != NULL && !has_bridge (network) },
  };

  if (network_has_own_bridge (network))
    return true;
  for (unsigned int i = 0; i < G_N_ELEMENTS (elements); i++)
    if (elements[i].is_there)
      return refuse (error, network, "<%s> is not possible with forward mode '%s'", elements[i].element, mode);
  return true;
}

/* DHCP serves one subnet of each family. */
static bool
check_dhcp (const Network *network, GError **error)
{
  unsigned int n_v4 = 0, n_v6 = 0;

  for (unsigned int i = 0; i < network->ips.n; i++)
    {
      const NetworkIp *ip = network->ips.items[i];
      unsigned int *n = ip->address.family == AF_INET6 ? &n_v6 : &n_v4;

      *n += ip->ranges.n > 0 || ip->hosts.n > 0;
      if (*n > 1)
        return refuse (error, network, "more than one %s subnet has <dhcp>", n == &n_v6 ? "IPv6" : "IPv4");
    }
  return true;
}

/* Whether ports of @type tag their frames here. */
static bool
can_tag (const Network *network, NetworkVirtualPortType type)
{
  NetworkForwardMode mode = network->forward.mode;

  return mode == NETWORK_FORWARD_PASSTHROUGH || mode == NETWORK_FORWARD_HOSTDEV
         || (mode == NETWORK_FORWARD_BRIDGE && type == NETWORK_VIRTUAL_PORT_OPENVSWITCH);
}

static bool
check_port_group (const Network *network, const NetworkPortGroup *group, GError **error)
{
  NetworkVirtualPortType type = network->virtual_port != NULL ? network->virtual_port->type : NETWORK_VIRTUAL_PORT_ABSENT;

  if (group->virtual_port != NULL)
    type = group->virtual_port->type;
  if ((group->vlan != NULL || network->vlan != NULL) && !can_tag (network, type))
    return refuse (error, network, "the ports of group '%s' cannot have a <vlan>", group->name);
  if (group->bandwidth != NULL && !has_bridge (network))
    return refuse (error, network, "port group '%s' has <bandwidth>, which is not possible with forward mode '%s'", group->name,
                   xml_enum_name (&network_forward_mode_names, network->forward.mode));
  return true;
}

static bool
check_port_groups (const Network *network, GError **error)
{
  const NetworkPortGroup *fallback = NULL;

  for (unsigned int i = 0; i < network->port_groups.n; i++)
    {
      const NetworkPortGroup *group = network->port_groups.items[i];

      for (unsigned int j = 0; j < i; j++)
        if (strcmp (group->name, network->port_groups.items[j]->name) == 0)
          return refuse (error, network, "port group '%s' is there twice", group->name);
      if (group->is_default == TRI_YES && fallback != NULL)
        return refuse (error, network, "port groups '%s' and '%s' are both the default", fallback->name, group->name);
      if (group->is_default == TRI_YES)
        fallback = group;
      if (!check_port_group (network, group, error))
        return false;
    }
  return true;
}

static bool
check_devices (const Network *network, GError **error)
{
  bool is_hostdev = network->forward.mode == NETWORK_FORWARD_HOSTDEV;

  if (is_hostdev && network->forward.interfaces.n > 0)
    return refuse (error, network, "forward mode 'hostdev' takes PCI addresses, not names as '%s'",
                   network->forward.interfaces.items[0]->dev);
  if (!is_hostdev && network->forward.addresses.n > 0)
    return refuse (error, network, "PCI addresses are for forward mode 'hostdev' only");
  return true;
}

bool
network_validate (const Network *network, GError **error)
{
  NetworkVirtualPortType type = network->virtual_port != NULL ? network->virtual_port->type : NETWORK_VIRTUAL_PORT_ABSENT;

  if (network->vlan != NULL && !can_tag (network, type))
    return refuse (error, network, "<vlan> is for Open vSwitch bridges and forward modes passthrough and hostdev");
  return check_devices (network, error) && check_elements (network, error) && check_dhcp (network, error)
         && check_port_groups (network, error);
}
