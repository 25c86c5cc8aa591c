/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/error.h"
#include "util/fiber-private.h"
#include "util/loop.h"

static bool
job_timed_out (const Job *job, const char *what, const char *subject, GError **error)
{
  g_autofree char *owner = job->owner != NULL ? fiber_subject (job->owner) : NULL;

  return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_TIMEOUT,
               "cannot begin '%s' on %s: '%s'%s%s has held it for %" G_GUINT64_FORMAT " s",
               what, subject, job->what != NULL ? job->what : "nothing", owner != NULL ? " of " : "",
               owner != NULL ? owner : "", (loop_now () - job->since) / G_USEC_PER_SEC);
}

bool
job_begin (Job *job, const char *what, const char *subject, Deadline deadline, GError **error)
{
  if (job->owner != NULL)
    {
      g_autoptr (GError) local = NULL;
      Wait wait = { 0 };
      GList link = { .data = &wait };

      g_queue_push_tail_link (&job->waiters, &link);
      if (!wait_for (&wait, deadline, "its turn on an object", &local))
        {
          g_queue_unlink (&job->waiters, &link);
          if (virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
            return job_timed_out (job, what, subject, error);
          g_propagate_error (error, g_steal_pointer (&local));
          return false;
        }
      /* job_end has taken us off the queue and left the job to us. */
    }
  job->owner = fiber_self ();
  job->what = what;
  job->since = loop_now ();
  return true;
}

void
job_end (Job *job)
{
  GList *next = g_queue_pop_head_link (&job->waiters);
  Wait *wait = next != NULL ? next->data : NULL;

  job->what = NULL;
  /* Handed over at once, so that nobody who comes later overtakes. */
  job->owner = wait != NULL ? wait->fiber : NULL;
  job->since = loop_now ();
  if (wait != NULL)
    wait_done (wait);
}

bool
job_guard (JobGuard *guard, Job *job, const char *what, const char *subject,
           Deadline deadline, GError **error)
{
  if (!job_begin (job, what, subject, deadline, error))
    return false;
  guard->job = job;
  return true;
}

void
job_guard_clear (JobGuard *guard)
{
  if (guard->job != NULL)
    job_end (guard->job);
  guard->job = NULL;
}
