/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of unit files. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/types.h>

#include "unit.h"
#include "util/error.h"

static const struct
{
  const char *text;
  bool good;
  uint64_t us;
} times[] = {
  { "5", true, 5000000 },       { "100ms", true, 100000 }, { "1min 30s", true, 90000000 },
  { "1.5s", true, 1500000 },    { "2 h", true, 7200000000 }, { "infinity", true, UINT64_MAX },
  { "0", true, 0 },             { "1min30s", true, 90000000 },
  { "", false, 0 },             { "s", false, 0 },         { "5 parsecs", false, 0 },
  { "-5", false, 0 },           { "nan", false, 0 },       { "99999999999", false, 0 },
};

static void
test_times (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (times); i++)
    {
      uint64_t us = 42;

      g_test_message ("%s", times[i].text);
      g_assert_cmpint (unit_parse_time (times[i].text, &us), ==, times[i].good);
      g_assert_cmpuint (us, ==, times[i].good ? times[i].us : 42);
    }
}

static const struct
{
  const char *text, *where;     /* where: what the message has to name; NULL: good */
} texts[] = {
  { "[Unit]\nDescription=a b\n", NULL },
  { "# c\n; c\n\n  [Unit]\n a = b \n", NULL },
  { "[Unit]\na=1 \\\n# between\n 2\nb=3", NULL },
  { "a=b\n", "t:1" },
  { "[Unit]\na\n", "t:2" },
  { "[Unit\n", "t:1" },
  { "[Unit]\n=b\n", "t:2" },
};

static void
test_texts (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (Unit) unit = unit_new ("x.service");
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (unit_parse (unit, "t", texts[i].text, &error), ==, texts[i].where == NULL);
      if (texts[i].where == NULL)
        continue;
      g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_CONF_SYNTAX);
      g_assert_nonnull (strstr (error->message, texts[i].where));
    }
}

static void
test_values (void)
{
  g_autoptr (Unit) unit = unit_new ("x.service");
  g_auto (GStrv) words = NULL;
  const char *const *all;

  g_assert_true (unit_parse (unit, "t",
                             "[Unit]\nWants=a b\nWants=\nWants=c \\\n d\nWants=e\n[Service]\nWants=other\n"
                             "Environment=\"A=1 2\" B=3\n", NULL));
  all = unit_get_all (unit, "Unit", "Wants");
  g_assert_cmpstr (all[0], ==, "c  d");
  g_assert_cmpstr (all[1], ==, "e");
  g_assert_null (all[2]);
  g_assert_cmpstr (unit_get (unit, "Unit", "Wants"), ==, "e");
  g_assert_null (unit_get (unit, "Unit", "Requires"));
  words = unit_get_words (unit, "Service", "Environment");
  g_assert_cmpstr (words[0], ==, "A=1 2");
  g_assert_cmpstr (words[1], ==, "B=3");
  g_assert_null (words[2]);
}

typedef struct
{
  bool flag;
  unsigned int count;
  mode_t mode;
  uint64_t size;
  char *string;
  int choice;
} Target;

static const char *const choices[] = { "one", "two", NULL };
static const UnitField fields[] = {
  { "S", "Flag", UNIT_BOOL, offsetof (Target, flag) },
  { "S", "Count", UNIT_UINT, offsetof (Target, count) },
  { "S", "Mode", UNIT_MODE, offsetof (Target, mode) },
  { "S", "Size", UNIT_SIZE, offsetof (Target, size) },
  { "S", "String", UNIT_STRING, offsetof (Target, string) },
  { "S", "Choice", UNIT_ENUM, offsetof (Target, choice), choices },
  { NULL },
};

static void
test_fields (void)
{
  static const char *const bad[] = { "Flag=perhaps", "Count=-1", "Count=4294967296", "Mode=0888", "Size=1:x:y z",
                                     "Choice=three", "Count=1 2" };
  Target target = { .count = 7 };

  for (unsigned int i = 0; i < G_N_ELEMENTS (bad) ; i++)
    {
      g_autoptr (Unit) unit = unit_new ("x.service");
      g_autofree char *text = g_strconcat ("[S]\n", bad[i], "\n", NULL);
      g_autoptr (GError) error = NULL;
      bool read;

      g_assert_true (unit_parse (unit, "t", text, NULL));
      read = unit_read (unit, fields, &target, &error);
      if (strncmp (bad[i], "Size", 4) == 0)
        {
          g_assert_true (read);
          continue;
        }
      g_assert_false (read);
      g_assert_nonnull (strstr (error->message, bad[i]));
    }
  g_autoptr (Unit) unit = unit_new ("x.service");
  g_assert_true (unit_parse (unit, "t", "[S]\nFlag=on\nMode=0640\nSize=infinity\nString=a b\nChoice=two\n", NULL));
  g_assert_true (unit_read (unit, fields, &target, NULL));
  g_assert_true (target.flag);
  g_assert_cmpuint (target.count, ==, 7);
  g_assert_cmpuint (target.mode, ==, 0640);
  g_assert_cmpuint (target.size, ==, UINT64_MAX);
  g_assert_cmpstr (target.string, ==, "a b");
  g_assert_cmpint (target.choice, ==, 1);
  g_free (target.string);
}

static const struct
{
  const char *command, *expected;     /* words joined by '|'; NULL: an error */
} commands[] = {
  { "/bin/d $ARGS", "/bin/d|--timeout|120" },
  { "-/bin/d ${ARGS}", "/bin/d|--timeout 120" },
  { "/bin/d $NONE x${NONE}y", "/bin/d|xy" },
  { "/bin/d 'a b' \"c d\" $$HOME", "/bin/d|a b|c d|$HOME" },
  { "/bin/d 'open", NULL },
};

static void
test_commands (void)
{
  g_autoptr (GHashTable) env = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_assert_true (unit_parse_environment (env, "t", "# c\nARGS=\"--timeout 120\"\nOTHER = x \n", NULL));
  g_assert_cmpstr (g_hash_table_lookup (env, "OTHER"), ==, "x");
  g_assert_false (unit_parse_environment (env, "t", "nonsense\n", NULL));
  g_assert_false (unit_parse_environment (env, "t", "A=\"b\n", NULL));
  for (unsigned int i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_auto (GStrv) words = unit_expand_command (commands[i].command, env, NULL);
      g_autofree char *joined = words != NULL ? g_strjoinv ("|", words) : NULL;

      g_assert_cmpstr (joined, ==, commands[i].expected);
    }
}

static void
test_folders (void)
{
  g_autofree char *root = g_dir_make_tmp ("test-unit.XXXXXX", NULL);
  g_autofree char *first = g_build_filename (root, "first", NULL), *second = g_build_filename (root, "second", NULL);
  g_autofree char *drop_ins = g_build_filename (first, "x.service.d", NULL);
  g_autofree char *unit_path = g_build_filename (second, "x.service", NULL);
  g_autofree char *conf_path = g_build_filename (drop_ins, "a.conf", NULL);
  const char *const dirs[] = { first, second, NULL };
  g_autoptr (Unit) unit = NULL;
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (second, 0700);
  g_mkdir_with_parents (drop_ins, 0700);
  g_assert_null (unit_load (dirs, "x.service", &error));
  g_assert_true (virt_error_is (error, VIR_ERR_OPERATION_INVALID));
  g_file_set_contents (unit_path, "[Service]\nA=1\nB=1\n", -1, NULL);
  g_file_set_contents (conf_path, "[Service]\nB=2\n", -1, NULL);
  unit = unit_load (dirs, "x.service", NULL);
  g_assert_cmpstr (unit_get (unit, "Service", "A"), ==, "1");
  g_assert_cmpstr (unit_get (unit, "Service", "B"), ==, "2");

  g_unlink (conf_path);
  g_unlink (unit_path);
  g_rmdir (drop_ins);
  g_rmdir (first);
  g_rmdir (second);
  g_rmdir (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit/times", test_times);
  g_test_add_func ("/unit/texts", test_texts);
  g_test_add_func ("/unit/values", test_values);
  g_test_add_func ("/unit/fields", test_fields);
  g_test_add_func ("/unit/commands", test_commands);
  g_test_add_func ("/unit/folders", test_folders);
  return g_test_run ();
}
