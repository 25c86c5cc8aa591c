/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_CATEGORY "util.loop"
#include "util/loop.h"

#include <time.h>

#include "util/fiber-private.h"
#include "util/log.h"

typedef struct
{
  LoopFunc func;
  void *data;
} Deferred;

static struct
{
  sd_event *event;
  GQueue deferred;
  bool quit;
  int code;
  uint64_t stall_limit;
  uint64_t fiber_time;     /* spent in fibers during the current turn */
  const char *note;
  LoopStats stats;
} loop = { .deferred = G_QUEUE_INIT, .stall_limit = 10 * 1000 };

sd_event *
loop_event (void)
{
  if (loop.event == NULL && sd_event_new (&loop.event) < 0)
    g_error ("cannot make the event loop");
  return loop.event;
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
  return loop_now ();
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

void
loop_stall_end (uint64_t begin, const char *name)
{
  uint64_t took = loop_now () - begin;

  loop.fiber_time += took;
  account (took, name);
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
  fiber_ready_run ();
}

void
loop_turn (int timeout_ms)
{
  sd_event *event = loop_event ();
  bool pending = loop.deferred.length > 0 || fiber_ready_pending ();
  uint64_t begin;
  int r;

  loop.stats.turns++;
  r = sd_event_prepare (event);
  if (r == 0)
    r = sd_event_wait (event, pending ? 0 : timeout_ms < 0 ? UINT64_MAX : (uint64_t) timeout_ms * 1000);
  begin = loop_now ();
  loop.fiber_time = 0;
  loop.note = "an event source";
  if (r > 0)
    r = sd_event_dispatch (event);
  if (r < 0)
    g_error ("the event loop failed: %s", g_strerror (-r));
  if (r > 0)
    {
      uint64_t took = loop_now () - begin;

      account (took > loop.fiber_time ? took - loop.fiber_time : 0, loop.note);
    }
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
