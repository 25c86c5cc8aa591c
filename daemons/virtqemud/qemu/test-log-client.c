/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log client against a real virtlogd (the argument): calls, overlapping calls, virtlogd absent
 * and virtlogd killed between two calls. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "qemu/log-client.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/paths.h"

static const char *program;
static char *root, *log_path, *socket_path;
static const uint8_t uuid[16] = { 1, 2, 3 };

/* ---- virtlogd ---- */

static GPid
start_virtlogd (void)
{
  char *argv[] = { (char *) program, (char *) "--root", root, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_unlink (socket_path);
  g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  for (unsigned int i = 0; i < 2000 && !g_file_test (socket_path, G_FILE_TEST_EXISTS); i++)
    g_assert_true (fiber_sleep (10, NULL));
  g_assert_true (fiber_sleep (50, NULL));
  return pid;
}

static void
kill_virtlogd (GPid pid)
{
  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
check_log (const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (log_path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

/* ---- Cases, each on a fiber ---- */

static void
append (const char *text)
{
  g_autoptr (GError) error = NULL;

  log_client_append ("qemu", "g", uuid, log_path, text, &error);
  g_assert_no_error (error);
}

static void
body_absent (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (log_client_append ("qemu", "g", uuid, log_path, "x", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_nonnull (strstr (error->message, socket_path));
  g_assert_nonnull (strstr (error->message, "virtlogd.socket"));
}

static void
body_calls (void)
{
  GPid pid = start_virtlogd ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) busy = NULL;
  g_autofree char *text = NULL;
  LogPosition start, end;
  fd_auto int fd = -1;

  append ("one\n");
  fd = log_client_open ("qemu", "g", uuid, log_path, false, &start, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (start.offset, ==, 4);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (fcntl (fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), ==, O_WRONLY);
  g_assert_cmpint (log_client_open ("qemu", "g", uuid, log_path, false, NULL, &busy), ==, -1);
  g_assert_error (busy, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (write (fd, "two\n", 4), ==, 4);
  log_client_position (log_path, &end, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (end.inode, ==, start.inode);
  g_assert_cmpuint (end.offset, ==, 8);
  log_client_read (log_path, &start, 100, &text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "two\n");
  kill_virtlogd (pid);
}

static void
append_one (void *data)
{
  append (data);
}

static void
body_overlapping (void)
{
  GPid pid = start_virtlogd ();
  FiberGroup group = { 0 };
  struct stat info;

  for (unsigned int i = 0; i < 50; i++)
    group_start (&group, "append", NULL, append_one, (void *) "four");
  g_assert_true (group_wait (&group, deadline_in_ms (20000), NULL));
  g_assert_no_errno (stat (log_path, &info));
  g_assert_cmpint (info.st_size, ==, 200);
  kill_virtlogd (pid);
}

static void
body_restarted (void)
{
  GPid pid = start_virtlogd ();

  append ("before\n");
  kill_virtlogd (pid);
  pid = start_virtlogd ();
  append ("after\n");
  check_log ("before\nafter\n");
  kill_virtlogd (pid);
}

static void
body_without (void)
{
  g_autofree char *missing = g_build_filename (root, "none", "a.log", NULL);
  g_autoptr (GError) error = NULL;
  fd_auto int fd = log_file_open (log_path, false, &error);

  g_assert_no_error (error);
  g_assert_cmpint (write (fd, "guest\n", 6), ==, 6);
  log_file_append (log_path, "daemon\n", &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (fd, "guest\n", 6), ==, 6);
  check_log ("guest\ndaemon\nguest\n");
  fd_clear (&fd);
  fd = log_file_open (log_path, true, &error);
  g_assert_no_error (error);
  check_log ("");
  g_assert_cmpint (log_file_open (missing, false, &error), ==, -1);
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
}

typedef struct
{
  void (*body) (void);
  bool done;
} Run;

static void
run_body (void *data)
{
  Run *run = data;

  run->body ();
  run->done = true;
}

static void
run_case (gconstpointer data)
{
  Run run = { (void (*) (void)) data, false };

  g_unlink (log_path);
  fiber_start ("test", NULL, run_body, &run);
  while (!run.done)
    loop_turn (1000);
}

static int
remove_all (void)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", root);

  return system (command);
}

int
main (int argc, char **argv)
{
  static const struct { const char *path; void (*body) (void); } cases[] = {
    { "/log-client/absent", body_absent },
    { "/log-client/calls", body_calls },
    { "/log-client/overlapping", body_overlapping },
    { "/log-client/restarted", body_restarted },
    { "/log-client/without-virtlogd", body_without },
  };
  g_autofree char *logs = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  program = argv[1];
  root = g_dir_make_tmp ("log-client-XXXXXX", NULL);
  path_init (root, geteuid () != 0);
  logs = path_make (PATH_LOG, "%s", "qemu");
  log_path = g_build_filename (logs, "g.log", NULL);
  socket_path = path_make (PATH_RUN, "virtlogd-sock");
  g_assert_no_errno (g_mkdir_with_parents (logs, 0700));
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, (gconstpointer) cases[i].body, run_case);
  status = g_test_run ();
  g_assert_cmpint (remove_all (), ==, 0);
  g_free (log_path);
  g_free (socket_path);
  g_free (root);
  return status;
}
