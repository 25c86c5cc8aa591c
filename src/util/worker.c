/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"

/* More blocking calls than this at once wait for a thread. */
#define MAX_THREADS 16
/* GLib looks every half second, so that a thread is gone within a second. */
#define IDLE_MS 250

typedef struct
{
  WorkerFunc func;
  void *args;
  GDestroyNotify free_args;
  bool ok, abandoned;
  GError *error;
  Wait wait;
} Work;

static struct
{
  GThreadPool *pool;
  GAsyncQueue *finished;
  int wakeup;
} workers = { .wakeup = -1 };

static void
work_free (Work *work)
{
  g_clear_error (&work->error);
  g_free (work);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static void
thread_main (void *data, void *unused)
{
  Work *work = data;
  uint64_t one = 1;

  work->ok = work->func (work->args, &work->error);
  g_async_queue_push (workers.finished, work);
  /* Cannot fail but by a full counter, and then the loop is awake anyway. */
  if (write (workers.wakeup, &one, sizeof one) < 0)
    return;
}

static int
on_finished (sd_event_source *source, int fd, uint32_t events, void *data)
{
  uint64_t count;
  Work *work;

  if (read (fd, &count, sizeof count) < 0)
    return 0;
  while ((work = g_async_queue_try_pop (workers.finished)) != NULL)
    if (!work->abandoned)
      wait_done (&work->wait);
    else
      {
        if (work->free_args != NULL)
          work->free_args (work->args);
        work_free (work);
      }
  return 0;
}

static void
workers_init (void)
{
  sd_event_source *source = NULL;

  if (workers.pool != NULL)
    return;
  workers.finished = g_async_queue_new ();
  workers.wakeup = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (workers.wakeup < 0 || sd_event_add_io (loop_event (), &source, workers.wakeup, 1, on_finished, NULL) < 0)
    g_error ("cannot make the workers' wake-up");
  sd_event_source_set_description (source, "worker results");
  sd_event_source_set_floating (source, 1);
  sd_event_source_unref (source);
  g_thread_pool_set_max_idle_time (IDLE_MS);
  workers.pool = g_thread_pool_new (thread_main, NULL, MAX_THREADS, FALSE, NULL);
}

bool
worker_run_until (const char *name, WorkerFunc func, void *args, GDestroyNotify free_args,
                  uint64_t deadline, bool *ret_abandoned, GError **error)
{
  g_autoptr (Work) work = g_new0 (Work, 1);

  if (ret_abandoned != NULL)
    *ret_abandoned = false;
  if (fiber_self () == NULL)
    return func (args, error);

  workers_init ();
  work->func = func;
  work->args = args;
  work->free_args = free_args;
  g_thread_pool_push (workers.pool, work, NULL);
  if (!wait_for (&work->wait, deadline, name, error))
    {
      work->abandoned = true;
      g_steal_pointer (&work);
      if (ret_abandoned != NULL)
        *ret_abandoned = true;
      return false;
    }
  if (!work->ok)
    g_propagate_error (error, g_steal_pointer (&work->error));
  return work->ok;
}

bool
worker_run (const char *name, WorkerFunc func, void *args, GError **error)
{
  g_autoptr (Work) work = g_new0 (Work, 1);
  bool cancelled = false;

  if (fiber_self () == NULL)
    return func (args, error);

  workers_init ();
  work->func = func;
  work->args = args;
  g_thread_pool_push (workers.pool, work, NULL);
  /* The thread uses our caller's memory: a cancellation has to wait for it. */
  while (!wait_for (&work->wait, FOREVER, name, NULL))
    cancelled = true;
  if (cancelled)
    fiber_cancel (fiber_self ());
  if (!work->ok)
    g_propagate_error (error, g_steal_pointer (&work->error));
  return work->ok;
}
