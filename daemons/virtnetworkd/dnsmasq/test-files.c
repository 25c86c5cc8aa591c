/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-files.c: what a network makes of dnsmasq's files, and that no value of a document gets out of its place in them. */
#include <string.h>

#include "dnsmasq/private.h"
#include "util/error.h"

#define PLAIN_IP "<ip address='192.168.77.1' prefix='24'/>"
#define DHCP(more_) \
  "<ip address='192.168.77.1' prefix='24'><dhcp><range start='192.168.77.10' end='192.168.77.20'/>" more_ "</dhcp></ip>"
#define DNSMASQ "xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'"

static Network *
read_network (const char *attributes, const char *forward, const char *body)
{
  g_autofree char *xml = g_strdup_printf ("<network %s><name>net</name>%s<bridge name='virbr5'/>%s</network>", attributes,
                                          forward, body);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, xml, strlen (xml), XML_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return network;
}

static void
network_clear (Network **network)
{
  if (*network != NULL)
    xml_free (&network_schema, *network);
}
#define network_auto __attribute__ ((cleanup (network_clear)))

/* Whether @line is a whole line of @text. */
static bool
has_line (const char *text, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  return g_strv_contains ((const char *const *) lines, line);
}

static const struct
{
  const char *attributes, *forward, *body;
  const char *there[4], *absent[3];     /* lines; of the hosts' files after "=" */
} cases[] = {
  { "", "<forward/>", PLAIN_IP, { "interface=virbr5", "addn-hosts=/l/net.addnhosts", "pid-file=/r/net.pid" },
    { "dhcp-option=3", "no-resolv" } },
  { "", "", PLAIN_IP, { "dhcp-option=3", "no-resolv", "ra-param=*,0,0" }, { NULL } },
  { "", "<forward/>", DHCP (""), { "dhcp-range=192.168.77.10,192.168.77.20,255.255.255.0", "dhcp-lease-max=11",
    "dhcp-hostsfile=/l/net.hostsfile" }, { "enable-ra" } },
  { "", "<forward/>", DHCP ("<bootp file='a,b' server='10.0.0.1'/>") "<mtu size='1400'/>",
    { "dhcp-boot=\"a,b\",,10.0.0.1", "dhcp-option=option:mtu,1400" }, { NULL } },
  { "", "<forward/>", "<ip address='10.0.0.1' prefix='9'><tftp root='/srv/a #b'/><dhcp>"
    "<host mac='52:54:00:00:00:01' ip='10.0.0.2'/></dhcp></ip>",
    { "enable-tftp", "tftp-root=\"/srv/a #b\"", "dhcp-range=10.0.0.1,static" }, { "dhcp-lease-max=0" } },
  { "", "<forward/>", "<dns enable='no'/>" DHCP (""), { "port=0" }, { "addn-hosts=/l/net.addnhosts" } },
  { "", "<forward/>", "<ip family='ipv6' address='fd00::1' prefix='64'/>", { "dhcp-range=fd00::1,ra-only" }, { "enable-ra" } },
  { "", "<forward/>", "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp><range start='fd00::2' end='fd00::5'>"
    "<lease expiry='3' unit='hours'/></range></dhcp></ip>",
    { "enable-ra", "dhcp-range=fd00::2,fd00::5,64,3h", "dhcp-lease-max=4" },
    { "dhcp-authoritative" } },
  { "", "<forward/>", "<ip address='10.1.2.3' prefix='16' localPtr='yes'/>"
    "<ip family='ipv6' address='fd00:12::1' prefix='28' localPtr='yes'/>",
    { "local=/1.10.in-addr.arpa/", "local=/1.0.0.0.0.d.f.ip6.arpa/" }, { NULL } },
  { "", "<forward/>", "<domain name='e.org' localOnly='yes'/><dns forwardPlainNames='no'><forwarder domain='a.org'/>"
    "<forwarder addr='8.8.8.8'/></dns>" PLAIN_IP,
    { "local=/e.org/", "server=/a.org/#", "server=8.8.8.8", "no-resolv" }, { NULL } },
  { "", "<forward/>", "<dns><txt name='a' value='b,c \"d\"'/><txt name='e' value='f,g'/>"
    "<srv service='s' protocol='tcp' target='t' weight='5'/><srv service='n' protocol='tcp' target='.' port='5'/></dns>" PLAIN_IP,
    { "txt-record=a,\"b,c \\\"d\\\"\"", "txt-record=e,f,g", "srv-host=_s._tcp,t,1,0,5", "srv-host=_n._tcp" }, { NULL } },
  { "", "<forward/>", "<dns><host ip='fd00::5'><hostname>\n a\n</hostname><hostname>b.c</hostname></host></dns>" PLAIN_IP,
    { "=fd00::5\ta\tb.c\t" }, { NULL } },
  { "", "<forward/>", DHCP ("<host mac='52:54:00:00:00:01' name='a' ip='192.168.77.5'><lease expiry='0'/></host>"
    "<host name='b' ip='192.168.77.6'/>"), { "=52:54:00:00:00:01,192.168.77.5,a,infinite", "=b,192.168.77.6" }, { NULL } },
  { DNSMASQ, "<forward/>", PLAIN_IP "<dnsmasq:options><dnsmasq:option value='dhcp-option=252,\"\\n\" # x'/></dnsmasq:options>",
    { "dhcp-option=252,\"\\n\" # x" }, { NULL } },
};

static void
test_lines (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      network_auto Network *network = read_network (cases[i].attributes, cases[i].forward, cases[i].body);
      g_auto (DnsmasqFiles) files = { NULL };
      g_autofree char *lists = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (dnsmasq_is_needed (network));
      dnsmasq_files_in (network, "/l", "/r/net.pid", &files, &error);
      g_assert_no_error (error);
      lists = g_strconcat (files.hosts, files.addn_hosts, NULL);
      for (unsigned int j = 0; j < G_N_ELEMENTS (cases[i].there) && cases[i].there[j] != NULL; j++)
        {
          const char *line = cases[i].there[j];

          if (*line == '=' ? !has_line (lists, line + 1) : !has_line (files.conf, line))
            g_error ("case %u: no line '%s' in:\n%s%s", i, line, files.conf, lists);
        }
      for (unsigned int j = 0; j < G_N_ELEMENTS (cases[i].absent) && cases[i].absent[j] != NULL; j++)
        g_assert_false (has_line (files.conf, cases[i].absent[j]));
    }
}

static void
test_needed (void)
{
  static const struct { const char *forward, *body; bool needed; } rows[] = {
    { "", "", false },
    { "", PLAIN_IP, true },
    { "<forward/>", "<dns enable='no'/>" PLAIN_IP, false },
    { "<forward/>", "<dns enable='no'/>" DHCP (""), true },
    { "<forward/>", "<dns enable='no'/><ip address='10.0.0.1' prefix='8'><tftp root='/srv'/></ip>", true },
    { "<forward mode='bridge'/>", "", false },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      network_auto Network *network = read_network ("", rows[i].forward, rows[i].body);

      g_assert_cmpint (dnsmasq_is_needed (network), ==, rows[i].needed);
    }
}

/* Paths are as stock daemons name them. */
static void
test_names (void)
{
  g_autofree char *path = dnsmasq_path ("/l", "a\"b'c&<d e", "conf");

  g_assert_cmpstr (path, ==, "/l/a&quot;b&apos;c&amp;&lt;d e.conf");
}

static const struct { const char *body, *word; } refused[] = {
  { "<domain name='a&#10;b'/>" PLAIN_IP, "domain" },
  { "<domain name='a,192.168.0.0/24'/>" PLAIN_IP, "domain" },
  { "<dns><forwarder domain='a&#10;b'/></dns>" PLAIN_IP, "forwarder" },
  { "<dns><forwarder domain='a b'/></dns>" PLAIN_IP, "forwarder" },
  { "<dns><txt name='a' value='b&#10;log-queries'/></dns>" PLAIN_IP, "txt" },
  { "<dns><txt name='a' value='b&#13;log-queries'/></dns>" PLAIN_IP, "txt" },
  { "<dns><srv service='s' protocol='tcp' domain='a,b'/></dns>" PLAIN_IP, "srv" },
  { "<dns><host ip='1.2.3.4'><hostname>a&#10;5.6.7.8 b</hostname></host></dns>" PLAIN_IP, "hostname" },
  { DHCP ("<host mac='52:54:00:00:00:01' name='a,ignore' ip='192.168.77.5'/>"), "host name" },
  { DHCP ("<host mac='52:54:00:00:00:01' name='ignore' ip='192.168.77.5'/>"), "lease" },
  { DHCP ("<host mac='52:54:00:00:00:01' name='10m' ip='192.168.77.5'/>"), "lease" },
  { DHCP ("<bootp file='a&#10;b'/>"), "bootp" },
  { "<ip address='10.0.0.1' prefix='8'><tftp root='/a&#10;log-queries'/></ip>", "tftp" },
  { "<ip address='10.0.0.1' prefix='9' localPtr='yes'/>", "localPtr" },
};

static void
test_refused (void)
{
  g_autofree char *filler = g_strnfill (DNSMASQ_LINE_MAX, 'x');
  g_autofree char *body = g_strdup_printf ("<dns><txt name='a' value='%s log-queries'/></dns>" PLAIN_IP, filler);

  for (unsigned int i = 0; i <= G_N_ELEMENTS (refused); i++)
    {
      bool last = i == G_N_ELEMENTS (refused);
      network_auto Network *network = read_network ("", "<forward/>", last ? body : refused[i].body);
      g_auto (DnsmasqFiles) files = { NULL };
      g_autoptr (GError) error = NULL;

      g_assert_false (dnsmasq_files_in (network, "/l", NULL, &files, &error));
      g_assert_true (virt_error_is (error, VIR_ERR_CONFIG_UNSUPPORTED));
      g_assert_nonnull (strstr (error->message, last ? "1023" : refused[i].word));
      g_assert_null (files.conf);
    }
}

/* Random text of what means something to dnsmasq. */
static char *
nasty (GRand *rand)
{
  static const char *const pieces[] = { "a", "b.c", "1", " ", ",", "\n", "\r", "\t", "\"", "\\", "#", "=", "/", "*", "[", "set:x",
                                        "ignore", "\x7f", "\xc3\xa4", "'", "log-queries" };
  GString *text = g_string_new (NULL);

  for (int n = g_rand_int_range (rand, 1, 5); n > 0; n--)
    g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

/* What dnsmasq makes of a line of its configuration: a blank for blanks, what is quoted for itself, no comment; @fields: the
 * commas that part fields. */
static char *
read_line (const char *line, unsigned int *fields)
{
  GString *out = g_string_new (NULL);
  bool quoted = false, white = true;
  size_t end = 0;

  *fields = 0;
  for (; *line != '\0'; line++)
    {
      if (*line == '"')
        quoted = !quoted;
      else if (quoted && *line == '\\' && (line[1] == '"' || line[1] == '\\'))
        g_string_append_c (out, *++line);
      else if (!quoted && white && *line == '#')
        break;
      else
        g_string_append_c (out, *line);
      *fields += !quoted && *line == ',';
      white = g_ascii_isspace (*line);
      if (quoted || !white)
        end = out->len;
    }
  g_assert_false (quoted);
  g_string_truncate (out, end);
  return g_string_free (out, FALSE);
}

static void
test_nasty_values (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (77);
  unsigned int n_taken = 0;

  for (unsigned int i = 0; i < 20000; i++)
    {
      network_auto Network *network = read_network ("", "<forward/>", "<domain name='d'/><dns><txt name='t' value='v'/></dns>"
                                                    "<ip address='10.0.0.1' prefix='8'><tftp root='/r'/></ip>");
      char **const places[] = { &network->domain.name, &network->dns.txts.items[0]->value, &network->ips.items[0]->tftp_root };
      static const char *const keys[] = { "domain=", "txt-record=t,", "tftp-root=" };
      unsigned int which = i % G_N_ELEMENTS (places), found = 0, n_lines = 0, fields;
      g_auto (DnsmasqFiles) files = { NULL };

      g_free (*places[which]);
      *places[which] = nasty (rand);
      if (!dnsmasq_files_in (network, "/l", NULL, &files, NULL))
        continue;
      n_taken++;
      for (const char *p = files.conf; *p != '\0'; p += strcspn (p, "\n") + 1, n_lines++)
        {
          g_autofree char *raw = g_strndup (p, strcspn (p, "\n")), *line = read_line (raw, &fields);
          g_autofree char *expected = g_strconcat (keys[which], *places[which], NULL);

          found += strcmp (line, expected) == 0 && (which != 2 || fields == 0);
        }
      /* The head, nine lines of this network, its names' file. */
      g_assert_cmpuint (n_lines, ==, 7 + 9);
      if (found != 1)
        g_error ("'%s' is not in:\n%s", *places[which], files.conf);
    }
  g_assert_cmpuint (n_taken, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dnsmasq/lines", test_lines);
  g_test_add_func ("/dnsmasq/needed", test_needed);
  g_test_add_func ("/dnsmasq/names", test_names);
  g_test_add_func ("/dnsmasq/refused", test_refused);
  g_test_add_func ("/dnsmasq/nasty-values", test_nasty_values);
  return g_test_run ();
}
