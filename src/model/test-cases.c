/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each file FOLDER/cases/NAME.in.xml is a test of a document that is only read and
 * written back: NAME.out.xml is what stock libvirt 9.0.0 prints; without it, the
 * same document comes back. Domains, which need more, have their own program. */
#include "model/documents.h"

#include <glib/gstdio.h>

static char *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void *
parse (const XmlSchema *schema, const char *text)
{
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (schema, text, strlen (text), XML_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return object;
}

static char *
format (const XmlSchema *schema, const void *object)
{
  return xml_format (schema, object, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
}

/* Reading, writing, copying and comparing, and that what was written stays as it is. */
static void
test_case (gconstpointer data)
{
  g_autofree char *in = read_file (data);
  g_autofree char *stem = g_strndup (data, strlen (data) - strlen (".in.xml"));
  g_autofree char *other = g_strconcat (stem, ".out.xml", NULL);
  g_autofree char *expected = g_file_test (other, G_FILE_TEST_EXISTS) ? read_file (other) : g_strdup (in);
  g_autofree char *root = document_root_name (in);
  const Document *document = document_by_root (root);
  g_assert_nonnull (document);

  void *object = parse (document->schema, in);
  void *copy = xml_copy (document->schema, object);
  g_autofree char *text = format (document->schema, object);
  g_assert_cmpstr (text, ==, expected);
  g_assert_true (xml_equal (document->schema, object, copy, NULL));
  xml_free (document->schema, object);

  g_autofree char *copied = format (document->schema, copy);
  g_assert_cmpstr (copied, ==, expected);
  xml_free (document->schema, copy);

  object = parse (document->schema, expected);
  g_autofree char *again = format (document->schema, object);
  g_assert_cmpstr (again, ==, expected);
  xml_free (document->schema, object);
}

static unsigned int n_cases;

static void
add_folder (const char *here, const char *folder)
{
  g_autofree char *path = g_build_filename (here, folder, "cases", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    if (g_str_has_suffix (name, ".in.xml"))
      {
        g_autofree char *test = g_strdup_printf ("/cases/%s/%.*s", folder, (int) (strlen (name) - strlen (".in.xml")), name);

        g_test_add_data_func_full (test, g_build_filename (path, name, NULL), test_case, g_free);
        n_cases++;
      }
}

static void
test_root_name (void)
{
  static const struct { const char *text, *name; } cases[] = {
    { "<a/>", "a" }, { "<?xml version='1.0'?>\n<!-- <b> -->\n<a x='1'>", "a" }, { "<a>", "a" }, { "", NULL }, { "<!-- <a>", NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = document_root_name (cases[i].text);

      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *here = g_path_get_dirname (__FILE__);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/documents/root-name", test_root_name);
  g_hash_table_add (seen, (char *) "domain");
  for (unsigned int i = 0; i < n_documents; i++)
    if (g_hash_table_add (seen, (char *) documents[i].folder))
      add_folder (here, documents[i].folder);
  if (n_cases == 0)
    g_error ("there are no documents beside '%s'", here);
  return g_test_run ();
}
