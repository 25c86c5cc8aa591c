/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "firewall/firewall.h"
#include "firewall/rules.h"

typedef struct
{
  const char *body;             /* of the network on virbr7 */
  bool is_needed;
  const char *rules;            /* of its chains, without what all have in front; NULL: not looked at */
} Case;

#define V4 "<ip address='10.1.0.1' netmask='255.255.255.0'/>"
#define V6 "<ip family='ipv6' address='2001:db8:1::1' prefix='64'/>"
#define CROSS "entering_virbr7 iifname \"virbr7\" accept\n"
#define END "entering_virbr7 reject\nleaving_virbr7 reject\n"
#define KEPT4(dev_) \
  "translated_virbr7 " dev_ "ip saddr 10.1.0.0/24 ip daddr 224.0.0.0/24 return\n" \
  "translated_virbr7 " dev_ "ip saddr 10.1.0.0/24 ip daddr 255.255.255.255 return\n"
#define NAT4(dev_, ports_, any_) \
  "translated_virbr7 " dev_ "ip saddr 10.1.0.0/24 ip daddr != 10.1.0.0/24 meta l4proto tcp " ports_ "\n" \
  "translated_virbr7 " dev_ "ip saddr 10.1.0.0/24 ip daddr != 10.1.0.0/24 meta l4proto udp " ports_ "\n" \
  "translated_virbr7 " dev_ "ip saddr 10.1.0.0/24 ip daddr != 10.1.0.0/24 " any_ "\n"
#define NAT6(ports_) \
  "translated_virbr7 ip6 saddr 2001:db8:1::/64 ip6 daddr ff02::/16 return\n" \
  "translated_virbr7 ip6 saddr 2001:db8:1::/64 ip6 daddr != 2001:db8:1::/64 meta l4proto tcp masquerade to " ports_ "\n" \
  "translated_virbr7 ip6 saddr 2001:db8:1::/64 ip6 daddr != 2001:db8:1::/64 meta l4proto udp masquerade to " ports_ "\n" \
  "translated_virbr7 ip6 saddr 2001:db8:1::/64 ip6 daddr != 2001:db8:1::/64 masquerade\n"
#define ANSWERS4 \
  "entering_virbr7 ip daddr 10.1.0.0/24 ct state established,related return\n" \
  "leaving_virbr7 ip saddr 10.1.0.0/24 accept\n"
#define BOTH6 "entering_virbr7 ip6 daddr 2001:db8:1::/64 return\nleaving_virbr7 ip6 saddr 2001:db8:1::/64 accept\n"
#define ANSWERS6 \
  "entering_virbr7 ip6 daddr 2001:db8:1::/64 ct state established,related return\n" \
  "leaving_virbr7 ip6 saddr 2001:db8:1::/64 accept\n"

static const Case cases[] = {
  { V4 V6, true, CROSS END },
  { "", true, CROSS END },
  { "<forward mode='open'/>" V4, false, NULL },
  { "<forward mode='route'/>" V4 V6, true,
    CROSS "entering_virbr7 ip daddr 10.1.0.0/24 return\nleaving_virbr7 ip saddr 10.1.0.0/24 accept\n" BOTH6 END },
  { "<forward mode='route' dev='eth7'/>" V4, true,
    CROSS "entering_virbr7 iifname \"eth7\" ip daddr 10.1.0.0/24 return\n"
    "leaving_virbr7 oifname \"eth7\" ip saddr 10.1.0.0/24 accept\n" END },
  { "<forward mode='nat'/>" V4, true,
    CROSS ANSWERS4 KEPT4 ("") NAT4 ("", "masquerade to :1024-65535", "masquerade") END },
  { "<forward mode='nat'/>" V4 V6, true,
    CROSS ANSWERS4 KEPT4 ("") NAT4 ("", "masquerade to :1024-65535", "masquerade") BOTH6 END },
  { "<forward mode='nat'/>" V6, true, CROSS BOTH6 END },
  { "<forward mode='nat' dev='eth7'/>" V4, true,
    CROSS "entering_virbr7 iifname \"eth7\" ip daddr 10.1.0.0/24 ct state established,related return\n"
    "leaving_virbr7 oifname \"eth7\" ip saddr 10.1.0.0/24 accept\n"
    KEPT4 ("oifname \"eth7\" ") NAT4 ("oifname \"eth7\" ", "masquerade to :1024-65535", "masquerade") END },
  { "<forward mode='nat'><nat ipv6='yes'><address start='7.0.0.1' end='7.0.0.9'/><port start='5000' end='6000'/></nat></forward>"
    V4 V6, true,
    CROSS ANSWERS4 KEPT4 ("") NAT4 ("", "snat ip to 7.0.0.1-7.0.0.9:5000-6000", "snat ip to 7.0.0.1-7.0.0.9")
    ANSWERS6 NAT6 (":5000-6000") END },
  { "<forward mode='nat'><nat><address start='7.0.0.1' end='7.0.0.1'/><port start='5000' end='5000'/></nat></forward>" V4, true,
    CROSS ANSWERS4 KEPT4 ("") NAT4 ("", "snat ip to 7.0.0.1:5000", "snat ip to 7.0.0.1") END },
};

/* The rules of the network's chains among the commands. */
static char *
rules_of (const char *commands)
{
  g_auto (GStrv) lines = g_strsplit (commands, "\n", -1);
  GString *out = g_string_new (NULL);

  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, "add rule inet " FIREWALL_TABLE " ") && strstr (*line, "_virbr7 ") != NULL)
      g_string_append_printf (out, "%s\n", *line + strlen ("add rule inet " FIREWALL_TABLE " "));
  return g_string_free (out, FALSE);
}

static void
test_rules (gconstpointer data)
{
  const Case *test = data;
  g_autofree char *xml = g_strdup_printf ("<network><name>t</name><bridge name='virbr7'/>%s</network>", test->body);
  g_autoptr (GError) error = NULL;
  Network *live = xml_parse (&network_schema, xml, strlen (xml), XML_PARSE_INACTIVE, &error);
  g_autofree char *commands = NULL, *rules = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (firewall_is_needed (live), ==, test->is_needed);
  commands = firewall_rules (live);
  rules = rules_of (commands);
  if (test->rules != NULL)
    g_assert_cmpstr (rules, ==, test->rules);
  g_assert_cmpint (strstr (commands, "own4 { 10.1.0.1 : goto") != NULL, ==, strstr (rules, "daddr != 10.1.0.0/24") != NULL);
  g_assert_cmpint (strstr (commands, "own6 { 2001:db8:1::1 : goto") != NULL, ==, strstr (rules, "ip6 daddr ff02") != NULL);
  xml_free (&network_schema, live);
}

static void
test_names (void)
{
  static const struct { const char *device, *chain; bool can; } names[] = {
    { "virbr0", "leaving_virbr0", true }, { "br-1.2_x", "leaving_br-1.2_x", true }, { "0", "leaving_0", true },
    { "a:b@c", "leaving_a/3ab/40c", true }, { "a*", "leaving_a/2a", true }, { "a\"b", "leaving_a/22b", false },
    { "a b", "leaving_a/20b", false }, { "a\n", "leaving_a/0a", false }, { "", "leaving_", false },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *chain = firewall_chain_name (FIREWALL_LEAVING, names[i].device);

      g_assert_cmpstr (chain, ==, names[i].chain);
      g_assert_cmpint (firewall_can_name (names[i].device), ==, names[i].can);
      g_assert_true (firewall_is_chain_of (chain, names[i].device));
      g_assert_false (firewall_is_chain_of (chain, "virbr"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/firewall/rules/%u", i);

      g_test_add_data_func (path, &cases[i], test_rules);
    }
  g_test_add_func ("/firewall/names", test_names);
  return g_test_run ();
}
