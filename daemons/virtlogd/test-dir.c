/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-dir.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

char *
test_dir_new (void)
{
  /* In memory where that is possible: how slow the disk is has to be the test's choice. */
  g_autofree char *memory = g_strdup ("/dev/shm/virtlogd-XXXXXX");
  char *dir = g_mkdtemp (memory) != NULL ? g_steal_pointer (&memory) : g_dir_make_tmp ("virtlogd-XXXXXX", NULL);

  g_assert_nonnull (dir);
  return dir;
}

void
test_dir_remove (const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        test_dir_remove (path);
      else
        g_assert_no_errno (g_remove (path));
    }
  g_assert_no_errno (g_rmdir (dir));
}

char *
test_dir_text (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

void
test_dir_check (const char *dir, const char *name, const char *expected)
{
  g_autofree char *text = test_dir_text (dir, name);

  g_assert_cmpstr (text, ==, expected);
}

uint64_t
test_dir_inode (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  struct stat info;

  g_assert_no_errno (stat (path, &info));
  return info.st_ino;
}
