/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_CATEGORY "daemon.main"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/admin.h"
#include "daemon/daemon-private.h"
#include "protocol/admin.h"
#include "protocol/swarm.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/host.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"

#define MAX_PROGRAMS 8
#define PID_LOCK_TRIES 50
#define PID_LOCK_PAUSE_US 10000

static struct
{
  const DaemonSpec *spec;
  DaemonOptions options;
  DaemonSettings settings;
  bool settings_loaded;
  Conf *conf;
  GArray *sockets;              /* DaemonSocket; NULL once they listen */
  Server *servers[2];           /* main, admin */
  unsigned int n_servers;
  const RpcProgram *programs[MAX_PROGRAMS];
  ServerOps main_ops, admin_ops;
  int ready_pipe;               /* of the parent that waits for a background daemon */
  unsigned int timeout;
  sd_event_source *idle_timer;
  bool ready, stopping;
} self = { .ready_pipe = -1 };

const DaemonSpec *
daemon_spec (void)
{
  return self.spec;
}

const DaemonSettings *
daemon_settings (void)
{
  return self.settings_loaded ? &self.settings : NULL;
}

Server *const *
daemon_servers (unsigned int *ret_n)
{
  *ret_n = self.n_servers;
  return self.servers;
}

/* ---- idle exit ---- */

static unsigned int
count_clients (void)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < self.n_servers; i++)
    n += server_use (self.servers[i]).clients;
  return n;
}

static int
on_idle (sd_event_source *source, uint64_t usec, void *data)
{
  if (count_clients () > 0)
    return 0;
  if (self.spec->busy != NULL && self.spec->busy ())
    {
      daemon_set_timeout (self.timeout);
      return 0;
    }
  log_info ("nobody has needed %s for %u s", self.spec->name, self.timeout);
  daemon_begin_shutdown ();
  return 0;
}

void
daemon_set_timeout (unsigned int seconds)
{
  self.timeout = seconds;
  if (self.idle_timer != NULL)
    self.idle_timer = sd_event_source_disable_unref (self.idle_timer);
  if (seconds == 0 || !self.ready || count_clients () > 0)
    return;
  sd_event_add_time (loop_event (), &self.idle_timer, CLOCK_MONOTONIC,
                     loop_now () + (uint64_t) seconds * G_USEC_PER_SEC, 0, on_idle, NULL);
  sd_event_source_set_description (self.idle_timer, "idle exit");
}

unsigned int
daemon_timeout (void)
{
  return self.timeout;
}

/* The count starts when the last client leaves. */
static void
on_clients_changed (Server *server)
{
  if (self.timeout > 0)
    daemon_set_timeout (self.timeout);
}

void
daemon_begin_shutdown (void)
{
  if (self.stopping)
    return;
  self.stopping = true;
  /* Whoever comes from now on waits in the sockets for the next instance. */
  for (unsigned int i = 0; i < self.n_servers; i++)
    server_stop_listening (self.servers[i]);
  daemon_notify ("STOPPING=1");
  loop_quit (EXIT_OK);
}

/* ---- signals ---- */

static int
on_stop_signal (sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
  log_info ("stopping on signal %u", info->ssi_signo);
  daemon_begin_shutdown ();
  return 0;
}

static void
reload_main (void *data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Conf) conf = conf_load (conf_name (self.conf), false, &error);

  if (conf == NULL)
    log_error ("the configuration stays as it was: %s", error->message);
  else if (self.spec->reload != NULL)
    self.spec->reload (conf);
  daemon_notify ("READY=1");
}

static int
on_reload_signal (sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
  daemon_notify ("RELOADING=1");
  log_reopen ();
  fiber_start ("reload", NULL, reload_main, NULL);
  return 0;
}

static bool
watch_signals (GError **error)
{
  const struct { int number; sd_event_signal_handler_t handler; } rows[] = {
    { SIGTERM, on_stop_signal }, { SIGINT, on_stop_signal }, { SIGQUIT, on_stop_signal },
    { SIGHUP, on_reload_signal },
  };
  sigset_t mask;

  sigemptyset (&mask);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    sigaddset (&mask, rows[i].number);
  signal (SIGPIPE, SIG_IGN);
  if (sigprocmask (SIG_BLOCK, &mask, NULL) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot block signals");
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int r = sd_event_add_signal (loop_event (), NULL, rows[i].number, rows[i].handler, NULL);

      if (r < 0)
        return fail_errno (error, VIR_FROM_NONE, -r, "cannot watch signal %d", rows[i].number);
    }
  return true;
}

/* ---- background and pid file ---- */

/* Forks; the parent waits until the daemon is ready or has failed and exits with its
 * status. */
static void
go_background (void)
{
  int pipe_fds[2];
  char status = EXIT_INIT;
  pid_t pid;

  if (pipe2 (pipe_fds, O_CLOEXEC) < 0)
    return;
  pid = fork ();
  if (pid < 0)
    exit (EXIT_INIT);
  if (pid > 0)
    {
      close (pipe_fds[1]);
      if (read (pipe_fds[0], &status, 1) != 1)
        status = EXIT_INIT;
      _exit (status);
    }
  close (pipe_fds[0]);
  self.ready_pipe = pipe_fds[1];
  setsid ();
}

static void
tell_parent (char status)
{
  int null;

  if (self.ready_pipe < 0)
    return;
  null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; fd++)
    dup2 (null, fd);
  if (null > 2)
    close (null);
  if (write (self.ready_pipe, &status, 1) < 0)
    log_warning ("nobody waits for this daemon to be ready");
  fd_clear (&self.ready_pipe);
}

/* A child of a daemon that was killed holds its lock for an instant, until it executes its program. */
static bool
lock_soon (int fd)
{
  for (int tries = 0; tries < PID_LOCK_TRIES; tries++)
    {
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return true;
      g_usleep (PID_LOCK_PAUSE_US);
    }
  return false;
}

/* Locks the pid file: one instance a place. The lock lives as long as the process. */
static bool
take_pid_file (GError **error)
{
  g_autofree char *fallback = path_is_session () ? path_make (PATH_RUN, "%s.pid", self.spec->name)
    : g_strdup_printf ("%s/run/%s.pid", path_root (), self.spec->name);
  const char *path = self.options.pid_file != NULL ? self.options.pid_file : fallback;
  g_autofree char *dir = g_path_get_dirname (path);
  char text[32];
  int fd;

  if (g_mkdir_with_parents (dir, 0755) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot make directory '%s'", dir);
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open pid file '%s'", path);
  if (!lock_soon (fd))
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED,
                 "another %s runs already: it holds '%s'", self.spec->name, path);
  g_snprintf (text, sizeof text, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) < 0 || write (fd, text, strlen (text)) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot write pid file '%s'", path);
  return true;
}

/* ---- start ---- */

static bool
load_configuration (GError **error)
{
  g_autofree char *fallback = path_make (PATH_CONF, "%s.conf", self.spec->name);
  const char *path = self.options.config != NULL ? self.options.config : fallback;

  self.conf = conf_load (path, self.options.config != NULL, error);
  if (self.conf == NULL || !daemon_settings_load (&self.settings, self.spec, self.conf, error))
    return false;
  self.settings_loaded = true;
  return true;
}

static const void *
find_admin_handlers (Peer *peer, const RpcProgram *program, const RpcProc *proc)
{
  return program == &swarm_program ? (const void *) &daemon_swarm_admin_handlers : &admin_handlers;
}

static void
make_servers (void)
{
  static const RpcProgram *const admin_programs[] = { &admin_program, &swarm_program, NULL };
  const DaemonSpec *spec = self.spec;
  unsigned int n = 0;

  for (const DaemonProgram *p = spec->programs; p->program != NULL; p++)
    self.programs[n++] = p->program;
  if (!spec->proxy && !spec->owner_only)
    self.programs[n++] = &swarm_program;
  g_assert (n < MAX_PROGRAMS);

  self.main_ops = daemon_main_server_ops;
  self.main_ops.programs = self.programs;
  self.main_ops.changed = on_clients_changed;
  self.admin_ops = (ServerOps) { .programs = admin_programs, .handlers = find_admin_handlers,
                                 .changed = on_clients_changed };
  self.servers[self.n_servers++] = server_new (spec->name, &self.main_ops, &self.settings.limits);
  self.servers[self.n_servers++] = server_new ("admin", &self.admin_ops, &self.settings.admin_limits);
}

static void
listen_all (void)
{
  for (unsigned int i = 0; i < self.sockets->len; i++)
    {
      const DaemonSocket *socket = &g_array_index (self.sockets, DaemonSocket, i);
      ListenRole role = {
        .readonly = socket->kind == SOCKET_RO,
        .tcp = socket->kind == SOCKET_TCP,
        .owner_only = socket->kind == SOCKET_ADMIN || self.spec->owner_only,
      };

      server_listen (self.servers[socket->kind == SOCKET_ADMIN], socket->fd, role);
    }
  g_clear_pointer (&self.sockets, g_array_unref);
}

/* Everything that may await: the driver's recovery, then READY. */
static void
start_main (void *data)
{
  g_autoptr (GError) error = NULL;

  if (self.spec->setup != NULL && !self.spec->setup (self.conf, &error))
    {
      log_error ("%s cannot start: %s", self.spec->name, error->message);
      tell_parent (EXIT_DRIVER);
      loop_quit (EXIT_DRIVER);
      return;
    }
  listen_all ();
  self.ready = true;
  daemon_notify ("READY=1\nSTATUS=Serving clients");
  tell_parent (EXIT_OK);
  daemon_set_timeout (self.timeout);
  if (self.spec->started != NULL)
    self.spec->started ();
}

static void
begin (void *data)
{
  fiber_start ("start", NULL, start_main, NULL);
}

/* The steps before the loop runs, each with the exit status of its failure. */
static bool
step_config (GError **error)
{
  return load_configuration (error) && daemon_logging_start (&self.settings, self.spec, &self.options, error);
}

static bool
step_pid_file (GError **error)
{
  /* Under activation the service manager sees to it that there is one instance. */
  return getenv ("LISTEN_FDS") != NULL || take_pid_file (error);
}

static bool
step_sockets (GError **error)
{
  self.sockets = daemon_sockets_open (self.spec, &self.settings, error);
  return self.sockets != NULL;
}

static bool
step_privileges (GError **error)
{
  return daemon_drop_privileges (self.spec, error);
}

static int
prepare (void)
{
  static const struct { bool (*step) (GError **error); int status; } steps[] = {
    { step_config, EXIT_CONFIG },
    { step_pid_file, EXIT_PIDFILE },
    { watch_signals, EXIT_SIGNAL },
    { step_sockets, EXIT_NETWORK },
    { step_privileges, EXIT_PRIVILEGES },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (GError) error = NULL;

      if (steps[i].step (&error))
        continue;
      fprintf (stderr, "%s: %s\n", self.spec->name, error->message);
      return steps[i].status;
    }
  return EXIT_OK;
}

int
daemon_main (int argc, char **argv, const DaemonSpec *spec)
{
  int status;

  self.spec = spec;
  if (!daemon_options_parse (&self.options, spec, argc, argv, &status))
    return status;
  umask (0022);
  /* One arena, and what a burst took goes back to the kernel. */
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_MMAP_THRESHOLD, 128 * 1024);
  mallopt (M_TRIM_THRESHOLD, 256 * 1024);
  path_init (self.options.root, geteuid () != 0);
  if (self.options.background)
    go_background ();
  status = prepare ();
  if (status != EXIT_OK)
    {
      tell_parent ((char) status);
      return status;
    }
  self.timeout = self.options.timeout;
  sd_event_set_watchdog (loop_event (), 1);
  make_servers ();
  loop_defer (begin, NULL);
  status = loop_run ();
  /* The process' end is the clean-up; what must outlive it is on disk. */
  fflush (NULL);
  _exit (status);
}
