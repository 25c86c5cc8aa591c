/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fiber.h: straight-line code on one thread.
 *
 * A fiber is a function with a stack of its own. It runs until it awaits;
 * nothing else runs meanwhile, so between two awaits no other code changes
 * anything. Functions marked "Awaits." may let other fibers run; what was known
 * before them is to be looked up again, or protected by a reference or a job.
 *
 * A switch makes no system call. Stacks are pooled and end in a guard page. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Fiber Fiber;
typedef void (*FiberFunc) (void *data);

/* A deadline: CLOCK_MONOTONIC in microseconds. */
typedef uint64_t Deadline;
#define FOREVER UINT64_MAX
Deadline deadline_in_ms (uint64_t ms);

/* Starts a fiber at once: runs @func (@data) until its first await, then
 * returns. @name is static or interned: what the fiber does. @subject (copied,
 * may be NULL) says for whom or on what: both show in the registry.
 * The Fiber is valid until @func returns; most callers ignore it. */
Fiber *fiber_start (const char *name, const char *subject, FiberFunc func, void *data);

/* The running fiber, NULL on the loop's own stack. */
Fiber *fiber_self (void);

/* Renames the running fiber in the registry; @name must be static or interned. */
void fiber_set_name (const char *name);

/* What the running fiber was started with stands for whom it works, in words that @describe makes of it when somebody
 * asks; the caller of that frees them. For fibers that are started too often to word it each time. */
typedef char *(*FiberDescribe) (void *data);
void fiber_set_describe (FiberDescribe describe);
/* For whom or on what @fiber works: its subject, or what its describe function says. NULL: nobody said. Caller frees. */
char *fiber_subject (const Fiber *fiber);

/* Makes the current or next await of @fiber fail with VIR_ERR_OPERATION_ABORTED;
 * cleanup runs as always. Fine on a fiber that has begun to end. */
void fiber_cancel (Fiber *fiber);

/* A place where one fiber waits for one thing. Lives on the waiter's stack or
 * in an object; initialise with {0}. */
typedef struct
{
  Fiber *fiber;
  bool done;
} Wait;

/* Awaits until wait_done (@wait) was called (returns at once if it was before),
 * the @deadline passes (VIR_ERR_OPERATION_TIMEOUT, naming @why) or the fiber is
 * cancelled. @why is static: what the fiber waits for. Resets @wait. Awaits.
 * Must be called on a fiber. */
bool wait_for (Wait *wait, Deadline deadline, const char *why, GError **error);

/* Lets the waiter go on. From anywhere on the loop's thread; the waiter runs
 * soon, not before the caller awaits or returns. */
void wait_done (Wait *wait);

/* Awaits @ms milliseconds. Awaits. */
bool fiber_sleep (uint64_t ms, GError **error);

/* Lets everything else that is ready run first. Awaits. */
bool fiber_yield (GError **error);

/* Awaits until @fd has one of @events (EPOLLIN...) or an error. Awaits. */
bool fiber_wait_fd (int fd, uint32_t events, Deadline deadline, const char *why, GError **error);

/* Awaits the exit of the process behind @pidfd; reaps it if it is our child and
 * then fills @ret_status as waitid's si_code/si_status packed like wait(2)
 * (-1 if not our child). @ret_status may be NULL. Awaits. */
bool fiber_wait_pidfd (int pidfd, Deadline deadline, int *ret_status, GError **error);

/* A queue of fibers for one resource, first come first served: an object's job.
 * Zero-initialised is empty and free. */
typedef struct
{
  Fiber *owner;
  const char *what;
  uint64_t since;
  GQueue waiters;
} Job;

/* Awaits its turn for @job, at most until @deadline: then
 * VIR_ERR_OPERATION_TIMEOUT naming what holds it, for whom and since when (the words
 * follow @subject, e.g. "domain 'x'"). @what is static. Awaits. */
bool job_begin (Job *job, const char *what, const char *subject, Deadline deadline, GError **error);
void job_end (Job *job);

/* Scope form: `g_auto (JobGuard) guard = {0}; if (!job_guard (&guard, &vm->job, ...)) return false;`
 * The object that holds the job must outlive the scope: take a reference. */
typedef struct { Job *job; } JobGuard;
bool job_guard (JobGuard *guard, Job *job, const char *what, const char *subject,
                Deadline deadline, GError **error);
void job_guard_clear (JobGuard *guard);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JobGuard, job_guard_clear)

/* A fan-out: fibers of one group, awaited together. Zero-initialised. The group
 * must stay until group_wait returned true or all its fibers ended; members that
 * may outlive the waiter need a heap-allocated, counted context of their own. */
typedef struct
{
  unsigned int running;
  Wait wait;
} FiberGroup;
void group_start (FiberGroup *group, const char *name, const char *subject, FiberFunc func, void *data);
/* Awaits the end of all. False at @deadline, with fibers still running. Awaits. */
bool group_wait (FiberGroup *group, Deadline deadline, GError **error);
/* Awaits the end of all, whatever happens meanwhile, so that they may work on the waiter's stack. A cancellation is reported at
 * the next await. Awaits. */
void group_wait_all (FiberGroup *group);

/* The registry of live fibers, oldest first. */
typedef struct
{
  uint64_t id;
  const char *name, *subject;   /* borrowed for the callback */
  const char *why;              /* what it waits for; NULL: it runs or is ready */
  uint64_t since;               /* monotonic, microseconds, of the current await */
} FiberInfo;
typedef void (*FiberVisit) (const FiberInfo *info, void *data);
void fiber_foreach (FiberVisit visit, void *data);
unsigned int fiber_count (void);
