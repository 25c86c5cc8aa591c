/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a running guest: what we write, what stock writes, what its older versions wrote. */
#include "model/status/domain-status.h"

#include "xml/xml.h"

static char *
read_case (const char *name)
{
  g_autofree char *here = g_path_get_dirname (__FILE__);
  g_autofree char *path = g_build_filename (here, "cases", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static DomainStatus *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  DomainStatus *status = domain_status_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return status;
}

static void
test_everything (void)
{
  g_autofree char *text = read_case ("everything.xml");
  g_autoptr (DomainStatus) status = parse (text);
  g_autofree char *out = domain_status_format (status);

  g_assert_cmpstr (out, ==, text);
  g_assert_cmpint (status->pid, ==, 4711);
  g_assert_cmpuint (status->block_jobs.n, ==, 6);
  g_assert_cmpstr (status->domain->name, ==, "a");
}

/* Older records do not name QEMU's objects, and have a migration's target in another form. */
static void
test_older (void)
{
  static const char older[]
    = "<domstatus state='running' reason='booted' pid='1'>\n"
      "  <job type='none' async='migration out'>\n    <disk dev='vda' migrating='yes'>\n"
      "      <migrationSource type='network' format='raw' protocol='nbd' name='x' tlsFromConfig='0'>\n"
      "        <host name='there' port='1'/>\n      </migrationSource>\n    </disk>\n  </job>\n"
      "  <domain type='qemu' id='1'>\n    <name>a</name>\n    <uuid>11111111-2222-3333-4444-555555555555</uuid>\n"
      "    <memory unit='KiB'>65536</memory>\n    <os><type>hvm</type></os>\n    <devices>\n"
      "      <disk type='network' device='disk'>\n        <driver name='qemu' type='raw'/>\n"
      "        <source protocol='vxhs' name='x' tls='yes'>\n          <host name='example.org'/>\n"
      "          <auth username='u'><secret type='iscsi' usage='s'/></auth>\n        </source>\n"
      "        <target dev='vda' bus='virtio'/>\n        <alias name='virtio-disk0'/>\n      </disk>\n"
      "    </devices>\n  </domain>\n</domstatus>\n";
  g_autoptr (DomainStatus) status = parse (older);
  const DomainStorageSource *target = status->job->disks.items[0]->target;
  const DomainStorageStatus *objects = status->domain->disks.items[0]->source.status;

  g_assert_cmpstr (target->path, ==, "x");
  g_assert_cmpstr (target->hosts.items[0]->name, ==, "there");
  g_assert_nonnull (objects);
  g_assert_cmpstr (objects->tls_alias, ==, "objvirtio-disk0_tls0");
  g_assert_cmpuint (objects->secrets.n, ==, 1);
  g_assert_cmpstr (objects->secrets.items[0]->alias, ==, "virtio-disk0-secret0");
  g_assert_cmpint (status->agent_timeout, ==, VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK);
}

static void
test_refused (void)
{
  static const char *const refused[] = {
    "<domstatus state='running' pid='1'/>", "<domstatus pid='1'><domain/></domstatus>", "<domain type='qemu'/>", "", "<domstatus",
    "<domstatus state='running' pid='x'/>",
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (domain_status_parse (refused[i], strlen (refused[i]), &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status/everything", test_everything);
  g_test_add_func ("/status/older", test_older);
  g_test_add_func ("/status/refused", test_refused);
  return g_test_run ();
}
