/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only running guests have: where clients see it, and where only our own
 * files do. */
#include "model/domain/tables.h"

#define HEAD \
  "<domain type='qemu' id='1'><name>a</name><memory>65536</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
#define TAIL "</devices></domain>"

/* Each text is in what is printed for status files, for clients, as a definition, if it is in the string. */
static const struct { const char *name, *device, *text, *where; } cases[] = {
  { "actual", "<interface type='network'><source network='n'/><actual type='network'><source bridge='virbr0'/></actual></interface>",
    "<actual type='network'>", "status" },
  { "actual-bridge",
    "<interface type='network'><source network='n'/><actual type='network'><source bridge='virbr0'/></actual></interface>",
    "<source network='n' bridge='virbr0'/>", "clients" },
  { "actual-settings",
    "<interface type='network'><source network='n'/><bandwidth><inbound average='7'/></bandwidth><actual type='network'>"
    "<source bridge='virbr0'/><vlan><tag id='5'/></vlan><bandwidth classID='3'><inbound average='9'/></bandwidth>"
    "<port isolated='yes'/></actual></interface>",
    "<vlan>\n        <tag id='5'/>\n      </vlan>\n      <bandwidth>\n        <inbound average='9'/>\n      </bandwidth>\n"
    "      <port isolated='yes'/>", "clients" },
  { "actual-settings-own",
    "<interface type='network'><source network='n'/><bandwidth><inbound average='7'/></bandwidth><actual type='network'>"
    "<source bridge='virbr0'/><bandwidth><inbound average='9'/></bandwidth></actual></interface>",
    "<inbound average='7'/>", "status definition" },
  { "actual-direct",
    "<interface type='network'><source network='n'/><actual type='direct'><source dev='eth0' mode='vepa'/></actual></interface>",
    "<source network='n' dev='eth0' mode='vepa'/>", "clients" },
  { "actual-type",
    "<interface type='network'><source network='n'/><actual type='direct'><source dev='eth0' mode='vepa'/></actual></interface>",
    "<interface type='direct'>", "clients" },
  { "own-type",
    "<interface type='network'><source network='n'/><actual type='direct'><source dev='eth0' mode='vepa'/></actual></interface>",
    "<interface type='network'>", "status definition" },
  { "actual-hostdev",
    "<interface type='network'><source network='n'/><actual type='hostdev' managed='yes'><driver name='vfio'/>"
    "<source><address type='pci' domain='0x0000' bus='0x03' slot='0x07' function='0x1'/></source></actual></interface>",
    "<address type='pci' domain='0x0000' bus='0x03' slot='0x07' function='0x1'/>", "status" },
  { "actual-bandwidth",
    "<interface type='network'><source network='n'/><actual type='bridge'><source bridge='b'/>"
    "<bandwidth classID='3'><inbound average='4'/></bandwidth></actual></interface>",
    "<bandwidth classID='3'>", "status" },
  { "port-id", "<interface type='network'><source network='n' portid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></interface>",
    "portid='53764d0e-85a0-42b4-af5c-2046b460b1dc'", "status clients" },
  { "target", "<interface type='bridge'><source bridge='b'/><target dev='vnet0'/></interface>", "'vnet0'", "status clients" },
  { "unmanaged-target", "<interface type='ethernet'><target dev='vnet0' managed='no'/></interface>", "'vnet0'",
    "status clients definition" },
  { "alias", "<hostdev type='usb'><source><address bus='1' device='2'/></source><alias name='hostdev0'/></hostdev>", "'hostdev0'",
    "status clients" },
  { "missing", "<hostdev type='usb'><source startupPolicy='optional' missing='yes'><address bus='1' device='2'/></source></hostdev>",
    "missing='yes'", "status clients" },
  { "original-state",
    "<hostdev type='pci'><source><address bus='1'/><origstates><unbind/><removeslot/><reprobe/></origstates></source></hostdev>",
    "<origstates>\n          <unbind/>\n          <removeslot/>\n          <reprobe/>\n", "status" },
  { "node-name",
    "<hostdev type='scsi'><source><adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/><privateData><nodenames>"
    "<nodename type='storage' name='n'/></nodenames></privateData></source></hostdev>",
    "<nodename type='storage' name='n'/>", "status" },
  { "secret-alias",
    "<hostdev type='scsi'><source protocol='iscsi' name='i/1'><host name='h'/><privateData><objects>"
    "<secret type='auth' alias='s'/></objects></privateData></source></hostdev>",
    "<secret type='auth' alias='s'/>", "status" },
};

static void
test_case (gconstpointer data)
{
  static const struct { const char *name; DomainFormatFlags flags; } forms[] = {
    { "status", DOMAIN_FORMAT_STATUS }, { "clients", 0 }, { "definition", DOMAIN_FORMAT_INACTIVE },
  };
  unsigned int i = GPOINTER_TO_UINT (data);
  g_autofree char *xml = g_strconcat (HEAD, cases[i].device, TAIL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (xml, strlen (xml), DOMAIN_PARSE_STATUS, &error);
  g_autoptr (Domain) copy = NULL;

  g_assert_no_error (error);
  copy = domain_copy (domain);
  g_assert_true (domain_equal (domain, copy));
  for (unsigned int f = 0; f < G_N_ELEMENTS (forms); f++)
    {
      g_autofree char *text = domain_format (copy, forms[f].flags);

      g_test_message ("%s: %s", forms[f].name, text);
      g_assert_true ((strstr (text, cases[i].text) != NULL) == (strstr (cases[i].where, forms[f].name) != NULL));
    }
}

/* Names go on after the highest that is taken; the user's own do not count. */
static void
test_aliases (void)
{
  static const char xml[] = HEAD
    "<interface type='user'><alias name='ua-a'/></interface><interface type='user'/>"
    "<interface type='user'><alias name='net4'/></interface>"
    "<interface type='hostdev'><source><address type='pci' bus='1'/></source></interface><interface type='user'/>"
    "<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev><redirdev type='null'/><hub type='usb'/>"
    "<smartcard mode='host'/>" TAIL;
  static const char *const interfaces[] = { "ua-a", "net5", "net4", "hostdev0", "net6" };
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  domain_assign_aliases (domain);
  for (unsigned int i = 0; i < G_N_ELEMENTS (interfaces); i++)
    g_assert_cmpstr (domain->interfaces.items[i]->info.alias, ==, interfaces[i]);
  g_assert_cmpstr (domain->hostdevs.items[0]->info.alias, ==, "hostdev1");
  g_assert_cmpstr (domain->redirdevs.items[0]->info.alias, ==, "redir0");
  g_assert_cmpstr (domain->hubs.items[0]->info.alias, ==, "hub0");
  g_assert_cmpstr (domain->smartcards.items[0]->info.alias, ==, "smartcard0");
}

/* What QEMU is not told yet is found, whatever it is in; NULL: nothing is. */
static void
test_later (void)
{
  static const struct { const char *device, *path; } guests[] = {
    { "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><link state='down'/><boot order='1'/>"
      "<rom bar='off'/></interface>", NULL },
    { "<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev>", NULL },
    { "<pstore backend='acpi-erst'><path>/p</path><size unit='KiB'>64</size></pstore>", "pstore" },
    { "<lease><lockspace>a</lockspace><key>b</key><target path='/c'/></lease>", NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (guests); i++)
    {
      g_autofree char *xml = g_strconcat (HEAD, guests[i].device, TAIL, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (Domain) domain = domain_parse (xml, strlen (xml), 0, &error);
      g_autofree char *path = NULL;

      g_assert_no_error (error);
      path = xml_find_flagged (&domain_schema, domain, XML_LATER);
      g_assert_true ((path == NULL) == (guests[i].path == NULL));
      g_assert_true (path == NULL || strstr (path, guests[i].path) != NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/live/", cases[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/aliases", test_aliases);
  g_test_add_func ("/later", test_later);
  return g_test_run ();
}
