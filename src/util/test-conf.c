/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "util/conf.h"
#include "util/error.h"

static Conf *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Conf *conf = conf_parse ("x.conf", text, -1, &error);

  g_assert_no_error (error);
  return conf;
}

/* What the stock parser reads, and how it writes it back. */
static const struct { const char *in, *out; } forms[] = {
  { "", "" },
  { "a = 1\n", "a = 1\n" },
  { "a=-5\n", "a = -5\n" },
  { "a=+5", "a = 5\n" },
  { "a=010", "a = 10\n" },
  { "a=1;b=2\n", "a = 1\nb = 2\n" },
  { "a=1;#c", "a = 1\n#c\n" },
  { "a = 'x'\n", "a = \"x\"\n" },
  { "a=''\n", "a = \"\"\n" },
  { "a='x\"y'", "a = 'x\"y'\n" },
  { "a=\"x'y\"\n", "a = \"x'y\"\n" },
  { "a = \"\"\"x\ny\"\"\"\nb=1", "a = \"\"\"x\ny\"\"\"\nb = 1\n" },
  { "a=\"\"\"\"a\"\"\"\n", "a = '\"a'\n" },
  { "a = \"\"\"x\"\"y\"\"\"", "a = 'x\"\"y'\n" },
  { "a=[\"x\",1,[\"y\"]]", "a = [ \"x\", 1, [ \"y\" ] ]\n" },
  { "a=[\"x\",]", "a = [ \"x\" ]\n" },
  { "a=[]", "a = [  ]\n" },
  { "a=[\n\"x\"\n,\n\"y\"\n]\n", "a = [ \"x\", \"y\" ]\n" },
  { "a=[\"]\"]\n", "a = [ \"]\" ]\n" },
  { "a=1 # c\n", "a = 1 # c\n" },
  { "a=[\"x\"] # hi\n# end", "a = [ \"x\" ] # hi\n# end\n" },
  { "a=\"x\" ; b=2 # c\n", "a = \"x\"\nb = 2 # c\n" },
  { "a=1\r\nb=2\r\n", "a = 1\nb = 2\n" },
  { "# c\r\na=1\r\n", "# c\na = 1\n" },
  { "  # hello\n\n a = 1", "# hello\na = 1\n" },
  { "a\t=\t1\t\n", "a = 1\n" },
  { "a=1\na=2\n", "a = 1\na = 2\n" },
  { "a=18446744073709551615\nb=-9223372036854775808", "a = 18446744073709551615\nb = -9223372036854775808\n" },
  { "tls_allowed_dn_list = [\"DN1\", \"DN2\"]\n\n\n#\n", "tls_allowed_dn_list = [ \"DN1\", \"DN2\" ]\n#\n" },
};

static void
test_forms (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (Conf) conf = parse (forms[i].in);
      g_autofree char *out = conf_format (conf);
      g_autoptr (Conf) again = parse (out);
      g_autofree char *out_again = conf_format (again);

      g_assert_cmpstr (out, ==, forms[i].out);
      g_assert_cmpstr (out_again, ==, forms[i].out);
    }
}

/* What it refuses, and the place that our error names. */
static const struct { const char *in, *place; } mistakes[] = {
  { "a=0x10", "x.conf:1:" },
  { "\na = \"x\\\"y\"\n", "x.conf:2:" },
  { "a='''x\ny'''\n", "x.conf:1:" },
  { "a=[,]", "x.conf:1:" },
  { "a=[\"x\",,\"y\"]", "x.conf:1:" },
  { "a=[\"x\",\n# c\n\"y\"]", "x.conf:2:" },
  { "a=[\"x\"\n\"y\"]", "x.conf:2:" },
  { "a=[\"x\"", "x.conf:1:" },
  { "a=[\"x\"]]", "x.conf:1:" },
  { "a=[[\"x\"]", "x.conf:1:" },
  { "a=1 b=2\n", "x.conf:1:" },
  { "a=1;;b=2", "x.conf:1:" },
  { "1a=2\n", "x.conf:1:" },
  { "_a=2", "x.conf:1:" },
  { "a.b=2", "x.conf:1:" },
  { "a-b=2", "x.conf:1:" },
  { "# one\n# two\na\n", "x.conf:3:" },
  { "=1", "x.conf:1:" },
  { "a=b\n", "x.conf:1:" },
  { "a=\n1", "x.conf:1:" },
  { "a=-", "x.conf:1:" },
  { "a=1x\n", "x.conf:1:" },
  { "a=\"x\ny\"", "x.conf:1:" },
  { "a=\"x", "x.conf:1:" },
  { "a=\"\"\"x\n\n", "x.conf:1:" },
  { "a=99999999999999999999", "x.conf:1:" },
  { "a=18446744073709551616", "x.conf:1:" },
  { "a=-9223372036854775809", "x.conf:1:" },
  { "\xef\xbb\xbf" "a=1", "x.conf:1:" },
  { "a=[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "x.conf:1:" },
};

static void
test_mistakes (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", mistakes[i].in);
      g_assert_null (conf_parse ("x.conf", mistakes[i].in, -1, &error));
      g_assert_error (error, VIRT_ERROR, VIR_ERR_CONF_SYNTAX);
      g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_CONF);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, mistakes[i].place));
    }
  g_assert_null (conf_parse ("x.conf", "a = 'x\0y'", 9, NULL));
  g_assert_null (conf_parse ("x.conf", "a = 1\0\n", 7, NULL));
}

static void
test_values (void)
{
  g_autoptr (Conf) conf = parse ("i=-3\nu=7\nb=1\ns=\"text\"\nl=[\"x\",\"y\"]\ni=4\n");
  int64_t number = 9;
  unsigned int unsigned_number = 9;
  bool flag = false;
  g_autofree char *string = g_strdup ("default");
  g_auto (GStrv) list = NULL;

  g_assert_true (conf_get_int (conf, "i", -10, 10, &number, NULL));
  g_assert_cmpint (number, ==, -3);
  g_assert_true (conf_get_int (conf, "none", 0, 1, &number, NULL));
  g_assert_cmpint (number, ==, -3);
  g_assert_true (conf_get_uint (conf, "u", 0, 10, &unsigned_number, NULL));
  g_assert_cmpuint (unsigned_number, ==, 7);
  g_assert_true (conf_get_bool (conf, "b", &flag, NULL));
  g_assert_true (flag);
  g_assert_true (conf_get_string (conf, "none", &string, NULL));
  g_assert_cmpstr (string, ==, "default");
  g_assert_true (conf_get_string (conf, "s", &string, NULL));
  g_assert_cmpstr (string, ==, "text");
  g_assert_true (conf_get_list (conf, "l", false, &list, NULL));
  g_assert_cmpuint (g_strv_length (list), ==, 2);
  g_assert_true (conf_get_list (conf, "s", true, &list, NULL));
  g_assert_cmpstr (list[0], ==, "text");
  g_assert_null (list[1]);
  g_assert_true (conf_has (conf, "s"));
  g_assert_false (conf_has (conf, "none"));
  g_assert_cmpstr (conf_name (conf), ==, "x.conf");
}

#define CHECK_WRONG(code_, call_)                                       \
  G_STMT_START                                                          \
  {                                                                     \
    g_autoptr (GError) error = NULL;                                    \
    g_assert_false (call_);                                             \
    g_assert_error (error, VIRT_ERROR, code_);                          \
    g_assert_nonnull (strstr (error->message, "x.conf:2:"));            \
    g_assert_nonnull (strstr (error->message, "'k'"));                  \
  }                                                                     \
  G_STMT_END

static void
test_wrong_values (void)
{
  g_autoptr (Conf) string = parse ("\nk = 'x'"), number = parse ("\nk = 5"), huge = parse ("\nk=18446744073709551615");
  g_autoptr (Conf) mixed = parse ("\nk = ['x', 1]");
  int64_t i = 1;
  unsigned int u = 1;
  bool b = true;
  g_autofree char *s = g_strdup ("old");
  g_auto (GStrv) l = NULL;

  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_int (string, "k", 0, 9, &i, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_int (number, "k", 0, 4, &i, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_int (huge, "k", INT64_MIN, INT64_MAX, &i, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_uint (number, "k", 6, 9, &u, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_bool (number, "k", &b, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_string (number, "k", &s, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_list (string, "k", false, &l, &error));
  CHECK_WRONG (VIR_ERR_INTERNAL_ERROR, conf_get_list (number, "k", true, &l, &error));
  CHECK_WRONG (VIR_ERR_CONF_SYNTAX, conf_get_list (mixed, "k", true, &l, &error));
  g_assert_cmpint (i, ==, 1);
  g_assert_cmpuint (u, ==, 1);
  g_assert_true (b);
  g_assert_cmpstr (s, ==, "old");
  g_assert_null (l);
}

static void
test_keys (void)
{
  static const char *const known[] = { "a", "b", NULL };
  static const char *const more[] = { "k", NULL };
  g_autoptr (Conf) conf = parse ("a=1\nk=2 # c\n# d\n");
  g_autoptr (GError) error = NULL;

  g_assert_true (conf_check_keys (conf, known, more, NULL));
  g_assert_false (conf_check_keys (conf, known, NULL, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_CONF_SYNTAX);
  g_assert_cmpstr (error->message, ==, "x.conf:2: there is no setting 'k'");
}

static void
test_load (void)
{
  g_autofree char *folder = g_dir_make_tmp ("test-conf-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.conf", NULL);
  g_autoptr (Conf) missing = NULL, there = NULL;
  g_autoptr (GError) error = NULL;

  missing = conf_load (path, false, &error);
  g_assert_no_error (error);
  g_assert_false (conf_has (missing, "log_level"));
  g_assert_null (conf_load (path, true, &error));
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (conf_load (folder, false, &error));
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, "log_level=1", -1, NULL));
  there = conf_load (path, true, &error);
  g_assert_no_error (error);
  g_assert_true (conf_has (there, "log_level"));
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conf/forms", test_forms);
  g_test_add_func ("/conf/mistakes", test_mistakes);
  g_test_add_func ("/conf/values", test_values);
  g_test_add_func ("/conf/wrong-values", test_wrong_values);
  g_test_add_func ("/conf/keys", test_keys);
  g_test_add_func ("/conf/load", test_load);
  return g_test_run ();
}
