/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The call that lists DHCP leases. */
#include <string.h>

#include "handlers/handlers.h"

/* The prefix of the network's address that @lease belongs to. */
static unsigned int
prefix_of (const Network *network, const DnsmasqLease *lease)
{
  IpAddress address = { 0 };

  if (!ip_address_parse (lease->ip, &address))
    return 0;
  for (unsigned int i = 0; i < network->ips.n; i++)
    {
      const NetworkIp *ip = network->ips.items[i];
      int prefix = network_ip_prefix (ip);

      if (prefix >= 0 && ip->address.family == address.family && ip_address_in_subnet (&address, &ip->address, prefix))
        return (unsigned int) prefix;
    }
  return 0;
}

static void
put_lease (RemoteNetworkDhcpLease *ret, const DnsmasqLease *lease, const Network *network)
{
  *ret = (RemoteNetworkDhcpLease) {
    .iface = g_strdup (network->bridge.name), .expirytime = lease->expiry,
    .type = lease->is_v6 ? VIR_IP_ADDR_TYPE_IPV6 : VIR_IP_ADDR_TYPE_IPV4,
    .mac = g_strdup (lease->mac), .iaid = g_strdup (lease->iaid), .ipaddr = g_strdup (lease->ip),
    .prefix = prefix_of (network, lease), .hostname = g_strdup (lease->hostname), .clientid = g_strdup (lease->client_id),
  };
}

bool
handle_network_get_dhcp_leases (Call *call, const NetworkGetDhcpLeasesArgs *args, NetworkGetDhcpLeasesRet *ret, GError **error)
{
  g_autoptr (Net) net = NULL;
  g_autoptr (GPtrArray) leases = NULL;
  uint8_t mac[6];

  if (args->mac != NULL && !mac_address_parse (args->mac, mac))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_INVALID_MAC, "'%s' is not a MAC address", args->mac);
  if (!handler_check_flags (args->flags, 0, "virNetworkGetDHCPLeases", error))
    return false;
  net = handler_net (&args->net, error);
  if (net == NULL)
    return false;
  if (net->live == NULL || !network_has_own_bridge (net->live))
    return true;
  leases = dnsmasq_leases (net->live->bridge.name, args->mac, error);
  if (leases == NULL)
    return false;
  /* It may have stopped meanwhile. */
  if (net->live == NULL)
    return true;
  ret->ret = leases->len;
  if (args->need_results == 0)
    return true;
  ret->leases = g_new0 (RemoteNetworkDhcpLease, leases->len);
  ret->n_leases = leases->len;
  for (unsigned int i = 0; i < leases->len; i++)
    put_lease (&ret->leases[i], leases->pdata[i], net->live);
  return true;
}
