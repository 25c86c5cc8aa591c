/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes drained into logs: order, second writers, a full and a slow disk, and kills at any
 * moment, after which every byte must be in the log once. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/daemon.h"
#include "guest-log-private.h"
#include "test-dir.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"

static char *dir, *log_path, *state_dir;
static LogLimits limits = { .max_size = 0, .max_backups = 3 };
static const LogOwner owner = { .driver = "qemu", .guest = "g" };

/* ---- The descriptor store is this test ---- */

static GHashTable *store;

bool
daemon_store_fd (const char *name, int fd)
{
  g_hash_table_insert (store, g_strdup (name), GINT_TO_POINTER (dup (fd)));
  return true;
}

void
daemon_forget_fd (const char *name)
{
  void *key, *value;

  if (g_hash_table_steal_extended (store, name, &key, &value))
    {
      close (GPOINTER_TO_INT (value));
      g_free (key);
    }
}

/* ---- Running on a fiber ---- */

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
make_dirs (void)
{
  dir = test_dir_new ();
  log_path = g_build_filename (dir, "g.log", NULL);
  state_dir = g_build_filename (dir, "state", NULL);
}

static void
remove_dirs (void)
{
  test_dir_remove (dir);
  g_clear_pointer (&dir, g_free);
  g_clear_pointer (&log_path, g_free);
  g_clear_pointer (&state_dir, g_free);
}

static void
run_on_fiber (void (*body) (void))
{
  Run run = { body, false };

  make_dirs ();
  guest_logs_init (dir, &limits, state_dir);
  fiber_start ("test", NULL, run_body, &run);
  while (!run.done || fiber_count () > 0)
    loop_turn (1000);
  g_assert_false (guest_logs_busy ());
  g_assert_cmpuint (g_hash_table_size (store), ==, 0);
  remove_dirs ();
}

static int
open_log (bool truncate)
{
  g_autoptr (GError) error = NULL;
  LogPlace place;
  int fd = guest_log_open (&owner, log_path, truncate, &place, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpuint (place.inode, ==, test_dir_inode (dir, "g.log"));
  return fd;
}

static void
write_text (int fd, const char *text)
{
  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
}

static void
wait_until_idle (void)
{
  for (unsigned int i = 0; i < 10000 && guest_logs_busy (); i++)
    g_assert_true (fiber_sleep (1, NULL));
  g_assert_false (guest_logs_busy ());
}

/* ---- Plain work ---- */

static void
body_drain (void)
{
  int fd = open_log (false);

  g_assert_cmpuint (g_hash_table_size (store), ==, 1);
  write_text (fd, "one\n");
  g_assert_true (fiber_sleep (20, NULL));
  test_dir_check (dir, "g.log", "one\n");
  g_assert_true (guest_logs_busy ());
  write_text (fd, "two\n");
  close (fd);
  wait_until_idle ();
  test_dir_check (dir, "g.log", "one\ntwo\n");
  test_dir_check (state_dir, "log-1.json", NULL);
}

static void
body_order (void)
{
  int fd = open_log (false);
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  LogPlace place;
  size_t length;

  write_text (fd, "from the guest\n");
  guest_log_append (log_path, "appended\n", &error);
  g_assert_no_error (error);
  write_text (fd, "more\n");
  guest_log_place (log_path, &place, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (place.offset, ==, 29);
  write_text (fd, "last");
  place.offset = 24;
  guest_log_read (log_path, place, 100, &data, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (data, ==, "more\nlast");
  close (fd);
  wait_until_idle ();
  test_dir_check (dir, "g.log", "from the guest\nappended\nmore\nlast");
}

static void
body_second_writer (void)
{
  int fd = open_log (false);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) closed = NULL;
  LogPlace place;

  g_assert_cmpint (guest_log_open (&owner, log_path, false, &place, &error), ==, -1);
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (virt_error_detail (error)->int1, ==, EBUSY);
  write_text (fd, "first\n");
  close (fd);
  fd = open_log (false);                        /* at once: what the first wrote is not lost */
  write_text (fd, "second\n");
  close (fd);
  wait_until_idle ();
  test_dir_check (dir, "g.log", "first\nsecond\n");
  fd = open_log (true);
  write_text (fd, "third\n");
  close (fd);
  wait_until_idle ();
  test_dir_check (dir, "g.log", "third\n");
  g_assert_false (guest_log_place (log_path, &place, &closed));
  g_assert_error (closed, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
}

static void
body_append_closed (void)
{
  g_autoptr (GError) error = NULL;

  guest_log_append (log_path, "a", &error);
  g_assert_no_error (error);
  guest_log_append (log_path, "b", &error);
  g_assert_no_error (error);
  test_dir_check (dir, "g.log", "ab");
}

/* ---- Disks ---- */

static gint disk_errno, disk_delay_ms;

static ssize_t
disk_write (int fd, const void *data, size_t length)
{
  int delay = g_atomic_int_get (&disk_delay_ms), errnum = g_atomic_int_get (&disk_errno);

  if (delay > 0)
    g_usleep ((gulong) delay * 1000);
  if (errnum == 0)
    return write (fd, data, length);
  errno = errnum;
  return -1;
}

/* Numbered lines of 16 bytes, as many as fit into @size; the guest would have to wait for
 * no more than @max_wait_ms in all. */
static void
flood (int fd, size_t size, unsigned int max_wait_ms)
{
  unsigned int waited = 0;

  fcntl (fd, F_SETFL, O_NONBLOCK);
  for (size_t i = 0; i < size / 16; i++)
    {
      g_autofree char *line = g_strdup_printf ("line %010zu\n", i);

      while (write (fd, line, 16) != 16)
        {
          g_assert_cmpint (errno, ==, EAGAIN);
          g_assert_cmpuint (waited++, <, max_wait_ms);
          g_assert_true (fiber_sleep (1, NULL));
        }
      if (i % 512 == 0)
        g_assert_true (fiber_yield (NULL));
    }
}

/* Of @size bytes written each is in the log or in the count of a loss line, and the newest lines
 * are there. Returns how many bytes the log says are lost. */
static uint64_t
check_flood (size_t size)
{
  g_autofree char *text = test_dir_text (dir, "g.log");
  const char *rest = text, *loss;
  size_t kept = 0, length;
  uint64_t lost = 0;

  while ((loss = strstr (rest, "virtlogd: ")) != NULL)
    {
      /* The loss line begins with a newline of its own. */
      kept += (size_t) (g_strrstr_len (rest, loss - rest, "\n") - rest);
      lost += g_ascii_strtoull (loss + strlen ("virtlogd: "), NULL, 10);
      rest = strchr (loss, '\n') + 1;
    }
  length = strlen (rest);
  g_assert_cmpuint (kept + lost + length, ==, size);
  g_assert_cmpuint (length, >=, MIN (size, 64 * 1024));
  for (size_t i = size / 16; i > (size - length) / 16; i--)
    {
      g_autofree char *line = g_strdup_printf ("line %010zu\n", i - 1);

      g_assert_cmpint (memcmp (rest + length - (size / 16 - i + 1) * 16, line, 16), ==, 0);
    }
  return lost;
}

/* A guest that is faster than the disk loses nothing. */
static void
body_fast_guest (void)
{
  int fd = open_log (false);

  flood (fd, 8 * 1024 * 1024, 5000);
  close (fd);
  wait_until_idle ();
  g_assert_cmpuint (check_flood (8 * 1024 * 1024), ==, 0);
}

static void
body_full_disk (void)
{
  const size_t size = 2 * 1024 * 1024;
  int fd = open_log (false);
  uint64_t lost;

  g_atomic_int_set (&disk_errno, ENOSPC);
  flood (fd, size, 50);
  test_dir_check (dir, "g.log", "");
  g_atomic_int_set (&disk_errno, 0);
  close (fd);
  wait_until_idle ();
  lost = check_flood (size);
  g_assert_cmpuint (lost, <=, size - GUEST_LOG_HELD_MAX);       /* the pipe has some, too */
  g_assert_cmpuint (lost, >, size - GUEST_LOG_HELD_MAX - 1024 * 1024);
}

static void
body_full_for_a_moment (void)
{
  int fd = open_log (false);

  g_atomic_int_set (&disk_errno, ENOSPC);
  flood (fd, 100 * 1024, 0);
  g_assert_true (fiber_sleep (30, NULL));
  g_atomic_int_set (&disk_errno, 0);
  close (fd);
  wait_until_idle ();
  g_assert_cmpuint (check_flood (100 * 1024), ==, 0);
}

/* A new guest starts while the disk is full: it must not be refused. */
static void
body_full_and_reopened (void)
{
  int fd = open_log (false);

  g_atomic_int_set (&disk_errno, ENOSPC);
  write_text (fd, "old\n");
  g_assert_true (fiber_sleep (30, NULL));
  close (fd);
  fd = open_log (false);
  write_text (fd, "new\n");
  g_assert_true (fiber_sleep (30, NULL));
  g_atomic_int_set (&disk_errno, 0);
  close (fd);
  wait_until_idle ();
  test_dir_check (dir, "g.log", "old\nnew\n");
}

static void
body_slow_disk (void)
{
  int fd = open_log (false);

  g_atomic_int_set (&disk_delay_ms, 300);
  write_text (fd, "");
  flood (fd, 1024 * 1024, 100);
  g_atomic_int_set (&disk_delay_ms, 0);
  close (fd);
  wait_until_idle ();
  check_flood (1024 * 1024);
}

static void
body_rotation (void)
{
  int fd = open_log (false);
  size_t total = 0;

  flood (fd, 256 * 1024, 5000);
  close (fd);
  wait_until_idle ();
  for (int i = -1; i < 2; i++)
    {
      g_autofree char *name = i < 0 ? g_strdup ("g.log") : g_strdup_printf ("g.log.%d", i);
      g_autofree char *text = test_dir_text (dir, name);

      g_assert_nonnull (text);
      g_assert_cmpuint (strlen (text), <=, 100000);
      total += strlen (text);
    }
  g_assert_cmpuint (total, ==, 256 * 1024);
}

/* ---- Kills ---- */

static bool recovered;

static void
recover (void *data)
{
  guest_logs_recover ();
  recovered = true;
}

/* An instance of the daemon that is given the pipe by the store, until it is killed or
 * the log has ended. */
static G_GNUC_NORETURN void
instance (int pipe)
{
  signal (SIGALRM, SIG_DFL);
  alarm (60);
  store = g_hash_table_new (g_str_hash, g_str_equal);
  guest_logs_init (dir, &limits, state_dir);
  guest_logs_restore_fd ("log-7", pipe);
  fiber_start ("recover", NULL, recover, NULL);
  while (!recovered || guest_logs_busy () || fiber_count () > 0)
    loop_turn (1000);
  _exit (0);
}

static G_GNUC_NORETURN void
writer (int fd, unsigned int lines)
{
  char line[17];

  for (unsigned int i = 0; i < lines; i++)
    {
      snprintf (line, sizeof line, "line %010u\n", i);
      if (write (fd, line, 16) != 16)
        _exit (1);
      if (i % 300 == 0)
        g_usleep (2000);
    }
  _exit (0);
}

static pid_t
start_instance (const int *ends)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      close (ends[1]);
      instance (ends[0]);
    }
  return pid;
}

static void
write_state (void)
{
  g_autofree char *text = g_strdup_printf ("{\"path\": \"%s\", \"guest\": \"g\"}", log_path);
  g_autofree char *path = g_build_filename (state_dir, "log-7.json", NULL);

  g_assert_no_errno (g_mkdir (state_dir, 0700));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_kills (void)
{
  const unsigned int lines = 120000;
  g_autofree char *text = NULL;
  unsigned int kills = 0;
  pid_t writer_pid;
  int ends[2], status;

  make_dirs ();
  write_state ();
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  g_assert_cmpint (fcntl (ends[0], F_SETPIPE_SZ, 1024 * 1024), >, 0);
  writer_pid = fork ();
  if (writer_pid == 0)
    writer (ends[1], lines);
  while (waitpid (writer_pid, &status, WNOHANG) == 0)
    {
      pid_t pid = start_instance (ends);

      g_usleep ((gulong) g_test_rand_int_range (500, 12000));
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
      kills++;
    }
  g_assert_cmpint (status, ==, 0);
  close (ends[1]);
  ends[1] = -1;
  waitpid (start_instance (ends), &status, 0);
  g_assert_cmpint (status, ==, 0);
  text = test_dir_text (dir, "g.log");
  g_test_message ("%u kills", kills);
  g_assert_cmpuint (kills, >, 5);
  g_assert_cmpuint (strlen (text), ==, lines * 16);
  for (unsigned int i = 0; i < lines; i++)
    g_assert_cmpuint (g_ascii_strtoull (text + i * 16 + 5, NULL, 10), ==, i);
  test_dir_check (state_dir, "log-7.json", NULL);
  close (ends[0]);
  remove_dirs ();
}

static void
body_unknown_descriptors (void)
{
  int ends[2];

  g_assert_no_errno (g_mkdir (state_dir, 0700));
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  guest_logs_restore_fd ("nonsense", ends[0]);
  guest_logs_recover ();
  g_assert_cmpint (fcntl (ends[0], F_GETFD), ==, -1);
  close (ends[1]);
}

static void
body_damaged_state (void)
{
  static const char *const texts[] = {
    "", "{", "{}", "[]", "{\"path\": 1, \"guest\": \"g\"}", "{\"path\": \"/g.log\"}",
  };

  g_assert_no_errno (g_mkdir (state_dir, 0700));
  for (unsigned int i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = g_build_filename (state_dir, "log-9.json", NULL);
      int ends[2];

      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
      guest_logs_restore_fd ("log-9", ends[0]);
      guest_logs_recover ();
      g_assert_cmpint (fcntl (ends[0], F_GETFD), ==, -1);
      close (ends[1]);
      wait_until_idle ();
      test_dir_check (state_dir, "log-9.json", NULL);
    }
}

static const struct
{
  const char *path;
  void (*body) (void);
  uint64_t max_size;
} cases[] = {
  { "/guest-log/drain", body_drain },
  { "/guest-log/order", body_order },
  { "/guest-log/second-writer", body_second_writer },
  { "/guest-log/append-closed", body_append_closed },
  { "/guest-log/fast-guest", body_fast_guest },
  { "/guest-log/full-disk", body_full_disk },
  { "/guest-log/full-for-a-moment", body_full_for_a_moment },
  { "/guest-log/full-and-reopened", body_full_and_reopened },
  { "/guest-log/slow-disk", body_slow_disk },
  { "/guest-log/rotation", body_rotation, 100000 },
  { "/guest-log/unknown-descriptors", body_unknown_descriptors },
  { "/guest-log/damaged-state", body_damaged_state },
};

static void
test_case (gconstpointer data)
{
  unsigned int i = GPOINTER_TO_UINT (data);

  limits.max_size = cases[i].max_size;
  run_on_fiber (cases[i].body);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store = g_hash_table_new (g_str_hash, g_str_equal);
  log_file_host.write = disk_write;
  log_set_level (LOG_LEVEL_ERROR, NULL);
  /* First: it forks, and the loop of this process must not exist yet. */
  g_test_add_func ("/guest-log/kills", test_kills);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GUINT_TO_POINTER (i), test_case);
  return g_test_run ();
}
