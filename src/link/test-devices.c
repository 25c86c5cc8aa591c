/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network devices, in a network of the test's own. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "link/rtnl.h"
#include "link/sysctl.h"
#include "link/watch.h"
#include "util/error.h"
#include "util/loop.h"

static Rtnl *
rtnl_here (void)
{
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = rtnl_open (&error);

  g_assert_no_error (error);
  return rtnl;
}

static IpAddress
ip (const char *text)
{
  IpAddress address;

  g_assert_true (ip_address_parse (text, &address));
  return address;
}

static void
assert_errno (const GError *error, int errnum)
{
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (virt_error_detail (error)->int1, ==, errnum);
}

static void
test_bridge (void)
{
  static const RtnlBridge wanted = { .mac = { 0x52, 0x54, 0, 1, 2, 3 }, .mtu = 1400, .stp = true, .delay_cs = 4000 };
  g_autoptr (Rtnl) rtnl = rtnl_here ();
  g_autoptr (GError) error = NULL;
  RtnlLink link;

  g_assert_true (rtnl_add_bridge (rtnl, "br0", &wanted, &error));
  g_assert_true (rtnl_get (rtnl, "br0", &link, &error));
  g_assert_cmpstr (link.kind, ==, "bridge");
  g_assert_cmpmem (link.mac, 6, wanted.mac, 6);
  g_assert_cmpuint (link.mtu, ==, 1400);
  g_assert_false (link.flags & IFF_UP);
  g_assert_false (rtnl_add_bridge (rtnl, "br0", &wanted, &error));
  assert_errno (error, EEXIST);
  g_assert_true (rtnl_remove (rtnl, "br0", NULL));
  g_assert_true (rtnl_remove (rtnl, "br0", NULL));
}

/* What the kernel cannot be told leaves no bridge. */
static void
test_no_bridge (void)
{
  static const RtnlBridge too_long = { .mac = { 0x52, 0x54, 0, 1, 2, 3 }, .mtu = 99000 };
  g_autoptr (Rtnl) rtnl = rtnl_here ();
  g_autoptr (GError) error = NULL;

  g_assert_false (rtnl_add_bridge (rtnl, "br0", &too_long, &error));
  assert_errno (error, EINVAL);
  g_assert_cmpuint (if_nametoindex ("br0"), ==, 0);
}

static void
test_batch (void)
{
  static const RtnlBridge wanted = { .mac = { 0x52, 0x54, 0, 1, 2, 3 } };
  const IpAddress first = ip ("192.0.2.1"), second = ip ("198.51.100.1"), third = ip ("2001:db8::1");
  RtnlChange up = { .master = -1, .up = 1 };
  g_autoptr (Rtnl) rtnl = rtnl_here ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = NULL;
  RtnlLink link;

  g_assert_true (rtnl_add_bridge (rtnl, "br0", &wanted, &error));
  rtnl_batch (rtnl);
  g_assert_true (rtnl_add_address (rtnl, "br0", &first, NULL, 24, &error));
  g_assert_true (rtnl_add_address (rtnl, "br0", &first, NULL, 24, &error));
  g_assert_true (rtnl_add_address (rtnl, "br0", &second, NULL, 24, &error));
  g_assert_true (rtnl_add_address (rtnl, "br0", &third, NULL, 64, &error));
  g_assert_true (rtnl_change (rtnl, "br0", &up, &error));
  g_assert_no_error (error);
  g_assert_false (rtnl_batch_end (rtnl, &error));
  assert_errno (error, EEXIST);
  g_assert_nonnull (strstr (error->message, "192.0.2.1"));
  g_clear_error (&error);
  g_assert_true (rtnl_get (rtnl, "br0", &link, &error));
  g_assert_true (link.flags & IFF_UP);
  found = rtnl_addresses (rtnl, link.index, &error);
  g_assert_cmpuint (found->len, ==, 3);
  g_assert_true (ip_address_equal (&g_array_index (found, RtnlAddress, 1).address, &second));
  g_assert_cmpuint (g_array_index (found, RtnlAddress, 1).prefix, ==, 24);
  g_assert_true (rtnl_remove (rtnl, "br0", &error));
  /* Nothing is asked twice. */
  rtnl_batch (rtnl);
  g_assert_true (rtnl_batch_end (rtnl, &error));
}

/* More than one batch holds. */
static void
test_many (void)
{
  static const RtnlBridge wanted = { .mac = { 0x52, 0x54, 0, 1, 2, 3 } };
  g_autoptr (Rtnl) rtnl = rtnl_here ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = NULL;

  g_assert_true (rtnl_add_bridge (rtnl, "br0", &wanted, &error));
  rtnl_batch (rtnl);
  for (unsigned int i = 0; i < 200; i++)
    {
      IpAddress address = { .family = AF_INET, .bytes = { 10, 1, (uint8_t) i, 1 } };

      g_assert_true (rtnl_add_address (rtnl, "br0", &address, NULL, 24, &error));
    }
  g_assert_true (rtnl_batch_end (rtnl, &error));
  found = rtnl_addresses (rtnl, (int) if_nametoindex ("br0"), &error);
  g_assert_cmpuint (found->len, ==, 200);
  g_assert_true (rtnl_remove (rtnl, "br0", &error));
}

static bool
on_route (const RtnlRoute *route, int index, void *data)
{
  g_autofree char *network = ip_address_text (&route->network);
  g_autofree char *gateway = route->gateway != NULL ? ip_address_text (route->gateway) : NULL;

  g_string_append_printf (data, "%s/%u %s %u;", network, route->prefix, gateway, route->metric);
  return true;
}

static void
test_routes (void)
{
  static const RtnlBridge wanted = { .mac = { 0x52, 0x54, 0, 1, 2, 3 } };
  const IpAddress own = ip ("192.0.2.1"), gateway = ip ("192.0.2.9");
  NetworkRoute route = { .address = ip ("198.51.100.0"), .prefix = 24, .gateway = gateway };
  RtnlRoute direct = { .network = ip ("203.0.113.0"), .prefix = 25, .metric = 7 };
  RtnlChange up = { .master = -1, .up = 1 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (Rtnl) rtnl = rtnl_here ();
  g_autoptr (GError) error = NULL;

  g_assert_true (rtnl_add_bridge (rtnl, "br0", &wanted, &error));
  rtnl_batch (rtnl);
  g_assert_true (rtnl_add_address (rtnl, "br0", &own, NULL, 24, &error) && rtnl_change (rtnl, "br0", &up, &error)
                 && rtnl_add_network_route (rtnl, "br0", &route, &error) && rtnl_add_route (rtnl, "br0", &direct, &error));
  g_assert_true (rtnl_batch_end (rtnl, &error));
  g_assert_no_error (error);
  g_assert_true (rtnl_each_route (rtnl, AF_INET, on_route, text, &error));
  g_assert_cmpstr (text->str, ==, "192.0.2.0/24 (null) 0;198.51.100.0/24 192.0.2.9 1;203.0.113.0/25 (null) 7;");
  g_assert_true (rtnl_remove (rtnl, "br0", &error));
}

static void
test_sysctl (void)
{
  g_autoptr (GError) error = NULL;
  int value = -1;

  g_assert_true (sysctl_set (1, &error, "net/ipv4/conf/%s/forwarding", "lo"));
  g_assert_true (sysctl_get (&value, &error, "net/ipv4/conf/%s/forwarding", "lo"));
  g_assert_cmpint (value, ==, 1);
  g_assert_true (sysctl_set (0, &error, "net/ipv4/conf/%s/forwarding", "lo"));
  g_assert_false (sysctl_set (1, &error, "net/ipv4/conf/%s/forwarding", "nosuch"));
  assert_errno (error, ENOENT);
}

/* --- events ------------------------------------------------------------------------------------- */

static void
on_link (LinkEvent event, const char *name, int index, void *data)
{
  static const char *const words[] = { "came", "changed", "went" };

  g_string_append_printf (data, "%s %s;", words[event], name);
}

static void
wait_for (const GString *text, const char *wanted)
{
  for (unsigned int i = 0; i < 100 && strstr (text->str, wanted) == NULL; i++)
    loop_turn (20);
  if (strstr (text->str, wanted) == NULL)
    g_error ("no '%s' in '%s'", wanted, text->str + (text->len > 300 ? text->len - 300 : 0));
}

static void
test_watch (void)
{
  static const RtnlBridge wanted = { .mac = { 0x52, 0x54, 0, 1, 2, 3 } };
  RtnlChange mtu = { .master = -1, .up = -1, .mtu = 1300 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Rtnl) rtnl = rtnl_here ();
  g_autoptr (LinkWatch) watch = NULL;

  g_assert_true (rtnl_add_bridge (rtnl, "old0", &wanted, &error));
  watch = link_watch_new (on_link, text, &error);
  g_assert_no_error (error);
  g_assert_true (rtnl_add_bridge (rtnl, "new0", &wanted, &error));
  wait_for (text, "came new0;");
  g_assert_null (strstr (text->str, "came old0;"));
  g_assert_true (rtnl_change (rtnl, "old0", &mtu, &error));
  wait_for (text, "changed old0;");
  g_assert_true (rtnl_remove (rtnl, "old0", &error));
  wait_for (text, "went old0;");
  g_assert_null (strstr (text->str, "went new0;"));
  /* More than the socket holds while nobody reads. */
  for (unsigned int i = 0; i < 3000; i++)
    {
      mtu.mtu = 1300 + i % 100;
      g_assert_true (rtnl_change (rtnl, "new0", &mtu, &error));
    }
  g_assert_true (rtnl_add_bridge (rtnl, "last0", &wanted, &error));
  g_assert_true (rtnl_remove (rtnl, "new0", &error));
  wait_for (text, "came last0;");
  wait_for (text, "went new0;");
  g_assert_true (rtnl_remove (rtnl, "last0", &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (unshare (CLONE_NEWNET) != 0)
    {
      g_print ("1..0 # SKIP a network of its own needs root: %s\n", g_strerror (errno));
      return 0;
    }
  g_test_add_func ("/link/bridge", test_bridge);
  g_test_add_func ("/link/no-bridge", test_no_bridge);
  g_test_add_func ("/link/batch", test_batch);
  g_test_add_func ("/link/many", test_many);
  g_test_add_func ("/link/routes", test_routes);
  g_test_add_func ("/link/sysctl", test_sysctl);
  g_test_add_func ("/link/watch", test_watch);
  return g_test_run ();
}
