/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "firewall/obstacles.h"
#include "util/cleanup.h"

#define T_ "\"family\":\"inet\",\"table\":\"t\""
#define BASE(name_, hook_, policy_) \
  "{\"chain\":{" T_ ",\"name\":\"" name_ "\",\"type\":\"filter\",\"hook\":\"" hook_ "\",\"prio\":0,\"policy\":\"" policy_ "\"}}"
#define DROPS_IN(family_, table_) \
  "{\"chain\":{\"family\":\"" family_ "\",\"table\":\"" table_ "\",\"name\":\"F\",\"type\":\"filter\",\"hook\":\"forward\"," \
  "\"policy\":\"drop\"}}"
#define CHAIN(name_) "{\"chain\":{" T_ ",\"name\":\"" name_ "\"}}"
#define RULE(chain_, handle_, first_, ...) \
  "{\"rule\":{" T_ ",\"chain\":\"" chain_ "\",\"handle\":" #handle_ ",\"expr\":[" first_ __VA_OPT__ ("," __VA_ARGS__) "]}}"
#define SET(name_, elements_) "{\"set\":{" T_ ",\"name\":\"" name_ "\",\"elem\":[" elements_ "]}}"
#define MATCH(left_, op_, right_) "{\"match\":{\"op\":\"" op_ "\",\"left\":" left_ ",\"right\":" right_ "}}"
#define META(key_) "{\"meta\":{\"key\":\"" key_ "\"}}"
#define CT(key_) "{\"ct\":{\"key\":\"" key_ "\"}}"
#define PAYLOAD(protocol_, field_) "{\"payload\":{\"protocol\":\"" protocol_ "\",\"field\":\"" field_ "\"}}"
#define XT(type_, name_) "{\"xt\":{\"type\":\"" type_ "\",\"name\":\"" name_ "\"}}"
#define ACCEPT "{\"accept\":null}"
#define DROP "{\"drop\":null}"
#define REJECT "{\"reject\":{\"type\":\"icmpx\",\"expr\":\"admin-prohibited\"}}"
#define RETURN "{\"return\":null}"
#define JUMP(target_) "{\"jump\":{\"target\":\"" target_ "\"}}"
#define GOTO(target_) "{\"goto\":{\"target\":\"" target_ "\"}}"
#define FORWARD BASE ("F", "forward", "accept")

#define OUT "what guests send to the world"
#define BACK "the world's answers to guests"
#define POLICY "the policy of chain F in nftables' table inet t "
#define AT(n_) "rule " #n_ " of chain F in nftables' table inet t "

typedef struct
{
  const char *objects, *warnings;       /* a warning a line */
} Case;

/* On the way of packets of 192.168.122.0/24 on virbr0, to and from the world by eth0. */
static const Case cases[] = {
  { "", "" },
  { FORWARD, "" },
  { BASE ("F", "forward", "drop"), POLICY "drops " OUT ", " BACK "\n" },
  { BASE ("F", "output", "drop"), "" },
  { DROPS_IN ("ip6", "t"), "" },
  { DROPS_IN ("inet", "virtswarm"), "" },
  /* Devices. */
  { FORWARD "," RULE ("F", 5, MATCH (META ("iifname"), "==", "\"virbr0\""), DROP), AT (5) "drops " OUT "\n" },
  { FORWARD "," RULE ("F", 5, MATCH (META ("oifname"), "==", "\"virbr*\""), REJECT), AT (5) "drops " BACK "\n" },
  { FORWARD "," RULE ("F", 5, MATCH (META ("iifname"), "!=", "\"virbr0\""), XT ("target", "REJECT")), AT (5) "drops " BACK "\n" },
  { FORWARD "," RULE ("F", 5, MATCH (META ("iifname"), "==", "{\"set\":[\"lo\",\"docker0\"]}"), DROP), "" },
  { FORWARD "," RULE ("F", 5, "{\"vmap\":{\"key\":{\"concat\":[" META ("iifname") "," META ("oifname") "]},\"data\":{\"set\":"
      "[[{\"concat\":[\"virbr0\",\"eth1\"]}," ACCEPT "],[{\"concat\":[\"virbr0\",\"eth0\"]}," DROP "]]}}}"),
    AT (5) "drops " OUT "\n" },
  /* Addresses. */
  { FORWARD "," RULE ("F", 5, MATCH (PAYLOAD ("ip", "saddr"), "==", "{\"prefix\":{\"addr\":\"192.168.0.0\",\"len\":16}}"), DROP),
    AT (5) "drops " OUT "\n" },
  { FORWARD "," RULE ("F", 5, MATCH (PAYLOAD ("ip", "daddr"), "==", "{\"prefix\":{\"addr\":\"10.0.0.0\",\"len\":8}}"), DROP),
    "" },
  { FORWARD "," RULE ("F", 5, MATCH (PAYLOAD ("ip", "saddr"), "==", "\"192.168.122.7\""), DROP), "" },
  { FORWARD "," SET ("bad", "") "," RULE ("F", 5, MATCH (PAYLOAD ("ip", "saddr"), "==", "\"@bad\""), DROP), "" },
  { FORWARD "," SET ("bad", "{\"elem\":{\"val\":{\"prefix\":{\"addr\":\"192.168.122.0\",\"len\":24}},\"expires\":5}}") ","
    RULE ("F", 5, MATCH (PAYLOAD ("ip", "saddr"), "==", "\"@bad\""), DROP), AT (5) "drops " OUT "\n" },
  { FORWARD "," RULE ("F", 5, MATCH (PAYLOAD ("ip6", "saddr"), "!=", "\"::1\""), DROP), "" },
  /* Connections, protocols, marks. */
  { BASE ("F", "forward", "drop") "," RULE ("F", 5, MATCH (CT ("state"), "in", "[\"established\",\"related\"]"), ACCEPT),
    POLICY "drops " OUT "\n" },
  { FORWARD "," RULE ("F", 5, MATCH (CT ("state"), "in", "\"invalid\""), DROP) ","
    RULE ("F", 6, MATCH (CT ("status"), "in", "\"dnat\""), DROP) "," RULE ("F", 7, MATCH ("{\"&\":[" META ("mark") ",64]}", "==", "64"), DROP) ","
    RULE ("F", 8, MATCH (PAYLOAD ("udp", "dport"), "==", "53"), DROP), "" },
  { FORWARD "," RULE ("F", 5, MATCH (META ("l4proto"), "==", "6"), DROP), AT (5) "drops " OUT ", " BACK "\n" },
  /* What cannot be judged: it may let through, and is not said to drop. */
  { BASE ("F", "forward", "drop") "," RULE ("F", 5, XT ("match", "conntrack"), ACCEPT), POLICY "may drop " OUT ", " BACK "\n" },
  { FORWARD "," RULE ("F", 5, XT ("match", "conntrack"), DROP), "" },
  { FORWARD "," RULE ("F", 5, "{\"limit\":{\"rate\":3,\"per\":\"minute\"}}", DROP), "" },
  { FORWARD "," RULE ("F", 5, XT ("match", "comment") ",{\"counter\":null}", DROP), AT (5) "drops " OUT ", " BACK "\n" },
  { BASE ("F", "forward", "drop") "," RULE ("F", 5, XT ("target", "NFQUEUE")), POLICY "may drop " OUT ", " BACK "\n" },
  /* Ways. */
  { FORWARD "," CHAIN ("a") "," RULE ("a", 3, RETURN) "," RULE ("a", 4, DROP) "," RULE ("F", 5, JUMP ("a")) ","
    RULE ("F", 6, DROP), AT (6) "drops " OUT ", " BACK "\n" },
  { FORWARD "," CHAIN ("a") "," RULE ("a", 4, DROP) "," RULE ("F", 5, JUMP ("a")) "," RULE ("F", 6, DROP),
    "rule 4 of chain a (reached from F) in nftables' table inet t drops " OUT ", " BACK "\n" },
  { FORWARD "," CHAIN ("a") "," RULE ("F", 5, GOTO ("a")) "," RULE ("F", 6, DROP), "" },
  { FORWARD "," CHAIN ("a") "," RULE ("a", 4, ACCEPT) "," RULE ("F", 5, JUMP ("a")) "," RULE ("F", 6, DROP), "" },
  { FORWARD "," RULE ("F", 5, JUMP ("F")), "" },
  /* To the host. */
  { BASE ("I", "input", "drop") ","
    RULE ("I", 2, MATCH (PAYLOAD ("udp", "dport"), "==", "{\"set\":[53,{\"range\":[60,70]}]}"), ACCEPT),
    "the policy of chain I in nftables' table inet t drops guests' DNS queries\n" },
  { BASE ("I", "input", "drop") "," RULE ("I", 2, MATCH (META ("pkttype"), "==", "\"broadcast\""), ACCEPT) ","
    RULE ("I", 3, MATCH ("{\"fib\":{\"result\":\"type\",\"flags\":[\"daddr\"]}}", "==", "\"local\""), ACCEPT), "" },
};

static Network *
read_network (const char *body)
{
  g_autofree char *xml = g_strdup_printf ("<network><name>t</name><bridge name='virbr0'/>%s</network>", body);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, xml, strlen (xml), XML_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return network;
}

static char *
warnings_of (const char *objects, const char *body)
{
  g_autofree char *text = g_strdup_printf ("[%s]", objects), *joined = NULL;
  g_autoptr (json_t) json = json_loads (text, 0, NULL);
  Network *live = read_network (body);
  g_autoptr (GArray) packets = obstacles_packets (live, "eth0");
  g_auto (GStrv) warnings = NULL;

  xml_free (&network_schema, live);
  g_assert_nonnull (json);
  warnings = obstacles_find (json, packets);
  joined = g_strjoinv ("\n", warnings);
  return g_strconcat (joined, *joined != '\0' ? "\n" : "", NULL);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autofree char *warnings = warnings_of (test->objects, "<forward mode='nat'/><ip address='192.168.122.1' prefix='24'>"
                                                          "<dhcp><range start='192.168.122.2' end='192.168.122.9'/></dhcp></ip>");

  g_assert_cmpstr (warnings, ==, test->warnings);
}

/* Which packets there are of a network. */
static void
test_packets (void)
{
  static const struct { const char *body, *warnings; } networks[] = {
    { "", "" },
    { "<ip address='10.0.0.1' prefix='8'/>", "the policy of chain I in nftables' table inet t drops guests' DNS queries\n" },
    { "<dns enable='no'/><ip address='10.0.0.1' prefix='8'/>", "" },
    { "<forward mode='route'/><dns enable='no'/><ip family='ipv6' address='2001:db8::1' prefix='64'><dhcp>"
      "<range start='2001:db8::2' end='2001:db8::9'/></dhcp></ip>",
      POLICY "drops " OUT ", " BACK "\nthe policy of chain I in nftables' table inet t drops guests' DHCP requests\n" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autofree char *warnings = warnings_of (BASE ("F", "forward", "drop") "," BASE ("I", "input", "drop"), networks[i].body);

      g_assert_cmpstr (warnings, ==, networks[i].warnings);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/firewall/obstacles/%u", i);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/firewall/packets", test_packets);
  return g_test_run ();
}
