/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which device of a network a port gets; the choices are a stock daemon's. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "net/pool.h"
#include "util/error.h"
#include "util/paths.h"

static Network *
network_of (const char *inner)
{
  g_autofree char *xml = g_strdup_printf ("<network><name>n</name>%s</network>", inner);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return network;
}

static NetworkPort *
port_of (const char *inner)
{
  g_autofree char *xml = g_strdup_printf (
    "<networkport><uuid>09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f</uuid><owner><name>g</name>"
    "<uuid>19b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f</uuid></owner><mac address='52:54:00:11:22:33'/>%s</networkport>", inner);
  g_autoptr (GError) error = NULL;
  NetworkPort *port = xml_parse (&network_port_schema, xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return port;
}

static void
drop (NetworkPort *port)
{
  xml_free (&network_port_schema, port);
}

/* The device that a new port gets, "" if there is none; the port is dropped. */
static char *
choose (Network *network, const char *inner)
{
  NetworkPort *port = port_of (inner);
  g_autoptr (GError) error = NULL;
  char *device;

  if (!pool_choose (network, port, &error))
    {
      g_assert_cmpint (error->code, ==, VIR_ERR_INTERNAL_ERROR);
      g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_NETWORK);
      drop (port);
      return g_strdup ("");
    }
  device = port->plug.address != NULL ? g_strdup_printf ("%02x.%u", port->plug.address->bus, port->plug.address->function)
                                      : g_strdup (port->plug.dev);
  drop (port);
  return device;
}

#define QBH "<virtualport type='802.1Qbh'><parameters profileid='a'/></virtualport>"
#define QBG                                                                                                        \
  "<virtualport type='802.1Qbg'><parameters managerid='1' typeid='2' typeidversion='3' "                           \
  "instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport>"
#define DEVICES "<interface dev='d0'/><interface dev='d1'/><interface dev='d2'/></forward>"

static void
test_choose (void)
{
  static const struct { const char *network, *port, *devices; } cases[] = {
    { "<forward mode='bridge'>" DEVICES, "", "d0 d1 d2 d0 d1" },
    { "<forward mode='vepa'>" DEVICES, "", "d0 d1 d2 d0 d1" },
    { "<forward mode='private'>" DEVICES, "", "d0 d1 d2 d0 d1" },
    { "<forward mode='private'>" DEVICES, QBG, "d0 d1 d2 d0 d1" },
    { "<forward mode='private'>" DEVICES, QBH, "d0 d1 d2  " },
    { "<forward mode='bridge'>" DEVICES, QBH, "d0 d1 d2 d0 d1" },
    { "<forward mode='passthrough'>" DEVICES, "", "d0 d1 d2  " },
    { "<forward mode='bridge' dev='d7'/>", "", "d7 d7 d7 d7 d7" },
    { "<forward mode='vepa'/>", "", "    " },
    { "<forward mode='hostdev'/>", "", "    " },
    { "<forward mode='hostdev'><address type='pci' bus='4' function='1'/><address type='pci' bus='4' function='2'/></forward>", "",
      "04.1 04.2   " },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Network *network = network_of (cases[i].network);
      g_autoptr (GPtrArray) got = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *text = NULL;

      for (unsigned int n = 0; n < 5; n++)
        g_ptr_array_add (got, choose (network, cases[i].port));
      g_ptr_array_add (got, NULL);
      text = g_strjoinv (" ", (char **) got->pdata);
      g_assert_cmpstr (text, ==, cases[i].devices);
      xml_free (&network_schema, network);
    }
}

/* A network with a bridge has no devices. */
static void
test_bridge (void)
{
  Network *network = network_of ("<forward mode='bridge'/><bridge name='br9'/>");
  NetworkPort *port = port_of ("");

  g_assert_false (pool_is_used (network));
  g_assert_true (pool_choose (network, port, NULL));
  g_assert_null (port->plug.dev);
  pool_release (network, port);
  drop (port);
  xml_free (&network_schema, network);
}

static void
test_plug (void)
{
  Network *network = network_of ("<forward mode='hostdev' managed='yes'><driver name='vfio'/><address type='pci' bus='4'/></forward>");
  Network *direct = network_of ("<forward mode='vepa' dev='d0'/>");
  NetworkPort *port = port_of (""), *other = port_of ("");

  g_assert_true (pool_choose (network, port, NULL));
  g_assert_cmpint (port->plug.type, ==, NETWORK_PLUG_HOSTDEV_PCI);
  g_assert_cmpint (port->plug.managed, ==, TRI_YES);
  g_assert_cmpint (port->plug.driver, ==, NETWORK_FORWARD_DRIVER_VFIO);
  g_assert_true (pool_choose (direct, other, NULL));
  g_assert_cmpint (other->plug.type, ==, NETWORK_PLUG_DIRECT);
  g_assert_cmpint (other->plug.mode, ==, NETWORK_PLUG_MODE_VEPA);
  drop (port);
  drop (other);
  xml_free (&network_schema, network);
  xml_free (&network_schema, direct);
}

static void
claims (Network *network, const char *plug, bool expected)
{
  NetworkPort *port = port_of (plug);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (pool_claim (network, port, &error), ==, expected);
  if (!expected)
    g_assert_cmpint (error->code, ==, VIR_ERR_INTERNAL_ERROR);
  drop (port);
}

static void
test_claim (void)
{
  Network *network = network_of ("<forward mode='bridge'>" DEVICES);
  Network *alone = network_of ("<forward mode='passthrough'>" DEVICES);
  Network *nat = network_of ("<bridge name='vb0'/>");
  NetworkPort *port = port_of ("<plug type='direct' dev='d1' mode='bridge'/>");

  claims (network, "<plug type='direct' dev='d1' mode='bridge'/>", true);
  claims (network, "<plug type='direct' dev='d1' mode='bridge'/>", true);
  g_assert_cmpuint (network->forward.interfaces.items[1]->connections, ==, 2);
  pool_release (network, port);
  g_assert_cmpuint (network->forward.interfaces.items[1]->connections, ==, 1);
  claims (network, "<plug type='direct' dev='d7' mode='bridge'/>", false);
  claims (network, "<plug type='bridge' bridge='br9'/>", false);
  claims (alone, "<plug type='direct' dev='d1' mode='passthrough'/>", true);
  claims (alone, "<plug type='direct' dev='d1' mode='passthrough'/>", false);
  claims (nat, "<plug type='network' bridge='vb0'/>", true);
  claims (nat, "<plug type='direct' dev='d1' mode='bridge'/>", false);
  drop (port);
  xml_free (&network_schema, network);
  xml_free (&network_schema, alone);
  xml_free (&network_schema, nat);
}

static void
test_count (void)
{
  Network *network = network_of ("<forward mode='passthrough'>" DEVICES);
  g_autoptr (GPtrArray) ports = g_ptr_array_new_with_free_func ((GDestroyNotify) drop);

  g_ptr_array_add (ports, port_of ("<plug type='direct' dev='d1' mode='passthrough'/>"));
  g_ptr_array_add (ports, port_of ("<plug type='direct' dev='gone' mode='passthrough'/>"));
  network->forward.interfaces.items[0]->connections = 5;
  pool_count (network, ports);
  g_assert_cmpuint (network->forward.interfaces.items[0]->connections, ==, 0);
  g_assert_cmpuint (network->forward.interfaces.items[1]->connections, ==, 1);
  xml_free (&network_schema, network);
}

/* --- virtual functions ------------------------------------------------------------------------- */

static char *root;

static void
make_dir (const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);

  g_assert_cmpint (g_mkdir_with_parents (full, 0755), ==, 0);
}

static void
make_link (const char *path, const char *target)
{
  g_autofree char *full = g_build_filename (root, path, NULL);

  g_assert_cmpint (symlink (target, full), ==, 0);
}

/* A card eth0 with eleven functions, the fourth of which is bound to another driver. */
static void
make_card (void)
{
  make_dir ("sys/class/net/eth0");
  make_dir ("sys/class/net/eth9/device");
  make_dir ("sys/bus/pci/devices/0000:04:00.0");
  make_link ("sys/class/net/eth0/device", "../../../bus/pci/devices/0000:04:00.0");
  for (unsigned int i = 0; i < 11; i++)
    {
      g_autofree char *slot = g_strdup_printf ("0000:05:%02x.%u", i / 8, i % 8);
      g_autofree char *folder = g_strdup_printf ("sys/bus/pci/devices/%s", slot);
      g_autofree char *net = g_strdup_printf ("%s/net/vf%u", folder, i);
      g_autofree char *link = g_strdup_printf ("sys/bus/pci/devices/0000:04:00.0/virtfn%u", i);
      g_autofree char *target = g_strdup_printf ("../%s", slot);
      g_autofree char *parent = g_strdup_printf ("%s/physfn", folder);

      make_dir (i == 3 ? folder : net);
      make_link (link, target);
      make_link (parent, "../0000:04:00.0");
    }
}

static void
test_functions (void)
{
  Network *direct = network_of ("<forward mode='passthrough'><pf dev='eth0'/></forward>");
  Network *hostdev = network_of ("<forward mode='hostdev'><pf dev='eth0'/></forward>");
  Network *none = network_of ("<forward mode='hostdev'><pf dev='eth9'/></forward>");
  g_autoptr (GError) error = NULL;

  g_assert_true (pool_fill (direct, NULL));
  g_assert_cmpuint (direct->forward.interfaces.n, ==, 10);
  g_assert_cmpstr (direct->forward.interfaces.items[2]->dev, ==, "vf2");
  g_assert_cmpstr (direct->forward.interfaces.items[9]->dev, ==, "vf10");
  g_assert_true (pool_fill (hostdev, NULL));
  g_assert_true (pool_fill (hostdev, NULL));
  g_assert_cmpuint (hostdev->forward.addresses.n, ==, 11);
  g_assert_cmpuint (hostdev->forward.addresses.items[10]->pci.slot, ==, 1);
  g_assert_cmpuint (hostdev->forward.addresses.items[10]->pci.function, ==, 2);
  g_assert_false (pool_fill (none, &error));
  g_assert_cmpint (error->code, ==, VIR_ERR_INTERNAL_ERROR);
  xml_free (&network_schema, direct);
  xml_free (&network_schema, hostdev);
  xml_free (&network_schema, none);
}

static void
test_addresses (void)
{
  Network *good = network_of ("<forward mode='hostdev'><address type='pci' bus='5' function='1'/></forward>");
  Network *bad = network_of ("<forward mode='hostdev'><address type='pci' bus='4'/></forward>");
  g_autoptr (GError) error = NULL;

  g_assert_true (pool_fill (good, NULL));
  g_assert_cmpuint (good->forward.addresses.n, ==, 1);
  g_assert_false (pool_fill (bad, &error));
  g_assert_cmpint (error->code, ==, VIR_ERR_CONFIG_UNSUPPORTED);
  xml_free (&network_schema, good);
  xml_free (&network_schema, bad);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      remove_all (below);
    }
  g_remove (path);
}

int
main (int argc, char **argv)
{
  int rc;

  g_test_init (&argc, &argv, NULL);
  root = g_dir_make_tmp ("pool-XXXXXX", NULL);
  path_init (root, false);
  make_card ();
  g_test_add_func ("/pool/choose", test_choose);
  g_test_add_func ("/pool/bridge", test_bridge);
  g_test_add_func ("/pool/plug", test_plug);
  g_test_add_func ("/pool/claim", test_claim);
  g_test_add_func ("/pool/count", test_count);
  g_test_add_func ("/pool/functions", test_functions);
  g_test_add_func ("/pool/addresses", test_addresses);
  rc = g_test_run ();
  remove_all (root);
  g_free (root);
  return rc;
}
