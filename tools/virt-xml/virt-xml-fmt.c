/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-xml-fmt: the canonical form of documents, and what differs between two. */
#include "tool.h"

#include <stdio.h>

static gboolean version, inactive, secure, status_form, check;
static char *kind_name, *other_path;
static const GOptionEntry options[] = {
  { "inactive", 0, 0, G_OPTION_ARG_NONE, &inactive, "Leave out what only a running object has", NULL },
  { "security-info", 0, 0, G_OPTION_ARG_NONE, &secure, "Print passwords", NULL },
  { "status", 0, 0, G_OPTION_ARG_NONE, &status_form, "Read and print a daemon's own status document", NULL },
  { "check", 0, 0, G_OPTION_ARG_NONE, &check, "Print nothing; exit status 3 if the form is another", NULL },
  { "diff", 0, 0, G_OPTION_ARG_FILENAME, &other_path, "Print what differs from OTHER; exit status 3 if anything does", "OTHER" },
  { "kind", 0, 0, G_OPTION_ARG_STRING, &kind_name, "The kind of document (default: by its root element)", "NAME" },
  { "version", 'V', 0, G_OPTION_ARG_NONE, &version, "Display program version", NULL },
  { 0 }
};

static void *
read_object (const char *path, const Document **kind, char **ret_text, ToolStatus *ret_status)
{
  unsigned int flags = (inactive ? XML_PARSE_INACTIVE : 0) | (status_form ? XML_PARSE_STATUS : 0);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  size_t length;
  void *object;

  *ret_status = TOOL_NO_FILE;
  text = tool_read (path, &length);
  if (text == NULL)
    return NULL;
  if (*kind == NULL)
    *kind = tool_kind (kind_name, text, path, ret_status);
  if (*kind == NULL)
    return NULL;
  object = xml_parse ((*kind)->schema, text, length, flags, &error);
  if (object == NULL)
    {
      tool_complain ("%s: %s", path, error->message);
      *ret_status = TOOL_INVALID;
    }
  *ret_text = g_steal_pointer (&text);
  return object;
}

static bool
print_difference (const char *path, const char *a, const char *b, void *data)
{
  printf ("%s: '%s', '%s'\n", path, a, b);
  return true;
}

static ToolStatus
compare (const Document *kind, const void *object)
{
  g_autofree char *text = NULL;
  ToolStatus status;
  void *other = read_object (other_path, &kind, &text, &status);

  if (other == NULL)
    return status;
  status = xml_compare (kind->schema, object, other, 0, print_difference, NULL) ? TOOL_FINE : TOOL_INVALID;
  xml_free (kind->schema, other);
  return status;
}

static ToolStatus
show (const Document *kind, const void *object, const char *text)
{
  unsigned int flags = (inactive ? XML_FORMAT_INACTIVE : 0) | (secure ? XML_FORMAT_SECURE : 0)
                       | (status_form ? XML_FORMAT_STATUS : 0);
  g_autofree char *form = xml_format (kind->schema, object, flags);

  if (check)
    return strcmp (form, text) == 0 ? TOOL_FINE : TOOL_INVALID;
  fputs (form, stdout);
  return TOOL_FINE;
}

static ToolStatus
run (const char *path)
{
  g_autofree char *text = NULL;
  const Document *kind = NULL;
  ToolStatus status;
  void *object = read_object (path, &kind, &text, &status);

  if (object == NULL)
    return status;
  status = other_path != NULL ? compare (kind, object) : show (kind, object, text);
  xml_free (kind->schema, object);
  return status;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("[XML-FILE]");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_summary (context, "Prints a document in its canonical form; without XML-FILE, or for '-', that of standard input.");
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 2)
    {
      tool_complain ("%s", error != NULL ? error->message : "one document at a time");
      return TOOL_USAGE;
    }
  if (version)
    {
      printf ("virt-xml-fmt (virtswarm) %s\n", VIRTSWARM_VERSION);
      return TOOL_FINE;
    }
  return run (argc > 1 ? argv[1] : "-");
}
