/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-xml-validate: whether a document is what libvirt's users call valid.
 *
 * Two readings of the same tables have to accept it: the RELAX NG schema written
 * from them, and the engine, whose message says what is wrong in fewer words. */
#include "tool.h"

#include <libxml/relaxng.h>

#include <stdio.h>

static gboolean version, list;
static char *schema_dir;
static const GOptionEntry options[] = {
  { "version", 'V', 0, G_OPTION_ARG_NONE, &version, "Display program version", NULL },
  { "list", 0, 0, G_OPTION_ARG_NONE, &list, "List the names of schemas", NULL },
  { "schemas", 0, 0, G_OPTION_ARG_FILENAME, &schema_dir, "Take schemas from DIR", "DIR" },
  { 0 }
};

static void
discard (void *data, const char *format, ...)
{
}

static void
keep_first (void *data, xmlError *error)
{
  char **first = data;

  if (*first == NULL && error->message != NULL)
    *first = g_strdup_printf ("at line %d: %s", error->line, g_strchomp (error->message));
}

/* Whether the schema in @path accepts the document. */
static ToolStatus
check_schema (const char *path, const char *text, size_t length, char **ret_message)
{
  xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt (path);
  xmlRelaxNGValidCtxt *validator = NULL;
  xmlRelaxNG *schema;
  xmlDoc *document;
  int result = -1;

  xmlRelaxNGSetParserErrors (parser, discard, discard, NULL);
  schema = xmlRelaxNGParse (parser);
  xmlRelaxNGFreeParserCtxt (parser);
  if (schema == NULL)
    {
      tool_complain ("schema %s does not exist", path);
      return TOOL_NO_SCHEMA;
    }
  document = xmlReadMemory (text, (int) length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (document != NULL)
    {
      validator = xmlRelaxNGNewValidCtxt (schema);
      xmlRelaxNGSetValidStructuredErrors (validator, (xmlStructuredErrorFunc) keep_first, ret_message);
      result = xmlRelaxNGValidateDoc (validator, document);
      xmlRelaxNGFreeValidCtxt (validator);
      xmlFreeDoc (document);
    }
  xmlRelaxNGFree (schema);
  return result == 0 ? TOOL_FINE : TOOL_INVALID;
}

static ToolStatus
validate (const char *path, const char *kind_name)
{
  g_autofree char *message = NULL, *schema = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;
  const Document *kind;
  ToolStatus status;
  size_t length;
  void *object;

  text = tool_read (path, &length);
  if (text == NULL)
    return TOOL_NO_FILE;
  kind = tool_kind (kind_name, text, path, &status);
  if (kind == NULL)
    return status;
  object = xml_parse (kind->schema, text, length, XML_PARSE_STRICT, &error);
  if (object == NULL)
    {
      g_printerr ("%s: %s\n%s fails to validate\n", path, error->message, path);
      return TOOL_INVALID;
    }
  xml_free (kind->schema, object);
  schema = g_strdup_printf ("%s/%s.rng", schema_dir != NULL ? schema_dir : SCHEMA_DIR, kind->name);
  status = check_schema (schema, text, length, &message);
  if (status == TOOL_INVALID)
    g_printerr ("%s: %s\n%s fails to validate\n", path, message != NULL ? message : "the schema does not accept it", path);
  else if (status == TOOL_FINE)
    printf ("%s validates\n", path);
  return status;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("XML-FILE [SCHEMA-NAME]");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_summary (context, "Validates a document against its schema; '-' reads standard input.");
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      tool_complain ("%s", error->message);
      return TOOL_USAGE;
    }
  if (version)
    {
      printf ("virt-xml-validate (virtswarm) %s\n", VIRTSWARM_VERSION);
      return TOOL_FINE;
    }
  for (unsigned int i = 0; list && i < n_documents; i++)
    printf ("%s\n", documents[i].name);
  if (list)
    return TOOL_FINE;
  if (argc < 2 || argc > 3)
    {
      tool_complain ("usage: virt-xml-validate XML-FILE [SCHEMA-NAME]");
      return TOOL_USAGE;
    }
  return validate (argv[1], argc > 2 ? argv[2] : NULL);
}
