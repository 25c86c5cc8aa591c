/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* update.c: net-update. Each section is a list of elements and a row that says
 * which list, how elements are recognized, and what else is to be checked. */
#include "model/documents.h"
#include "model/network/network.h"

#include <arpa/inet.h>

typedef struct Section Section;

typedef struct
{
  Network *network;
  const Section *section;
  unsigned int command;
  NetworkIp *ip;                /* of sections below <ip> */
  void *item;                   /* the element; NULL once the network has it */
} Update;

struct Section
{
  const char *element;
  const XmlSchema *schema;      /* NULL: this section cannot be changed */
  const XmlSchema *part_schema; /* of an element to be removed, NULL: the same */
  bool can_modify, in_ip;
  XmlList *(*list) (const Update *update);
  /* Whether the network's @old is what the command means by @given. */
  bool (*matches) (const void *old, const void *given, unsigned int command);
  bool (*check) (const Update *update, GError **error);         /* NULL: nothing */
};

static bool refuse (const Update *update, virErrorNumber code, GError **error, const char *format, ...) G_GNUC_PRINTF (4, 5);

static bool
refuse (const Update *update, virErrorNumber code, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return fail (error, VIR_FROM_NETWORK, code, "network '%s': %s", update->network->name, message);
}

static bool
is_addition (unsigned int command)
{
  return command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST || command == VIR_NETWORK_UPDATE_COMMAND_ADD_LAST;
}

/* Whether both are there and the same. */
static bool
same_text (const char *a, const char *b)
{
  return a != NULL && b != NULL && strcmp (a, b) == 0;
}

static bool
same_address (const IpAddress *a, const IpAddress *b)
{
  return a->family != 0 && ip_address_equal (a, b);
}

/* DHCP hosts and ranges */

static XmlList *
dhcp_hosts (const Update *update)
{
  return (XmlList *) &update->ip->hosts;
}

static XmlList *
dhcp_ranges (const Update *update)
{
  return (XmlList *) &update->ip->ranges;
}

static bool
same_mac (const char *a, const char *b)
{
  uint8_t left[6], right[6];

  return a != NULL && b != NULL && mac_address_parse (a, left) && mac_address_parse (b, right)
         && memcmp (left, right, sizeof (left)) == 0;
}

/* A host that is removed must have all that is given of it; one that is added
 * or changed is the same if anything is. */
static bool
dhcp_host_matches (const void *old_item, const void *given_item, unsigned int command)
{
  const NetworkDhcpHost *old = old_item, *given = given_item;
  bool mac = same_mac (old->mac, given->mac), name = same_text (old->name, given->name), ip = same_address (&old->ip, &given->ip);

  if (command != VIR_NETWORK_UPDATE_COMMAND_DELETE)
    return mac || name || ip;
  return (mac || given->mac == NULL) && (name || given->name == NULL) && (ip || given->ip.family == 0);
}

static bool
dhcp_range_matches (const void *old_item, const void *given_item, unsigned int command)
{
  const NetworkDhcpRange *old = old_item, *given = given_item;

  return same_address (&old->start, &given->start) && same_address (&old->end, &given->end);
}

/* What is added must not make a second subnet with DHCP. */
static bool
check_single_dhcp (const Update *update, GError **error)
{
  for (unsigned int i = 0; is_addition (update->command) && i < update->network->ips.n; i++)
    {
      const NetworkIp *other = update->network->ips.items[i];

      if (other != update->ip && other->address.family == update->ip->address.family && (other->ranges.n > 0 || other->hosts.n > 0))
        return refuse (update, VIR_ERR_OPERATION_INVALID, error, "another %s subnet has DHCP already",
                       other->address.family == AF_INET6 ? "IPv6" : "IPv4");
    }
  return true;
}

static bool
check_dhcp_host (const Update *update, GError **error)
{
  const char *problem = network_dhcp_host_problem (update->item, update->ip->address.family == AF_INET6,
                                                   update->command == VIR_NETWORK_UPDATE_COMMAND_DELETE);

  if (problem != NULL)
    return refuse (update, VIR_ERR_XML_ERROR, error, "<host> at line 1: %s", problem);
  return check_single_dhcp (update, error);
}

static bool
check_dhcp_range (const Update *update, GError **error)
{
  const NetworkDhcpRange *range = update->item;

  return network_range_check (&range->start, &range->end, update->ip, error) && check_single_dhcp (update, error);
}

/* Interfaces and port groups */

static XmlList *
forward_interfaces (const Update *update)
{
  return (XmlList *) &update->network->forward.interfaces;
}

static bool
interface_matches (const void *old, const void *given, unsigned int command)
{
  return same_text (((const NetworkForwardInterface *) old)->dev, ((const NetworkForwardInterface *) given)->dev);
}

static XmlList *
port_groups (const Update *update)
{
  return (XmlList *) &update->network->port_groups;
}

static bool
port_group_matches (const void *old, const void *given, unsigned int command)
{
  return same_text (((const NetworkPortGroup *) old)->name, ((const NetworkPortGroup *) given)->name);
}

static bool
check_port_group (const Update *update, GError **error)
{
  const NetworkPortGroup *group = update->item;

  if (update->command == VIR_NETWORK_UPDATE_COMMAND_DELETE || group->is_default != TRI_YES)
    return true;
  for (unsigned int i = 0; i < update->network->port_groups.n; i++)
    {
      const NetworkPortGroup *other = update->network->port_groups.items[i];

      if (other->is_default == TRI_YES && strcmp (other->name, group->name) != 0)
        return refuse (update, VIR_ERR_OPERATION_INVALID, error, "port group '%s' is the default already", other->name);
    }
  return true;
}

/* DNS */

static XmlList *
dns_hosts (const Update *update)
{
  return (XmlList *) &update->network->dns.hosts;
}

static XmlList *
dns_txts (const Update *update)
{
  return (XmlList *) &update->network->dns.txts;
}

static XmlList *
dns_srvs (const Update *update)
{
  return (XmlList *) &update->network->dns.srvs;
}

/* A name may have several addresses, so only removals look at names. */
static bool
dns_host_matches (const void *old_item, const void *given_item, unsigned int command)
{
  const NetworkDnsHost *old = old_item, *given = given_item;

  if (same_address (&old->ip, &given->ip))
    return true;
  for (unsigned int i = 0; !is_addition (command) && i < old->hostnames.n; i++)
    for (unsigned int j = 0; j < given->hostnames.n; j++)
      if (same_text (old->hostnames.items[i]->name, given->hostnames.items[j]->name))
        return true;
  return false;
}

static bool
dns_txt_matches (const void *old, const void *given, unsigned int command)
{
  return same_text (((const NetworkDnsTxt *) old)->name, ((const NetworkDnsTxt *) given)->name);
}

static bool
dns_srv_matches (const void *old_item, const void *given_item, unsigned int command)
{
  const NetworkDnsSrv *old = old_item, *given = given_item;

  return (given->service == NULL || same_text (old->service, given->service))
         && (given->protocol == NULL || same_text (old->protocol, given->protocol))
         && (given->domain == NULL || same_text (old->domain, given->domain))
         && (given->target == NULL || same_text (old->target, given->target));
}

static const Section sections[VIR_NETWORK_SECTION_LAST] = {
  [VIR_NETWORK_SECTION_BRIDGE] = { "bridge" },
  [VIR_NETWORK_SECTION_DOMAIN] = { "domain" },
  [VIR_NETWORK_SECTION_IP] = { "ip" },
  [VIR_NETWORK_SECTION_IP_DHCP_HOST] = { "host", &network_dhcp_host_schema, NULL, true, true, dhcp_hosts, dhcp_host_matches,
                                         check_dhcp_host },
  [VIR_NETWORK_SECTION_IP_DHCP_RANGE] = { "range", &network_dhcp_range_schema, NULL, false, true, dhcp_ranges,
                                          dhcp_range_matches, check_dhcp_range },
  [VIR_NETWORK_SECTION_FORWARD] = { "forward" },
  [VIR_NETWORK_SECTION_FORWARD_INTERFACE] = { "interface", &network_forward_interface_schema, NULL, false, false,
                                              forward_interfaces, interface_matches, NULL },
  [VIR_NETWORK_SECTION_FORWARD_PF] = { "pf" },
  [VIR_NETWORK_SECTION_PORTGROUP] = { "portgroup", &network_port_group_schema, NULL, true, false, port_groups,
                                      port_group_matches, check_port_group },
  [VIR_NETWORK_SECTION_DNS_HOST] = { "host", &network_dns_host_schema, &network_dns_host_part_schema, false, false, dns_hosts,
                                     dns_host_matches, NULL },
  [VIR_NETWORK_SECTION_DNS_TXT] = { "txt", &network_dns_txt_schema, &network_dns_txt_part_schema, false, false, dns_txts,
                                    dns_txt_matches, NULL },
  [VIR_NETWORK_SECTION_DNS_SRV] = { "srv", &network_dns_srv_schema, &network_dns_srv_part_schema, false, false, dns_srvs,
                                    dns_srv_matches, NULL },
};

/* The <ip> that is meant. */
static bool
find_ip (Update *update, int parent_index, GError **error)
{
  const Network *network = update->network;

  if (parent_index >= 0)
    {
      if ((unsigned int) parent_index >= network->ips.n)
        return refuse (update, VIR_ERR_OPERATION_INVALID, error, "there is no <ip> of index %d", parent_index);
      update->ip = network->ips.items[parent_index];
      return true;
    }
  if (network->ips.n == 0)
    return refuse (update, VIR_ERR_OPERATION_INVALID, error, "there is no <ip>");
  for (unsigned int i = 0; i < network->ips.n && update->ip == NULL; i++)
    if (network->ips.items[i]->ranges.n > 0 || network->ips.items[i]->hosts.n > 0)
      update->ip = network->ips.items[i];
  for (unsigned int i = 0; i < network->ips.n && update->ip == NULL; i++)
    if (network->ips.items[i]->address.family == AF_INET)
      update->ip = network->ips.items[i];
  if (update->ip == NULL)
    update->ip = network->ips.items[0];
  return true;
}

/* How many elements match, and where the first of them is. */
static unsigned int
count_matches (const Update *update, const XmlList *list, unsigned int *ret_first)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < list->n; i++)
    if (update->section->matches (list->items[i], update->item, update->command) && n++ == 0)
      *ret_first = i;
  return n;
}

static bool
apply (Update *update, GError **error)
{
  XmlList *list = update->section->list (update);
  const char *element = update->section->element;
  unsigned int at = 0, n = count_matches (update, list, &at);

  if (is_addition (update->command))
    {
      if (n > 0)
        return refuse (update, VIR_ERR_OPERATION_INVALID, error, "there is such a <%s> already, as number %u", element, at + 1);
      at = update->command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST ? 0 : list->n;
      xml_list_insert (list, at, g_steal_pointer (&update->item));
      return true;
    }
  if (update->command != VIR_NETWORK_UPDATE_COMMAND_DELETE && update->command != VIR_NETWORK_UPDATE_COMMAND_MODIFY)
    return refuse (update, VIR_ERR_OPERATION_UNSUPPORTED, error, "there is no update command %u", update->command);
  if (n == 0)
    return refuse (update, VIR_ERR_OPERATION_INVALID, error, "there is no such <%s>", element);
  if (n > 1 && update->section->part_schema != NULL)
    return refuse (update, VIR_ERR_OPERATION_INVALID, error, "%u elements <%s> match, which one is not clear", n, element);
  xml_free (update->section->schema, xml_list_steal (list, at));
  if (update->command == VIR_NETWORK_UPDATE_COMMAND_MODIFY)
    xml_list_insert (list, at, g_steal_pointer (&update->item));
  return true;
}

/* Reads the element. */
static bool
read_item (Update *update, const char *xml, GError **error)
{
  const Section *section = update->section;
  bool is_part = update->command == VIR_NETWORK_UPDATE_COMMAND_DELETE && section->part_schema != NULL;

  if (update->command == VIR_NETWORK_UPDATE_COMMAND_MODIFY && !section->can_modify)
    return refuse (update, VIR_ERR_OPERATION_UNSUPPORTED, error, "elements <%s> are added and deleted, not modified",
                   section->element);
  /* How many guests have a device is not for clients to say. */
  update->item = xml_parse (is_part ? section->part_schema : section->schema, xml, strlen (xml), XML_PARSE_INACTIVE, error);
  return update->item != NULL;
}

static bool
run (Update *update, int parent_index, const char *root, const char *xml, GError **error)
{
  const Section *section = update->section;

  if (root != NULL && strcmp (root, section->element) != 0)
    return refuse (update, VIR_ERR_XML_ERROR, error, "the element is <%s>, not <%s>", root, section->element);
  return (!section->in_ip || find_ip (update, parent_index, error)) && read_item (update, xml, error)
         && (section->check == NULL || section->check (update, error)) && apply (update, error);
}

bool
network_update (Network *network, unsigned int command, unsigned int section, int parent_index, const char *xml, GError **error)
{
  Update update = { .network = xml_copy (&network_schema, network), .command = command };
  g_autofree char *root = document_root_name (xml);
  bool ok;

  update.section = section < VIR_NETWORK_SECTION_LAST ? &sections[section] : &sections[VIR_NETWORK_SECTION_NONE];
  if (update.section->schema == NULL && root == NULL)
    ok = refuse (&update, VIR_ERR_XML_DETAIL, error, "what is given is no XML document");
  else if (update.section->schema == NULL)
    ok = refuse (&update, VIR_ERR_OPERATION_UNSUPPORTED, error, "section %u (%s) cannot be updated", section,
                 update.section->element != NULL ? update.section->element : "unknown");
  else
    ok = run (&update, parent_index, root, xml, error);
  if (update.item != NULL)
    xml_free (update.section->schema, update.item);
  if (ok)
    {
      Network before = *network;

      *network = *update.network;
      *update.network = before;
    }
  xml_free (&network_schema, update.network);
  return ok;
}
