/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"

static GString *trace;
static Job job;

static void
turn_until_idle (void)
{
  while (fiber_count () > 0)
    loop_turn (1000);
}

static void
yielding (void *data)
{
  for (int i = 0; i < 3; i++)
    {
      g_string_append (trace, data);
      g_assert_true (fiber_yield (NULL));
    }
}

static void
test_interleave (void)
{
  fiber_start ("a", NULL, yielding, (void *) "a");
  fiber_start ("b", NULL, yielding, (void *) "b");
  turn_until_idle ();
  g_assert_cmpstr (trace->str, ==, "ababab");
}

static void
nested_child (void *data)
{
  g_string_append (trace, "c");
}

static void
nested (void *data)
{
  g_string_append (trace, "p");
  fiber_start ("child", NULL, nested_child, NULL);
  g_string_append (trace, "q");
}

static void
test_start_inside (void)
{
  fiber_start ("parent", NULL, nested, NULL);
  turn_until_idle ();
  g_assert_cmpstr (trace->str, ==, "pqc");
}

static void
sleeping (void *data)
{
  uint64_t begin = loop_now ();

  g_assert_true (fiber_sleep (20, NULL));
  g_assert_cmpuint (loop_now () - begin, >=, 20000);
}

static void
times_out (void *data)
{
  g_autoptr (GError) error = NULL;
  Wait wait = { 0 };

  g_assert_false (wait_for (&wait, deadline_in_ms (5), "nothing", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_TIMEOUT);
}

static void
test_timers (void)
{
  for (int i = 0; i < 100; i++)
    {
      fiber_start ("sleep", NULL, sleeping, NULL);
      fiber_start ("timeout", NULL, times_out, NULL);
    }
  turn_until_idle ();
}

static void
is_cancelled (void *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fiber_sleep (100000, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_ABORTED);
  g_string_append (trace, "x");
}

static void
test_cancel (void)
{
  Fiber *fiber = fiber_start ("victim", "s", is_cancelled, NULL);

  fiber_cancel (fiber);
  turn_until_idle ();
  g_assert_cmpstr (trace->str, ==, "x");
}

static char *
describe_user (void *data)
{
  return g_strdup_printf ("user %s", (const char *) data);
}

static void
job_user (void *data)
{
  g_auto (JobGuard) guard = { 0 };

  fiber_set_describe (describe_user);

  g_assert_true (job_guard (&guard, &job, "use", "the object", FOREVER, NULL));
  g_string_append (trace, data);
  g_assert_true (fiber_yield (NULL));
  g_string_append (trace, data);
}

static void
job_hopeful (void *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (job_begin (&job, "wish", "the object", loop_now (), &error));
  g_assert_nonnull (strstr (error->message, "'use' of user 1 has held it"));
}

static void
test_job_order (void)
{
  fiber_start ("1", NULL, job_user, (void *) "1");
  fiber_start ("2", NULL, job_user, (void *) "2");
  fiber_start ("no", NULL, job_hopeful, NULL);
  fiber_start ("3", NULL, job_user, (void *) "3");
  turn_until_idle ();
  g_assert_cmpstr (trace->str, ==, "112233");
  g_assert_null (job.owner);
}

static void
waits_for_child (void *data)
{
  pid_t pid = fork ();
  int pidfd, status = 0;

  if (pid == 0)
    _exit (7);
  pidfd = (int) syscall (SYS_pidfd_open, pid, 0);
  g_assert_true (fiber_wait_pidfd (pidfd, FOREVER, &status, NULL));
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 7);
  close (pidfd);
}

static void
group_owner (void *data)
{
  FiberGroup group = { 0 };

  group_start (&group, "m", NULL, sleeping, NULL);
  group_start (&group, "m", NULL, waits_for_child, NULL);
  g_assert_false (group_wait (&group, loop_now (), NULL));
  g_assert_true (group_wait (&group, FOREVER, NULL));
  g_assert_cmpuint (group.running, ==, 0);
}

/* Who waits for all is not cut short, and hears of its cancellation afterwards. */
static void
cancelled_group_owner (void *data)
{
  FiberGroup group = { 0 };
  GError *error = NULL;

  group_start (&group, "m", NULL, sleeping, NULL);
  fiber_cancel (fiber_self ());
  group_wait_all (&group);
  g_assert_cmpuint (group.running, ==, 0);
  g_assert_false (fiber_yield (&error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_ABORTED);
  g_clear_error (&error);
}

static void
test_cancelled_group (void)
{
  fiber_start ("owner", NULL, cancelled_group_owner, NULL);
  turn_until_idle ();
}

static void
test_group (void)
{
  fiber_start ("owner", NULL, group_owner, NULL);
  turn_until_idle ();
}

static void
ping (void *data)
{
  Wait wait = { 0 };

  for (int i = 0; i < 100000; i++)
    {
      wait_done (&wait);
      g_assert_true (wait_for (&wait, FOREVER, "itself", NULL));
    }
  *(int *) data = 1;
}

static void
test_done_before_wait_is_no_switch (void)
{
  int ended = 0;

  fiber_start ("ping", NULL, ping, &ended);
  g_assert_cmpint (ended, ==, 1);
}

static void
with_trace (const void *func)
{
  trace = g_string_new (NULL);
  ((void (*) (void)) func) ();
  g_string_free (trace, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/fiber/interleave", test_interleave, with_trace);
  g_test_add_data_func ("/fiber/start-inside", test_start_inside, with_trace);
  g_test_add_data_func ("/fiber/timers", test_timers, with_trace);
  g_test_add_data_func ("/fiber/cancel", test_cancel, with_trace);
  g_test_add_data_func ("/fiber/job-order", test_job_order, with_trace);
  g_test_add_data_func ("/fiber/group", test_group, with_trace);
  g_test_add_data_func ("/fiber/cancelled-group", test_cancelled_group, with_trace);
  g_test_add_data_func ("/fiber/done-before-wait", test_done_before_wait_is_no_switch, with_trace);
  return g_test_run ();
}
