/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions on disk: written, read back, and whole after a kill at every step. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/definitions.h"
#include "util/crash-point.h"
#include "util/host.h"
#include "util/paths.h"

/* A document is "NAME content" after the comment. */
static void *
parse (const char *text, size_t length, const char **ret_name, GError **error)
{
  const char *end = g_strrstr (text, "-->");
  g_autofree char *copy = g_strstrip (g_strdup (end != NULL ? end + 3 : text));
  char **words = g_strsplit (copy, " ", 2);

  g_assert_cmpuint (strlen (text), ==, length);
  if (g_strv_length (words) == 2)
    {
      *ret_name = words[0];
      return words;
    }
  g_strfreev (words);
  return fail_null (error, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, "no two words");
}

static void
free_words (void *words)
{
  g_strfreev (words);
}

static const DefinitionKind kind = {
  .folder = "qemu/things", .noun = "thing", .daemon = "virtthingd", .edit = "virsh thing-edit", .max_bytes = 1000,
  .domain = VIR_FROM_NETWORK, .parse = parse, .free = free_words,
};

typedef struct { char *root; } Fixture;

static void
fixture_set_up (Fixture *fixture, const void *data)
{
  fixture->root = g_dir_make_tmp ("definitions-XXXXXX", NULL);
  path_init (fixture->root, false);
  g_assert_true (definition_setup (&kind, NULL));
}

static void
fixture_tear_down (Fixture *fixture, const void *data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->root);

  g_assert_cmpint (system (command), ==, 0);
  g_free (fixture->root);
}

static void
save (const char *name, const char *content)
{
  g_autofree char *document = g_strdup_printf ("%s %s", name, content);

  g_assert_true (definition_save (&kind, name, document, NULL));
}

static void
assert_exists (const char *name, bool exists)
{
  g_autofree char *path = path_make (PATH_CONF, "qemu/things/%s", name);

  g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK), ==, exists);
}

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = path_make (PATH_CONF, "qemu/things/%s", name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static GPtrArray *
load (void)
{
  GPtrArray *definitions = NULL;

  g_assert_true (definition_load_all (&kind, &definitions, NULL));
  return definitions;
}

static void
test_round_trip (Fixture *fixture, const void *data)
{
  g_autoptr (GPtrArray) all = NULL, rest = NULL;
  const Definition *one, *two;
  char **words;

  save ("two--x", "a name with dashes");
  save ("one", "the first");
  g_assert_true (definition_set_autostart (&kind, "one", true, NULL));
  all = load ();
  g_assert_cmpuint (all->len, ==, 2);
  one = all->pdata[0];
  two = all->pdata[1];
  g_assert_cmpstr (one->name, ==, "one");
  g_assert_true (one->autostart);
  g_assert_cmpstr (two->name, ==, "two--x");
  g_assert_false (two->autostart);
  words = definition_steal (all->pdata[0]);
  g_assert_cmpstr (words[1], ==, "the first");
  g_assert_null (definition_steal (all->pdata[0]));
  g_strfreev (words);

  g_assert_true (definition_set_autostart (&kind, "one", false, NULL));
  assert_exists ("autostart/one.xml", false);
  g_assert_true (definition_set_autostart (&kind, "two--x", true, NULL));
  g_assert_true (definition_remove (&kind, "two--x", NULL));
  assert_exists ("two--x.xml", false);
  assert_exists ("autostart/two--x.xml", false);
  rest = load ();
  g_assert_cmpuint (rest->len, ==, 1);
  g_assert_false (((const Definition *) rest->pdata[0])->autostart);
}

static void
test_text (Fixture *fixture, const void *data)
{
  g_autofree char *text = definition_text (&kind, "a--b", "<thing/>\n");

  g_assert_nonnull (strstr (text, "by virtthingd,"));
  g_assert_nonnull (strstr (text, "\n  virsh thing-edit a- -b\n"));
  g_assert_true (g_str_has_suffix (text, "\n-->\n\n<thing/>\n"));
}

/* Files that are no good are left alone, and do not keep the others from being read. */
static void
test_bad_files (Fixture *fixture, const void *data)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *large = g_strnfill (2000, 'x');
  static const char *const names[] = { "empty.xml", "broken.xml", "large.xml", "wrong-name.xml", "other.txt" };

  save ("good", "t");
  write_file ("empty.xml", "");
  write_file ("broken.xml", "one");
  write_file ("large.xml", large);
  write_file ("wrong-name.xml", "wrong t");
  write_file ("other.txt", "other t");
  all = load ();
  g_assert_cmpuint (all->len, ==, 1);
  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    assert_exists (names[i], true);
}

static void
test_dangling_link (Fixture *fixture, const void *data)
{
  g_autofree char *path = definition_path (&kind, "gone");
  g_autoptr (GPtrArray) all = NULL;

  save ("gone", "t");
  save ("kept", "t");
  g_assert_true (definition_set_autostart (&kind, "gone", true, NULL));
  g_assert_true (definition_set_autostart (&kind, "kept", true, NULL));
  g_assert_cmpint (unlink (path), ==, 0);
  all = load ();
  assert_exists ("autostart/gone.xml", false);
  assert_exists ("autostart/kept.xml", true);
}

/* --- a kill at every step ------------------------------------------------------------------- */

static void
redefine (void)
{
  save ("old", "changed");
}

static void
undefine (void)
{
  if (!definition_remove (&kind, "old", NULL))
    _exit (1);
}

static void
autostart (void)
{
  if (!definition_set_autostart (&kind, "old", false, NULL))
    _exit (1);
}

/* Runs @change in a process that dies at its @nth crash point; false if it came through. */
static bool
crashes (void (*change) (void), unsigned int nth)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      g_autofree char *point = g_strdup_printf ("%u", nth);

      crash_point_arm (point);
      change ();
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) || WEXITSTATUS (status) == 0);
  return WIFSIGNALED (status);
}

static void
test_crash (Fixture *fixture, const void *data)
{
  static void (*const changes[]) (void) = { redefine, undefine, autostart };

  for (unsigned int i = 0; i < G_N_ELEMENTS (changes); i++)
    for (unsigned int nth = 1;; nth++)
      {
        g_autoptr (GPtrArray) all = NULL;
        bool crashed;

        save ("old", "before");
        g_assert_true (definition_set_autostart (&kind, "old", true, NULL));
        crashed = crashes (changes[i], nth);
        all = load ();
        g_assert_cmpuint (all->len, <=, 1);
        if (all->len == 0)
          {
            g_assert_true (changes[i] == undefine);
            assert_exists ("autostart/old.xml", false);
          }
        else
          {
            const Definition *definition = all->pdata[0];

            g_assert_true (crashed || changes[i] != undefine);
            g_assert_true (definition->autostart || changes[i] == autostart);
            g_assert_true (crashed || !definition->autostart || changes[i] != autostart);
            if (changes[i] == redefine && !crashed)
              g_assert_cmpstr (((char **) definition->document)[1], ==, "changed");
          }
        if (!crashed)
          {
            g_assert_cmpuint (nth, >, 1);
            break;
          }
      }
}

/* --- once a boot ------------------------------------------------------------------------------ */

static void
test_autostart (Fixture *fixture, const void *data)
{
  g_autofree char *path = path_make (PATH_CONF, "autostarted");
  static const struct { const char *text; bool done; } rows[] = {
    { "", true }, { "another-boot done\n", false }, { "junk", false },
  };

  g_assert_false (autostart_done (path));
  g_assert_true (autostart_note (path, false, NULL));
  g_assert_false (autostart_done (path));
  g_assert_true (autostart_note (path, true, NULL));
  g_assert_true (autostart_done (path));
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (g_file_set_contents (path, rows[i].text, -1, NULL));
      g_assert_cmpint (autostart_done (path), ==, rows[i].done);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path_, function_) g_test_add (path_, Fixture, NULL, fixture_set_up, function_, fixture_tear_down)
  ADD ("/definitions/round-trip", test_round_trip);
  ADD ("/definitions/text", test_text);
  ADD ("/definitions/bad-files", test_bad_files);
  ADD ("/definitions/dangling-link", test_dangling_link);
  ADD ("/definitions/crash", test_crash);
  ADD ("/definitions/autostart", test_autostart);
  return g_test_run ();
}
