/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The disks that agents mean. */
#include "agent/disks.h"

#include <string.h>

#include "util/cleanup.h"
#include "util/error.h"

#define DISK(dev_, bus_, more_)                                                                                     \
  "<disk type='file' device='disk'><source file='/" dev_ ".img'/><target dev='" dev_ "' bus='" bus_ "'/>" more_ "</disk>"
#define DRIVE(controller_, bus_, unit_)                                                                             \
  "<address type='drive' controller='" controller_ "' bus='" bus_ "' target='0' unit='" unit_ "'/>"
#define AT(type_, index_, slot_, function_)                                                                         \
  "<controller type='" type_ "' index='" index_ "'>"                                                                \
  "<address type='pci' domain='0x0000' bus='0x00' slot='" slot_ "' function='" function_ "'/></controller>"

static const char document[] =
  "<domain type='qemu'><name>d</name><memory>65536</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
  AT ("ide", "0", "0x01", "0x1") AT ("scsi", "0", "0x05", "0x0") AT ("sata", "0", "0x06", "0x0")
  DISK ("vda", "virtio", "<serial>ONE</serial>"
                         "<address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>")
  DISK ("hda", "ide", DRIVE ("0", "0", "0")) DISK ("hdc", "ide", "<serial>TWICE</serial>" DRIVE ("0", "1", "0"))
  DISK ("sda", "scsi", "<serial>TWICE</serial>" DRIVE ("0", "0", "3")) DISK ("sdb", "sata", DRIVE ("0", "0", "3"))
  "</devices></domain>";

static const struct
{
  const char *name;
  int slot, function, bus, unit;
  const char *serial, *target;
} rows[] = {
  { "virtio", 4, 0, 0, 0, NULL, "vda" },
  { "virtio-says-any-place", 4, 0, 9, 9, NULL, "vda" },
  { "ide-first", 1, 1, 0, 0, NULL, "hda" },
  { "ide-second", 1, 1, 1, 0, NULL, "hdc" },
  { "ide-none", 1, 1, 1, 1, NULL, NULL },
  { "scsi", 5, 0, 0, 3, NULL, "sda" },
  { "sata", 6, 0, 0, 3, NULL, "sdb" },
  { "nowhere", 7, 0, 0, 0, NULL, NULL },
  { "not-known", -1, -1, 0, 0, NULL, NULL },
  { "by-serial", -1, -1, 0, 0, "ONE", "vda" },
  { "by-a-serial-of-two", -1, -1, 0, 0, "TWICE", NULL },
};

static void
test_row (const void *data)
{
  const __typeof__ (rows[0]) *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (document, strlen (document), DOMAIN_PARSE_INACTIVE, &error);
  g_autoptr (json_t) address = json_pack ("{s:{s:i, s:i, s:i, s:i}, s:s, s:i, s:i, s:i, s:s?}", "pci-controller",
                                          "domain", row->slot < 0 ? -1 : 0, "bus", row->slot < 0 ? -1 : 0,
                                          "slot", row->slot, "function", row->function, "bus-type", "x",
                                          "bus", row->bus, "target", 0, "unit", row->unit, "serial", row->serial);
  const DomainDisk *disk;

  g_assert_no_error (error);
  disk = agent_find_disk (domain, address);
  g_assert_cmpstr (disk != NULL ? disk->target.dev : NULL, ==, row->target);
}

static void
test_no_address (void)
{
  g_autoptr (Domain) domain = domain_parse (document, strlen (document), DOMAIN_PARSE_INACTIVE, NULL);

  g_assert_null (agent_find_disk (domain, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/agent-disks/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/agent-disks/no-address", test_no_address);
  return g_test_run ();
}
