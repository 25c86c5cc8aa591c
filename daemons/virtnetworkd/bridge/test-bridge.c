/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bridges of networks, in a network namespace of the test's own. Workers run on the test's own stack. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bridge/bridge.h"
#include "bridge/private.h"
#include "link/rtnl.h"
#include "link/sysctl.h"
#include "util/error.h"

static Network *
parse (const char *inner)
{
  g_autofree char *xml = g_strdup_printf ("<network><name>n</name><mac address='52:54:00:00:00:07'/>%s</network>", inner);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return network;
}

static void
drop (Network *network)
{
  xml_free (&network_schema, network);
}

static int
sysctl_of (const char *device, const char *name)
{
  int value = -1;

  g_assert_true (sysctl_get (&value, NULL, "net/ipv6/conf/%s/%s", device, name));
  return value;
}

/* Whether the network's bridge is up with all of its addresses and @mtu. */
static bool
is_complete (const Network *network, unsigned int mtu)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Rtnl) rtnl = rtnl_open (&error);
  g_autoptr (GArray) found = NULL;
  unsigned int missing = network->ips.n;
  RtnlLink link;

  if (!rtnl_get (rtnl, network->bridge.name, &link, NULL))
    return false;
  found = rtnl_addresses (rtnl, link.index, &error);
  g_assert_no_error (error);
  for (unsigned int i = 0; i < network->ips.n; i++)
    for (unsigned int j = 0; j < found->len; j++)
      missing -= ip_address_equal (&g_array_index (found, RtnlAddress, j).address, &network->ips.items[i]->address);
  return missing == 0 && (link.flags & IFF_UP) && link.mtu == mtu;
}

static void
set_mtu (const char *name, unsigned int mtu)
{
  RtnlChange change = { .mtu = mtu, .master = -1, .up = -1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (Rtnl) rtnl = rtnl_open (&error);

  g_assert_true (rtnl_change (rtnl, name, &change, &error));
}

/* --- names ---------------------------------------------------------------------------------------- */

static bool
is_taken (const char *name, void *user)
{
  return strcmp (name, user) == 0;
}

static void
test_names (void)
{
  static const struct { const char *wanted, *taken, *name; } cases[] = {
    { NULL, "", "virbr0" }, { NULL, "virbr0", "virbr1" }, { "br%dx", "", "br0x" }, { "lo", "lo", "lo" },
    { "sixteenletters%dx", "", NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *name = bridge_choose_name (cases[i].wanted, is_taken, (void *) cases[i].taken, &error);

      g_assert_cmpstr (name, ==, cases[i].name);
      g_assert_cmpint (error == NULL, ==, name != NULL);
    }
}

/* --- making -------------------------------------------------------------------------------------------- */

#define DUAL "<bridge name='tb0' delay='2'/><mtu size='1400'/><ip address='192.0.2.1' netmask='255.255.255.0'/>" \
  "<ip family='ipv6' address='2001:db8::1' prefix='64'/><route address='198.51.100.0' prefix='24' gateway='192.0.2.9'/>"

static void
test_make (void)
{
  Network *network = parse (DUAL), *other = parse ("<bridge name='tb0'/>");
  g_autoptr (GError) error = NULL;

  g_assert_true (bridge_make (network, &error));
  g_assert_no_error (error);
  g_assert_true (is_complete (network, 1400));
  g_assert_cmpint (sysctl_of ("tb0", "disable_ipv6"), ==, 0);
  g_assert_cmpint (sysctl_of ("tb0", "accept_ra"), ==, 0);
  g_assert_cmpint (sysctl_of ("tb0", "autoconf"), ==, 0);
  g_assert_true (bridge_is_there ("tb0"));
  /* It has addresses of others for this network, which has none. */
  g_assert_false (bridge_make (other, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_clear_error (&error);
  /* One that was left by a crash is taken over, settings and all. */
  set_mtu ("tb0", 1300);
  g_assert_true (bridge_make (network, &error));
  g_assert_no_error (error);
  g_assert_true (is_complete (network, 1400));
  g_assert_true (bridge_remove (network, &error));
  g_assert_false (bridge_is_there ("tb0"));
  g_assert_true (bridge_remove (network, &error));
  drop (network);
  drop (other);
}

static void
test_alone (void)
{
  Network *network = parse ("<bridge name='tb0'/>");
  g_autoptr (GError) error = NULL;

  g_assert_true (bridge_make (network, &error));
  g_assert_cmpint (sysctl_of ("tb0", "disable_ipv6"), ==, 1);
  g_assert_true (bridge_remove (network, &error));
  drop (network);
}

/* A host whose networks were made by an old daemon. */
static void
test_holder (void)
{
  static const RtnlBridge holder = { .mac = { 0x52, 0x54, 0, 0, 0, 7 } };
  Network *network = parse ("<bridge name='tb0'/>");
  g_autoptr (GError) error = NULL;
  g_autoptr (Rtnl) rtnl = rtnl_open (&error);

  g_assert_true (bridge_make (network, &error));
  g_assert_true (rtnl_add_bridge (rtnl, "tb0-nic", &holder, &error));
  g_assert_true (bridge_remove (network, &error));
  /* One of that name which is not in the bridge is somebody else's. */
  g_assert_true (bridge_is_there ("tb0-nic"));
  g_assert_true (rtnl_remove (rtnl, "tb0-nic", &error));
  g_assert_true (bridge_make (network, &error));
  g_assert_cmpint (system ("ip tuntap add dev tb0-nic mode tap && ip link set tb0-nic master tb0"), ==, 0);
  g_assert_true (bridge_remove (network, &error));
  g_assert_false (bridge_is_there ("tb0-nic"));
  drop (network);
}

static void
test_foreign (void)
{
  static const RtnlBridge foreign = { .mac = { 0x52, 0x54, 0, 9, 9, 9 } };
  Network *network = parse (DUAL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Rtnl) rtnl = rtnl_open (&error);

  g_assert_true (rtnl_add_bridge (rtnl, "tb0", &foreign, &error));
  g_assert_false (bridge_make (network, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (virt_error_detail (error)->int1, ==, EEXIST);
  g_clear_error (&error);
  g_assert_false (bridge_repair (network, &error));
  g_clear_error (&error);
  /* Somebody else's stays. */
  g_assert_true (bridge_remove (network, &error));
  g_assert_true (bridge_is_there ("tb0"));
  g_assert_true (rtnl_remove (rtnl, "tb0", &error));
  drop (network);
}

static void
test_repair (void)
{
  Network *bare = parse ("<bridge name='tb0'/>"), *network = parse (DUAL);
  g_autoptr (GError) error = NULL;

  g_assert_true (bridge_make (bare, &error));
  g_assert_false (is_complete (network, 1400));
  for (unsigned int i = 0; i < 2; i++)
    {
      g_assert_true (bridge_repair (network, &error));
      g_assert_no_error (error);
      g_assert_true (is_complete (network, 1400));
    }
  g_assert_true (bridge_remove (network, &error));
  g_assert_false (bridge_repair (network, &error));
  drop (bare);
  drop (network);
}

/* Nothing is left of what cannot be. */
static void
test_undo (void)
{
  Network *network = parse ("<bridge name='tb0'/><ip address='192.0.2.1' prefix='24'/><ip address='192.0.2.1' prefix='24'/>");
  g_autoptr (GError) error = NULL;

  g_assert_false (bridge_make (network, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_nonnull (strstr (error->message, "192.0.2.1"));
  g_assert_false (bridge_is_there ("tb0"));
  drop (network);
}

static void
test_forward (void)
{
  static const struct { const char *mode; bool v6; int wanted_v4, wanted_v6; } cases[] = {
    { "<forward mode='route'/>", false, 1, 0 }, { "<forward mode='open'/>", true, 0, 1 },
    { "<forward mode='nat'/>", false, 1, 0 },
    { "", false, 0, 0 }, { "", true, 0, 0 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s<bridge name='tb0'/>%s", cases[i].mode,
                                                cases[i].v6 ? "<ip family='ipv6' address='2001:db8::1' prefix='64'/>"
                                                            : "<ip address='192.0.2.1' prefix='24'/>");
      Network *network = parse (inner);
      g_autoptr (GError) error = NULL;
      int v4 = -1, v6 = -1;

      g_assert_true (sysctl_set (0, &error, "net/ipv4/ip_forward") && sysctl_set (0, &error, "net/ipv6/conf/all/forwarding"));
      g_assert_true (bridge_make (network, &error));
      g_assert_true (sysctl_get (&v4, &error, "net/ipv4/ip_forward") && sysctl_get (&v6, &error, "net/ipv6/conf/all/forwarding"));
      g_assert_cmpint (v4, ==, cases[i].wanted_v4);
      g_assert_cmpint (v6, ==, cases[i].wanted_v6);
      g_assert_true (bridge_remove (network, &error));
      drop (network);
    }
}

/* --- clashes --------------------------------------------------------------------------------------------- */

static void
test_clash (void)
{
  static const struct { const char *inner; bool clashes; } cases[] = {
    { "<ip address='10.9.0.1' prefix='16'/>", true },
    { "<ip address='10.9.7.7' prefix='16'/>", true },
    { "<ip address='10.9.7.1' prefix='24'/>", false },
    { "<ip address='10.1.0.1' prefix='8'/>", false },
    { "<ip address='10.50.0.1' prefix='24'/>", true },
    { "<ip address='10.70.0.1' prefix='24'/><route address='10.50.0.0' prefix='24' gateway='10.70.0.2'/>", true },
    { "<ip address='10.70.0.1' prefix='24'/><route address='10.51.0.0' prefix='24' gateway='10.70.0.2'/>", false },
    { "<ip family='ipv6' address='2001:db8::2' prefix='64'/>", false },
  };
  Network *host = parse ("<bridge name='host0'/><ip address='10.9.0.1' prefix='16'/>"
                         "<ip family='ipv6' address='2001:db8::1' prefix='64'/>"
                         "<route address='10.50.0.0' prefix='24' gateway='10.9.0.7'/>");
  g_autoptr (GError) error = NULL;

  g_assert_true (bridge_make (host, &error));
  g_assert_true (bridge_check_clash (host, &error));
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *inner = g_strdup_printf ("<bridge name='tb0'/>%s", cases[i].inner);
      g_autoptr (GError) clash = NULL;
      Network *network = parse (inner);

      g_assert_cmpint (bridge_check_clash (network, &clash), ==, !cases[i].clashes);
      if (cases[i].clashes)
        {
          g_assert_error (clash, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
          g_assert_nonnull (strstr (clash->message, "host0"));
        }
      drop (network);
    }
  g_assert_true (bridge_remove (host, &error));
  drop (host);
}

static void
test_routers (void)
{
  static const char routes[] =
    "fd990000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001"
    " 00000000 004c0001      rv0\n"
    "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002"
    " 00000000 00000001      rv1\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000077 00000400 00000001"
    " 00000000 00450003      rv0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000077 00000400 00000001"
    " 00000000 00450003      tb0\n"
    "00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000004"
    " 00000000 80200001       lo\n";
  g_auto (GStrv) names = bridge_learned_devices (routes, "tb0");
  g_autofree char *text = g_strjoinv (" ", names);

  g_assert_cmpstr (text, ==, "rv0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/names", test_names);
  g_test_add_func ("/bridge/routers", test_routers);
  if (unshare (CLONE_NEWNET) != 0)
    {
      g_test_message ("bridges are not tested, a network of its own needs root: %s", g_strerror (errno));
      return g_test_run ();
    }
  g_test_add_func ("/bridge/make", test_make);
  g_test_add_func ("/bridge/alone", test_alone);
  g_test_add_func ("/bridge/holder", test_holder);
  g_test_add_func ("/bridge/foreign", test_foreign);
  g_test_add_func ("/bridge/repair", test_repair);
  g_test_add_func ("/bridge/undo", test_undo);
  g_test_add_func ("/bridge/forward", test_forward);
  g_test_add_func ("/bridge/clash", test_clash);
  return g_test_run ();
}
