/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-xml-validate: whether a document is valid by the schema that is written from
 * the tables. What is wrong is told by the engine, if it finds anything, because its
 * messages name the element. */
#include "schema.h"
#include "tool.h"

#include <stdio.h>

static gboolean version, list;
static char *schema_dir;
static const GOptionEntry options[] = {
  { "version", 'V', 0, G_OPTION_ARG_NONE, &version, "Display program version", NULL },
  { "list", 0, 0, G_OPTION_ARG_NONE, &list, "List the names of schemas", NULL },
  { "schemas", 0, 0, G_OPTION_ARG_FILENAME, &schema_dir, "Take schemas from DIR", "DIR" },
  { 0 }
};

/* What the engine says of a document that is not valid, or else what the schema says. */
static void
explain (const Document *kind, const char *path, const char *text, size_t length, const char *message)
{
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (kind->schema, text, length, XML_PARSE_STRICT, &error);

  xml_free (kind->schema, object);
  if (error != NULL)
    message = error->message;
  g_printerr ("%s: %s\n%s fails to validate\n", path, message != NULL ? message : "the schema does not accept it", path);
}

static ToolStatus
validate (const char *path, const char *kind_name)
{
  g_autofree char *message = NULL, *schema = NULL, *text = NULL;
  const Document *kind;
  ToolStatus status;
  size_t length;

  text = tool_read (path, &length);
  if (text == NULL)
    return TOOL_NO_FILE;
  kind = tool_kind (kind_name, text, path, &status);
  if (kind == NULL)
    return status;
  schema = g_strdup_printf ("%s/%s.rng", schema_dir != NULL ? schema_dir : SCHEMA_DIR, kind->name);
  switch (schema_check (schema, text, length, &message))
    {
    case SCHEMA_VALID:
      printf ("%s validates\n", path);
      return TOOL_FINE;
    case SCHEMA_MISSING:
      tool_complain ("schema %s does not exist", schema);
      return TOOL_NO_SCHEMA;
    case SCHEMA_INVALID:
      break;
    }
  explain (kind, path, text, length, message);
  return TOOL_INVALID;
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
    if (!documents[i].is_private)
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
