/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/worker.h"

typedef struct { pthread_t thread; unsigned int ms; bool should_fail; } Args;

static bool
blocks (void *data, GError **error)
{
  Args *args = data;

  args->thread = pthread_self ();
  g_usleep (args->ms * 1000);
  if (args->should_fail)
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "as asked");
  return true;
}

static void
user (void *data)
{
  g_autoptr (GError) error = NULL;
  Args args = { .ms = 20 };

  g_assert_true (worker_run ("test", blocks, &args, NULL));
  g_assert_false (pthread_equal (args.thread, pthread_self ()));
  args.should_fail = true;
  g_assert_false (worker_run ("test", blocks, &args, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
}

static void
impatient (void *data)
{
  g_autoptr (GError) error = NULL;
  Args *args = g_new0 (Args, 1);
  bool abandoned = false;

  args->ms = 60;
  g_assert_false (worker_run_until ("test", blocks, args, g_free, deadline_in_ms (5), &abandoned, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_TIMEOUT);
  g_assert_true (abandoned);
  g_assert_true (fiber_sleep (100, NULL));
}

static void
test_workers (void)
{
  for (int i = 0; i < 40; i++)
    fiber_start ("user", NULL, user, NULL);
  fiber_start ("impatient", NULL, impatient, NULL);
  while (fiber_count () > 0)
    loop_turn (1000);
}

static void
test_direct (void)
{
  Args args = { .ms = 0 };

  g_assert_true (worker_run ("test", blocks, &args, NULL));
  g_assert_true (pthread_equal (args.thread, pthread_self ()));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/run", test_workers);
  g_test_add_func ("/worker/direct", test_direct);
  return g_test_run ();
}
