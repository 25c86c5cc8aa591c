/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "helpers/helpers.h"
#include "hostdev/hostdev.h"
#include "qemu/home.h"
#include "qemu/prepare.h"
#include "qemu/process-private.h"
#include "qemu/transient.h"
#include "security/apparmor.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/process.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.process"
#define KILL_GRACE_MS 200
#define GRACEFUL_MS 15000
#define KILL_WAIT_MS 15000
#define IDENTIFY_MS 5000

/* --- the object --------------------------------------------------------------------------- */

QemuProcess *
qemu_process_new (int id, const char *name)
{
  g_auto (QemuHome) home = qemu_home_of (id, name);
  QemuProcess *process = g_new0 (QemuProcess, 1);

  process->id = id;
  process->name = g_strdup (name);
  process->pidfd = -1;
  process->status = -1;
  process->lib_dir = g_steal_pointer (&home.dir);
  process->channel_dir = g_steal_pointer (&home.channel_dir);
  process->monitor_path = g_steal_pointer (&home.monitor);
  process->log_path = g_steal_pointer (&home.log);
  return process;
}

void
qemu_process_free (QemuProcess *process)
{
  if (process == NULL)
    return;
  process->watch = sd_event_source_disable_unref (process->watch);
  if (process->qmp != NULL)
    qmp_close (process->qmp);
  g_clear_pointer (&process->qmp, qmp_unref);
  fd_clear (&process->pidfd);
  g_free (process->name);
  g_free (process->lib_dir);
  g_free (process->channel_dir);
  g_free (process->monitor_path);
  g_free (process->log_path);
  g_free (process->cgroup);
  g_free (process);
}

/* --- its end --------------------------------------------------------------------------------- */

static void
note_gone (QemuProcess *process)
{
  siginfo_t info = { 0 };

  process->gone = true;
  if (process->is_child && waitid (P_PIDFD, (id_t) process->pidfd, &info, WEXITED | WNOHANG) == 0
      && info.si_pid != 0)
    process->status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
}

static int
on_exit_event (sd_event_source *source, int fd, uint32_t events, void *data)
{
  QemuProcess *process = data;

  process->watch = sd_event_source_disable_unref (process->watch);
  note_gone (process);
  process->on_gone (process, process->on_gone_user);
  return 0;
}

bool
qemu_process_watch (QemuProcess *process, QemuGone gone, void *user, GError **error)
{
  int r;

  process->watch = sd_event_source_disable_unref (process->watch);
  process->on_gone = gone;
  process->on_gone_user = user;
  if (gone == NULL)
    return true;
  r = sd_event_add_io (loop_event (), &process->watch, process->pidfd, EPOLLIN, on_exit_event, process);
  if (r < 0)
    return fail_errno (error, VIR_FROM_QEMU, -r, "cannot watch the QEMU of domain '%s'", process->name);
  sd_event_source_set_description (process->watch, "QEMU's end");
  return true;
}

bool
qemu_process_stop (QemuProcess *process, bool graceful, GError **error)
{
  /* A descriptor of its own: the loop has the other under watch. */
  fd_auto int pidfd = -1;
  g_autoptr (GError) local = NULL;

  if (process->gone || process->pidfd < 0)
    return true;
  pidfd = fcntl (process->pidfd, F_DUPFD_CLOEXEC, 3);
  if (pidfd < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot stop the QEMU of domain '%s'", process->name);
  if (graceful)
    {
      if (!process_kill (pidfd, SIGTERM, error))
        return false;
      if (!fiber_wait_pidfd (pidfd, deadline_in_ms (GRACEFUL_MS), &process->status, &local))
        return fail (error, VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR,
                     "the QEMU of domain '%s' (pid %d) did not end when asked to: %s", process->name,
                     (int) process->pid, local->message);
    }
  else if (!process_stop (pidfd, KILL_GRACE_MS, deadline_in_ms (KILL_WAIT_MS), NULL, &local))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "cannot kill the QEMU of domain '%s' (pid %d): %s",
                 process->name, (int) process->pid, local->message);
  process->gone = true;
  return true;
}

/* What a guest has besides its process, by what is written down. */
static void
remove_outside (int id, const char *name)
{
  g_auto (QemuHome) home = qemu_home_of (id, name);

  helpers_stop (id, name);
  hostdev_release_all (id, name);
  qemu_home_remove (&home);
}

void
qemu_process_cleanup (QemuProcess *process, const Domain *domain, const QemuConfig *config, const char *reason)
{
  process->watch = sd_event_source_disable_unref (process->watch);
  if (process->qmp != NULL)
    qmp_close (process->qmp);
  remove_outside (process->id, process->name);
  cgroup_remove (process->cgroup);
  if (domain != NULL)
    {
      security_apparmor_unload (domain, config);
      security_release_labels (domain, config);
      qemu_transient_remove (domain);
    }
  if (reason != NULL)
    {
      g_autofree char *text = g_strdup_printf ("shutting down, reason=%s", reason);

      qemu_log_line (config, process->name, domain != NULL ? domain->uuid : NULL, text);
    }
}

/* --- finding it again --------------------------------------------------------------------------- */

/* The process that a thread belongs to, 0 if it is gone. */
static pid_t
process_of_thread (pid_t tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) tid);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "\nTgid:");
  return line != NULL ? (pid_t) g_ascii_strtoll (line + strlen ("\nTgid:"), NULL, 10) : 0;
}

/* Asks the QEMU behind a monitor for its pid: a virtual CPU's thread is one of its own. */
static bool
identify (QemuProcess *process, int fd, GError **error)
{
  g_autoptr (Qmp) qmp = qmp_new (fd, process->name, NULL, NULL);
  Deadline deadline = deadline_in_ms (IDENTIFY_MS);
  g_autoptr (json_t) cpus = NULL;
  int64_t tid;

  if (!qmp_greet (qmp, deadline, error))
    return false;
  cpus = qmp_command (qmp, "query-cpus-fast", NULL, deadline, error);
  if (cpus == NULL)
    return false;
  tid = json_get_int (json_array_get (cpus, 0), "thread-id", 0);
  process->pid = process_of_thread ((pid_t) tid);
  if (process->pid <= 1)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "the QEMU of domain '%s' does not say which process it is", process->name);
  return process_pidfd_open (process->pid, 0, &process->pidfd, error);
}

/* False without @error: it is gone. */
static bool
find_by_monitor (QemuProcess *process, GError **error)
{
  /* Nobody listens: what made the socket is gone, and with it whoever inherited it. */
  int fd = qmp_dial (process->monitor_path, NULL);

  return fd >= 0 && identify (process, fd, error);
}

static bool
find_by_pid (QemuProcess *process, const QemuRecord *record, GError **error)
{
  g_autoptr (GError) local = NULL;

  process->pid = record->pid;
  if (process_pidfd_open (record->pid, record->start_time, &process->pidfd, &local))
    return !process_ended (process->pidfd);
  if (virt_error_detail (local)->int1 != ESRCH)
    g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

QemuProcess *
qemu_process_find (const QemuRecord *record, GError **error)
{
  g_autoptr (QemuProcess) process = qemu_process_new (record->id, record->name);
  g_autoptr (GError) local = NULL;
  bool found;

  process->cgroup = g_strdup (record->cgroup);
  if (record->monitor_path != NULL)
    {
      g_free (process->monitor_path);
      process->monitor_path = g_strdup (record->monitor_path);
    }
  found = record->pid > 0 ? find_by_pid (process, record, &local) : find_by_monitor (process, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (!found)
    {
      /* A start that was cut short before anything of it was known has made a group all the same. */
      if (process->cgroup == NULL)
        process->cgroup = cgroup_path (record->id, record->name, record->partition);
      remove_outside (record->id, record->name);
      cgroup_remove (process->cgroup);
      return NULL;
    }
  process_start_time (process->pid, &process->start_time);
  if (process->cgroup == NULL)
    process->cgroup = cgroup_of_process (process->pid);
  return g_steal_pointer (&process);
}

bool
qemu_process_connect (QemuProcess *process, const QmpHandler *handler, void *user, Deadline deadline, GError **error)
{
  int fd = qmp_dial (process->monitor_path, error);
  g_autoptr (Qmp) qmp = fd >= 0 ? qmp_new (fd, process->name, handler, user) : NULL;

  if (qmp == NULL || !qmp_greet (qmp, deadline, error))
    {
      if (qmp != NULL)
        qmp_close (qmp);
      return false;
    }
  if (process->qmp != NULL)
    qmp_close (process->qmp);
  g_clear_pointer (&process->qmp, qmp_unref);
  process->qmp = g_steal_pointer (&qmp);
  return true;
}

bool
qemu_process_refresh (QemuProcess *process, Domain *domain, Deadline deadline, GError **error)
{
  return qemu_refresh_domain (process->qmp, domain, deadline, error);
}

/* --- figures ---------------------------------------------------------------------------------------- */

bool
qemu_process_usage (const QemuProcess *process, QemuUsage *ret, GError **error)
{
  ProcessUsage usage;
  uint64_t total, user, system;

  if (!process_usage (process->pid, 0, &usage, error))
    return false;
  *ret = (QemuUsage) {
    .cpu_ns = usage.user_ns + usage.system_ns, .user_ns = usage.user_ns, .system_ns = usage.system_ns,
    .rss_kib = usage.rss_kib,
  };
  if (cgroup_cpu_time (process->cgroup, &total, &user, &system))
    {
      ret->cpu_ns = total;
      ret->user_ns = user;
      ret->system_ns = system;
    }
  return true;
}

bool
qemu_thread_usage (pid_t pid, pid_t tid, uint64_t *ret_ns, int *ret_cpu, GError **error)
{
  ProcessUsage usage;

  if (!process_usage (pid, tid, &usage, error))
    return false;
  *ret_ns = usage.user_ns + usage.system_ns;
  *ret_cpu = usage.last_cpu;
  return true;
}
