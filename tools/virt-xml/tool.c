/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "util/cleanup.h"

/* One byte more than the engine accepts: that it is too much is the engine's to say. */
#define MAX_BYTES (10 * 1024 * 1024 + 1)

void
tool_complain (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("%s: %s\n", g_get_prgname (), text);
}

char *
tool_read (const char *path, size_t *ret_length)
{
  FILE *file = strcmp (path, "-") == 0 ? stdin : fopen (path, "re");
  g_autoptr (GString) text = g_string_new (NULL);
  char block[65536];
  size_t n = 0;

  if (file == NULL)
    {
      tool_complain (errno == ENOENT ? "document %s does not exist" : "document %s cannot be read: %s", path, g_strerror (errno));
      return NULL;
    }
  while (text->len < MAX_BYTES && (n = fread (block, 1, sizeof (block), file)) > 0)
    g_string_append_len (text, block, n);
  if (ferror (file))
    {
      tool_complain ("document %s cannot be read: %s", path, g_strerror (errno));
      g_string_free (g_steal_pointer (&text), TRUE);
    }
  if (file != stdin)
    fclose (file);
  if (text == NULL)
    return NULL;
  *ret_length = text->len;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

const Document *
tool_kind (const char *name, const char *text, const char *path, ToolStatus *ret_status)
{
  g_autofree char *root = name == NULL ? document_root_name (text) : NULL;
  const Document *document = name != NULL ? document_by_name (name) : root != NULL ? document_by_root (root) : NULL;

  if (document == NULL && name != NULL)
    {
      g_autoptr (GString) list = g_string_new (NULL);

      for (unsigned int i = 0; i < n_documents; i++)
        g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", documents[i].name);
      tool_complain ("there is no schema '%s', but %s", name, list->str);
      *ret_status = TOOL_NO_SCHEMA;
    }
  else if (document == NULL)
    {
      tool_complain ("the kind of %s is unknown: its root element is %s", path, root != NULL ? root : "not there");
      *ret_status = TOOL_INVALID;
    }
  return document;
}
