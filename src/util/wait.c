/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What fibers wait for: a flag, a timer, a descriptor, a process, a group. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "util/error.h"
#include "util/fiber-private.h"
#include "util/loop.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

Deadline
deadline_in_ms (uint64_t ms)
{
  return loop_now () + ms * 1000;
}

static int
on_deadline (sd_event_source *source, uint64_t usec, void *data)
{
  wait_expire (data);
  return 0;
}

static void
source_clear (sd_event_source **source)
{
  sd_event_source_disable_unref (*source);
}

#define source_auto __attribute__ ((cleanup (source_clear))) sd_event_source *

bool
wait_for (Wait *wait, Deadline deadline, const char *why, GError **error)
{
  source_auto timer = NULL;

  while (!wait->done)
    {
      if (fiber_take_cancel ())
        return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_ABORTED, "aborted while waiting for %s", why);
      if (deadline != FOREVER && loop_now () >= deadline)
        return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_TIMEOUT, "timed out waiting for %s", why);
      if (deadline != FOREVER && timer == NULL)
        {
          sd_event_add_time (loop_event (), &timer, CLOCK_MONOTONIC, deadline, 1000, on_deadline, wait);
          sd_event_source_set_description (timer, why);
        }
      fiber_park (wait, why);
    }
  wait->done = false;
  return true;
}

bool
fiber_sleep (uint64_t ms, GError **error)
{
  g_autoptr (GError) local = NULL;
  Wait wait = { 0 };

  wait_for (&wait, deadline_in_ms (ms), "a timer", &local);
  if (virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
    return true;
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

bool
fiber_yield (GError **error)
{
  Wait wait = { 0 };

  loop_defer ((LoopFunc) (void (*) (void)) wait_done, &wait);
  return wait_for (&wait, FOREVER, "its next turn", error);
}

static void
on_fd (uint32_t events, void *data)
{
  wait_done (data);
}

bool
fiber_wait_fd (int fd, uint32_t events, Deadline deadline, const char *why, GError **error)
{
  g_autoptr (IoWatch) watch = NULL;
  Wait wait = { 0 };

  watch = io_watch_new (fd, events | EPOLLONESHOT, why, on_fd, &wait);
  if (watch == NULL && errno == EPERM) /* a regular file is always ready */
    return true;
  if (watch == NULL)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot watch a descriptor for %s", why);
  return wait_for (&wait, deadline, why, error);
}

/* waitid's answer in the form of wait(2). */
static int
packed_status (const siginfo_t *info)
{
  if (info->si_code == CLD_EXITED)
    return W_EXITCODE (info->si_status, 0);
  return W_EXITCODE (0, info->si_status) | (info->si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

bool
fiber_wait_pidfd (int pidfd, Deadline deadline, int *ret_status, GError **error)
{
  siginfo_t info = { 0 };
  int status = -1;

  if (!fiber_wait_fd (pidfd, EPOLLIN, deadline, "the end of a process", error))
    return false;
  if (waitid (P_PIDFD, (id_t) pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
    status = packed_status (&info);
  if (ret_status != NULL)
    *ret_status = status;
  return true;
}

typedef struct
{
  FiberGroup *group;
  FiberFunc func;
  void *data;
} Member;

static void
member_main (void *data)
{
  Member member = *(Member *) data;

  g_free (data);
  member.func (member.data);
  if (--member.group->running == 0)
    wait_done (&member.group->wait);
}

void
group_start (FiberGroup *group, const char *name, const char *subject, FiberFunc func, void *data)
{
  Member *member = g_new (Member, 1);

  *member = (Member) { group, func, data };
  group->running++;
  fiber_start (name, subject, member_main, member);
}

bool
group_wait (FiberGroup *group, Deadline deadline, GError **error)
{
  while (group->running > 0)
    if (!wait_for (&group->wait, deadline, "its fibers", error))
      return false;
  group->wait.done = false;
  return true;
}

void
group_wait_all (FiberGroup *group)
{
  bool cancelled = false;

  while (!group_wait (group, FOREVER, NULL))
    cancelled = true;
  if (cancelled)
    fiber_cancel (fiber_self ());
}
