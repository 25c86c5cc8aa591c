/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a daemon: from a connection to its end, and what comes then. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "launch.h"
#include "service-private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/process.h"

#define LOG_CATEGORY "swarm.service"
#define PAUSE_MIN_US (50 * 1000)
#define PAUSE_MAX_US (5 * G_USEC_PER_SEC)
#define FAILURES_MAX 6

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* How a daemon ended; a column of the table below. */
typedef enum
{
  END_CLEAN,
  END_STATUS,       /* exit status that is not 0, or no start at all */
  END_SIGNAL,
  END_TIMEOUT,
  END_WATCHDOG,
} End;

/* Restart= → the ends after which the daemon is started again, in the order of
 * service_restart_names. */
static const unsigned int restarts_after[] = {
  0,
  ~0u,
  1u << END_CLEAN,
  1u << END_STATUS | 1u << END_SIGNAL | 1u << END_TIMEOUT | 1u << END_WATCHDOG,
  1u << END_SIGNAL | 1u << END_TIMEOUT | 1u << END_WATCHDOG,
  1u << END_SIGNAL,
  1u << END_WATCHDOG,
};

static void
set_state (Service *service, ServiceState state, Deadline deadline)
{
  service->state = state;
  service->state_since = loop_now ();
  service->deadline = deadline;
}

static Deadline
deadline_after (uint64_t us)
{
  return us == UINT64_MAX ? FOREVER : loop_now () + us;
}

Deadline
service_watchdog_deadline (const Service *service)
{
  return service->settings.watchdog_us == 0 ? FOREVER : deadline_after (service->settings.watchdog_us);
}

void
service_set_running (Service *service)
{
  service->was_ready = true;
  service->failures_in_a_row = 0;
  set_state (service, SERVICE_RUNNING, service_watchdog_deadline (service));
  wait_done (&service->wake);
}

void
service_set_stopping (Service *service, const char *reason)
{
  if (service->kill_reason == NULL)
    service->kill_reason = reason;
  set_state (service, SERVICE_STOPPING, deadline_after (service->settings.stop_timeout_us));
  wait_done (&service->wake);
}

void
service_kill (Service *service, int signal, const char *reason)
{
  g_autoptr (GError) error = NULL;

  if (service->pidfd >= 0 && !process_kill (service->pidfd, signal, &error))
    log_warning ("%s: %s", service->name, error->message);
  service_set_stopping (service, reason);
}

static int
on_process_end (sd_event_source *source, int fd, uint32_t events, void *data)
{
  Service *service = data;
  siginfo_t info = { 0 };

  service->wait_status = -1;
  if (waitid (P_PIDFD, fd, &info, WEXITED | WNOHANG) == 0)
    {
      if (info.si_pid == 0)
        return 0;
      service->wait_status = info.si_code == CLD_EXITED ? W_EXITCODE (info.si_status, 0)
                                                        : W_EXITCODE (0, info.si_status);
    }
  sd_event_source_set_enabled (source, SD_EVENT_OFF);
  service->exited = true;
  wait_done (&service->wake);
  return 0;
}

void
service_set_process (Service *service, pid_t pid, int pidfd)
{
  service->exit_source = sd_event_source_disable_unref (service->exit_source);
  fd_clear (&service->pidfd);
  service->pid = pid;
  service->pidfd = pidfd;
  service->exited = false;
  sd_event_add_io (loop_event (), &service->exit_source, pidfd, EPOLLIN, on_process_end, service);
  sd_event_source_set_description (service->exit_source, service->name);
}

void
service_restart (Service *service)
{
  if (service->pid == 0)
    return;
  service->start_now = true;
  service_kill (service, SIGTERM, NULL);
}

void
service_adopt (Service *service, pid_t pid, int pidfd)
{
  service_set_process (service, pid, pidfd);
  service->started_at = loop_now ();
  service->starts++;
  service_set_running (service);
}

/* Connections wake the fiber, or do not: while the daemon runs they are its own. */
static void
listen_for_connections (Service *service, bool listen)
{
  service->triggered = false;
  for (unsigned int i = 0; i < service->sources->len; i++)
    sd_event_source_set_enabled (g_ptr_array_index (service->sources, i), listen ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* Awaits a connection (or the end of @deadline). */
static void
await_connection (Service *service, Deadline deadline)
{
  listen_for_connections (service, true);
  while (!service->triggered && !service->retiring && !service->start_now)
    if (!wait_for (&service->wake, deadline, "a connection", NULL))
      break;
  listen_for_connections (service, false);
}

static void G_GNUC_PRINTF (2, 3)
set_result (Service *service, const char *format, ...)
{
  va_list args;

  g_free (service->result);
  va_start (args, format);
  service->result = g_strdup_vprintf (format, args);
  va_end (args);
}

static End
judge_end (Service *service)
{
  int status = service->wait_status;

  if (service->kill_reason != NULL && strcmp (service->kill_reason, "watchdog") == 0)
    {
      set_result (service, "gave no sign of life");
      return END_WATCHDOG;
    }
  if (service->kill_reason != NULL && !service->retiring)
    {
      set_result (service, "%s", service->kill_reason);
      return END_TIMEOUT;
    }
  if (status == -1)
    {
      set_result (service, "ended, status unknown");
      return service->said_stopping ? END_CLEAN : END_SIGNAL;
    }
  if (WIFEXITED (status))
    {
      set_result (service, "exit status %d", WEXITSTATUS (status));
      return WEXITSTATUS (status) == 0 ? END_CLEAN : END_STATUS;
    }
  set_result (service, "killed by signal %d (%s)", WTERMSIG (status), g_strsignal (WTERMSIG (status)));
  return strchr ((char[]) { SIGTERM, SIGINT, SIGHUP, SIGPIPE, 0 }, WTERMSIG (status)) != NULL ? END_CLEAN : END_SIGNAL;
}

static void
pass_deadline (Service *service)
{
  switch (service->state)
    {
    case SERVICE_STARTING:
      log_error ("%s is not ready after %" G_GUINT64_FORMAT " s: ending it", service->name,
                 service->settings.start_timeout_us / G_USEC_PER_SEC);
      service_kill (service, SIGTERM, "was not ready in time");
      break;
    case SERVICE_RUNNING:
      log_error ("%s gave no sign of life: ending it", service->name);
      service_kill (service, SIGABRT, "watchdog");
      break;
    default:
      log_warning ("%s does not end: killing it", service->name);
      service_kill (service, SIGKILL, "did not end in time");
      service->deadline = FOREVER;
      break;
    }
}

/* Awaits the end of the running daemon. */
static End
watch (Service *service)
{
  End end;

  while (!service->exited)
    {
      if (service->retiring && service->state != SERVICE_STOPPING)
        service_kill (service, SIGTERM, "was asked to stop");
      if (!wait_for (&service->wake, service->deadline, "its daemon", NULL) && !service->exited
          && loop_now () >= service->deadline)
        pass_deadline (service);
    }
  end = judge_end (service);
  log_info ("%s (process %d): %s", service->name, (int) service->pid, service->result);
  service->exit_source = sd_event_source_disable_unref (service->exit_source);
  fd_clear (&service->pidfd);
  service->pid = 0;
  g_clear_pointer (&service->status, g_free);
  return end;
}

static bool
launch (Service *service, GError **error)
{
  uint64_t now = loop_now ();
  pid_t pid;
  int pidfd;

  service->start_now = service->was_ready = service->said_stopping = false;
  service->kill_reason = NULL;
  g_array_append_val (service->recent_starts, now);
  if (!launch_service (service, &pid, &pidfd, error))
    return false;
  service->restarts += service->starts > 0;
  service->starts++;
  service->started_at = now;
  service_set_process (service, pid, pidfd);
  set_state (service, SERVICE_STARTING, deadline_after (service->settings.start_timeout_us));
  if (service->settings.type < 2)
    service_set_running (service);
  log_info ("%s: started as process %d", service->name, (int) pid);
  return true;
}

/* True if the daemon was started as often as it may be lately, or never got ready in several tries. */
static bool
over_limit (Service *service)
{
  uint64_t now = loop_now ();
  uint64_t oldest = now - MIN (now, service->settings.limit_interval_us);
  unsigned int expired = 0;

  while (expired < service->recent_starts->len && g_array_index (service->recent_starts, uint64_t, expired) < oldest)
    expired++;
  g_array_remove_range (service->recent_starts, 0, expired);
  if (service->failures_in_a_row >= FAILURES_MAX)
    return true;
  return service->settings.limit_interval_us > 0 && service->settings.limit_burst > 0
         && service->recent_starts->len >= service->settings.limit_burst;
}

/* A hopeless daemon costs its clients an error each, not their time. */
static void
refuse_for_a_while (Service *service)
{
  Deadline deadline = deadline_after (MAX (service->settings.limit_interval_us, G_USEC_PER_SEC));

  log_error ("%s was started %u times in a row (%s): refusing connections for a while", service->name,
             service->recent_starts->len, service->result);
  set_state (service, SERVICE_FAILED, deadline);
  while (!service->retiring && loop_now () < deadline)
    {
      await_connection (service, deadline);
      for (unsigned int i = 0; i < service->listeners->len; i++)
        listener_refuse (g_ptr_array_index (service->listeners, i));
    }
  g_array_set_size (service->recent_starts, 0);
  service->failures_in_a_row = 0;
}

/* As the unit says, and twice as long each time the daemon did not even get ready. */
static void
pause_before_restart (Service *service)
{
  uint64_t least = service->settings.restart_us;
  uint64_t pause = service->failures_in_a_row == 0 ? least
                   : MAX (least, PAUSE_MIN_US) << MIN (service->failures_in_a_row - 1, 8);
  Deadline deadline = deadline_after (MIN (pause, MAX (PAUSE_MAX_US, least)));

  set_state (service, SERVICE_RESTARTING, deadline);
  while (!service->retiring && loop_now () < deadline)
    wait_for (&service->wake, deadline, "the next start", NULL);
  service->failures_in_a_row++;
  service->start_now = true;
}

static void
supervise (void *data)
{
  Service *service = data;

  while (!service->retiring)
    {
      g_autoptr (GError) error = NULL;
      End end = END_STATUS;

      if (service->pid == 0)
        await_connection (service, FOREVER);
      if (service->retiring && service->pid == 0)
        break;
      if (service->pid != 0 || launch (service, &error))
        end = watch (service);
      else
        {
          set_result (service, "%s", error->message);
          log_error ("%s: %s", service->name, error->message);
        }
      if (service->retiring)
        break;
      if (service->start_now)
        service->failures_in_a_row = 0;
      else if (over_limit (service))
        refuse_for_a_while (service);
      else if (restarts_after[service->settings.restart] & 1u << end)
        pause_before_restart (service);
      set_state (service, SERVICE_LISTENING, FOREVER);
    }
  set_state (service, SERVICE_LISTENING, FOREVER);
  service->retiring = false;
  for (unsigned int i = 0; i < service->listeners->len; i++)
    {
      sd_event_source_set_enabled (g_ptr_array_index (service->sources, i), SD_EVENT_OFF);
      listener_close (g_ptr_array_index (service->listeners, i));
    }
  if (service->changed != NULL)
    service->changed ();
}

void
service_begin (Service *service)
{
  fiber_start ("supervise", service->name, supervise, service);
}

void
service_retire (Service *service)
{
  service->retiring = true;
  wait_done (&service->wake);
}

bool
service_is_gone (const Service *service)
{
  return !service->retiring && ((Listener *) g_ptr_array_index (service->listeners, 0))->fd < 0;
}
