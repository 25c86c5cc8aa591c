/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/spawn.h"

#include "util/worker.h"

typedef struct
{
  const ProcessSpec *spec;
  pid_t pid;
  int pidfd;
} Work;

static bool
spawn_work (void *args, GError **error)
{
  Work *work = args;

  return process_spawn (work->spec, &work->pid, &work->pidfd, error);
}

bool
qemu_spawn (const ProcessSpec *spec, pid_t *ret_pid, int *ret_pidfd, GError **error)
{
  Work work = { .spec = spec, .pidfd = -1 };

  if (!worker_run ("start QEMU", spawn_work, &work, error))
    return false;
  *ret_pid = work.pid;
  *ret_pidfd = work.pidfd;
  return true;
}
