/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/state-file.h"

static char *folder;

static char *
at (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
assert_content (const char *name, const char *wanted)
{
  g_autofree char *path = at (name);
  g_autofree char *data = NULL;
  size_t length = 0;

  g_assert_true (state_file_read_now (path, 1000, &data, &length, NULL));
  g_assert_cmpstr (data, ==, wanted);
  g_assert_cmpuint (length, ==, strlen (wanted));
}

/* Everything in the folder, hidden things too. */
static unsigned int
count_names (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  unsigned int n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
set_up (void)
{
  folder = g_dir_make_tmp ("test-state-XXXXXX", NULL);
}

static void
tear_down (void)
{
  const char *argv[] = { "rm", "-rf", folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_clear_pointer (&folder, g_free);
}

static void
test_write (void)
{
  g_autofree char *path = at ("a.xml");
  g_autoptr (GError) error = NULL;
  struct stat info;
  mode_t mask = umask (077);

  g_assert_true (state_file_write_now (path, "one", 3, 0644, &error));
  g_assert_no_error (error);
  assert_content ("a.xml", "one");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0644);
  g_assert_true (state_file_write_now (path, "", 0, 0600, NULL));
  assert_content ("a.xml", "");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (count_names (), ==, 1);
  g_assert_true (state_file_remove_now (path, NULL));
  g_assert_true (state_file_remove_now (path, NULL));
  g_assert_cmpuint (count_names (), ==, 0);
  umask (mask);
}

/* A name as long as names may be leaves no room for an addition to it. */
static void
test_long_name (void)
{
  g_autofree char *name = g_strnfill (255, 'n');
  g_autofree char *path = at (name);

  g_assert_true (state_file_write_now (path, "x", 1, 0600, NULL));
  assert_content (name, "x");
}

static void
assert_errno (const GError *error, int errnum, const char *path)
{
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (virt_error_detail (error)->int1, ==, errnum);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_write_fails (void)
{
  g_autofree char *path = at ("a.xml"), *lost = at ("none/a.xml"), *big = g_strnfill (8192, 'x');
  g_autoptr (GError) missing = NULL, full = NULL, busy = NULL;
  struct rlimit saved, tiny;

  g_assert_false (state_file_write_now (lost, "x", 1, 0600, &missing));
  assert_errno (missing, ENOENT, lost);
  g_assert_true (state_error_is_missing (missing));

  g_assert_true (state_file_write_now (path, "old", 3, 0600, NULL));
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &saved), ==, 0);
  tiny = (struct rlimit) { 4096, saved.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tiny), ==, 0);
  g_assert_false (state_file_write_now (path, big, 8192, 0600, &full));
  setrlimit (RLIMIT_FSIZE, &saved);
  assert_errno (full, EFBIG, path);
  assert_content ("a.xml", "old");

  g_assert_false (state_file_write_now (folder, "x", 1, 0600, &busy));
  g_assert_error (busy, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpuint (count_names (), ==, 1);
}

static void
test_link (void)
{
  g_autofree char *link = at ("autostart/a.xml"), *sub = at ("autostart"), *found = NULL, *again = NULL;
  struct stat info;

  g_assert_true (state_file_link_now ("/etc/x", link, NULL));
  found = g_file_read_link (link, NULL);
  g_assert_cmpstr (found, ==, "/etc/x");
  g_assert_true (state_file_link_now ("/etc/y", link, NULL));
  again = g_file_read_link (link, NULL);
  g_assert_cmpstr (again, ==, "/etc/y");
  g_assert_cmpint (stat (sub, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0700);
  g_assert_true (state_file_remove_now (link, NULL));
}

static void
test_rename (void)
{
  g_autofree char *a = at ("a"), *b = at ("sub/b"), *sub = at ("sub");
  g_autoptr (GError) error = NULL;

  g_assert_true (state_dir_make_now (sub, 0755, NULL));
  g_assert_true (state_file_write_now (a, "a", 1, 0600, NULL));
  g_assert_true (state_file_write_now (b, "b", 1, 0600, NULL));
  g_assert_true (state_file_rename_now (a, b, NULL));
  assert_content ("sub/b", "a");
  g_assert_false (state_file_rename_now (a, b, &error));
  assert_errno (error, ENOENT, a);
}

static void
test_make_folder (void)
{
  g_autofree char *deep = at ("x/y/z"), *x = at ("x"), *file = at ("file"), *below = at ("file/z");
  g_autoptr (GError) in_the_way = NULL, not_below = NULL;
  struct stat info;
  mode_t mask = umask (077);

  g_assert_true (state_dir_make_now (deep, 0711, NULL));
  umask (mask);
  g_assert_cmpint (stat (deep, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0711);
  g_assert_cmpint (stat (x, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0711);
  g_assert_true (state_dir_make_now (deep, 0700, NULL));
  g_assert_cmpint (stat (deep, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0711);

  g_assert_true (state_file_write_now (file, "", 0, 0600, NULL));
  g_assert_false (state_dir_make_now (file, 0700, &in_the_way));
  assert_errno (in_the_way, ENOTDIR, file);
  g_assert_false (state_dir_make_now (below, 0700, &not_below));
  assert_errno (not_below, ENOTDIR, below);
}

static void
test_read (void)
{
  static const struct { const char *path; int errnum; } mistakes[] = {
    { "none", ENOENT }, { ".", EISDIR }, { "fifo", EINVAL }, { "big", EFBIG }, { "loop", ELOOP },
  };
  g_autofree char *fifo = at ("fifo"), *big = at ("big"), *loop = at ("loop"), *ok = at ("ok");
  g_autofree char *data = NULL;
  size_t length = 0;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("loop", loop), ==, 0);
  g_assert_true (state_file_write_now (big, "12345", 5, 0600, NULL));
  g_assert_true (state_file_write_now (ok, "1\0" "34", 4, 0600, NULL));
  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = at (mistakes[i].path);
      g_autoptr (GError) error = NULL;

      g_assert_false (state_file_read_now (path, 4, &data, &length, &error));
      assert_errno (error, mistakes[i].errnum, path);
      g_assert_cmpint (state_error_is_missing (error), ==, mistakes[i].errnum == ENOENT);
      g_assert_null (data);
    }
  g_assert_true (state_file_read_now (ok, 4, &data, &length, NULL));
  g_assert_cmpmem (data, length, "1\0" "34", 4);
}

/* The pid of a process that has ended. */
static pid_t
dead_pid (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  waitpid (pid, NULL, 0);
  return pid;
}

static void
test_list (void)
{
  g_autofree char *dead_name = g_strdup_printf (".new-%d-7", dead_pid ());
  g_autofree char *live_name = g_strdup_printf (".new-%d-7", getpid ());
  g_autofree char *dead = at (dead_name), *live = at (live_name), *other = at (".other"), *none = at ("none");
  g_autofree char *b = at ("b.xml"), *a = at ("a.xml"), *text = at ("c.txt");
  g_auto (GStrv) names = NULL, all = NULL, nothing = NULL;

  for (unsigned int i = 0; i < 6; i++)
    g_assert_true (g_file_set_contents (((char *[]) { dead, live, other, b, a, text })[i], "x", 1, NULL));
  g_assert_true (state_dir_list_now (folder, ".xml", &names, NULL));
  g_assert_cmpstrv (names, ((const char *[]) { "a.xml", "b.xml", NULL }));
  g_assert_true (state_dir_list_now (folder, NULL, &all, NULL));
  g_assert_cmpstrv (all, ((const char *[]) { "a.xml", "b.xml", "c.txt", NULL }));
  g_assert_false (g_file_test (dead, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (live, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
  g_assert_true (state_dir_list_now (none, NULL, &nothing, NULL));
  g_assert_null (nothing[0]);
  g_clear_pointer (&nothing, g_strfreev);
  g_assert_false (state_dir_list_now (a, NULL, &nothing, NULL));
  g_assert_null (nothing);
}

static void
test_load (void)
{
  g_autofree char *a = at ("a.xml"), *big = at ("b.xml"), *sub = at ("c.xml"), *gone = at ("d.xml");
  g_autofree char *none = at ("none");
  g_autoptr (GPtrArray) files = NULL, nothing = NULL;
  const StateFile *file;

  g_assert_true (state_file_write_now (a, "<a/>", 4, 0600, NULL));
  g_assert_true (state_file_write_now (big, "<bbbbbbb/>", 10, 0600, NULL));
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  g_assert_cmpint (symlink ("nowhere", gone), ==, 0);
  g_assert_true (state_dir_load_now (folder, ".xml", 9, &files, NULL));
  g_assert_cmpuint (files->len, ==, 2);
  file = files->pdata[0];
  g_assert_cmpstr (file->name, ==, "a.xml");
  g_assert_cmpstr (file->data, ==, "<a/>");
  g_assert_no_error (file->error);
  file = files->pdata[1];
  g_assert_null (file->data);
  assert_errno (file->error, EFBIG, big);
  g_assert_true (state_dir_load_now (none, NULL, 9, &nothing, NULL));
  g_assert_cmpuint (nothing->len, ==, 0);
}

/* Whatever the moment of a kill, readers find one of the two contents, whole. */
static void
test_killed (void)
{
  g_autofree char *path = at ("a.xml");
  g_autofree char *old = g_strnfill (3000, 'o'), *new = g_strnfill (9000, 'n');
  g_auto (GStrv) names = NULL;

  for (unsigned int i = 0; i < 60; i++)
    {
      g_autofree char *data = NULL;
      size_t length;
      pid_t pid;

      g_assert_true (state_file_write_now (path, old, 3000, 0600, NULL));
      pid = fork ();
      if (pid == 0)
        for (;;)
          if (!state_file_write_now (path, new, 9000, 0600, NULL)
              || !state_file_write_now (path, old, 3000, 0600, NULL))
            _exit (1);
      g_usleep (i * 37);
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
      g_assert_true (state_file_read_now (path, 10000, &data, &length, NULL));
      g_assert_true (strcmp (data, old) == 0 || strcmp (data, new) == 0);
      g_clear_pointer (&names, g_strfreev);
      g_assert_true (state_dir_list_now (folder, NULL, &names, NULL));
      g_assert_cmpuint (count_names (), ==, 1);
    }
}

static void
awaiting (void *data)
{
  g_autofree char *path = at ("sub/a.xml"), *link = at ("auto/a.xml"), *sub = at ("sub"), *moved = at ("sub/b.xml");
  StateStep steps[] = {
    { STATE_MKDIR, .path = sub, .mode = 0700 },
    { STATE_WRITE, .path = path, .data = "text", .length = 4, .mode = 0600 },
    { STATE_LINK, .path = link, .target = path },
    { STATE_RENAME, .path = path, .target = moved },
    { STATE_REMOVE, .path = link },
    { STATE_RENAME, .path = path, .target = moved },
    { STATE_REMOVE, .path = moved },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GPtrArray) files = NULL;

  g_assert_true (state_apply (steps, 5, &error));
  g_assert_no_error (error);
  g_assert_false (state_apply (steps + 5, 2, &error));
  assert_errno (error, ENOENT, path);
  g_assert_true (state_file_read (moved, 10, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "text");
  g_assert_true (state_dir_list (sub, NULL, &names, NULL));
  g_assert_cmpstrv (names, ((const char *[]) { "b.xml", NULL }));
  g_assert_true (state_dir_load (sub, ".xml", 10, &files, NULL));
  g_assert_cmpuint (files->len, ==, 1);
  g_assert_true (state_file_write (path, "x", 1, 0600, NULL) && state_file_remove (path, NULL)
                 && state_file_link ("x", link, NULL) && state_file_rename (link, moved, NULL)
                 && state_dir_make (sub, 0700, NULL));
}

static void
test_awaiting (void)
{
  fiber_start ("test", NULL, awaiting, NULL);
  while (fiber_count () > 0)
    loop_turn (1000);
}

static const struct { const char *path; void (*run) (void); } cases[] = {
  { "/state-file/write", test_write },
  { "/state-file/long-name", test_long_name },
  { "/state-file/write-fails", test_write_fails },
  { "/state-file/link", test_link },
  { "/state-file/rename", test_rename },
  { "/state-file/make-folder", test_make_folder },
  { "/state-file/read", test_read },
  { "/state-file/list", test_list },
  { "/state-file/load", test_load },
  { "/state-file/killed", test_killed },
  { "/state-file/awaiting", test_awaiting },
};

static void
run_case (const void *data)
{
  set_up ();
  cases[GPOINTER_TO_UINT (data)].run ();
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GUINT_TO_POINTER (i), run_case);
  return g_test_run ();
}
