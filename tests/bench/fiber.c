/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fiber.c: bench-fiber, what entering and leaving a fiber costs. */
#include "util/fiber.h"

#include "support.h"
#include "util/fiber-private.h"

typedef struct
{
  Wait wait;
  unsigned long left;
} Sleeper;

static void
sleeper_main (void *data)
{
  Sleeper *sleeper = data;

  for (; sleeper->left > 0; sleeper->left--)
    wait_for (&sleeper->wait, FOREVER, "the benchmark", NULL);
}

static void
nothing (void *data)
{
  (void) data;
}

/* A fiber parks and is entered again: all that a call that awaits costs. */
static double
measure_switch (unsigned long count)
{
  Sleeper sleeper = { .left = count };
  double begin = now_us ();

  fiber_start ("sleeper", NULL, sleeper_main, &sleeper);
  while (sleeper.left > 0)
    {
      wait_done (&sleeper.wait);
      fiber_ready_run ();
    }
  return (now_us () - begin) * 1000 / (double) count;
}

/* A fiber that never awaits: all that such a call costs. */
static double
measure_start (unsigned long count)
{
  double begin = now_us ();

  for (unsigned long i = 0; i < count; i++)
    fiber_start ("nothing", NULL, nothing, NULL);
  return (now_us () - begin) * 1000 / (double) count;
}

static void
run_switch (int argc, char **argv)
{
  unsigned long count = (unsigned long) argument (argc, argv, 0, 1000000);

  measure_switch (count / 10);
  result_number ("round_trip_ns", measure_switch (count));
  result_number ("start_ns", measure_start (count));
  result_end ();
}

int
main (int argc, char **argv)
{
  static const Command commands[] = { { "switch", "[COUNT]", 0, run_switch }, { 0 } };

  return commands_main (commands, argc, argv);
}
