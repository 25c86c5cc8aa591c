/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files.c: a network as dnsmasq's configuration, its fixed leases and its names. */
#include <arpa/inet.h>
#include <string.h>

#include "dnsmasq/private.h"
#include "util/error.h"
#include "util/paths.h"

void
dnsmasq_files_clear (DnsmasqFiles *files)
{
  g_clear_pointer (&files->conf, g_free);
  g_clear_pointer (&files->hosts, g_free);
  g_clear_pointer (&files->addn_hosts, g_free);
}

static bool
is_v6 (const NetworkIp *ip)
{
  return ip->address.family == AF_INET6;
}

static bool
has_dhcp (const NetworkIp *ip)
{
  return ip->ranges.n > 0 || ip->hosts.n > 0;
}

/* The address of @family whose guests get theirs by DHCP; NULL: none. A definition has at most one. */
static const NetworkIp *
dhcp_ip (const Network *network, int family)
{
  for (unsigned int i = 0; i < network->ips.n; i++)
    if (network->ips.items[i]->address.family == family && has_dhcp (network->ips.items[i]))
      return network->ips.items[i];
  return NULL;
}

static bool
has_dns (const Network *network)
{
  return network->dns.enable != TRI_NO;
}

bool
dnsmasq_is_needed (const Network *network)
{
  if (!network_has_own_bridge (network) || network->ips.n == 0)
    return false;
  if (has_dns (network) || dhcp_ip (network, AF_INET) != NULL || dhcp_ip (network, AF_INET6) != NULL)
    return true;
  for (unsigned int i = 0; i < network->ips.n; i++)
    if (network->ips.items[i]->tftp_root != NULL)
      return true;
  return false;
}

char *
dnsmasq_path (const char *folder, const char *network, const char *suffix)
{
  GString *path = g_string_new (folder);

  g_string_append_c (path, '/');
  xml_type_string.format (NULL, &network, path);
  g_string_append_printf (path, ".%s", suffix);
  return g_string_free (path, FALSE);
}

char *
dnsmasq_folder (void)
{
  return path_make (PATH_LIB, "dnsmasq");
}

char *
dnsmasq_pid_file (const char *network)
{
  g_autofree char *run = path_driver (PATH_RUN, "network", "%s", "");

  return dnsmasq_path (run, network, "pid");
}

static void append_line (GString *out, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
append_line (GString *out, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (out, format, args);
  va_end (args);
  g_string_append_c (out, '\n');
}

/* A line "KEY=VALUE" whose value is one field. */
static void
append_field (GString *out, const char *key, const char *value)
{
  g_string_append_printf (out, "%s=", key);
  dnsmasq_append_value (out, value, true);
  g_string_append_c (out, '\n');
}

static void
append_head (GString *out, const Network *network)
{
  append_line (out, "##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE");
  append_line (out, "##OVERWRITTEN AND LOST.  Changes to this configuration should be made using:");
  append_line (out, "##    virsh net-edit %s", network->name);
  append_line (out, "## or other application using the libvirt API.");
  append_line (out, "##");
  append_line (out, "## dnsmasq conf file created by libvirt");
  append_line (out, "strict-order");
}

/* Names */

static void
append_forwarders (GString *out, const NetworkDns *dns)
{
  bool has_server = false;

  for (unsigned int i = 0; i < dns->forwarders.n; i++)
    {
      const NetworkDnsForwarder *forwarder = dns->forwarders.items[i];

      g_string_append (out, "server=");
      if (forwarder->domain != NULL)
        g_string_append_printf (out, "/%s/", forwarder->domain);
      if (forwarder->address.family != 0)
        ip_address_append (&forwarder->address, out);
      else
        g_string_append_c (out, '#');
      g_string_append_c (out, '\n');
      has_server |= forwarder->domain == NULL;
    }
  if (has_server)
    append_line (out, "no-resolv");
}

/* The domain in which the addresses of @ip have their names. */
static bool
append_ptr_domain (GString *out, const Network *network, const NetworkIp *ip, GError **error)
{
  unsigned int step = is_v6 (ip) ? 4 : 8;
  int prefix = network_ip_prefix (ip);

  if (prefix <= 0 || prefix % step != 0)
    {
      g_autofree char *address = ip_address_text (&ip->address);

      return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s': there is no domain of the addresses %s/%d "
                   "alone (localPtr): the prefix is no multiple of %u", network->name, address, prefix, step);
    }
  g_string_append (out, "local=/");
  for (int bit = prefix - step; bit >= 0; bit -= step)
    {
      unsigned int byte = ip->address.bytes[bit / 8];

      if (is_v6 (ip))
        g_string_append_printf (out, "%x.", bit % 8 == 0 ? byte >> 4 : byte & 15);
      else
        g_string_append_printf (out, "%u.", byte);
    }
  append_line (out, "%s.arpa/", is_v6 (ip) ? "ip6" : "in-addr");
  return true;
}

static bool
append_domains (GString *out, const Network *network, GError **error)
{
  if (!has_dns (network))
    append_line (out, "port=0");
  append_forwarders (out, &network->dns);
  if (network->domain.name != NULL)
    {
      if (network->domain.local_only == TRI_YES)
        append_line (out, "local=/%s/", network->domain.name);
      append_line (out, "domain=%s", network->domain.name);
      append_line (out, "expand-hosts");
    }
  if (!has_dns (network))
    return true;
  for (unsigned int i = 0; i < network->ips.n; i++)
    if (network->ips.items[i]->local_ptr == TRI_YES && !append_ptr_domain (out, network, network->ips.items[i], error))
      return false;
  if (network->dns.forward_plain_names == TRI_NO)
    append_line (out, "domain-needed\nlocal=//");
  return true;
}

static void
append_place (GString *out, const Network *network, const char *pid_file)
{
  if (pid_file != NULL)
    append_field (out, "pid-file", pid_file);
  append_line (out, "except-interface=lo\nbind-dynamic");
  append_field (out, "interface", network->bridge.name != NULL ? network->bridge.name : "");
  /* Guests of an isolated network are told of no router. */
  if (network->forward.mode == NETWORK_FORWARD_ABSENT || network->forward.mode == NETWORK_FORWARD_NONE)
    append_line (out, "dhcp-option=3\nno-resolv\nra-param=*,0,0");
}

static void
append_srv (GString *out, const NetworkDnsSrv *srv)
{
  g_string_append_printf (out, "srv-host=_%s._%s", srv->service, srv->protocol);
  if (srv->domain != NULL)
    g_string_append_printf (out, ".%s", srv->domain);
  /* A target of "." says that there is no such service. */
  if (srv->target != NULL && strcmp (srv->target, ".") != 0)
    {
      g_string_append_printf (out, ",%s", srv->target);
      if (srv->port > 0 || srv->priority > 0 || srv->weight > 0)
        g_string_append_printf (out, ",%u", srv->port > 0 ? srv->port : 1);
      if (srv->priority > 0 || srv->weight > 0)
        g_string_append_printf (out, ",%u", srv->priority);
      if (srv->weight > 0)
        g_string_append_printf (out, ",%u", srv->weight);
    }
  g_string_append_c (out, '\n');
}

static void
append_records (GString *out, const NetworkDns *dns)
{
  for (unsigned int i = 0; i < dns->txts.n; i++)
    {
      g_string_append (out, "txt-record=");
      dnsmasq_append_value (out, dns->txts.items[i]->name, true);
      g_string_append_c (out, ',');
      dnsmasq_append_value (out, dns->txts.items[i]->value, false);
      g_string_append_c (out, '\n');
    }
  for (unsigned int i = 0; i < dns->srvs.n; i++)
    append_srv (out, dns->srvs.items[i]);
}

/* Addresses */

static void
append_lease (GString *out, const NetworkLease *lease)
{
  static const char units[] = { [NETWORK_LEASE_SECONDS] = 's', [NETWORK_LEASE_MINUTES] = 'm', [NETWORK_LEASE_HOURS] = 'h' };

  if (lease->expiry < 0)
    return;
  if (lease->expiry == 0)
    g_string_append (out, ",infinite");
  else
    g_string_append_printf (out, ",%" G_GINT64_FORMAT "%c", lease->expiry,
                            lease->unit == NETWORK_LEASE_ABSENT ? 'm' : units[lease->unit]);
}

static void
append_netmask (GString *out, int prefix)
{
  guint32 mask = prefix > 0 ? ~(guint32) 0 << (32 - prefix) : 0;

  g_string_append_printf (out, "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255, mask >> 8 & 255, mask & 255);
}

static void
append_range (GString *out, const NetworkIp *ip, const NetworkDhcpRange *range)
{
  g_string_append (out, "dhcp-range=");
  ip_address_append (&range->start, out);
  g_string_append_c (out, ',');
  ip_address_append (&range->end, out);
  g_string_append_c (out, ',');
  if (is_v6 (ip))
    g_string_append_printf (out, "%d", network_ip_prefix (ip));
  else
    append_netmask (out, network_ip_prefix (ip));
  append_lease (out, &range->lease);
  g_string_append_c (out, '\n');
}

/* The ranges of @ip, or that its hosts are all who get an address. */
static void
append_ranges (GString *out, const NetworkIp *ip)
{
  for (unsigned int i = 0; i < ip->ranges.n; i++)
    append_range (out, ip, ip->ranges.items[i]);
  if (ip->ranges.n > 0)
    return;
  g_string_append (out, "dhcp-range=");
  ip_address_append (&ip->address, out);
  if (is_v6 (ip))
    append_line (out, ",static,%d", network_ip_prefix (ip));
  else
    append_line (out, ",static");
}

/* The addresses in the ranges of @ip (NULL: none), each range having at most 65535. */
static unsigned int
count_leases (const NetworkIp *ip)
{
  unsigned int count = 0;

  for (unsigned int i = 0; ip != NULL && i < ip->ranges.n; i++)
    {
      const NetworkDhcpRange *range = ip->ranges.items[i];
      unsigned int n = ip_address_bits (&range->start) / 8, distance = 0;

      for (unsigned int j = 0; j < n; j++)
        distance = distance * 256 + range->end.bytes[j] - range->start.bytes[j];
      count += distance + 1;
    }
  return count;
}

static void
append_dhcp_v4 (GString *out, const NetworkIp *ip)
{
  append_ranges (out, ip);
  append_line (out, "dhcp-no-override\ndhcp-authoritative");
  if (ip->bootp.file == NULL)
    return;
  g_string_append (out, "dhcp-boot=");
  dnsmasq_append_value (out, ip->bootp.file, true);
  if (ip->bootp.server.family != 0)
    {
      g_string_append (out, ",,");
      ip_address_append (&ip->bootp.server, out);
    }
  g_string_append_c (out, '\n');
}

static void
append_tftp (GString *out, const Network *network)
{
  bool is_enabled = false;

  for (unsigned int i = 0; i < network->ips.n; i++)
    if (network->ips.items[i]->tftp_root != NULL)
      {
        if (!is_enabled)
          append_line (out, "enable-tftp");
        is_enabled = true;
        append_field (out, "tftp-root", network->ips.items[i]->tftp_root);
      }
}

static void
append_dhcp (GString *out, const Network *network, const char *folder)
{
  const NetworkIp *v4 = dhcp_ip (network, AF_INET), *v6 = dhcp_ip (network, AF_INET6);
  unsigned int leases = count_leases (v4) + count_leases (v6);

  append_tftp (out, network);
  if (v4 != NULL)
    append_dhcp_v4 (out, v4);
  if (v6 != NULL)
    append_ranges (out, v6);
  if (leases > 0)
    append_line (out, "dhcp-lease-max=%u", leases);
  if (v4 != NULL || v6 != NULL)
    {
      g_autofree char *path = dnsmasq_path (folder, network->name, "hostsfile");

      append_field (out, "dhcp-hostsfile", path);
    }
}

/* Routers' advertisements: with DHCP the guests are told to ask for more, without they make their addresses themselves. */
static void
append_advertisements (GString *out, const Network *network)
{
  if (dhcp_ip (network, AF_INET6) != NULL)
    {
      append_line (out, "enable-ra");
      return;
    }
  for (unsigned int i = 0; i < network->ips.n; i++)
    if (is_v6 (network->ips.items[i]))
      {
        g_autofree char *address = ip_address_text (&network->ips.items[i]->address);

        append_line (out, "dhcp-range=%s,ra-only", address);
      }
}

/* The other files */

static void
append_fixed (GString *out, const NetworkIp *ip, const NetworkDhcpHost *host)
{
  g_autofree char *address = ip_address_text (&host->ip), *name = g_strconcat (",", host->name, NULL);

  if (host->name == NULL)
    *name = '\0';
  if (!is_v6 (ip) && host->mac != NULL)
    g_string_append_printf (out, "%s,%s%s", host->mac, address, name);
  else if (!is_v6 (ip))
    g_string_append_printf (out, "%s,%s", host->name, address);
  else if (host->id != NULL)
    g_string_append_printf (out, "id:%s%s,[%s]", host->id, name, address);
  else
    g_string_append_printf (out, "%s,[%s]", host->name, address);
  append_lease (out, &host->lease);
  g_string_append_c (out, '\n');
}

static char *
make_hosts (const Network *network)
{
  GString *out = g_string_new (NULL);

  for (unsigned int i = 0; i < network->ips.n; i++)
    for (unsigned int j = 0; j < network->ips.items[i]->hosts.n; j++)
      append_fixed (out, network->ips.items[i], network->ips.items[i]->hosts.items[j]);
  return g_string_free (out, FALSE);
}

static char *
make_addn_hosts (const NetworkDns *dns)
{
  GString *out = g_string_new (NULL);

  for (unsigned int i = 0; i < dns->hosts.n; i++)
    {
      const NetworkDnsHost *host = dns->hosts.items[i];

      ip_address_append (&host->ip, out);
      g_string_append_c (out, '\t');
      for (unsigned int j = 0; j < host->hostnames.n; j++)
        {
          g_autofree char *name = g_strstrip (g_strdup (host->hostnames.items[j]->name));

          g_string_append_printf (out, "%s\t", name);
        }
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}

static bool
append_conf (GString *out, const Network *network, const char *folder, const char *pid_file, GError **error)
{
  append_head (out, network);
  if (!append_domains (out, network, error))
    return false;
  append_place (out, network, pid_file);
  append_records (out, &network->dns);
  append_dhcp (out, network, folder);
  if (has_dns (network))
    {
      g_autofree char *path = dnsmasq_path (folder, network->name, "addnhosts");

      append_field (out, "addn-hosts", path);
    }
  if (network->mtu > 0)
    append_line (out, "dhcp-option=option:mtu,%u", network->mtu);
  append_advertisements (out, network);
  for (unsigned int i = 0; i < network->dnsmasq_options.n; i++)
    append_line (out, "%s", network->dnsmasq_options.items[i]->value);
  return true;
}

bool
dnsmasq_files_in (const Network *network, const char *folder, const char *pid_file, DnsmasqFiles *ret, GError **error)
{
  g_auto (DnsmasqFiles) files = { NULL };
  g_autoptr (GString) conf = g_string_new (NULL);

  if (!dnsmasq_values_check (network, error) || !append_conf (conf, network, folder, pid_file, error))
    return false;
  files.conf = g_strdup (conf->str);
  files.hosts = make_hosts (network);
  files.addn_hosts = make_addn_hosts (&network->dns);
  if (!dnsmasq_lines_check (network, files.conf, error) || !dnsmasq_lines_check (network, files.hosts, error))
    return false;
  *ret = files;
  files = (DnsmasqFiles) { NULL };
  return true;
}

bool
dnsmasq_files (const Network *network, DnsmasqFiles *ret, GError **error)
{
  g_autofree char *folder = dnsmasq_folder (), *pid_file = dnsmasq_pid_file (network->name);

  return dnsmasq_files_in (network, folder, pid_file, ret, error);
}
