/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_CATEGORY "util.loop"
#include "util/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "util/fiber-private.h"
#include "util/log.h"

typedef struct
{
  LoopFunc func;
  void *data;
} Deferred;

struct IoWatch
{
  int fd;
  const char *name;
  IoFunc func;
  void *data;
};

#define BATCH 64

static struct
{
  sd_event *event;
  int epoll;               /* the watches, and sd_event's own descriptor */
  struct epoll_event batch[BATCH];
  int n_batch;
  GQueue deferred;
  bool quit;
  int code;
  uint64_t stall_limit;
  uint64_t fiber_time;     /* spent in fibers during the current turn */
  uint64_t batch_now;      /* while ready fibers run one after another: the time; else 0 */
  const char *note;
  LoopStats stats;
} loop = { .deferred = G_QUEUE_INIT, .stall_limit = 10 * 1000 };

sd_event *
loop_event (void)
{
  struct epoll_event item = { .events = EPOLLIN };

  if (loop.event != NULL)
    return loop.event;
  loop.epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (loop.epoll < 0 || sd_event_new (&loop.event) < 0
      || epoll_ctl (loop.epoll, EPOLL_CTL_ADD, sd_event_get_fd (loop.event), &item) < 0)
    g_error ("cannot make the event loop");
  return loop.event;
}

IoWatch *
io_watch_new (int fd, uint32_t events, const char *name, IoFunc func, void *data)
{
  g_autofree IoWatch *watch = g_new (IoWatch, 1);
  struct epoll_event item = { .events = events, .data.ptr = watch };

  loop_event ();
  *watch = (IoWatch) { fd, name, func, data };
  if (epoll_ctl (loop.epoll, EPOLL_CTL_ADD, fd, &item) < 0)
    return NULL;
  return g_steal_pointer (&watch);
}

void
io_watch_set_events (IoWatch *watch, uint32_t events)
{
  struct epoll_event item = { .events = events, .data.ptr = watch };

  epoll_ctl (loop.epoll, EPOLL_CTL_MOD, watch->fd, &item);
}

void
io_watch_free (IoWatch *watch)
{
  if (watch == NULL)
    return;
  epoll_ctl (loop.epoll, EPOLL_CTL_DEL, watch->fd, NULL);
  /* It may be further down in the batch that is being dispatched. */
  for (int i = 0; i < loop.n_batch; i++)
    if (loop.batch[i].data.ptr == watch)
      loop.batch[i].data.ptr = NULL;
  g_free (watch);
}

uint64_t
loop_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * G_USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

void
loop_defer (LoopFunc func, void *data)
{
  Deferred *deferred = g_new (Deferred, 1);

  *deferred = (Deferred) { func, data };
  g_queue_push_tail (&loop.deferred, deferred);
}

void
loop_note (const char *name)
{
  loop.note = name;
}

uint64_t
loop_stall_begin (void)
{
  return loop.batch_now != 0 ? loop.batch_now : loop_now ();
}

static void
account (uint64_t took, const char *name)
{
  if (took > loop.stats.longest_us)
    {
      loop.stats.longest_us = took;
      loop.stats.longest_name = name;
    }
  if (took <= loop.stall_limit)
    return;
  loop.stats.stalls++;
  log_warning ("the loop was held for %" G_GUINT64_FORMAT " us by '%s'", took, name);
}

uint64_t
loop_stall_end (uint64_t begin, const char *name)
{
  uint64_t end = loop_now ();

  loop.fiber_time += end - begin;
  account (end - begin, name);
  if (loop.batch_now != 0)
    loop.batch_now = end;
  return end;
}

/* Runs what the dispatch left behind: deferred functions, then ready fibers. */
static void
run_ready (void)
{
  for (unsigned int n = loop.deferred.length; n > 0; n--)
    {
      g_autofree Deferred *deferred = g_queue_pop_head (&loop.deferred);

      deferred->func (deferred->data);
    }
  loop.batch_now = fiber_ready_pending () ? loop_now () : 0;
  fiber_ready_run ();
  loop.batch_now = 0;
}

/* Runs @fired's dispatch under the stall meter, less what its fibers took. */
static void
dispatch_measured (void (*dispatch) (void *), void *data)
{
  uint64_t begin = loop_now (), took;

  loop.fiber_time = 0;
  dispatch (data);
  took = loop_now () - begin;
  account (took > loop.fiber_time ? took - loop.fiber_time : 0, loop.note);
}

static void
dispatch_watch (void *data)
{
  const struct epoll_event *item = data;
  const IoWatch *watch = item->data.ptr;

  loop.note = watch->name;
  watch->func (item->events, watch->data);
}

static void
dispatch_event (void *data)
{
  loop.note = "an event source";
  if (sd_event_dispatch (data) < 0)
    g_error ("the event loop failed");
}

void
loop_turn (int timeout_ms)
{
  sd_event *event = loop_event ();
  bool pending = loop.deferred.length > 0 || fiber_ready_pending ();
  int armed = sd_event_prepare (event);

  loop.stats.turns++;
  loop.n_batch = epoll_wait (loop.epoll, loop.batch, BATCH, pending || armed > 0 ? 0 : timeout_ms);
  for (int i = 0; i < loop.n_batch; i++)
    if (loop.batch[i].data.ptr != NULL)
      dispatch_measured (dispatch_watch, &loop.batch[i]);
  loop.n_batch = 0;
  if (armed == 0)
    armed = sd_event_wait (event, 0);
  if (armed < 0)
    g_error ("the event loop failed: %s", g_strerror (-armed));
  if (armed > 0)
    dispatch_measured (dispatch_event, event);
  run_ready ();
}

int
loop_run (void)
{
  loop.quit = false;
  while (!loop.quit)
    loop_turn (-1);
  return loop.code;
}

void
loop_quit (int code)
{
  loop.quit = true;
  loop.code = code;
}

void
loop_set_stall_limit (uint64_t limit_us)
{
  loop.stall_limit = limit_us;
}

LoopStats
loop_stats (void)
{
  return loop.stats;
}
