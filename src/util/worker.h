/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* worker.h: blocking work off the loop.
 *
 * The function runs on a thread of a small pool as a function of values: it may
 * touch only what @args points to, which belongs to the worker until it ends.
 * Idle threads leave after a second, so that an idle daemon has one thread. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include <stdint.h>

/* Does the blocking work; reports failure through @error. Runs on a thread: no
 * fibers, no loop, no daemon objects. */
typedef bool (*WorkerFunc) (void *args, GError **error);

/* Runs @func (@args) on a worker and awaits its end, whatever happens meanwhile
 * (a cancellation is reported at the next await). @name is static. On the loop's
 * own stack (start-up, tests) it runs @func directly. Awaits. */
bool worker_run (const char *name, WorkerFunc func, void *args, GError **error);

/* As worker_run, but stops awaiting at @deadline: then @args is left to the
 * worker, which frees it with @free_args when it ends. On every other return the
 * caller still owns @args. Awaits. */
bool worker_run_until (const char *name, WorkerFunc func, void *args, GDestroyNotify free_args,
                       uint64_t deadline, bool *ret_abandoned, GError **error);
