/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Old logs go, and nothing else does. */
#include <glib/gstdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sweep.h"
#include "test-dir.h"

static void
make_file (const char *dir, const char *name, unsigned int days)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  const struct timeval when = { time (NULL) - (time_t) days * 86400 - 60, 0 };
  const struct timeval times[2] = { when, when };

  g_assert_no_errno (g_mkdir_with_parents (parent, 0700));
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_assert_no_errno (utimes (path, times));
}

static void
test_sweep (void)
{
  static const struct
  {
    const char *name;
    unsigned int days;
    bool stays;
  } rows[] = {
    { "qemu/old.log", 8, false }, { "qemu/old.log.0", 8, false }, { "qemu/old.log.12", 8, false },
    { "top.log", 8, false }, { "qemu/new.log", 6, true }, { "qemu/new.log.0", 6, true },
    { "qemu/open.log", 8, true }, { "qemu/open.log.0", 8, false }, { "qemu/notes.txt", 8, true },
    { "qemu/a.log.gz", 8, true }, { "qemu/a.log.1x", 8, true }, { "qemu/a.log.", 8, true }, { "qemu/.log", 8, true },
    { "qemu/deep/old.log", 8, true }, { "qemu/my.log.log", 8, false },
  };
  g_autofree char *dir = test_dir_new ();
  g_autofree char *outside = test_dir_new ();
  g_autofree char *link = g_build_filename (dir, "link", NULL);
  g_autofree char *open_log = g_build_filename (dir, "qemu/open.log", NULL);
  g_autoptr (GPtrArray) in_use = g_ptr_array_new ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    make_file (dir, rows[i].name, rows[i].days);
  make_file (outside, "old.log", 8);
  g_assert_no_errno (symlink (outside, link));
  g_ptr_array_add (in_use, open_log);
  sweep_logs (dir, 7, in_use);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].name);
      test_dir_check (dir, rows[i].name, rows[i].stays ? "x" : NULL);
    }
  test_dir_check (outside, "old.log", "x");
  sweep_logs ("/nonexistent", 7, in_use);
  test_dir_remove (dir);
  test_dir_remove (outside);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sweep/ages", test_sweep);
  return g_test_run ();
}
