/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs are told about interfaces, and what is kept of them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostdev/sysfs.h"
#include "link/ovs.h"
#include "model/domain/tables.h"
#include "net/check.h"
#include "net/passt.h"
#include "net/record.h"
#include "net/tap.h"
#include "net/things.h"
#include "net/vf.h"
#include "util/error.h"
#include "util/json.h"
#include "util/loop.h"
#include "util/paths.h"
#include "util/uuid.h"

static DomainInterface *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  DomainInterface *interface = xml_parse (&domain_interface_schema, xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return interface;
}

static void
drop (DomainInterface *interface)
{
  xml_free (&domain_interface_schema, interface);
}

/* --- programs ------------------------------------------------------------------------------- */

static void
test_ovs (void)
{
  static const struct { const char *inner, *words; } cases[] = {
    { "", "" },
    { "<vlan><tag id='5'/></vlan>", " tag=5" },
    { "<vlan trunk='yes'><tag id='5'/><tag id='6'/></vlan>", " trunk=5,6" },
    { "<vlan trunk='yes'><tag id='5' nativeMode='untagged'/><tag id='6'/></vlan>", " vlan_mode=native-untagged tag=5 trunk=5,6" },
  };
  const uint8_t uuid[16] = { 1, 2, 3 };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *xml = g_strdup_printf (
        "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='ovsbr'/><virtualport type='openvswitch'>"
        "<parameters profileid='p' interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport>%s</interface>",
        cases[i].inner);
      g_autofree char *wanted = g_strdup_printf (
        "ovs-vsctl --timeout=5 --db=unix:%s/run/openvswitch/db.sock -- --if-exists del-port vnet0 -- add-port ovsbr vnet0%s -- set Interface vnet0 "
        "external-ids:attached-mac=\"52:54:00:00:00:01\" external-ids:iface-id=\"09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f\" "
        "external-ids:vm-id=\"01020300-0000-0000-0000-000000000000\" external-ids:port-profile=\"p\" "
        "external-ids:ifname=\"vnet0\" external-ids:iface-status=active", path_root (), cases[i].words);
      DomainInterface *interface = parse (xml);
      OvsPort port = { .bridge = "ovsbr", .name = "vnet0", .mac = interface->mac, .vm_uuid = uuid,
                       .port = interface->virtual_port, .vlan = interface->vlan };
      g_auto (GStrv) argv = ovs_add_argv (&port);
      g_autofree char *line = g_strjoinv (" ", argv);

      g_assert_cmpstr (line, ==, wanted);
      drop (interface);
    }
}

static void
test_passt (void)
{
  DomainInterface *interface = parse (
    "<interface type='user'><source dev='eth0'/><backend type='passt' logFile='/l'/><mtu size='9000'/>"
    "<ip family='ipv4' address='172.17.2.4' prefix='24'/><ip family='ipv6' address='2001:db8::4'/>"
    "<portForward proto='tcp'><range start='2022' to='22'/></portForward>"
    "<portForward proto='udp' address='192.0.2.1' dev='eth0'><range start='4000' end='5000' to='6000'/>"
    "<range start='4005' end='4010' exclude='yes'/></portForward><portForward proto='tcp' address='2001:db8::1'/></interface>");
  g_auto (GStrv) argv = passt_argv (interface, 3);
  g_autofree char *line = g_strjoinv (" ", argv);

  g_assert_cmpstr (line, ==, "passt --quiet --fd 3 --interface eth0 --log-file /l --mtu 9000 --address 172.17.2.4 --netmask 24 "
                             "--address 2001:db8::4 --tcp-ports 2022:22 "
                             "--udp-ports 192.0.2.1%eth0/4000-5000:6000-7000,~4005-4010 --tcp-ports 2001:db8::1/all");
  drop (interface);
}

static void
test_host_mac (void)
{
  const uint8_t usual[6] = { 0x52, 0x54, 0, 1, 2, 3 }, high[6] = { 0xfe, 0x54, 0, 1, 2, 3 };
  uint8_t found[6];

  tap_host_mac (usual, found);
  g_assert_cmpmem (found, 6, high, 6);
  tap_host_mac (high, found);
  g_assert_cmpuint (found[0], ==, 0xfa);
}

/* --- virtual functions -------------------------------------------------------------------------- */

static void
make_link (const char *root, const char *path, const char *target)
{
  g_autofree char *full = g_build_filename (root, path, NULL);

  g_assert_cmpint (symlink (target, full), ==, 0);
}

static void
test_functions (void)
{
  static const PciAddress function = { .bus = 3, .slot = 7, .function = 1 }, other = { .bus = 3, .slot = 0 };
  g_autofree char *root = g_dir_make_tmp ("test-vf-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", root);
  g_autofree char *device = g_build_filename (root, "bus/pci/devices/0000:03:07.1", NULL);
  g_autofree char *net = g_build_filename (root, "bus/pci/devices/0000:03:00.0/net/eth5", NULL);
  g_autoptr (GError) error = NULL;
  char parent[TAP_NAME_SIZE];
  unsigned int number;

  g_assert_cmpint (g_mkdir_with_parents (device, 0755), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (net, 0755), ==, 0);
  make_link (root, "bus/pci/devices/0000:03:07.1/physfn", "../0000:03:00.0");
  make_link (root, "bus/pci/devices/0000:03:00.0/virtfn0", "../0000:03:07.0");
  make_link (root, "bus/pci/devices/0000:03:00.0/virtfn2", "../0000:03:07.1");
  sysfs_set_roots (root, root);
  g_assert_true (vf_find (&function, parent, &number, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (parent, ==, "eth5");
  g_assert_cmpuint (number, ==, 2);
  g_assert_false (vf_find (&other, parent, &number, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_CONFIG_UNSUPPORTED);
  sysfs_set_roots (NULL, NULL);
  g_assert_cmpint (system (command), ==, 0);
}

static void
test_view (void)
{
  DomainInterface *interface = parse (
    "<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/><driver name='vfio'/><source>"
    "<address type='pci' domain='0' bus='3' slot='7' function='1'/></source><teaming type='transient' persistent='ua-b'/>"
    "<alias name='hostdev0'/></interface>");
  DomainHostdev view = vf_hostdev (interface);

  g_assert_cmpint (view.type, ==, HOSTDEV_TYPE_PCI);
  g_assert_cmpint (view.managed, ==, TRI_YES);
  g_assert_cmpint (view.driver, ==, HOSTDEV_DRIVER_VFIO);
  g_assert_cmpuint (view.pci.address.slot, ==, 7);
  g_assert_cmpstr (view.teaming->persistent, ==, "ua-b");
  g_assert_cmpstr (view.info.alias, ==, "hostdev0");
  drop (interface);
}

/* --- changes ----------------------------------------------------------------------------------- */

#define BRIDGED "<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='%s'/>%s<model type='%s'/>%s" \
  "</interface>"

static void
test_check_update (void)
{
  static const struct { const char *bridge, *inner, *model, *driver; bool may; } cases[] = {
    { "br0", "", "virtio", "", true },
    { "br1", "<bandwidth><inbound average='5'/></bandwidth>", "virtio", "<link state='down'/>", true },
    { "br0", "<port isolated='yes'/>", "virtio", "<coalesce><rx><frames max='3'/></rx></coalesce>", true },
    { "br0", "<target dev='vnet0'/>", "virtio", "", true },
    { "br0", "<target dev='vnet1'/>", "virtio", "", false },
    { "br0", "", "e1000", "", false },
    { "br0", "", "virtio", "<driver queues='4'/>", false },
    { "br0", "", "virtio", "<mtu size='1400'/>", false },
    { "br0", "<vlan><tag id='4'/></vlan>", "virtio", "", false },
    { "br0", "", "virtio", "<filterref filter='f'/>", false },
    { "br0", "", "virtio", "<rom bar='off'/>", false },
    { "br0", "", "virtio", "<boot order='2'/>", false },
    { "br0", "", "virtio", "<alias name='ua-other'/>", false },
  };
  g_autofree char *there = g_strdup_printf (BRIDGED, "br0", "<target dev='vnet0'/>", "virtio", "<alias name='net0'/>");
  DomainInterface *live = parse (there);

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *xml = g_strdup_printf (BRIDGED, cases[i].bridge, cases[i].inner, cases[i].model, cases[i].driver);
      DomainInterface *wanted = parse (xml);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (net_check_update (live, wanted, &error), ==, cases[i].may);
      g_assert_cmpint (error == NULL, ==, cases[i].may);
      drop (wanted);
    }
  drop (live);
}

/* --- records -------------------------------------------------------------------------------------- */

#define UUID "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"

static json_t *
thing (const char *device)
{
  return json_pack ("{s:s, s:s}", "kind", "macvtap", "device", device);
}

static void
run_records (void *data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) one = NULL, left = NULL, none = NULL;
  uint8_t uuid[16];
  g_auto (GStrv) all = NULL, guest = NULL, net0 = NULL, rest = NULL;

  g_assert_true (net_record_add (3, "a", "net0", thing ("x"), &error) && net_record_add (3, "a", "net0", thing ("y"), &error)
                 && net_record_add (3, "a", "net1", thing ("z"), &error)
                 && net_record_add (31, "a", "net0", thing ("w"), &error));
  g_assert_no_error (error);
  all = net_record_all ();
  g_assert_cmpuint (g_strv_length (all), ==, 3);
  guest = net_record_files (3, "a", NULL);
  g_assert_cmpuint (g_strv_length (guest), ==, 2);
  net0 = net_record_files (3, "a", "net0");
  g_assert_cmpuint (g_strv_length (net0), ==, 1);
  one = net_record_read (net0[0]);
  /* The latest first. */
  g_assert_cmpstr (json_get_string (json_array_get (one, 0), "device", ""), ==, "y");
  g_assert_cmpstr (json_get_string (json_array_get (one, 1), "device", ""), ==, "x");
  g_assert_true (net_record_add (3, "a", "net0", json_pack ("{s:s, s:s}", "kind", "port", "uuid", UUID), &error));
  g_assert_true (uuid_parse (UUID, uuid));
  net_record_drop (net0[0], uuid);
  left = net_record_read (net0[0]);
  g_assert_true (json_equal (left, one));
  none = json_array ();
  for (unsigned int i = 0; guest[i] != NULL; i++)
    net_record_keep (guest[i], none);
  rest = net_record_all ();
  g_assert_cmpuint (g_strv_length (rest), ==, 1);
  g_assert_true (g_str_has_prefix (rest[0], "31-a-net0"));
  loop_quit (0);
}

/* What another daemon made is written down once. */
static void
run_adoption (void *data)
{
  static const char *const cases[][2] = {
    { "<interface type='direct'><mac address='52:54:00:00:00:07'/><source dev='eth0'/><target dev='mv0'/><alias name='net4'/></interface>",
      "[{\"kind\": \"macvtap\", \"device\": \"mv0\", \"mac\": \"52:54:00:00:00:07\"}]" },
    { "<interface type='ethernet'><target dev='t0'/><downscript path='/bin/x'/><alias name='net5'/></interface>",
      "[{\"kind\": \"script\", \"path\": \"/bin/x\", \"device\": \"t0\"}]" },
    { "<interface type='bridge'><source bridge='b'/><target dev='t1'/><alias name='net6'/></interface>", "[]" },
  };
  NetGuest guest = { .id = 9, .name = "g" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DomainInterface *interface = parse (cases[i][0]);
      g_autoptr (json_t) wanted = json_loads (cases[i][1], 0, NULL), found = NULL;
      g_auto (GStrv) files = NULL;

      g_assert_true (net_things_adopt (&guest, interface, NULL) && net_things_adopt (&guest, interface, NULL));
      files = net_record_files (9, "g", interface->info.alias);
      found = net_record_read (files[0]);
      g_assert_true (json_equal (found, wanted));
      drop (interface);
    }
  loop_quit (0);
}

static void
test_adoption (void)
{
  fiber_start ("adoption", "", run_adoption, NULL);
  loop_run ();
}

static void
test_records (void)
{
  fiber_start ("records", "", run_records, NULL);
  loop_run ();
}

static void
test_counters (void)
{
  NetCounters counters;

  g_assert_false (net_counters ("nosuchdevice0", &counters));
  g_assert_true (net_counters ("lo", &counters));
  /* What goes out of the loopback comes in again. */
  g_assert_cmpuint (counters.sent.bytes, ==, counters.received.bytes);
}

int
main (int argc, char **argv)
{
  g_autofree char *root = g_dir_make_tmp ("test-net-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", root);
  int status;

  g_test_init (&argc, &argv, NULL);
  path_init (root, false);
  g_test_add_func ("/net/ovs", test_ovs);
  g_test_add_func ("/net/passt", test_passt);
  g_test_add_func ("/net/host-mac", test_host_mac);
  g_test_add_func ("/net/check-update", test_check_update);
  g_test_add_func ("/net/functions", test_functions);
  g_test_add_func ("/net/view", test_view);
  g_test_add_func ("/net/records", test_records);
  g_test_add_func ("/net/adoption", test_adoption);
  g_test_add_func ("/net/counters", test_counters);
  status = g_test_run ();
  if (system (command) != 0)
    g_printerr ("'%s' failed\n", command);
  return status;
}
