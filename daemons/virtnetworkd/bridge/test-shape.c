/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bandwidth of networks, in a network namespace of the test's own, as the program tc shows it. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/bridge.h"
#include "bridge/shape.h"
#include "link/rtnl.h"
#include "util/error.h"

#define BRIDGE "tb0"

static const NetworkRate wide = { .average = 1000, .peak = 5000, .burst = 1024 }, plain = { .average = 128 },
                         sure = { .average = 300, .floor = 200 }, surer = { .average = 300, .floor = 250 };
static const NetworkBandwidth network = { .inbound = (NetworkRate *) &wide }, plain_network = { .inbound = (NetworkRate *) &plain },
                              port = { .inbound = (NetworkRate *) &sure }, changed = { .inbound = (NetworkRate *) &surer };
static const uint8_t mac[6] = { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcc };

static char *
shown (const char *what)
{
  g_autofree char *command = g_strdup_printf ("tc %s show dev " BRIDGE, what);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_assert_true (g_spawn_command_line_sync (command, &text, NULL, NULL, &error));
  return text;
}

static void
assert_shown (const char *what, const char *wanted, bool there)
{
  g_autofree char *text = shown (what);

  if ((strstr (text, wanted) != NULL) != there)
    g_error ("'%s' is%s in '%s'", wanted, there ? " not" : "", text);
}

static Rtnl *
begin (void)
{
  static const RtnlBridge bridge = { .mac = { 0x52, 0x54, 0, 1, 2, 3 } };
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = rtnl_open (&error);

  g_assert_no_error (error);
  g_assert_true (rtnl_add_bridge (rtnl, BRIDGE, &bridge, &error));
  return rtnl;
}

static void
end (Rtnl *rtnl)
{
  g_assert_true (rtnl_remove (rtnl, BRIDGE, NULL));
  rtnl_close (rtnl);
}

static void
test_network (void)
{
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = begin ();

  g_assert_true (shape_network (BRIDGE, &plain_network, &error));
  assert_shown ("class", "class htb 1:1 root rate 1024Kbit ceil 1024Kbit", true);
  g_assert_true (shape_network (BRIDGE, &network, &error));
  g_assert_no_error (error);
  assert_shown ("qdisc", "htb 1: root refcnt 2 r2q 10 default 0x2", true);
  assert_shown ("class", "class htb 1:1 root rate 8Mbit ceil 40Mbit burst 1600b cburst 1600b", true);
  assert_shown ("class", "class htb 1:2 parent 1:1 ", true);
  assert_shown ("class", "rate 8Mbit ceil 40Mbit burst 1Mb cburst 1600b", true);
  g_assert_true (shape_network (BRIDGE, NULL, &error));
  assert_shown ("class", "htb", false);
  assert_shown ("qdisc", "htb", false);
  end (rtnl);
  g_assert_false (shape_network (BRIDGE, &network, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
}

static void
test_ports (void)
{
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = begin ();

  g_assert_true (shape_network (BRIDGE, &network, &error));
  g_assert_true (shape_plug (BRIDGE, &network, mac, &port, 3, 4800, &error));
  g_assert_no_error (error);
  assert_shown ("class", "rate 1600Kbit ceil 40Mbit", true);
  assert_shown ("class", "rate 38400Kbit ceil 40Mbit", true);
  assert_shown ("filter", "flowid 1:3", true);
  assert_shown ("filter", "match 00aabbcc/ffffffff at -12", true);
  g_assert_true (shape_plug (BRIDGE, &network, mac, &changed, 3, 4750, &error));
  assert_shown ("class", "rate 2Mbit ceil 40Mbit", true);
  assert_shown ("class", "rate 38Mbit ceil 40Mbit", true);
  /* All that there is may be promised. */
  g_assert_true (shape_plug (BRIDGE, &network, mac, &changed, 3, 0, &error));
  assert_shown ("class", "rate 8Kbit ceil 40Mbit", true);
  g_assert_true (shape_unplug (BRIDGE, &network, 3, 5000, &error));
  g_assert_true (shape_unplug (BRIDGE, &network, 3, 5000, &error));
  g_assert_no_error (error);
  assert_shown ("class", "1:3", false);
  assert_shown ("filter", "flowid", false);
  assert_shown ("class", "rate 40Mbit ceil 40Mbit", true);
  end (rtnl);
}

/* What cannot be limited has no class left. */
static void
test_undo (void)
{
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = begin ();

  g_assert_true (shape_network (BRIDGE, &network, &error));
  g_assert_false (shape_plug (BRIDGE, &network, mac, &port, SHAPE_CLASS_MAX, 4800, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  assert_shown ("class", "1:800", false);
  end (rtnl);
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
  g_test_add_func ("/shape/network", test_network);
  g_test_add_func ("/shape/ports", test_ports);
  g_test_add_func ("/shape/undo", test_undo);
  return g_test_run ();
}
