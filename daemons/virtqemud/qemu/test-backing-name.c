/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of backing files, as overlays have them. */
#include "qemu/backing-name.h"

#include <string.h>

#include "util/error.h"

/* "TYPE PROTOCOL PATH?QUERY@SNAPSHOT HOST:PORT|SOCKET... [OFFSET+SIZE] FORMAT" of what is there. */
static char *
describe (const DomainStorageSource *source)
{
  GString *out = g_string_new (xml_enum_name (&storage_type_names, source->type));

  if (source->protocol != STORAGE_PROTOCOL_ABSENT)
    g_string_append_printf (out, " %s", xml_enum_name (&storage_protocol_names, source->protocol));
  if (source->path != NULL)
    g_string_append_printf (out, " %s", source->path);
  if (source->query != NULL)
    g_string_append_printf (out, "?%s", source->query);
  if (source->snapshot != NULL)
    g_string_append_printf (out, "@%s", source->snapshot);
  for (unsigned int i = 0; i < source->hosts.n; i++)
    {
      const DomainStorageHost *host = source->hosts.items[i];

      if (host->socket != NULL)
        g_string_append_printf (out, " |%s", host->socket);
      else
        g_string_append_printf (out, " %s:%u", host->name, host->port);
    }
  if (source->pci != NULL)
    g_string_append_printf (out, " %x:%x:%x.%x#%d", source->pci->domain, source->pci->bus, source->pci->slot,
                            source->pci->function, (int) source->nvme_namespace);
  if (source->slices.n > 0)
    g_string_append_printf (out, " [%d+%d]", (int) source->slices.items[0]->offset, (int) source->slices.items[0]->size);
  if (source->format != STORAGE_FORMAT_ABSENT)
    g_string_append_printf (out, " %s", xml_enum_name (&storage_format_names, source->format));
  return g_string_free (out, FALSE);
}

/* NULL: refused. */
static const struct { const char *name, *expected; } cases[] = {
  { "/images/base", "file /images/base" },
  { "base", "file /images/base" },
  { "../other/base", "file /images/../other/base" },
  { "file:base", "file /images/base" },
  { "file:///a/b", "file /a/b" },
  { "fat:/folder", "dir /folder" },
  { "a:b", "file /images/a:b" },
  { "http://host/a/b.img?x=y", "network http a/b.img?x=y host:80" },
  { "https://host:8443/b.img", "network https b.img host:8443" },
  { "nbd://host/name", "network nbd name host:10809" },
  { "nbd+tcp://[::1]:6000", "network nbd ::1:6000" },
  { "nbd+unix:///name?socket=/run/nbd", "network nbd name |/run/nbd" },
  { "nbd+unix:///name", NULL },
  { "gluster+tcp://host:123/volume/dir/image", "network gluster volume/dir/image host:123" },
  { "gluster+unix:///volume/image?socket=/s", "network gluster volume/image |/s" },
  { "iscsi://host/iqn.2000:target/3", "network iscsi iqn.2000:target/3 host:3260" },
  { "ssh://host/a/b", "network ssh /a/b host:22" },
  { "nfs://host/export/image", "network nfs /export/image host:0" },
  { "gopher://host/x", NULL },
  { "http://", "network http :80" },
  { "nbd:host:6000", "network nbd host:6000" },
  { "nbd:host:6000:exportname=a/b", "network nbd a/b host:6000" },
  { "nbd:unix:/run/nbd:exportname=x", "network nbd x |/run/nbd" },
  { "nbd:host", NULL },
  { "nbd:host:99999", NULL },
  { "rbd:pool/image", "network rbd pool/image" },
  { "rbd:pool/image@snap:id=me:mon_host=a\\:6321;b:conf=/c", "network rbd pool/image@snap a:6321 b:0" },
  { "json:{\"driver\":\"file\",\"filename\":\"/a\"}", "file /a" },
  { "json:{\"file\":{\"driver\":\"host_device\",\"filename\":\"/dev/x\"}}", "block /dev/x" },
  { "json:{\"file.driver\":\"file\",\"file.filename\":\"/a\"}", "file /a" },
  { "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"/a\"}}", "file /a qcow2" },
  { "json:{\"file\":{\"driver\":\"raw\",\"offset\":10,\"size\":20,\"file\":{\"driver\":\"file\",\"filename\":\"/a\"}}}",
    "file /a [10+20]" },
  { "json:{\"driver\":\"nbd\",\"server\":{\"type\":\"inet\",\"host\":\"h\",\"port\":\"7\"},\"export\":\"x\"}",
    "network nbd x h:7" },
  { "json:{\"driver\":\"nbd\",\"server.type\":\"unix\",\"server.path\":\"/s\"}", "network nbd |/s" },
  { "json:{\"driver\":\"nbd\",\"path\":\"/s\"}", "network nbd |/s" },
  { "json:{\"driver\":\"rbd\",\"pool\":\"p\",\"namespace\":\"n\",\"image\":\"i\",\"server\":[{\"host\":\"a\",\"port\":\"1\"},"
    "{\"host\":\"b\",\"port\":\"2\"}]}", "network rbd p/n/i a:1 b:2" },
  { "json:{\"driver\":\"gluster\",\"volume\":\"v\",\"path\":\"p\",\"server.0.type\":\"inet\",\"server.0.host\":\"a\","
    "\"server.0.port\":\"9\"}", "network gluster v/p a:9" },
  { "json:{\"driver\":\"iscsi\",\"transport\":\"tcp\",\"portal\":\"h:1\",\"target\":\"t\",\"lun\":4}", "network iscsi t/4 h:1" },
  { "json:{\"driver\":\"https\",\"url\":\"https://h/x\",\"sslverify\":false}", "network https x h:443" },
  { "json:{\"driver\":\"ssh\",\"path\":\"/p\",\"server\":{\"host\":\"h\",\"port\":\"22\"}}", "network ssh /p h:22" },
  { "json:{\"driver\":\"nvme\",\"device\":\"0000:01:00.2\",\"namespace\":1}", "nvme 0:1:0.2#1" },
  { "json:{\"driver\":\"vvfat\",\"dir\":\"/d\"}", "dir /d" },
  { "json:{\"driver\":\"quorum\"}", NULL },
  { "json:{}", NULL },
  { "json:[]", NULL },
  { "json:{\"file\":", NULL },
  { "json:{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{\"file\":{}}}}}}}}}}", NULL },
};

static void
test_names (void)
{
  const DomainStorageSource overlay = { .type = STORAGE_TYPE_FILE, .path = (char *) "/images/top" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (DomainStorageSource) source = backing_source_of (cases[i].name, &overlay, &error);
      g_autofree char *found = source != NULL ? describe (source) : NULL;

      if (g_strcmp0 (found, cases[i].expected) != 0)
        g_error ("%s: expected %s, found %s (%s)", cases[i].name, cases[i].expected, found, error != NULL ? error->message : "");
      g_assert_true ((source == NULL) == (error != NULL));
    }
}

/* Beside a server there are no files. */
static void
test_relative (void)
{
  const DomainStorageSource overlay = { .type = STORAGE_TYPE_NETWORK, .protocol = STORAGE_PROTOCOL_NBD };
  g_autoptr (GError) error = NULL;

  g_assert_null (backing_source_of ("base", &overlay, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backing-name/names", test_names);
  g_test_add_func ("/backing-name/relative", test_relative);
  return g_test_run ();
}
