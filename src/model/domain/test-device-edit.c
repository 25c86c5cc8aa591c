/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices by themselves: read, found, put in and taken out. */
#include <string.h>

#include "model/domain/device-edit.h"
#include "util/error.h"

static const char guest[]
  = "<domain type='qemu'><name>a</name><memory unit='KiB'>65536</memory>"
    "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
    "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><alias name='scsi0-0-0-0'/></disk>"
    "<disk type='file' device='disk'><source file='/c'/><target dev='sdc' bus='scsi'/></disk>"
    "<controller type='scsi' index='0' model='virtio-scsi'/><controller type='scsi' index='2' model='virtio-scsi'/>"
    "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>"
    "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='e1000'/></interface>"
    "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/></interface>"
    "<serial type='pty'><target port='0'/></serial><serial type='pty'><target port='1'/></serial>"
    "<channel type='unix'><source mode='bind' path='/x'/><target type='virtio' name='org.x.0'/></channel>"
    "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>"
    "<lease><lockspace>s</lockspace><key>k</key><target path='/l'/></lease>"
    "<vsock model='virtio'><cid auto='no' address='4'/></vsock>"
    "</devices></domain>";

static Domain *
parse_guest (void)
{
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (guest, strlen (guest), 0, &error);

  g_assert_no_error (error);
  return domain;
}

static DomainDevice
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  DomainDevice device = { 0 };

  g_assert_true (domain_device_parse (xml, strlen (xml), 0, &device, &error));
  g_assert_no_error (error);
  return device;
}

/* Which device a client means; code 0: item @at of its list. */
static const struct { const char *xml; int code; unsigned int at; } meant[] = {
  { "<disk type='file'><source file='/other'/><target dev='sdc' bus='scsi'/></disk>", 0, 1 },
  { "<disk type='file'><source file='/a'/><target dev='sdb' bus='scsi'/></disk>", VIR_ERR_DEVICE_MISSING, 0 },
  { "<controller type='scsi' index='2'/>", 0, 1 },
  { "<controller type='scsi' index='1'/>", VIR_ERR_DEVICE_MISSING, 0 },
  { "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>", 0, 0 },
  { "<interface type='user'><mac address='52:54:00:00:00:02'/></interface>", VIR_ERR_OPERATION_FAILED, 0 },
  { "<interface type='user'><mac address='52:54:00:00:00:03'/></interface>", VIR_ERR_DEVICE_MISSING, 0 },
  { "<channel type='unix'><target type='virtio' name='org.x.0'/></channel>", 0, 0 },
  { "<channel type='unix'><target type='virtio' name='org.y.0'/></channel>", VIR_ERR_DEVICE_MISSING, 0 },
  { "<serial type='pty'/>", VIR_ERR_DEVICE_MISSING, 0 },
  { "<serial type='pty'><target port='1'/></serial>", 0, 1 },
  { "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>", 0, 0 },
  { "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", VIR_ERR_DEVICE_MISSING, 0 },
  { "<lease><lockspace>s</lockspace><key>k</key><target path='/m'/></lease>", 0, 0 },
};

static void
test_find (void)
{
  g_autoptr (Domain) domain = parse_guest ();
  DomainDevice found;

  for (unsigned int i = 0; i < G_N_ELEMENTS (meant); i++)
    {
      g_auto (DomainDevice) wanted = parse (meant[i].xml);
      g_autoptr (GError) error = NULL;
      DomainDevice there = { 0 };

      g_test_message ("%s", meant[i].xml);
      domain_device_find (domain, &wanted, &found, &error);
      g_assert_cmpint (error != NULL ? (int) virt_error_code (error) : 0, ==, meant[i].code);
      if (error == NULL && domain_device_nth (domain, wanted.element, meant[i].at, &there))
        g_assert_true (there.info == found.info);
    }
  g_assert_true (domain_device_by_alias (domain, "scsi0-0-0-0", &found));
  g_assert_cmpstr (found.element, ==, "disk");
  g_assert_false (domain_device_by_alias (domain, "nonsense", &found));
}

static void
test_refused (void)
{
  static const struct { const char *xml; int code; } bad[] = {
    { "nonsense", VIR_ERR_XML_DETAIL }, { "", VIR_ERR_XML_DETAIL }, { "<foo/>", VIR_ERR_CONFIG_UNSUPPORTED },
    { "<disk/>", VIR_ERR_NO_TARGET }, { "<domain/>", VIR_ERR_CONFIG_UNSUPPORTED },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (DomainDevice) device = { 0 };

      g_test_message ("%s", bad[i].xml);
      g_assert_false (domain_device_parse (bad[i].xml, strlen (bad[i].xml), 0, &device, &error));
      g_assert_cmpint (virt_error_code (error), ==, bad[i].code);
    }
}

/* What is put in is where documents have it, and comes out again as it was. */
static void
test_insert (void)
{
  g_autoptr (Domain) domain = parse_guest ();
  g_autoptr (Domain) before = domain_copy (domain);
  g_auto (DomainDevice) disk = parse ("<disk type='file'><source file='/b'/><target dev='sdb' bus='scsi'/></disk>");
  g_auto (DomainDevice) copy = domain_device_copy (&disk);
  g_auto (DomainDevice) vsock = parse ("<vsock model='virtio'/>");
  g_auto (DomainDevice) back = { 0 };
  g_autoptr (GError) error = NULL;
  const DomainDeviceInfo *info = disk.info;

  g_assert_true (domain_device_check_new (domain, &disk, NULL));
  g_assert_true (domain_device_insert (domain, &disk, NULL));
  g_assert_null (disk.element);
  g_assert_true (&domain->disks.items[1]->info == info);
  g_assert_false (domain_device_check_new (domain, &copy, &error));
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_OPERATION_INVALID);
  g_clear_error (&error);
  back = domain_device_steal (domain, info);
  g_assert_true (domain_device_equal (&back, &copy));
  g_assert_true (domain_equal (domain, before));
  g_assert_null (domain_device_steal (domain, info).element);
  g_assert_false (domain_device_insert (domain, &vsock, &error));
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_OPERATION_INVALID);
}

/* A device that comes later is not called as one that is there. */
static void
test_aliases (void)
{
  g_autoptr (Domain) domain = parse_guest ();
  g_auto (DomainDevice) gone = { 0 };
  g_auto (DomainDevice) rng = parse ("<rng model='virtio'><backend model='random'>/dev/random</backend></rng>");
  g_auto (DomainDevice) channel = parse ("<channel type='pty'><target type='virtio' name='org.y.0'/></channel>");

  domain_assign_aliases (domain);
  g_assert_true (domain_device_insert (domain, &rng, NULL) && domain_device_insert (domain, &channel, NULL));
  domain_assign_aliases (domain);
  g_assert_cmpstr (domain->rngs.items[1]->info.alias, ==, "rng1");
  g_assert_cmpstr (domain->channels.items[1]->info.alias, ==, "channel1");
  gone = domain_device_steal (domain, &domain->channels.items[0]->info);
  channel = parse ("<channel type='pty'><target type='virtio' name='org.z.0'/></channel>");
  g_assert_true (domain_device_insert (domain, &channel, NULL));
  domain_assign_aliases (domain);
  g_assert_cmpstr (domain->channels.items[0]->info.alias, ==, "channel1");
  g_assert_cmpstr (domain->channels.items[1]->info.alias, ==, "channel2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-edit/find", test_find);
  g_test_add_func ("/device-edit/refused", test_refused);
  g_test_add_func ("/device-edit/insert", test_insert);
  g_test_add_func ("/device-edit/aliases", test_aliases);
  return g_test_run ();
}
