/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest would notice, and what it would not. */
#include "model/domain/test-platform.h"
#include "util/error.h"

static const char guest[]
  = "<domain type='qemu'>\n  <name>a</name>\n  <uuid>11111111-2222-3333-4444-555555555555</uuid>\n"
    "  <memory unit='KiB'>65536</memory>\n  <vcpu>2</vcpu>\n  <os><type arch='x86_64' machine='pc'>hvm</type></os>\n"
    "  <devices>\n"
    "    <disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='/a'/>"
    "<target dev='vda' bus='virtio'/><serial>one</serial></disk>\n"
    "    <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>\n"
    "    <graphics type='vnc' port='5900'/>\n"
    "  </devices>\n</domain>\n";

static Domain *
parse (const char *from, const char *to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (guest);
  Domain *domain;

  if (from != NULL)
    g_assert_cmpuint (g_string_replace (text, from, to, 1), ==, 1);
  domain = domain_parse (text->str, text->len, DOMAIN_PARSE_INACTIVE, &error);
  g_assert_no_error (error);
  domain_complete (domain, test_platform (), &error);
  g_assert_no_error (error);
  return domain;
}

static void
test_abi (void)
{
  static const struct { const char *from, *to, *path; } cases[] = {
    { ">65536<", ">65537<", "domain/memory" },
    { "<vcpu>2<", "<vcpu>3<", "domain/vcpu" },
    { "machine='pc'", "machine='q35'", "domain/os/type/@machine" },
    { ">one<", ">two<", "domain/devices/disk[1]/serial" },
    { "00:01'", "00:02'", "domain/devices/interface[1]/mac/@address" },
    { "<model type='virtio'/>", "<model type='e1000'/>", "domain/devices/interface[1]/model/@type" },
    { "<graphics", "<watchdog model='i6300esb'/><graphics", "domain/devices/watchdog" },
    { "file='/a'", "file='/b'", NULL },
    { "cache='none'", "cache='writeback'", NULL },
    { "'5900'", "'5901'", NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Domain) a = parse (NULL, NULL);
      g_autoptr (Domain) b = parse (cases[i].from, cases[i].to);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (domain_check_abi (a, b, &error), ==, cases[i].path == NULL);
      if (cases[i].path == NULL)
        continue;
      g_assert_error (error, VIRT_ERROR, VIR_ERR_CONFIG_UNSUPPORTED);
      if (strstr (error->message, cases[i].path) == NULL)
        g_error ("%s: %s", cases[i].path, error->message);
    }
}

static void
test_changes (void)
{
  g_autoptr (Domain) a = parse (NULL, NULL);
  g_autoptr (Domain) same = parse (NULL, NULL);
  g_autoptr (Domain) b = parse ("file='/a'", "file='/b'");
  g_auto (GStrv) none = domain_changes (a, same), some = domain_changes (a, b);

  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_cmpuint (g_strv_length (some), ==, 1);
  g_assert_cmpstr (some[0], ==, "domain/devices/disk[1]/source/@file: '/a', '/b'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain/abi", test_abi);
  g_test_add_func ("/domain/changes", test_changes);
  return g_test_run ();
}
