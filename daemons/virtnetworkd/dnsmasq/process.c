/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process.c: a network's dnsmasq from its start to its end.
 *
 * dnsmasq goes to the background by itself, and its first process ends when the second has bound its sockets and written its
 * number: the end of the first is how a start knows that the network is served. From then on it is nobody's child, and watched
 * by a descriptor, as one that an earlier daemon started. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "dnsmasq/find.h"
#include "dnsmasq/private.h"
#include "util/cleanup.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/state-file.h"
#include "util/worker.h"

#define LOG_CATEGORY "network.dnsmasq"
#define STOP_GRACE_MS 1500
#define STOP_MS 10000
#define CALLER_MS 2000
#define FILE_MAX (16 * 1024 * 1024)

/* The files of one network; none of them a lease's. */
typedef struct
{
  char *conf, *hosts, *addn_hosts, *pid;
} Paths;

struct Dnsmasq
{
  unsigned int refs;            /* the owner's, and one for a report on its way */
  bool is_free;
  char *network;
  Paths paths;
  pid_t pid;
  int pidfd;
  sd_event_source *watch;
  DnsmasqEnded ended;
  void *user;
};

static void
paths_clear (Paths *paths)
{
  g_clear_pointer (&paths->conf, g_free);
  g_clear_pointer (&paths->hosts, g_free);
  g_clear_pointer (&paths->addn_hosts, g_free);
  g_clear_pointer (&paths->pid, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Paths, paths_clear)

static Paths
paths_of (const char *network)
{
  g_autofree char *folder = dnsmasq_folder ();

  return (Paths) {
    .conf = g_strdup_printf ("%s/%s.conf", folder, network),
    .hosts = dnsmasq_path (folder, network, "hostsfile"),
    .addn_hosts = dnsmasq_path (folder, network, "addnhosts"),
    .pid = dnsmasq_pid_file (network),
  };
}

/* --- the object ------------------------------------------------------------------------------- */

static Dnsmasq *
dnsmasq_new (const char *network, DnsmasqEnded ended, void *user)
{
  Dnsmasq *dnsmasq = g_new0 (Dnsmasq, 1);

  *dnsmasq = (Dnsmasq) {
    .refs = 1, .network = g_strdup (network), .paths = paths_of (network), .pidfd = -1, .ended = ended, .user = user,
  };
  return dnsmasq;
}

static void
drop_process (Dnsmasq *dnsmasq)
{
  dnsmasq->watch = sd_event_source_disable_unref (dnsmasq->watch);
  fd_clear (&dnsmasq->pidfd);
  dnsmasq->pid = 0;
}

static void
unref (Dnsmasq *dnsmasq)
{
  if (--dnsmasq->refs > 0)
    return;
  paths_clear (&dnsmasq->paths);
  g_free (dnsmasq->network);
  g_free (dnsmasq);
}

void
dnsmasq_free (Dnsmasq *dnsmasq)
{
  if (dnsmasq == NULL)
    return;
  drop_process (dnsmasq);
  dnsmasq->is_free = true;
  unref (dnsmasq);
}

pid_t
dnsmasq_pid (const Dnsmasq *dnsmasq)
{
  return dnsmasq->pid;
}

/* --- watching ------------------------------------------------------------------------------------ */

typedef struct
{
  Dnsmasq *dnsmasq;
  pid_t pid;
} Report;

/* A fiber. The owner may have let go of it, or have another process by now. */
static void
report_end (void *data)
{
  g_autofree Report *report = data;
  Dnsmasq *dnsmasq = report->dnsmasq;

  if (!dnsmasq->is_free && dnsmasq->pid == report->pid)
    {
      g_autofree char *why = g_strdup_printf ("process %d is gone", (int) report->pid);

      dnsmasq->ended (dnsmasq, why, dnsmasq->user);
    }
  unref (dnsmasq);
}

static int
on_end (sd_event_source *source, int fd, uint32_t events, void *data)
{
  Dnsmasq *dnsmasq = data;
  Report *report = g_new0 (Report, 1);

  dnsmasq->watch = sd_event_source_disable_unref (dnsmasq->watch);
  *report = (Report) { .dnsmasq = dnsmasq, .pid = dnsmasq->pid };
  dnsmasq->refs++;
  fiber_start ("end of dnsmasq", dnsmasq->network, report_end, report);
  return 0;
}

/* Takes @pidfd. */
static bool
watch (Dnsmasq *dnsmasq, pid_t pid, int pidfd, GError **error)
{
  int r;

  dnsmasq->pid = pid;
  dnsmasq->pidfd = pidfd;
  r = sd_event_add_io (loop_event (), &dnsmasq->watch, pidfd, EPOLLIN, on_end, dnsmasq);
  if (r < 0)
    return fail_errno (error, VIR_FROM_NETWORK, -r, "cannot watch the dnsmasq of network '%s'", dnsmasq->network);
  sd_event_source_set_description (dnsmasq->watch, "dnsmasq's end");
  return true;
}

/* --- work of workers: values in, values out ---------------------------------------------------------- */

typedef struct
{
  const char *network, *bridge;
  const Paths *paths;
  const DnsmasqFiles *files;
  bool may_run;                 /* one may run that nobody knows of; it does */
  DnsmasqFiles found;
  pid_t pid;
  int pidfd;
} Work;

static bool
write_lists_now (const Work *work, GError **error)
{
  return dnsmasq_put_now (work->paths->hosts, work->files->hosts, 0644, error)
         && dnsmasq_put_now (work->paths->addn_hosts, work->files->addn_hosts, 0644, error);
}

static bool
write_files (void *args, GError **error)
{
  Work *work = args;
  g_autofree char *folder = dnsmasq_folder (), *run = g_path_get_dirname (work->paths->pid);

  if (!state_dir_make_now (folder, 0755, error) || !state_dir_make_now (run, 0755, error))
    return false;
  unlink (work->paths->pid);
  return dnsmasq_put_now (work->paths->conf, work->files->conf, 0600, error) && write_lists_now (work, error);
}

static bool
write_lists (void *args, GError **error)
{
  return write_lists_now (args, error);
}

static bool
read_files (void *args, GError **error)
{
  Work *work = args;

  return state_file_read_now (work->paths->conf, FILE_MAX, &work->found.conf, NULL, error)
         && state_file_read_now (work->paths->hosts, FILE_MAX, &work->found.hosts, NULL, error)
         && state_file_read_now (work->paths->addn_hosts, FILE_MAX, &work->found.addn_hosts, NULL, error);
}

static bool
remove_files (void *args, GError **error)
{
  const Work *work = args;

  unlink (work->paths->conf);
  unlink (work->paths->hosts);
  unlink (work->paths->addn_hosts);
  unlink (work->paths->pid);
  if (work->bridge != NULL)
    {
      g_autofree char *folder = dnsmasq_folder (), *list = g_strdup_printf ("%s/%s.status", folder, work->bridge);
      struct stat st;

      if (stat (list, &st) == 0 && st.st_size == 0)
        unlink (list);
    }
  return true;
}

static bool
find_process (void *args, GError **error)
{
  Work *work = args;

  dnsmasq_find_now (work->paths->conf, work->paths->pid, &work->pid, &work->pidfd);
  return true;
}

/* False: none runs. Awaits. */
static bool
find (Work *work)
{
  return worker_run ("find dnsmasq", find_process, work, NULL) && work->pidfd >= 0;
}

/* --- starting -------------------------------------------------------------------------------------- */

/* Ends @pidfd's process, which may be somebody's who is watched. */
static bool
end_process (const char *network, int watched, GError **error)
{
  /* A descriptor of its own: the loop has the other under watch. */
  fd_auto int pidfd = fcntl (watched, F_DUPFD_CLOEXEC, 3);
  ERROR_PREFIX (error, "cannot end the dnsmasq of network '%s'", network);

  return pidfd >= 0 ? process_stop (pidfd, STOP_GRACE_MS, deadline_in_ms (STOP_MS), NULL, error)
                    : fail_errno (error, VIR_FROM_NETWORK, errno, "no descriptor");
}

/* Ends what runs with these files, whoever started it. */
static void
end_found (const Dnsmasq *dnsmasq)
{
  Work work = { .paths = &dnsmasq->paths, .pidfd = -1 };
  g_autoptr (GError) error = NULL;

  if (!find (&work))
    return;
  if (!end_process (dnsmasq->network, work.pidfd, &error))
    log_warning ("%s", error->message);
  fd_clear (&work.pidfd);
}

/* All of a start in one go. If one runs already that nobody knew of, only that is found. */
static bool
start_process (void *args, GError **error)
{
  Work *work = args;

  if (work->may_run && dnsmasq_find_now (work->paths->conf, work->paths->pid, &work->pid, &work->pidfd))
    return true;
  work->may_run = false;
  if (!write_files (work, error))
    return false;
  crash_point ("dnsmasq:files");
  if (!dnsmasq_run_now (work->network, work->paths->conf, work->bridge, error))
    return false;
  crash_point ("dnsmasq:started");
  return dnsmasq_find_now (work->paths->conf, work->paths->pid, &work->pid, &work->pidfd)
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s': dnsmasq ended right after its start",
                  work->network);
}

/* @may_run: one may be on its way whose daemon died meanwhile. */
static bool
launch (Dnsmasq *dnsmasq, const char *bridge, const DnsmasqFiles *files, bool may_run, GError **error)
{
  Work work = {
    .network = dnsmasq->network, .bridge = bridge, .paths = &dnsmasq->paths, .files = files, .may_run = may_run, .pidfd = -1,
  };

  if (!worker_run ("start dnsmasq", start_process, &work, error))
    return false;
  if (work.may_run)
    {
      fd_clear (&work.pidfd);
      end_found (dnsmasq);
      work.may_run = false;
      if (!worker_run ("start dnsmasq", start_process, &work, error))
        return false;
    }
  return watch (dnsmasq, work.pid, work.pidfd, error);
}

/* @bridge: its list of leases too, if there has been none yet; NULL: no. */
static void
remove_all (const Dnsmasq *dnsmasq, const char *bridge)
{
  Work work = { .paths = &dnsmasq->paths, .bridge = bridge };

  worker_run ("remove dnsmasq's files", remove_files, &work, NULL);
}

static const char *
bridge_of (const Network *live)
{
  return live->bridge.name != NULL ? live->bridge.name : "";
}

Dnsmasq *
dnsmasq_start (const Network *live, DnsmasqEnded ended, void *user, GError **error)
{
  g_auto (DnsmasqFiles) files = { NULL };
  Dnsmasq *dnsmasq;

  if (!dnsmasq_files (live, &files, error))
    return NULL;
  dnsmasq = dnsmasq_new (live->name, ended, user);
  if (launch (dnsmasq, bridge_of (live), &files, true, error) && dnsmasq_register (live, error))
    return dnsmasq;
  end_found (dnsmasq);
  remove_all (dnsmasq, bridge_of (live));
  dnsmasq_free (dnsmasq);
  return NULL;
}

Dnsmasq *
dnsmasq_attach (const Network *live, DnsmasqEnded ended, void *user)
{
  Dnsmasq *dnsmasq = dnsmasq_new (live->name, ended, user);
  Work work = { .paths = &dnsmasq->paths, .pidfd = -1 };
  g_autoptr (GError) error = NULL;

  /* It may not have been told of what an earlier daemon wrote last. */
  if (find (&work) && watch (dnsmasq, work.pid, work.pidfd, &error) && process_kill (work.pidfd, SIGHUP, &error))
    return dnsmasq;
  if (error != NULL)
    log_error ("%s", error->message);
  dnsmasq_free (dnsmasq);
  return NULL;
}

/* --- changing -------------------------------------------------------------------------------------- */

/* The process that calls the lease helper for dnsmasq's process @pid; -1: there is none. */
static int
open_caller (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/children", (int) pid, (int) pid), *text = NULL;
  int pidfd = -1;

  if (g_file_get_contents (path, &text, NULL, NULL) && *text != '\0')
    process_pidfd_open ((pid_t) strtol (text, NULL, 10), 0, &pidfd, NULL);
  return pidfd;
}

/* A new process with @files; the old files come back if it does not start. */
static bool
replace (Dnsmasq *dnsmasq, const char *bridge, const DnsmasqFiles *files, const DnsmasqFiles *old, GError **error)
{
  fd_auto int caller = open_caller (dnsmasq->pid);
  g_autoptr (GError) again = NULL;

  dnsmasq->watch = sd_event_source_disable_unref (dnsmasq->watch);
  if (!end_process (dnsmasq->network, dnsmasq->pidfd, error))
    {
      watch (dnsmasq, dnsmasq->pid, dnsmasq->pidfd, NULL);
      return false;
    }
  drop_process (dnsmasq);
  /* The last leases are written when it has ended as well; the next one reads them at its start. */
  if (caller >= 0)
    fiber_wait_pidfd (caller, deadline_in_ms (CALLER_MS), NULL, NULL);
  crash_point ("dnsmasq:replace");
  if (launch (dnsmasq, bridge, files, false, error))
    return true;
  end_found (dnsmasq);
  drop_process (dnsmasq);
  if (old->addn_hosts != NULL && !launch (dnsmasq, bridge, old, false, &again))
    log_error ("network '%s' has no dnsmasq any more: %s", dnsmasq->network, again->message);
  return false;
}

/* Whether @text is what a process with the configuration @has reads: one that was started by a daemon without our root, in
 * another mount namespace, names the same files without it. */
static bool
is_same_conf (const char *text, const char *has)
{
  g_autofree char *below = g_strconcat (path_root (), "/", NULL);
  g_auto (GStrv) parts = g_strsplit (text, below, -1);
  g_autofree char *without = g_strjoinv ("/", parts);

  return strcmp (text, has) == 0 || strcmp (without, has) == 0;
}

bool
dnsmasq_update (Dnsmasq **dnsmasq, const Network *live, DnsmasqEnded ended, void *user, GError **error)
{
  Dnsmasq *self = *dnsmasq;
  g_auto (DnsmasqFiles) files = { NULL };
  Work work = { .paths = &self->paths, .files = &files, .pidfd = -1 };
  g_autoptr (GError) local = NULL;
  bool is_known, ok;

  if (!dnsmasq_files (live, &files, error))
    return false;
  self->ended = ended;
  self->user = user;
  is_known = worker_run ("read dnsmasq's files", read_files, &work, NULL);
  if (!is_known || !is_same_conf (files.conf, work.found.conf) || self->pidfd < 0)
    ok = replace (self, bridge_of (live), &files, &work.found, error);
  else if (strcmp (files.hosts, work.found.hosts) == 0 && strcmp (files.addn_hosts, work.found.addn_hosts) == 0)
    ok = true;
  else
    ok = worker_run ("write dnsmasq's lists", write_lists, &work, error) && process_kill (self->pidfd, SIGHUP, error);
  dnsmasq_files_clear (&work.found);
  /* It may have forgotten, or not be there yet. */
  if (ok && !dnsmasq_register (live, &local))
    log_warning ("%s", local->message);
  if (self->pidfd < 0)
    g_clear_pointer (dnsmasq, dnsmasq_free);
  return ok;
}

/* --- ending ---------------------------------------------------------------------------------------- */

void
dnsmasq_stop (Dnsmasq *dnsmasq)
{
  g_autoptr (GError) error = NULL;

  if (dnsmasq == NULL)
    return;
  dnsmasq->watch = sd_event_source_disable_unref (dnsmasq->watch);
  if (dnsmasq->pidfd >= 0 && !end_process (dnsmasq->network, dnsmasq->pidfd, &error))
    log_error ("%s", error->message);
  crash_point ("dnsmasq:stopped");
  remove_all (dnsmasq, NULL);
  dnsmasq_free (dnsmasq);
}

void
dnsmasq_sweep (const char *network)
{
  Dnsmasq *dnsmasq = dnsmasq_new (network, NULL, NULL);

  end_found (dnsmasq);
  remove_all (dnsmasq, NULL);
  dnsmasq_free (dnsmasq);
}
