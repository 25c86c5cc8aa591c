/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks of running guests, as clients see them and as status files keep them. Definitions are
 * among the documents of cases/. */
#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"

#define DISK(body_) "<disk type='file' device='disk'>\n" body_ "</disk>\n"
#define TARGET "  <target dev='vda' bus='virtio'/>\n"
#define SOURCE "  <source file='/a' index='3'/>\n"

typedef struct
{
  const char *name;
  const char *in;
  const char *live;             /* NULL: as `in` */
  const char *inactive;
} DiskCase;

static const DiskCase cases[] = {
  { "index", DISK (SOURCE "  <backingStore type='block' index='2'>\n    <format type='raw'/>\n    <source dev='/b'/>\n"
                   "    <backingStore/>\n  </backingStore>\n" TARGET), NULL,
    DISK ("  <source file='/a'/>\n  <backingStore type='block'>\n    <format type='raw'/>\n    <source dev='/b'/>\n"
          "    <backingStore/>\n  </backingStore>\n" TARGET) },
  { "mirror", DISK (SOURCE "  <mirror type='file' file='/m' format='qcow2' job='copy' ready='yes'>\n    <format type='qcow2'>\n"
                    "      <metadata_cache>\n        <max_size unit='bytes'>1234</max_size>\n      </metadata_cache>\n    </format>\n"
                    "    <source file='/m' index='4'/>\n    <backingStore/>\n  </mirror>\n" TARGET), NULL,
    DISK ("  <source file='/a'/>\n" TARGET) },
  { "mirror-commit", DISK (SOURCE "  <mirror type='block' job='active-commit' ready='pivot'>\n    <format type='raw'/>\n"
                           "    <source dev='/m'/>\n  </mirror>\n" TARGET), NULL, DISK ("  <source file='/a'/>\n" TARGET) },
  { "mirror-network", DISK (SOURCE "  <mirror type='network' job='copy' ready='abort'>\n    <format type='raw'/>\n"
                            "    <source protocol='nbd' name='a'>\n      <host name='h' port='1'/>\n    </source>\n  </mirror>\n" TARGET),
    NULL, DISK ("  <source file='/a'/>\n" TARGET) },
  { "mirror-old", DISK (SOURCE "  <mirror file='/m' format='qcow2' ready='yes'/>\n" TARGET),
    DISK (SOURCE "  <mirror type='file' file='/m' format='qcow2' job='copy' ready='yes'>\n    <format type='qcow2'/>\n"
          "    <source file='/m'/>\n  </mirror>\n" TARGET), DISK ("  <source file='/a'/>\n" TARGET) },
  { "label-skip", DISK ("  <source file='/a'>\n    <seclabel model='selinux' labelskip='yes'/>\n  </source>\n" TARGET), NULL,
    DISK ("  <source file='/a'/>\n" TARGET) },
};

#define NODES(indent_, name_) \
  indent_ "<nodenames>\n" indent_ "  <nodename type='storage' name='" name_ "-s'/>\n" \
  indent_ "  <nodename type='format' name='" name_ "-f'/>\n" indent_ "  <nodename type='slice-storage' name='" name_ "-l'/>\n" \
  indent_ "</nodenames>\n"

/* All that only status files have. */
static const char status[] =
  "<disk type='network' device='disk'>\n"
  "  <auth username='u'>\n    <secret type='iscsi' usage='a'/>\n  </auth>\n"
  "  <source protocol='iscsi' name='iqn.a/1' tls='yes' tlsFromConfig='1' index='1'>\n    <host name='h' port='3260'/>\n"
  "    <privateData>\n" NODES ("      ", "top")
  "      <reservations mgralias='m'/>\n      <relPath>base</relPath>\n"
  "      <objects>\n        <secret type='auth' alias='a'/>\n        <secret type='encryption' alias='b'/>\n"
  "        <secret type='httpcookie' alias='c'/>\n        <secret type='tlskey' alias='d'/>\n        <TLSx509 alias='e'/>\n"
  "      </objects>\n      <thresholdEvent indexUsed='yes'/>\n    </privateData>\n  </source>\n"
  "  <backingStore type='file' index='2'>\n    <format type='qcow2'/>\n    <source file='/b'>\n"
  "      <privateData>\n" NODES ("        ", "base") "      </privateData>\n    </source>\n  </backingStore>\n"
  TARGET
  "  <encryption format='luks' engine='qemu'>\n    <secret type='passphrase' usage='a'/>\n  </encryption>\n"
  "  <alias name='virtio-disk0'/>\n"
  "  <privateData>\n    <qom name='/machine/a'/>\n    <nodenames>\n      <nodename type='copyOnRead' name='c'/>\n    </nodenames>\n"
  "  </privateData>\n  <diskSecretsPlacement auth='true' enc='true'/>\n</disk>\n";

static char *
round_trip (const char *in, unsigned int parse_flags, unsigned int format_flags)
{
  g_autoptr (GError) error = NULL;
  DomainDisk *disk = xml_parse (&domain_disk_schema, in, strlen (in), parse_flags, &error);

  g_assert_no_error (error);
  DomainDisk *copy = xml_copy (&domain_disk_schema, disk);
  g_assert_true (xml_equal (&domain_disk_schema, disk, copy, NULL));
  xml_free (&domain_disk_schema, disk);
  char *out = xml_format (&domain_disk_schema, copy, format_flags | XML_FORMAT_SECURE);
  xml_free (&domain_disk_schema, copy);
  return out;
}

static void
test_live (gconstpointer data)
{
  const DiskCase *c = data;
  g_autofree char *live = round_trip (c->in, 0, 0);
  g_autofree char *read_inactive = round_trip (c->in, XML_PARSE_INACTIVE, 0);
  g_autofree char *printed_inactive = round_trip (c->in, 0, XML_FORMAT_INACTIVE);

  g_assert_cmpstr (live, ==, c->live != NULL ? c->live : c->in);
  g_assert_cmpstr (read_inactive, ==, c->inactive);
  if (strstr (c->in, "labelskip") == NULL)
    g_assert_cmpstr (printed_inactive, ==, c->inactive);
}

static void
test_status (void)
{
  g_autofree char *same = round_trip (status, XML_PARSE_STATUS, XML_FORMAT_STATUS);
  g_autofree char *unread = round_trip (status, 0, XML_FORMAT_STATUS);
  g_autofree char *unprinted = round_trip (status, XML_PARSE_STATUS, 0);

  g_assert_cmpstr (same, ==, status);
  g_assert_null (strstr (unread, "privateData"));
  g_assert_null (strstr (unprinted, "privateData"));
  g_assert_null (strstr (unprinted, "tlsFromConfig"));
  g_assert_null (strstr (unprinted, "diskSecretsPlacement"));
}

/* Servers listen on their protocol's port if the document does not say another. */
static void
test_ports (void)
{
  static const struct { const char *protocol; unsigned int port; } ports[] = {
    { "nbd", 10809 }, { "rbd", 0 }, { "sheepdog", 7000 }, { "gluster", 24007 }, { "iscsi", 3260 }, { "http", 80 },
    { "https", 443 }, { "ftp", 21 }, { "ftps", 990 }, { "tftp", 69 }, { "ssh", 22 }, { "vxhs", 9999 }, { "nfs", 0 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (ports); i++)
    g_assert_cmpuint (domain_storage_default_port (xml_enum_value (&storage_protocol_names, ports[i].protocol)), ==, ports[i].port);
  g_assert_cmpuint (G_N_ELEMENTS (ports), ==, STORAGE_PROTOCOL_LAST - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/disk/live/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_live);
    }
  g_test_add_func ("/disk/status", test_status);
  g_test_add_func ("/disk/ports", test_ports);
  return g_test_run ();
}
