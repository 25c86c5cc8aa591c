/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>

#include "util/cleanup.h"
#include "util/error.h"

bool
process_kill (int pidfd, int signal, GError **error)
{
  if (pidfd_send_signal (pidfd, signal, NULL, 0) == 0 || errno == ESRCH)
    return true;
  return fail_errno (error, VIR_FROM_NONE, errno, "cannot send signal %d to a process", signal);
}

bool
process_ended (int pidfd)
{
  struct pollfd end = { .fd = pidfd, .events = POLLIN };

  return poll (&end, 1, 0) == 1;
}

/* True if the process ended by @deadline; false without @error if it did not. */
static bool
ended_by (int pidfd, Deadline deadline, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (fiber_wait_pidfd (pidfd, deadline, NULL, &local))
    return true;
  if (!virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
    g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

bool
process_stop (int pidfd, uint64_t grace_ms, Deadline deadline, bool *ret_killed, GError **error)
{
  g_autoptr (GError) local = NULL;
  bool ended = false;

  if (grace_ms > 0)
    {
      if (!process_kill (pidfd, SIGTERM, error))
        return false;
      ended = ended_by (pidfd, MIN (deadline_in_ms (grace_ms), deadline), &local);
    }
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  if (!ended && (!process_kill (pidfd, SIGKILL, error) || !fiber_wait_pidfd (pidfd, deadline, NULL, error)))
    return false;
  if (ret_killed != NULL)
    *ret_killed = !ended;
  return true;
}

/* -- /proc/PID/stat ---------------------------------------------------------------- */

/* Fields by their number in proc(5); the second, the name, may contain anything. */
enum
{
  STAT_STATE = 3,
  STAT_UTIME = 14,
  STAT_STIME = 15,
  STAT_STARTTIME = 22,
  STAT_RSS = 24,
  STAT_PROCESSOR = 39,
  STAT_FIELDS,
};

/* Numbers by field; the state as its character. Negative numbers come out as 0. */
static bool
read_stat (const char *path, uint64_t ret_fields[STAT_FIELDS])
{
  char text[2048];
  fd_auto int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;
  const char *at;

  if (n < 0)
    return false;
  text[n] = '\0';
  at = strrchr (text, ')');
  errno = EINVAL;
  if (at == NULL || at[1] == '\0' || at[2] == '\0')
    return false;
  ret_fields[STAT_STATE] = (unsigned char) at[2];
  at += 3;
  for (int field = STAT_STATE + 1; field < STAT_FIELDS; field++)
    {
      at += strspn (at, " ");
      if (*at == '\0')
        return false;
      ret_fields[field] = *at == '-' ? 0 : g_ascii_strtoull (at, NULL, 10);
      at += strcspn (at, " ");
    }
  return true;
}

bool
process_start_time (pid_t pid, uint64_t *ret_start_time)
{
  uint64_t fields[STAT_FIELDS];
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/stat", pid);
  if (!read_stat (path, fields))
    return false;
  *ret_start_time = fields[STAT_STARTTIME];
  return true;
}

bool
process_pidfd_open (pid_t pid, uint64_t start_time, int *ret_pidfd, GError **error)
{
  fd_auto int pidfd = pidfd_open (pid, 0);
  uint64_t started = 0;

  if (pidfd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot find process %d", pid);
  /* The descriptor comes first: the number cannot pass to another process unnoticed. */
  if (start_time != 0 && (!process_start_time (pid, &started) || started != start_time || process_ended (pidfd)))
    return fail_errno (error, VIR_FROM_NONE, ESRCH, "process %d is not the one that started at tick %" PRIu64,
                       pid, start_time);
  *ret_pidfd = fd_steal (&pidfd);
  return true;
}

bool
process_usage (pid_t pid, pid_t tid, ProcessUsage *ret_usage, GError **error)
{
  uint64_t fields[STAT_FIELDS];
  uint64_t tick_ns = 1000000000 / (uint64_t) sysconf (_SC_CLK_TCK);
  char path[64];

  if (tid == 0)
    g_snprintf (path, sizeof path, "/proc/%d/stat", pid);
  else
    g_snprintf (path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
  if (!read_stat (path, fields))
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot read '%s'", path);
  *ret_usage = (ProcessUsage) {
    .user_ns = fields[STAT_UTIME] * tick_ns,
    .system_ns = fields[STAT_STIME] * tick_ns,
    .rss_kib = fields[STAT_RSS] * (uint64_t) sysconf (_SC_PAGESIZE) / 1024,
    .last_cpu = (int) fields[STAT_PROCESSOR],
    .state = (char) fields[STAT_STATE],
  };
  return true;
}

/* -- Affinity ------------------------------------------------------------------------ */

/* The kernel takes and gives whole words, at least as many as its CPUs need. */
#define AFFINITY_BYTES 1024

bool
process_get_affinity (pid_t tid, uint8_t *ret_map, size_t length, GError **error)
{
  unsigned long words[AFFINITY_BYTES / sizeof (unsigned long)] = { 0 };

  if (syscall (SYS_sched_getaffinity, tid, sizeof words, words) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot get the CPU affinity of thread %d", tid);
  for (size_t i = 0; i < length; i++)
    ret_map[i] = i < AFFINITY_BYTES
                 ? (uint8_t) (words[i / sizeof words[0]] >> i % sizeof words[0] * 8) : 0;
  return true;
}

bool
process_set_affinity (pid_t tid, const uint8_t *map, size_t length, GError **error)
{
  unsigned long words[AFFINITY_BYTES / sizeof (unsigned long)] = { 0 };

  for (size_t i = 0; i < MIN (length, AFFINITY_BYTES); i++)
    words[i / sizeof words[0]] |= (unsigned long) map[i] << i % sizeof words[0] * 8;
  if (syscall (SYS_sched_setaffinity, tid, sizeof words, words) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot set the CPU affinity of thread %d", tid);
  return true;
}
