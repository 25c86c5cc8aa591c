/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/log-output.h"
#include "util/log.h"

#define LOG_CATEGORY "test.log"

static char *folder;

static void
set (bool (*setter) (const char *, GError **), const char *text)
{
  g_autoptr (GError) error = NULL;

  setter (text, &error);
  g_assert_no_error (error);
}

static void
log_to_file (const char *path)
{
  g_autofree char *outputs = g_strconcat ("1:file:", path, NULL);

  set (log_set_filters, "");
  g_assert_true (log_set_level (LOG_LEVEL_WARNING, NULL));
  set (log_set_outputs, outputs);
}

static char *
take_file (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (truncate (path, 0), ==, 0);
  return text;
}

/* -- Filters and levels --------------------------------------------------------------- */

static const struct { const char *set, *get; } filters[] = {
  { "1:util", "1:*util*" },
  { "1:*util* 3:rpc", "1:*util* 3:*rpc*" },
  { " 1:a  4:b ", "1:*a* 4:*b*" },
  { "", "" },
  { "1:+util", "1:*util*" },
  { "1:a?b", "1:*a?b*" },
  { "1:*", "1:*" },
  { "2:qemu.*.x", "2:*qemu.*.x*" },
};
static const char *const bad_filters[] = { "0:x", "5:x", "1x", "1:", "x:a", "1:a 9:b", ":a", "-1:a", "1:+" };

static void
test_filter_forms (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *got = NULL, *again = NULL;

      set (log_set_filters, filters[i].set);
      got = log_get_filters ();
      g_assert_cmpstr (got, ==, filters[i].get);
      set (log_set_filters, got);
      again = log_get_filters ();
      g_assert_cmpstr (again, ==, got);
    }
  set (log_set_filters, "2:kept");
  for (unsigned int i = 0; i < G_N_ELEMENTS (bad_filters); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *kept = NULL;

      g_assert_false (log_set_filters (bad_filters[i], &error));
      g_assert_error (error, VIRT_ERROR, VIR_ERR_INVALID_ARG);
      kept = log_get_filters ();
      g_assert_cmpstr (kept, ==, "2:*kept*");
    }
}

static unsigned int evaluated;

static int
evaluate (void)
{
  return (int) ++evaluated;
}

static void
test_levels (void)
{
  g_autofree char *path = g_build_filename (folder, "levels.log", NULL);
  g_autofree char *quiet = NULL, *loud = NULL, *other = NULL, *muted = NULL;

  g_assert_false (log_set_level (0, NULL));
  g_assert_false (log_set_level (5, NULL));
  log_to_file (path);
  evaluated = 0;
  log_info ("not shown %d", evaluate ());
  g_assert_cmpuint (evaluated, ==, 0);
  log_warning ("shown");
  quiet = take_file (path);
  g_assert_null (strstr (quiet, "not shown"));
  g_assert_nonnull (strstr (quiet, "shown\n"));

  set (log_set_filters, "1:test");
  log_debug ("debugging %d", evaluate ());
  loud = take_file (path);
  g_assert_nonnull (strstr (loud, ": debug : test_levels:"));
  g_assert_nonnull (strstr (loud, " : debugging 1\n"));

  set (log_set_filters, "1:other");
  log_info ("nothing");
  other = take_file (path);
  g_assert_cmpstr (other, ==, "");

  set (log_set_filters, "4:test.l 1:test");
  log_warning ("the first filter that matches counts");
  muted = take_file (path);
  g_assert_cmpstr (muted, ==, "");
}

/* -- Outputs ------------------------------------------------------------------------------- */

static const char *const bad_outputs[] = {
  "1:file", "1:file:", "1:syslog", "1:journald:x", "1:stderr:x", "1:foo", "9:stderr", "stderr", "1:", "1:stderr 2:foo",
};

static void
test_output_forms (void)
{
  g_autofree char *path = g_build_filename (folder, "a.log", NULL);
  g_autofree char *outputs = g_strdup_printf ("1:file:%s 2:stderr 3:syslog:me 4:journald 3:file:%s", path, path);
  g_autofree char *wanted = g_strdup_printf ("2:stderr 3:syslog:me 4:journald 3:file:%s", path);
  g_autofree char *lost = g_strdup_printf ("1:file:%s/none/x", folder);
  g_autofree char *got = NULL, *kept = NULL, *standard = NULL;
  g_autoptr (GError) error = NULL;

  set (log_set_outputs, outputs);
  got = log_get_outputs ();
  g_assert_cmpstr (got, ==, wanted);
  for (unsigned int i = 0; i < G_N_ELEMENTS (bad_outputs); i++)
    {
      g_autoptr (GError) bad = NULL;

      g_assert_false (log_set_outputs (bad_outputs[i], &bad));
      g_assert_error (bad, VIRT_ERROR, VIR_ERR_INVALID_ARG);
    }
  g_assert_false (log_set_outputs (lost, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  kept = log_get_outputs ();
  g_assert_cmpstr (kept, ==, wanted);
  set (log_set_outputs, " ");
  standard = log_get_outputs ();
  g_assert_cmpstr (standard, ==, "1:stderr");
}

static void
test_line (void)
{
  g_autofree char *path = g_build_filename (folder, "line.log", NULL);
  g_autofree char *text = NULL, *thread = g_strdup_printf ("%d: warning : test_line:", getpid ());

  log_to_file (path);
  errno = ENOENT;
  log_warning ("one\ntwo: %m");
  g_assert_cmpint (errno, ==, ENOENT);
  text = take_file (path);
  g_assert_true (g_regex_match_simple (
    "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+0000: \\d+: warning : test_line:\\d+ : one\n"
    "\ttwo: No such file or directory\n$", text, 0, 0));
  g_assert_nonnull (strstr (text, thread));
}

static void
test_reopen (void)
{
  g_autofree char *path = g_build_filename (folder, "r.log", NULL), *moved = g_strconcat (path, ".1", NULL);
  g_autofree char *old = NULL, *new = NULL;

  log_to_file (path);
  log_error ("first");
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  log_error ("second");
  log_reopen ();
  log_error ("third");
  old = take_file (moved);
  new = take_file (path);
  g_assert_true (strstr (old, "first") != NULL && strstr (old, "second") != NULL && strstr (old, "third") == NULL);
  g_assert_true (strstr (new, "third") != NULL);
}

/* A reader that never reads must not stop us, and later lines are whole again. */
static void
test_full_pipe (void)
{
  int ends[2];
  int saved = dup (STDERR_FILENO);
  char chunk[4096];
  g_autoptr (GString) rest = g_string_new (NULL);
  ssize_t n;

  g_assert_cmpint (pipe (ends), ==, 0);
  dup2 (ends[1], STDERR_FILENO);
  set (log_set_outputs, "1:stderr");
  for (int i = 0; i < 5000; i++)
    log_error ("line %d of those that fill a pipe", i);
  g_assert_cmpint (fcntl (ends[1], F_GETFL) & O_NONBLOCK, ==, 0);
  fcntl (ends[0], F_SETFL, O_NONBLOCK);
  while ((n = read (ends[0], chunk, sizeof chunk)) > 0)
    ;
  log_error ("after");
  while ((n = read (ends[0], chunk, sizeof chunk)) > 0)
    g_string_append_len (rest, chunk, n);
  dup2 (saved, STDERR_FILENO);
  set (log_set_outputs, "");
  close (saved);
  close (ends[0]);
  close (ends[1]);
  g_assert_true (g_str_has_suffix (rest->str, " : after\n"));
}

/* -- Datagrams -------------------------------------------------------------------------------- */

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
test_journal (void)
{
  g_autofree char *path = g_build_filename (folder, "journal", NULL);
  fd_auto int fd = -1;
  char entry[4096];
  ssize_t n;

  log_journal_socket = path;
  set (log_set_outputs, "1:journald");
  log_error ("nobody listens");
  fd = listen_at (path);
  log_error ("one\ntwo");
  n = recv (fd, entry, sizeof entry - 1, 0);
  g_assert_cmpint (n, >, 0);
  entry[n] = '\0';
  g_assert_cmpmem (entry, 24, "MESSAGE\n\x07\0\0\0\0\0\0\0one\ntwo\n", 24);
  for (unsigned int i = 0; i < 5; i++)
    {
      static const char *const fields[] = { "\nPRIORITY=3\n", "\nVIRTSWARM_CATEGORY=test.log\n",
                                            "\nLIBVIRT_SOURCE=test.log\n", "\nCODE_FUNC=test_journal\n",
                                            "test-log.c\n" };

      g_assert_nonnull (memmem (entry, (size_t) n, fields[i], strlen (fields[i])));
    }
  /* Nobody reads: no call waits. */
  for (int i = 0; i < 5000; i++)
    log_error ("entry %d", i);
  set (log_set_outputs, "");
  log_journal_socket = "/run/systemd/journal/socket";
}

static void
test_syslog (void)
{
  g_autofree char *path = g_build_filename (folder, "syslog", NULL);
  g_autofree char *wanted = g_strdup_printf ("<28>me[%d]: careful", getpid ());
  fd_auto int fd = listen_at (path);
  char entry[256];
  ssize_t n;

  log_syslog_socket = path;
  set (log_set_outputs, "1:syslog:me");
  log_warning ("careful");
  n = recv (fd, entry, sizeof entry - 1, 0);
  g_assert_cmpint (n, >, 0);
  entry[n] = '\0';
  g_assert_cmpstr (entry, ==, wanted);
  set (log_set_outputs, "");
  log_syslog_socket = "/dev/log";
}

static void
test_default_output (void)
{
  g_autofree char *socket_path = g_build_filename (folder, "default-journal", NULL);
  g_autofree char *file = g_build_filename (folder, "daemon.log", NULL);
  g_autofree char *in_file = g_strconcat ("1:file:", file, NULL);
  g_autofree char *without = NULL, *foreground = NULL, *with = NULL, *chosen = NULL;
  fd_auto int fd = -1;

  log_journal_socket = socket_path;
  g_assert_true (log_init ("virttestd", true, file, NULL));
  without = log_get_outputs ();
  g_assert_cmpstr (without, ==, in_file);
  g_assert_true (log_init ("virttestd", false, file, NULL));
  foreground = log_get_outputs ();
  g_assert_cmpstr (foreground, ==, "1:stderr");
  fd = listen_at (socket_path);
  g_assert_true (log_init ("virttestd", true, file, NULL));
  with = log_get_outputs ();
  g_assert_cmpstr (with, ==, "1:journald");
  set (log_set_outputs, "2:syslog:x");
  g_assert_true (log_init ("virttestd", true, file, NULL));
  chosen = log_get_outputs ();
  g_assert_cmpstr (chosen, ==, "2:syslog:x");
  log_journal_socket = "/run/systemd/journal/socket";
  set (log_set_outputs, "1:stderr");
}

/* -- Threads -------------------------------------------------------------------------------------- */

static int stop;

static void *
chatter (void *data)
{
  while (!__atomic_load_n (&stop, __ATOMIC_RELAXED))
    log_info ("from a thread");
  return NULL;
}

/* The configuration changes under threads that log; sanitizers watch. */
static void
test_threads (void)
{
  g_autofree char *path = g_build_filename (folder, "threads.log", NULL);
  GThread *threads[3];
  GStatBuf written;
  g_autofree char *text = NULL;

  log_to_file (path);
  for (unsigned int i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("chatter", chatter, NULL);
  for (int i = 0; i < 300; i++)
    {
      set (log_set_filters, i % 2 == 0 ? "1:test" : "2:log 3:other");
      log_reopen ();
    }
  /* On a busy machine the threads may not have run yet. */
  set (log_set_filters, "1:test");
  for (int i = 0; i < 10000 && (g_stat (path, &written) != 0 || written.st_size == 0); i++)
    g_usleep (1000);
  __atomic_store_n (&stop, 1, __ATOMIC_RELAXED);
  for (unsigned int i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  text = take_file (path);
  g_assert_nonnull (strstr (text, "from a thread\n"));
  /* One write a line: none is torn. */
  g_assert_false (g_regex_match_simple ("^(?!\\d{4}-.* : from a thread$).", text, G_REGEX_MULTILINE, 0));
}

int
main (int argc, char **argv)
{
  const char *remove[] = { "rm", "-rf", NULL, NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("test-log-XXXXXX", NULL);
  g_test_add_func ("/log/filter-forms", test_filter_forms);
  g_test_add_func ("/log/levels", test_levels);
  g_test_add_func ("/log/output-forms", test_output_forms);
  g_test_add_func ("/log/line", test_line);
  g_test_add_func ("/log/reopen", test_reopen);
  g_test_add_func ("/log/full-pipe", test_full_pipe);
  g_test_add_func ("/log/journal", test_journal);
  g_test_add_func ("/log/syslog", test_syslog);
  g_test_add_func ("/log/default-output", test_default_output);
  g_test_add_func ("/log/threads", test_threads);
  status = g_test_run ();
  remove[2] = folder;
  g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (folder);
  return status;
}
