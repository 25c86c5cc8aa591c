/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parked.c: a process with fibers that wait, for the test of fibers.py. */
#include <stdio.h>

#include "util/fiber.h"
#include "util/loop.h"

static Job job;

/* A frame of its own, with something in it. */
static __attribute__ ((noinline)) bool
inner_frame (Job *waiting_job, const char *subject)
{
  volatile int depth = 2;

  return job_begin (waiting_job, "the second step", subject, FOREVER, NULL) && depth == 2;
}

static void
holder (void *data)
{
  job_begin (&job, "the first step", data, FOREVER, NULL);
  fiber_sleep (60 * 1000, NULL);
}

static void
waiter (void *data)
{
  inner_frame (&job, data);
}

int
main (void)
{
  fiber_start ("holder", "guest 'a'", holder, (void *) "guest 'a'");
  fiber_start ("waiter", "guest 'b'", waiter, (void *) "guest 'b'");
  puts ("parked");
  fflush (stdout);
  return loop_run ();
}
