/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform.c: does what a family of the conformance corpus asks for.
 *
 *   conform KIND [OPTION...] FILE
 *
 * KIND is one of the table below, or the name of any document: that is read as a
 * definition and printed. Exit status 0: printed; 1: refused, with the error on
 * stderr; 77: refused because something is not supported yet. */
#include "conform.h"

#include <stdio.h>

static const ConformKind *const kinds[] = {
  &conform_argv,
  &conform_block,
  &conform_backup,
  &conform_checkpoint,
  &conform_conf_file,
  &conform_cpu,
  &conform_domain,
  &conform_domain_caps,
  &conform_label,
  &conform_firmware_descriptor,
  &conform_firmware_list,
  &conform_host_caps,
  &conform_hotplug,
  &conform_lxc,
  &conform_memlock,
  &conform_network_conf,
  &conform_network_define,
  &conform_network_update,
  &conform_node_device,
  &conform_pool_sources,
  &conform_probe,
  &conform_schema,
  &conform_snapshot,
  &conform_status,
  &conform_storage_volume,
  &conform_sysinfo,
};

static const XmlSchema *schema;
static gboolean live, strict;
static const GOptionEntry document_options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "print the form of an active object", NULL },
  { "inactive", 0, G_OPTION_FLAG_REVERSE, G_OPTION_ARG_NONE, &live, "print the form of a definition, the default", NULL },
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "refuse unknown elements and attributes", NULL },
  { 0 }
};

char *
conform_read (const char *path, GError **error)
{
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, error) ? text : NULL;
}

static char *
run_document (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  void *object;
  char *out;

  if (text == NULL)
    return NULL;
  object = xml_parse (schema, text, strlen (text), (live ? 0 : XML_PARSE_INACTIVE) | (strict ? XML_PARSE_STRICT : 0), error);
  if (object == NULL)
    return NULL;
  out = xml_format (schema, object, XML_FORMAT_SECURE | (live ? 0 : XML_FORMAT_INACTIVE));
  xml_free (schema, object);
  return out;
}

static const ConformKind document_kind = { "document", document_options, run_document };

static const ConformKind *
find_kind (const char *name)
{
  const Document *document = document_by_name (name);

  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i]->name, name) == 0)
      return kinds[i];
  schema = document != NULL ? document->schema : NULL;
  return document != NULL ? &document_kind : NULL;
}

static int
report (const GError *error)
{
  bool unsupported = strstr (error->message, "not supported") != NULL;

  g_printerr ("%s [code %d, domain %d]\n", error->message, error->code,
              error->domain == VIRT_ERROR ? (int) virt_error_detail (error)->from : -1);
  return unsupported ? CONFORM_UNSUPPORTED : CONFORM_REFUSED;
}

int
main (int argc, char **argv)
{
  const ConformKind *kind = argc > 1 ? find_kind (argv[1]) : NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("KIND FILE");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (kind == NULL)
    {
      g_printerr ("conform: what kind is '%s'?\n", argc > 1 ? argv[1] : "");
      return CONFORM_REFUSED;
    }
  g_option_context_add_main_entries (context, kind->options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return report (error);
  text = kind->run (argc > 2 ? argv[2] : "/dev/stdin", &error);
  if (text == NULL)
    return report (error);
  fputs (text, stdout);
  return 0;
}
