/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/loop.h"
#include "util/process.h"

#define ARGV(...) ((const char *const[]) { __VA_ARGS__, NULL })
#define SHELL(script_) ARGV ("/bin/sh", "-c", script_)

static void
run_on_fiber (const void *data)
{
  unsigned int before = fiber_count ();

  fiber_start ("test", NULL, (FiberFunc) (void (*) (void)) data, NULL);
  while (fiber_count () > before)
    loop_turn (1000);
}

/* The output of a child made to @spec; it must succeed. */
static char *
output_of (const ProcessSpec *spec)
{
  g_autoptr (GError) error = NULL;
  g_auto (ProcessResult) result = { 0 };

  process_run (spec, NULL, 0, NULL, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  return g_steal_pointer (&result.output);
}

/* -- Starting --------------------------------------------------------------------- */

/* Only what is named reaches the child: descriptors, environment, signals, folder. */
static void
test_clean (void)
{
  ProcessSpec spec = {
    .argv = SHELL ("pwd; ls /proc/$$/fd | tr '\\n' ' '; echo \"$A-$HOME\"; umask;"
                   "grep -E '^Sig(Blk|Ign)' /proc/self/status"),
    .env = ARGV ("A=b", "PATH=/usr/bin:/bin"),
    .set_umask = true, .umask = 027,
  };
  int leak = open ("/dev/null", O_RDONLY);
  g_autofree char *output = NULL;
  sigset_t blocked, saved;

  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGUSR1);
  pthread_sigmask (SIG_BLOCK, &blocked, &saved);
  output = output_of (&spec);
  pthread_sigmask (SIG_SETMASK, &saved, NULL);
  signal (SIGPIPE, SIG_DFL);
  close (leak);
  /* The shell opens nothing of its own but, with some, the script at 10. */
  g_assert_true (g_str_has_prefix (output, "/\n0 1 2 "));
  g_assert_nonnull (strstr (output, "b-\n0027\n"));
  g_assert_nonnull (strstr (output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
}

/* Sources and targets overlap, cross over and repeat. */
static void
test_fds (void)
{
  static const char *const words[] = { "zero", "one", "two" };
  int fds[3];
  g_autofree char *output = NULL;

  for (int i = 0; i < 3; i++)
    {
      fds[i] = memfd_create (words[i], MFD_CLOEXEC);
      g_assert_cmpint (write (fds[i], words[i], strlen (words[i])), ==, strlen (words[i]));
    }
  const ProcessFd map[] = {
    { fds[0], fds[1] }, { fds[1], fds[0] }, { 7 + fds[2], fds[2] }, { 9 + fds[2], fds[2] },
  };
  g_autofree char *script = g_strdup_printf ("cd /proc/self/fd; cat %d %d %d %d; ls | wc -l",
                                             map[0].child, map[1].child, map[2].child, map[3].child);
  ProcessSpec spec = { .argv = SHELL (script), .fds = map, .n_fds = 4 };

  output = output_of (&spec);
  g_assert_cmpstr (output, ==, "onezerotwotwo7\n");
  for (int i = 0; i < 3; i++)
    close (fds[i]);
}

static void
test_folder_and_session (void)
{
  ProcessSpec spec = {
    .argv = SHELL ("pwd; ps -o sid= -p $$ | tr -d ' \\n'; echo; echo $$"), .cwd = "/usr", .new_session = true,
  };
  g_autofree char *output = output_of (&spec);
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);

  g_assert_cmpstr (lines[0], ==, "/usr");
  g_assert_cmpstr (lines[1], ==, lines[2]);
}

static void
test_limits (void)
{
  const ProcessLimit limits[] = { { RLIMIT_NOFILE, { 33, 44 } }, { RLIMIT_CORE, { 0, 0 } } };
  const int score = 321;
  const uint8_t first_cpu = 1;
  ProcessSpec spec = {
    .argv = SHELL ("ulimit -n; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj;"
                   "grep Cpus_allowed_list /proc/self/status"),
    .limits = limits, .n_limits = 2, .oom_score_adj = &score, .affinity = &first_cpu, .affinity_length = 1,
  };
  g_autofree char *output = output_of (&spec);

  g_assert_cmpstr (output, ==, "33\n44\n0\n321\nCpus_allowed_list:\t0\n");
}

/* The lines of /proc/self/status that @spec's child has. */
static char *
status_of (ProcessSpec spec)
{
  spec.argv = ARGV ("/bin/grep", "-E", "^(Uid|Gid|Groups|Cap|NoNewPrivs)", "/proc/self/status");
  return output_of (&spec);
}

static void
test_user (void)
{
  const gid_t groups[] = { 4321, 8765 };
  ProcessSpec plain = {
    .set_user = true, .uid = 1234, .gid = 5678, .groups = groups, .n_groups = 2, .no_new_privs = true,
  };
  ProcessSpec capable = plain, root = { .limit_caps = true, .keep_caps = 1u << CAP_KILL };
  g_autofree char *as_user = NULL, *as_capable = NULL, *as_root = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can change users");
      return;
    }
  as_user = status_of (plain);
  g_assert_nonnull (strstr (as_user, "Uid:\t1234\t1234\t1234\t1234\nGid:\t5678\t5678\t5678\t5678\n"
                                     "Groups:\t4321 8765 \n"));
  g_assert_nonnull (strstr (as_user, "CapEff:\t0000000000000000\n"));
  g_assert_nonnull (strstr (as_user, "NoNewPrivs:\t1\n"));

  capable.limit_caps = true;
  capable.keep_caps = 1u << CAP_NET_ADMIN;
  as_capable = status_of (capable);
  g_assert_nonnull (strstr (as_capable, "Uid:\t1234\t"));
  g_assert_nonnull (strstr (as_capable, "CapInh:\t0000000000001000\nCapPrm:\t0000000000001000\n"
                                        "CapEff:\t0000000000001000\nCapBnd:\t0000000000001000\n"
                                        "CapAmb:\t0000000000001000\n"));
  as_root = status_of (root);
  g_assert_nonnull (strstr (as_root, "CapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n"
                                     "CapBnd:\t0000000000000020\n"));
  g_assert_nonnull (strstr (as_root, "NoNewPrivs:\t0\n"));
  /* We ourselves are what we were. */
  g_assert_cmpuint (geteuid (), ==, 0);
}

/* Each kind of failure names the step and leaves no child, descriptor or changed signal mask. */
static void
test_failures (void)
{
  static const gid_t no_groups[] = { 0 };
  static const ProcessLimit bad_limit = { 9999, { 0, 0 } };
  static const ProcessFd bad_fd = { 3, 9999 };
  static const uint8_t no_cpu[] = { 0 };
  static const int bad_score = 5000;
  const struct { ProcessSpec spec; const char *what; int errnum; bool root; } mistakes[] = {
    { { .argv = ARGV ("/nonexistent/x") }, "cannot start '/nonexistent/x': executing it", ENOENT },
    { { .argv = ARGV ("no-such-program-here") }, "'no-such-program-here'", ENOENT },
    { { .argv = ARGV ("/etc/passwd") }, "executing it", EACCES },
    { { .argv = ARGV ("/bin/true"), .cwd = "/nonexistent" }, "working folder", ENOENT },
    { { .argv = ARGV ("/bin/true"), .fds = &bad_fd, .n_fds = 1 }, "descriptors", EBADF },
    { { .argv = ARGV ("/bin/true"), .limits = &bad_limit, .n_limits = 1 }, "resource limits", EINVAL },
    { { .argv = ARGV ("/bin/true"), .affinity = no_cpu, .affinity_length = 1 }, "affinity", EINVAL },
    { { .argv = ARGV ("/bin/true"), .oom_score_adj = &bad_score }, "OOM score", EINVAL },
    { { .argv = ARGV ("/bin/true"), .cgroup_dir = "/nonexistent" }, "control group '/nonexistent'", ENOENT },
    { { .argv = ARGV ("/bin/true"), .cgroup_dir = "/etc" }, "control group", ENOENT },
    { { .argv = ARGV ("/bin/true"), .set_user = true, .uid = 1, .groups = no_groups, .n_groups = 1u << 30 },
      "user", EINVAL, true },
  };
  int before = open ("/dev/null", O_RDONLY), after;
  sigset_t saved = { 0 }, now = { 0 };

  close (before);
  pthread_sigmask (SIG_SETMASK, NULL, &saved);
  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;
      pid_t pid = 77;
      int pidfd = 77;

      if (mistakes[i].root && geteuid () != 0)
        continue;
      g_assert_false (process_spawn (&mistakes[i].spec, &pid, &pidfd, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
      g_assert_nonnull (strstr (error->message, mistakes[i].what));
      g_assert_cmpint (virt_error_detail (error)->int1, ==, mistakes[i].errnum);
      g_assert_cmpint (pid, ==, 77);
      g_assert_cmpint (pidfd, ==, 77);
      g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
    }
  pthread_sigmask (SIG_SETMASK, NULL, &now);
  g_assert_cmpmem (&saved, sizeof saved, &now, sizeof now);
  after = open ("/dev/null", O_RDONLY);
  g_assert_cmpint (after, ==, before);
  close (after);
}

static const char *
cgroup_mount (void)
{
  static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *procs = g_build_filename (places[i], "cgroup.procs", NULL);

      if (g_file_test (procs, G_FILE_TEST_EXISTS))
        return places[i];
    }
  return NULL;
}

static void
test_cgroup (void)
{
  const char *mount = cgroup_mount ();
  g_autofree char *name = g_strdup_printf ("virtswarm-test-%d", getpid ());
  g_autofree char *folder = mount != NULL ? g_build_filename (mount, name, NULL) : NULL;
  ProcessSpec spec = { .argv = ARGV ("/bin/grep", "^0::", "/proc/self/cgroup"), .cgroup_dir = folder };
  g_autofree char *output = NULL;

  if (folder == NULL || mkdir (folder, 0755) < 0)
    {
      g_test_skip ("no cgroup v2 that can be written");
      return;
    }
  output = output_of (&spec);
  rmdir (folder);
  g_strchomp (output);
  g_assert_true (g_str_has_suffix (output, name));
}

/* -- Running ---------------------------------------------------------------------------- */

static void
test_output (void)
{
  ProcessSpec spec = { .argv = SHELL ("echo out; echo err >&2; exit 3") };
  g_auto (ProcessResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (process_run (&spec, NULL, 0, NULL, &result, NULL));
  g_assert_cmpmem (result.output, result.output_length, "out\n", 4);
  g_assert_cmpmem (result.errors, result.errors_length, "err\n", 4);
  g_assert_cmpint (WEXITSTATUS (result.status), ==, 3);
  g_assert_false (process_check (&spec, &result, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  g_assert_cmpstr (error->message, ==, "'/bin/sh' ended with status 3: err");
}

static void
test_signal (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (process_run_simple (SHELL ("kill -9 $$"), 5000, NULL, &error));
  g_assert_cmpstr (error->message, ==, "'/bin/sh' ended by signal 9");
}

/* More than the pipes hold, both ways at once. */
static void
test_much_input (void)
{
  size_t length = 600000;
  g_autofree char *input = g_strnfill (length, 'x');
  ProcessSpec spec = { .argv = ARGV ("cat") };
  g_auto (ProcessResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (process_run (&spec, input, length, NULL, &result, &error));
  g_assert_cmpmem (result.output, result.output_length, input, length);
}

static void
test_unread_input (void)
{
  g_autofree char *input = g_strnfill (600000, 'x');
  ProcessSpec deaf = { .argv = ARGV ("/bin/true") }, empty = { .argv = ARGV ("cat") };
  g_auto (ProcessResult) result = { 0 }, nothing = { 0 };

  g_assert_true (process_run (&deaf, input, 600000, NULL, &result, NULL));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_true (process_run (&empty, "", 0, NULL, &nothing, NULL));
  g_assert_cmpstr (nothing.output, ==, "");
}

/* The program and its children are gone soon after @marker can no longer be found. */
static void
assert_gone (const char *marker)
{
  const char *argv[] = { "/usr/bin/pgrep", "-f", marker, NULL };

  for (int i = 0; i < 100; i++)
    {
      ProcessSpec spec = { .argv = argv };
      g_auto (ProcessResult) result = { 0 };

      g_assert_true (process_run (&spec, NULL, 0, NULL, &result, NULL));
      if (WEXITSTATUS (result.status) == 1)
        return;
      fiber_sleep (20, NULL);
    }
  g_assert_not_reached ();
}

static void
test_overrun (void)
{
  g_autofree char *marker = g_strdup_printf ("sleep 54.%d", getpid ());
  g_autofree char *late_script = g_strdup_printf ("%s & %s", marker, marker);
  g_autofree char *loud_script = g_strdup_printf ("yes; %s", marker);
  ProcessSpec late = { .argv = SHELL (late_script) }, loud = { .argv = SHELL (loud_script) };
  ProcessLimits soon = { .deadline = deadline_in_ms (150) }, little = { .output_limit = 100000 };
  g_auto (ProcessResult) result = { 0 };
  g_autoptr (GError) too_late = NULL, too_loud = NULL;
  uint64_t start = loop_now ();

  g_assert_false (process_run (&late, NULL, 0, &soon, &result, &too_late));
  g_assert_error (too_late, VIRT_ERROR, VIR_ERR_OPERATION_TIMEOUT);
  g_assert_nonnull (strstr (too_late->message, "/bin/sh"));
  g_assert_false (process_run (&loud, NULL, 0, &little, &result, &too_loud));
  g_assert_cmpstr (too_loud->message, ==, "'/bin/sh' wrote more than 100000 bytes");
  g_assert_null (result.output);
  g_assert_cmpuint (loop_now () - start, <, 2000000);
  assert_gone (marker);
}

/* A child that goes on in the background with our pipe keeps nobody waiting. */
static void
test_background (void)
{
  g_autofree char *output = NULL;
  uint64_t start = loop_now ();

  g_assert_true (process_run_simple (SHELL ("sleep 3 & echo started"), 5000, &output, NULL));
  g_assert_cmpstr (output, ==, "started\n");
  g_assert_cmpuint (loop_now () - start, <, 2000000);
}

static void
cancelled (void *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (process_run_simple (ARGV ("sleep", "55"), 60000, NULL, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_ABORTED);
}

static void
test_cancel (void)
{
  Fiber *fiber = fiber_start ("to be cancelled", NULL, cancelled, NULL);

  g_assert_true (fiber_sleep (50, NULL));
  fiber_cancel (fiber);
  g_assert_true (fiber_sleep (50, NULL));
}

static void
one_of_many (void *data)
{
  g_autofree char *output = NULL;

  g_assert_true (process_run_simple (ARGV ("echo", "x"), 20000, &output, NULL));
  g_assert_cmpstr (output, ==, "x\n");
}

static void
test_many (void)
{
  FiberGroup group = { 0 };

  for (int i = 0; i < 50; i++)
    group_start (&group, "one of many", NULL, one_of_many, NULL);
  g_assert_true (group_wait (&group, FOREVER, NULL));
}

/* -- Processes ------------------------------------------------------------------------------ */

static int
spawn (const char *const *argv, pid_t *ret_pid)
{
  ProcessSpec spec = { .argv = argv };
  int pidfd = -1;

  g_assert_true (process_spawn (&spec, ret_pid, &pidfd, NULL));
  return pidfd;
}

static void
test_stop (void)
{
  pid_t pid;
  fd_auto int meek = spawn (ARGV ("sleep", "56"), &pid), stubborn = -1;
  fd_auto int stopped = spawn (ARGV ("sleep", "57"), &pid);
  bool killed = true;
  char ready;
  int ends[2];
  const ProcessFd out = { 1, -1 };
  ProcessFd map = out;
  ProcessSpec spec = { .argv = SHELL ("trap '' TERM; echo x; while :; do sleep 1; done"), .fds = &map, .n_fds = 1 };

  g_assert_false (process_ended (meek));
  g_assert_true (process_stop (meek, 1000, deadline_in_ms (5000), &killed, NULL));
  g_assert_false (killed);
  g_assert_true (process_kill (meek, SIGTERM, NULL));

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  map.fd = ends[1];
  g_assert_true (process_spawn (&spec, NULL, &stubborn, NULL));
  g_assert_cmpint (read (ends[0], &ready, 1), ==, 1);
  g_assert_true (process_stop (stubborn, 50, deadline_in_ms (5000), &killed, NULL));
  g_assert_true (killed);
  close (ends[0]);
  close (ends[1]);

  g_assert_true (process_kill (stopped, SIGSTOP, NULL));
  g_assert_true (process_stop (stopped, 0, deadline_in_ms (5000), &killed, NULL));
  g_assert_true (killed);
  g_assert_true (process_ended (stopped));
}

static void
test_identity (void)
{
  pid_t pid = 0;
  fd_auto int child = spawn (ARGV ("sleep", "58"), &pid);
  fd_auto int again = -1;
  g_autoptr (GError) other = NULL, gone = NULL;
  uint64_t started = 0, ours = 0;

  g_assert_false (process_ended (child));
  g_assert_true (process_start_time (pid, &started));
  g_assert_true (process_start_time (getpid (), &ours));
  g_assert_cmpuint (started, >=, ours);
  g_assert_true (process_pidfd_open (pid, started, &again, NULL));
  g_assert_false (process_pidfd_open (pid, started + 1, &again, &other));
  g_assert_cmpint (virt_error_detail (other)->int1, ==, ESRCH);
  g_assert_true (process_stop (again, 0, deadline_in_ms (5000), NULL, NULL));
  g_assert_false (process_start_time (pid, &started));
  g_assert_false (process_pidfd_open (pid, started, &again, &gone));
  g_assert_cmpint (virt_error_detail (gone)->int1, ==, ESRCH);
}

static void
test_usage (void)
{
  ProcessUsage usage = { 0 }, thread = { 0 };
  g_autoptr (GError) error = NULL;
  volatile unsigned int sink = 0;
  uint8_t map[16], first = 1, now;

  do
    {
      for (unsigned int i = 0; i < 10000000; i++)
        sink += i;
      g_assert_true (process_usage (getpid (), 0, &usage, NULL));
    }
  while (usage.user_ns < 20000000 && sink != 1);
  g_assert_cmpuint (usage.rss_kib, >, 500);
  g_assert_cmpint (usage.state, ==, 'R');
  g_assert_true (process_usage (getpid (), gettid (), &thread, NULL));
  g_assert_cmpuint (thread.user_ns, >, 0);
  g_assert_false (process_usage (getpid (), 1, &usage, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);

  g_assert_true (process_get_affinity (0, map, sizeof map, NULL));
  g_assert_true (process_set_affinity (0, &first, 1, NULL));
  g_assert_true (process_get_affinity (0, &now, 1, NULL));
  g_assert_cmpuint (now, ==, 1);
  g_assert_true (process_set_affinity (0, map, sizeof map, NULL));
}

static const struct { const char *path; void (*run) (void); } cases[] = {
  { "/process/clean", test_clean },
  { "/process/fds", test_fds },
  { "/process/folder-and-session", test_folder_and_session },
  { "/process/limits", test_limits },
  { "/process/user", test_user },
  { "/process/failures", test_failures },
  { "/process/cgroup", test_cgroup },
  { "/process/output", test_output },
  { "/process/signal", test_signal },
  { "/process/much-input", test_much_input },
  { "/process/unread-input", test_unread_input },
  { "/process/overrun", test_overrun },
  { "/process/background", test_background },
  { "/process/cancel", test_cancel },
  { "/process/many", test_many },
  { "/process/stop", test_stop },
  { "/process/identity", test_identity },
  { "/process/usage", test_usage },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, (const void *) (void (*) (void)) cases[i].run, run_on_fiber);
  return g_test_run ();
}
