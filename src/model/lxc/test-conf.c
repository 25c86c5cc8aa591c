/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configurations of the LXC tools, and what becomes of them. */
#include "model/lxc/conf.h"

#include "util/error.h"

#include <string.h>

/* The document with the lines joined, so that a case can name a part of it. */
static char *
convert (const char *text, GError **error)
{
  g_autoptr (Domain) domain = lxc_conf_to_domain (text, error);
  g_autofree char *document = domain != NULL ? domain_format (domain, DOMAIN_FORMAT_SECURE) : NULL;
  g_autoptr (GRegex) regex = g_regex_new ("\\n *", 0, 0, NULL);

  return document != NULL ? g_regex_replace_literal (regex, document, -1, 0, "", 0, NULL) : NULL;
}

static void
test_converted (void)
{
  static const struct { const char *in, *out; } cases[] = {
    { "", "<name>unnamed</name>" },
    { "# only a comment\n\n", "<privnet/><capabilities policy='allow'/>" },
    { "lxc.utsname = a\n", "<name>a</name>" },
    { "lxc.uts.name=a&b", "<name>a&amp;b</name>" },
    { "lxc.rootfs.path = /c/root", "<filesystem type='mount' accessmode='passthrough'><source dir='/c/root'/><target dir='/'/></filesystem>" },
    { "lxc.rootfs = /dev/vg/c", "<filesystem type='block' accessmode='passthrough'><source dev='/dev/vg/c'/><target dir='/'/></filesystem>" },
    { "lxc.rootfs = /r\nlxc.mount.entry = /home /r/home none bind,ro 0 0",
      "<source dir='/home'/><target dir='/home'/><readonly/></filesystem>" },
    { "lxc.mount.entry = tmpfs run tmpfs size=2m 0 0", "<source usage='2048' units='KiB'/><target dir='/run'/>" },
    { "lxc.arch = amd64", "<type arch='x86_64'>exe</type>" },
    { "lxc.init.cmd = /bin/sh", "<init>/bin/sh</init>" },
    { "lxc.net.0.type = veth\nlxc.net.0.link = br0\nlxc.net.0.hwaddr = 02:00:15:8f:05:c1\nlxc.net.0.flags = up\nlxc.net.0.name = eth0",
      "<interface type='bridge'><mac address='02:00:15:8f:05:c1'/><source bridge='br0'/><guest dev='eth0'/><link state='up'/></interface>" },
    { "lxc.network.type = macvlan\nlxc.network.link = eth0", "<source dev='eth0' mode='private'/>" },
    { "lxc.network.type = vlan\nlxc.network.link = eth0\nlxc.network.vlan.id = 7", "<interface>eth0.7</interface>" },
    { "lxc.network.type = none", "<features><capabilities policy='allow'/></features>" },
    { "lxc.network.type = empty", "<privnet/>" },
    { "lxc.id_map = u 0 100000 65536\nlxc.id_map = g 0 100000 65536", "<uid start='0' target='100000' count='65536'/>" },
    { "lxc.id_map = u 1000 0 5\nlxc.id_map = g 1000 0 5", "<gid start='0' target='1000' count='5'/>" },
    { "lxc.cap.drop = mknod sys_module", "<mknod state='off'/><sys_module state='off'/>" },
    { "lxc.cgroup.memory.limit_in_bytes = 1G", "<memory unit='KiB'>1048576</memory>" },
    { "lxc.cgroup.cpuset.cpus = 0-3,8", "<vcpu placement='static' cpuset='0-3,8'>1</vcpu>" },
    { "lxc.cgroup.blkio.weight = 500\nlxc.cgroup.blkio.weight_device = 8:0 100\nlxc.cgroup.blkio.throttle.read_bps_device = 8:0 1000",
      "<weight>500</weight><device><path>/dev/block/8:0</path><weight>100</weight><read_bytes_sec>1000</read_bytes_sec></device>" },
    { "lxc.tty.max = 2", "<target type='lxc' port='1'/>" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *out = convert (cases[i].in, &error);

      g_assert_no_error (error);
      if (strstr (out, cases[i].out) == NULL)
        g_error ("%s\n%s\n%s", cases[i].in, cases[i].out, out);
    }
}

static void
test_refused (void)
{
  static const struct { const char *in, *says; } cases[] = {
    { "lxc.utsname", "line 1: 'lxc.utsname' is not 'key = value'" },
    { "\nlxc.mount = /etc/fstab", "line 2: the file '/etc/fstab' is not read" },
    { "lxc.mount.entry = a b", "four words" }, { "lxc.mount.entry = tmpfs run tmpfs size=much 0 0", "not a number" },
    { "lxc.id_map = x 1 2 3", "'u' or 'g'" }, { "lxc.tty = many", "no number of consoles" }, { "lxc.tty = 99999999", "no number of consoles" },
    { "lxc.cgroup.memory.limit_in_bytes = 99999999999T", "no size" }, { "lxc.network.type = phys", "has no link" },
    { "lxc.network.type = vlan\nlxc.network.link = e", "has no id" }, { "lxc.network.type = token-ring\nlxc.network.link = e", "not supported" },
    { "lxc.network.type = veth\nlxc.network.hwaddr = nonsense", "interface/mac" }, { "lxc.cap.drop = flying", "flying" },
    { "lxc.cgroup.blkio.weight_device = 8:0", "not a device and a number" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *out = convert (cases[i].in, &error);

      if (out != NULL)
        g_error ("%s was accepted", cases[i].in);
      g_assert_error (error, VIRT_ERROR, error->code);
      if (strstr (error->message, cases[i].says) == NULL)
        g_error ("%s: %s", cases[i].in, error->message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lxc/converted", test_converted);
  g_test_add_func ("/lxc/refused", test_refused);
  return g_test_run ();
}
