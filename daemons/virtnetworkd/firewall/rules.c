/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/rules.h"

#include <string.h>
#include <sys/socket.h>

#include "firewall/firewall.h"

#define IN_TABLE "inet " FIREWALL_TABLE " "

const char *const firewall_own_maps[2] = { "own4", "own6" };

/* What differs between the two kinds of addresses. */
typedef struct
{
  uint8_t family;
  const char *word;             /* as nft calls the protocol */
  const char *own_map, *type;
  const char *kept[3];          /* destinations that are never translated */
} Family;

static const Family families[] = {
  { AF_INET, "ip", "own4", "ipv4_addr", { "224.0.0.0/24", "255.255.255.255" } },
  { AF_INET6, "ip6", "own6", "ipv6_addr", { "ff02::/16" } },
};

const char *
firewall_map_name (FirewallChain chain)
{
  static const char *const names[FIREWALL_CHAINS] = { "entering", "leaving", "translated" };

  return names[chain];
}

char *
firewall_chain_name (FirewallChain chain, const char *bridge)
{
  GString *name = g_string_new (firewall_map_name (chain));

  g_string_append_c (name, '_');
  for (const char *c = bridge; *c != '\0'; c++)
    if (g_ascii_isalnum (*c) || strchr ("_-.", *c) != NULL)
      g_string_append_c (name, *c);
    else
      g_string_append_printf (name, "/%02x", (unsigned char) *c);
  return g_string_free (name, FALSE);
}

bool
firewall_is_chain_of (const char *name, const char *bridge)
{
  for (FirewallChain chain = 0; chain < FIREWALL_CHAINS; chain++)
    {
      g_autofree char *wanted = firewall_chain_name (chain, bridge);

      if (strcmp (name, wanted) == 0)
        return true;
    }
  return false;
}

bool
firewall_can_name (const char *device)
{
  for (const char *c = device; *c != '\0'; c++)
    if (*c == '"' || *c == '\\' || (unsigned char) *c <= ' ' || *c == 0x7f)
      return false;
  return *device != '\0';
}

/* A device's name as an operand; an asterisk at its end would stand for anything. */
static char *
quoted (const char *device)
{
  size_t length = strlen (device);

  if (length > 0 && device[length - 1] == '*')
    return g_strdup_printf ("\"%.*s\\*\"", (int) length - 1, device);
  return g_strdup_printf ("\"%s\"", device);
}

void
firewall_add_base (GString *commands)
{
  static const struct { const char *name, *type; } maps[] = {
    { "entering", "ifname" }, { "leaving", "ifname" }, { "translated", "ifname" }, { "own4", "ipv4_addr" },
    { "own6", "ipv6_addr" },
  };
  static const struct { const char *name, *hook; } chains[] = {
    { "forward", "type filter hook forward priority filter" }, { "postrouting", "type nat hook postrouting priority srcnat" },
  };
  static const struct { const char *chain, *rule; } rules[] = {
    { "forward", "oifname vmap @entering" },
    { "forward", "iifname vmap @leaving" },
    { "postrouting", "iifname vmap @translated" },
    { "postrouting", "ip saddr vmap @own4" },
    { "postrouting", "ip6 saddr vmap @own6" },
  };

  g_string_append (commands, "add table " IN_TABLE "{ comment \"virtual networks of virtnetworkd\"; }\n");
  for (unsigned int i = 0; i < G_N_ELEMENTS (maps); i++)
    g_string_append_printf (commands, "add map " IN_TABLE "%s { type %s : verdict; }\n", maps[i].name, maps[i].type);
  for (unsigned int i = 0; i < G_N_ELEMENTS (chains); i++)
    g_string_append_printf (commands, "add chain " IN_TABLE "%s { %s; policy accept; }\nflush chain " IN_TABLE "%s\n",
                            chains[i].name, chains[i].hook, chains[i].name);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rules); i++)
    g_string_append_printf (commands, "add rule " IN_TABLE "%s %s\n", rules[i].chain, rules[i].rule);
  g_string_append (commands, "add chain " IN_TABLE FIREWALL_MARK "\n");
}

/* What is said about one network: where its commands go and what recurs in them. */
typedef struct
{
  GString *out;
  const Network *live;
  const char *bridge;           /* quoted */
  char *from_device, *to_device;        /* "iifname ... " and "oifname ... ", or "": it forwards to any device */
  char *chains[FIREWALL_CHAINS];
} Rules;

static bool
is_translated (const Network *live, uint8_t family)
{
  const NetworkForward *forward = &live->forward;

  return forward->mode == NETWORK_FORWARD_NAT && (family == AF_INET || (forward->nat != NULL && forward->nat->ipv6 == TRI_YES));
}

static bool
is_translated_at_all (const Network *live)
{
  for (unsigned int i = 0; i < live->ips.n; i++)
    if (is_translated (live, live->ips.items[i]->address.family))
      return true;
  return false;
}

static const Family *
family_of (const NetworkIp *ip)
{
  return &families[ip->address.family == AF_INET6];
}

char *
firewall_subnet_text (const NetworkIp *ip)
{
  IpAddress network = ip->address;
  unsigned int prefix = MAX (network_ip_prefix (ip), 0);
  g_autofree char *text = NULL;

  for (unsigned int bit = prefix; bit < ip_address_bits (&network); bit++)
    network.bytes[bit / 8] &= ~(0x80 >> bit % 8);
  text = ip_address_text (&network);
  return g_strdup_printf ("%s/%u", text, prefix);
}

static void begin_rule (const Rules *rules, FirewallChain chain, const char *format, ...) G_GNUC_PRINTF (3, 4);
static void
begin_rule (const Rules *rules, FirewallChain chain, const char *format, ...)
{
  va_list args;

  g_string_append_printf (rules->out, "add rule " IN_TABLE "%s ", rules->chains[chain]);
  va_start (args, format);
  g_string_append_vprintf (rules->out, format, args);
  va_end (args);
  g_string_append_c (rules->out, '\n');
}

/* What an address lets through: answers only if it is translated. */
static void
add_passage (const Rules *rules, const NetworkIp *ip)
{
  const Family *family = family_of (ip);
  g_autofree char *subnet = firewall_subnet_text (ip);

  begin_rule (rules, FIREWALL_ENTERING, "%s%s daddr %s %sreturn", rules->from_device, family->word, subnet,
              is_translated (rules->live, family->family) ? "ct state established,related " : "");
  begin_rule (rules, FIREWALL_LEAVING, "%s%s saddr %s accept", rules->to_device, family->word, subnet);
}

/* "masquerade", or "snat" if addresses are given, which are for IPv4. */
static char *
translation (const Network *live, const Family *family, bool with_ports)
{
  const NetworkNat *nat = live->forward.nat;
  const NetworkPortRange any = { 1024, 65535 }, *ports = nat != NULL && nat->ports != NULL ? nat->ports : &any;
  GString *out = g_string_new ("masquerade");

  if (family->family == AF_INET && nat != NULL && nat->addresses != NULL)
    {
      g_string_assign (out, "snat ip to ");
      ip_address_append (&nat->addresses->start, out);
      if (!ip_address_equal (&nat->addresses->start, &nat->addresses->end))
        {
          g_string_append_c (out, '-');
          ip_address_append (&nat->addresses->end, out);
        }
    }
  else if (with_ports)
    g_string_append (out, " to ");
  if (with_ports)
    g_string_append_printf (out, ":%u", ports->start);
  if (with_ports && ports->end != ports->start)
    g_string_append_printf (out, "-%u", ports->end);
  return g_string_free (out, FALSE);
}

static void
add_translation (const Rules *rules, const NetworkIp *ip)
{
  static const struct { const char *match; bool has_ports; } protocols[] = {
    { "meta l4proto tcp ", true }, { "meta l4proto udp ", true }, { "", false },
  };
  const Family *family = family_of (ip);
  g_autofree char *subnet = firewall_subnet_text (ip), *own = ip_address_text (&ip->address);

  for (const char *const *kept = family->kept; *kept != NULL; kept++)
    begin_rule (rules, FIREWALL_TRANSLATED, "%s%s saddr %s %s daddr %s return", rules->to_device, family->word, subnet,
                family->word, *kept);
  for (unsigned int i = 0; i < G_N_ELEMENTS (protocols); i++)
    {
      g_autofree char *statement = translation (rules->live, family, protocols[i].has_ports);

      begin_rule (rules, FIREWALL_TRANSLATED, "%s%s saddr %s %s daddr != %s %s%s", rules->to_device, family->word, subnet,
                  family->word, subnet, protocols[i].match, statement);
    }
  g_string_append_printf (rules->out, "add element " IN_TABLE "%s { %s : goto %s }\n", family->own_map, own,
                          rules->chains[FIREWALL_TRANSLATED]);
}

/* An empty chain, whatever there was, to which the map leads the bridge's packets. */
static void
add_chain (GString *out, FirewallChain chain, const char *name, const char *bridge)
{
  g_string_append_printf (out, "add chain " IN_TABLE "%s\nflush chain " IN_TABLE "%s\n", name, name);
  g_string_append_printf (out, "add element " IN_TABLE "%s { %s : %s %s }\n", firewall_map_name (chain), bridge,
                          chain == FIREWALL_ENTERING ? "jump" : "goto", name);
}

static void
delete_chain (GString *out, FirewallChain chain, const char *name, const char *bridge)
{
  g_string_append_printf (out, "delete element " IN_TABLE "%s { %s }\ndelete chain " IN_TABLE "%s\n", firewall_map_name (chain),
                          bridge, name);
}

static void
add_rules (const Rules *rules)
{
  const NetworkForward *forward = &rules->live->forward;
  bool forwards = forward->mode == NETWORK_FORWARD_NAT || forward->mode == NETWORK_FORWARD_ROUTE;
  bool translates = is_translated_at_all (rules->live);

  for (FirewallChain chain = 0; chain < FIREWALL_CHAINS; chain++)
    {
      add_chain (rules->out, chain, rules->chains[chain], rules->bridge);
      if (chain == FIREWALL_TRANSLATED && !translates)
        delete_chain (rules->out, chain, rules->chains[chain], rules->bridge);
    }
  begin_rule (rules, FIREWALL_ENTERING, "iifname %s accept", rules->bridge);
  for (unsigned int i = 0; forwards && i < rules->live->ips.n; i++)
    {
      const NetworkIp *ip = rules->live->ips.items[i];

      add_passage (rules, ip);
      if (is_translated (rules->live, ip->address.family))
        add_translation (rules, ip);
    }
  begin_rule (rules, FIREWALL_ENTERING, "reject");
  begin_rule (rules, FIREWALL_LEAVING, "reject");
}

void
firewall_add_network (GString *commands, const Network *live)
{
  const char *device = live->forward.interfaces.n > 0 ? live->forward.interfaces.items[0]->dev : NULL;
  g_autofree char *bridge = quoted (live->bridge.name), *device_quoted = device != NULL ? quoted (device) : NULL;
  g_autofree char *from = device != NULL ? g_strdup_printf ("iifname %s ", device_quoted) : g_strdup ("");
  g_autofree char *to = device != NULL ? g_strdup_printf ("oifname %s ", device_quoted) : g_strdup ("");
  Rules rules = { .out = commands, .live = live, .bridge = bridge, .from_device = from, .to_device = to };

  for (FirewallChain chain = 0; chain < FIREWALL_CHAINS; chain++)
    rules.chains[chain] = firewall_chain_name (chain, live->bridge.name);
  add_rules (&rules);
  for (FirewallChain chain = 0; chain < FIREWALL_CHAINS; chain++)
    g_free (rules.chains[chain]);
}

void
firewall_add_own_removal (GString *commands, const Network *live)
{
  for (unsigned int i = 0; i < live->ips.n; i++)
    {
      const IpAddress *address = &live->ips.items[i]->address;
      g_autofree char *own = ip_address_text (address);

      if (is_translated (live, address->family))
        g_string_append_printf (commands, "delete element " IN_TABLE "%s { %s }\n", family_of (live->ips.items[i])->own_map, own);
    }
}

void
firewall_add_removal (GString *commands, const char *bridge)
{
  g_autofree char *device = quoted (bridge);

  /* What is taken away is added before: that it was not there is no error. */
  for (FirewallChain chain = 0; chain < FIREWALL_CHAINS; chain++)
    {
      g_autofree char *name = firewall_chain_name (chain, bridge);

      add_chain (commands, chain, name, device);
      delete_chain (commands, chain, name, device);
    }
}

bool
firewall_is_needed (const Network *live)
{
  return network_has_own_bridge (live) && live->forward.mode != NETWORK_FORWARD_OPEN;
}

char *
firewall_rules (const Network *live)
{
  GString *commands = g_string_new (NULL);

  firewall_add_base (commands);
  firewall_add_network (commands, live);
  return g_string_free (commands, FALSE);
}
