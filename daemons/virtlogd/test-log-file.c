/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logs on disk: rotation, reading across backups, what may be opened, what others do to the
 * files meanwhile, a disk that is full, a write that a crash interrupted. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log-file.h"
#include "test-dir.h"
#include "util/cleanup.h"
#include "util/error.h"

static const LogLimits small = { .max_size = 10, .max_backups = 2 };

static void
append (LogFile *file, const LogLimits *limits, const char *text)
{
  g_autoptr (GError) error = NULL;

  log_file_append (file, limits, text, strlen (text), &error);
  g_assert_no_error (error);
}

static LogFile *
open_log (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;
  LogFile *file = log_file_open (dir, path, &error);

  g_assert_no_error (error);
  return file;
}

static void
test_rotation (void)
{
  static const struct
  {
    const char *name;
    LogLimits limits;
    const char *texts[4];
    const char *files[4];       /* a.log, a.log.0, a.log.1, a.log.2; NULL: absent */
  } rows[] = {
    { "fits", { 10, 2 }, { "abc", "def" }, { "abcdef" } },
    { "exactly full", { 6, 2 }, { "abc", "def" }, { "abcdef" } },
    { "one more", { 6, 2 }, { "abcdef", "g" }, { "g", "abcdef" } },
    { "split over the limit", { 4, 2 }, { "abcdef" }, { "ef", "abcd" } },
    { "oldest goes", { 2, 2 }, { "abcdefgh" }, { "gh", "ef", "cd" } },
    { "no backups", { 2, 0 }, { "abcde" }, { "e" } },
    { "one backup", { 2, 1 }, { "abcde" }, { "e", "cd" } },
    { "no limit", { 0, 2 }, { "abcdefghijklmnop", "0123456789" }, { "abcdefghijklmnop0123456789" } },
  };
  static const char *const names[] = { "a.log", "a.log.0", "a.log.1", "a.log.2" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *dir = test_dir_new ();
      g_autoptr (LogFile) file = open_log (dir, "a.log");

      g_test_message ("%s", rows[i].name);
      for (unsigned int j = 0; j < G_N_ELEMENTS (rows[i].texts) && rows[i].texts[j] != NULL; j++)
        append (file, &rows[i].limits, rows[i].texts[j]);
      for (unsigned int j = 0; j < G_N_ELEMENTS (names); j++)
        test_dir_check (dir, names[j], rows[i].files[j]);
      test_dir_remove (dir);
    }
}

static void
test_appends_and_mode (void)
{
  g_autofree char *dir = test_dir_new ();
  g_autofree char *path = g_build_filename (dir, "a.log", NULL);
  struct stat info;

  for (unsigned int i = 0; i < 2; i++)
    {
      g_autoptr (LogFile) file = open_log (dir, "a.log");

      g_assert_cmpuint (log_file_place (file).offset, ==, i * 3);
      append (file, &small, "abc");
    }
  test_dir_check (dir, "a.log", "abcabc");
  g_assert_no_errno (stat (path, &info));
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  test_dir_remove (dir);
}

static void
test_refused_paths (void)
{
  static const struct
  {
    const char *path;           /* below the root */
    int code, errnum;
  } rows[] = {
    { "/link.log", VIR_ERR_SYSTEM_ERROR, ELOOP },
    { "/dirlink/a.log", VIR_ERR_SYSTEM_ERROR, ENOTDIR },
    { "/none/a.log", VIR_ERR_SYSTEM_ERROR, ENOENT },
    { "/sub", VIR_ERR_SYSTEM_ERROR, EISDIR },
    { "/fifo", VIR_ERR_SYSTEM_ERROR, ENXIO },
    { "/", VIR_ERR_OPERATION_DENIED, 0 },
    { "x/a.log", VIR_ERR_OPERATION_DENIED, 0 },
    { "/../a.log", VIR_ERR_OPERATION_DENIED, 0 },
  };
  g_autofree char *dir = test_dir_new ();
  g_autofree char *sub = g_build_filename (dir, "sub", NULL);
  g_autofree char *link = g_build_filename (dir, "link.log", NULL);
  g_autofree char *dirlink = g_build_filename (dir, "dirlink", NULL);
  g_autofree char *fifo = g_build_filename (dir, "fifo", NULL);

  g_assert_no_errno (mkdir (sub, 0700));
  g_assert_no_errno (symlink ("target", link));
  g_assert_no_errno (symlink ("sub", dirlink));
  g_assert_no_errno (mkfifo (fifo, 0600));
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *given = g_strconcat (dir, rows[i].path, NULL);
      g_autofree char *path = g_canonicalize_filename (given, "/");
      g_autoptr (GError) error = NULL;
      g_autoptr (LogFile) file = log_file_open (dir, path, &error);

      g_test_message ("%s", path);
      g_assert_null (file);
      g_assert_cmpint (virt_error_code (error), ==, rows[i].code);
      if (rows[i].errnum != 0)
        g_assert_cmpint (virt_error_detail (error)->int1, ==, rows[i].errnum);
    }
  test_dir_check (dir, "target", NULL);
  test_dir_remove (dir);
}

static void
test_truncate (void)
{
  g_autofree char *dir = test_dir_new ();
  g_autoptr (LogFile) file = open_log (dir, "a.log");
  g_autoptr (GError) error = NULL;

  append (file, &small, "0123456789ab");
  log_file_truncate (file, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (log_file_place (file).offset, ==, 0);
  test_dir_check (dir, "a.log", "");
  test_dir_check (dir, "a.log.0", "0123456789");
  test_dir_remove (dir);
}

/* Another program moves, removes or cuts the file: nothing is written into the void. */
static void
test_meddling (void)
{
  g_autofree char *dir = test_dir_new ();
  g_autofree char *path = g_build_filename (dir, "a.log", NULL);
  g_autofree char *moved = g_build_filename (dir, "moved", NULL);
  g_autoptr (LogFile) file = open_log (dir, "a.log");

  append (file, &small, "one");
  g_assert_no_errno (rename (path, moved));
  append (file, &small, "two");
  test_dir_check (dir, "moved", "one");
  test_dir_check (dir, "a.log", "two");
  g_assert_no_errno (unlink (path));
  append (file, &small, "three");
  test_dir_check (dir, "a.log", "three");
  g_assert_no_errno (truncate (path, 0));
  append (file, &small, "0123456789");
  test_dir_check (dir, "a.log", "0123456789");
  test_dir_check (dir, "a.log.0", NULL);
  test_dir_remove (dir);
}

static void
test_reading (void)
{
  static const struct
  {
    unsigned int file;          /* 0: a.log.1, 1: a.log.0, 2: a.log */
    uint64_t offset;
    size_t max;
    const char *expected;
  } rows[] = {
    { 0, 0, 100, "abcdefghijkl" }, { 0, 2, 100, "cdefghijkl" }, { 0, 4, 100, "efghijkl" },
    { 0, 3, 3, "def" }, { 1, 0, 4, "efgh" }, { 1, 1, 5, "fghij" }, { 2, 1, 100, "jkl" },
    { 2, 4, 100, "" }, { 2, 400, 100, "" }, { 2, 0, 0, "" },
  };
  static const LogLimits limits = { 4, 2 };
  static const char *const names[] = { "a.log.1", "a.log.0", "a.log" };
  g_autofree char *dir = test_dir_new ();
  g_autofree char *path = g_build_filename (dir, "a.log", NULL);
  g_autoptr (LogFile) file = open_log (dir, "a.log");
  g_autoptr (GError) error = NULL;
  g_autofree char *none = NULL;
  size_t length;

  append (file, &limits, "abcdefghijkl");
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      LogPlace from = { test_dir_inode (dir, names[rows[i].file]), rows[i].offset };
      g_autofree char *data = NULL;

      log_file_read (dir, path, 2, from, rows[i].max, &data, &length, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (data, ==, rows[i].expected);
      g_assert_cmpuint (length, ==, strlen (rows[i].expected));
    }
  g_assert_false (log_file_read (dir, path, 2, (LogPlace) { 1, 0 }, 10, &none, &length, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  test_dir_remove (dir);
}

/* ---- Failures ---- */

static unsigned int space;

static ssize_t
write_with_space (int fd, const void *data, size_t length)
{
  if (space == 0 && length > 0)
    {
      errno = ENOSPC;
      return -1;
    }
  length = MIN (length, space);
  space -= (unsigned int) length;
  return write (fd, data, length);
}

static unsigned int renames_left;

static int
rename_some (int old_dir, const char *old_name, int new_dir, const char *new_name)
{
  if (renames_left == 0)
    {
      errno = EIO;
      return -1;
    }
  renames_left--;
  return renameat (old_dir, old_name, new_dir, new_name);
}

static void
test_full_disk (void)
{
  g_autofree char *dir = test_dir_new ();
  g_autoptr (LogFile) file = open_log (dir, "a.log");
  g_autoptr (GError) error = NULL;

  log_file_host.write = write_with_space;
  space = 4;
  g_assert_cmpint (log_file_write (file, &small, -1, "abcdef", 6, &error), ==, 4);
  g_assert_cmpint (log_file_write (file, &small, -1, "ef", 2, &error), ==, -1);
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (virt_error_detail (error)->int1, ==, ENOSPC);
  space = 100;
  append (file, &small, "ef");
  test_dir_check (dir, "a.log", "abcdef");
  log_file_host.write = write;
  test_dir_remove (dir);
}

/* Whatever rename fails, the next try goes on and no text is lost but the oldest backup's. */
static void
test_failed_rotation (void)
{
  for (unsigned int n = 0; n < 3; n++)
    {
      g_autofree char *dir = test_dir_new ();
      g_autoptr (LogFile) file = open_log (dir, "a.log");
      g_autoptr (GError) error = NULL;

      append (file, &small, "0123456789ABCDEFGHIJ");
      log_file_host.renameat = rename_some;
      renames_left = n;
      g_assert_cmpint (log_file_write (file, &small, -1, "x", 1, &error), ==, n == 2 ? 1 : -1);
      log_file_host.renameat = renameat;
      if (n < 2)
        append (file, &small, "x");
      test_dir_check (dir, "a.log", "x");
      test_dir_check (dir, "a.log.0", "ABCDEFGHIJ");
      test_dir_check (dir, "a.log.1", "0123456789");
      test_dir_remove (dir);
    }
}

/* ---- Crashes ---- */

static void
test_interrupted_write (void)
{
  static const struct
  {
    const char *name, *before, *written, *pipe;
    uint64_t marked;            /* length in the mark */
    size_t expected;
  } rows[] = {
    { "not begun", "abc", "", "defg", 4, 0 },
    { "half", "abc", "de", "defg", 4, 2 },
    { "all, and more came since", "abc", "defg", "defghi", 4, 4 },
    { "taken out of the pipe already", "abc", "defg", "hijk", 4, 0 },
    { "none under way", "abc", "", "abc", 0, 0 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *dir = test_dir_new ();
      g_autoptr (LogFile) file = open_log (dir, "a.log");
      LogMark mark;

      g_test_message ("%s", rows[i].name);
      append (file, &small, rows[i].before);
      mark = (LogMark) { log_file_place (file), rows[i].marked };
      append (file, &small, rows[i].written);
      g_assert_cmpuint (log_file_recover (file, &mark, rows[i].pipe, strlen (rows[i].pipe)), ==, rows[i].expected);
      test_dir_remove (dir);
    }
}

static void
test_mark (void)
{
  g_autofree char *dir = test_dir_new ();
  g_autofree char *path = g_build_filename (dir, "mark", NULL);
  g_autoptr (LogFile) file = open_log (dir, "a.log");
  fd_auto int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;
  LogMark mark;

  append (file, &small, "abc");
  g_assert_cmpint (log_file_write (file, &small, fd, "0123456789", 10, &error), ==, 7);
  g_assert_cmpint (pread (fd, &mark, sizeof mark, 0), ==, sizeof mark);
  g_assert_cmpuint (mark.place.inode, ==, log_file_place (file).inode);
  g_assert_cmpuint (mark.place.offset, ==, 3);
  g_assert_cmpuint (mark.length, ==, 7);
  log_mark_clear (fd);
  g_assert_cmpint (pread (fd, &mark, sizeof mark, 0), ==, sizeof mark);
  g_assert_cmpuint (mark.length, ==, 0);
  test_dir_remove (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log-file/rotation", test_rotation);
  g_test_add_func ("/log-file/appends-and-mode", test_appends_and_mode);
  g_test_add_func ("/log-file/refused-paths", test_refused_paths);
  g_test_add_func ("/log-file/truncate", test_truncate);
  g_test_add_func ("/log-file/meddling", test_meddling);
  g_test_add_func ("/log-file/reading", test_reading);
  g_test_add_func ("/log-file/full-disk", test_full_disk);
  g_test_add_func ("/log-file/failed-rotation", test_failed_rotation);
  g_test_add_func ("/log-file/interrupted-write", test_interrupted_write);
  g_test_add_func ("/log-file/mark", test_mark);
  return g_test_run ();
}
