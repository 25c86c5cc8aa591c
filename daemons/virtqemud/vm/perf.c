/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "qemu/process.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/worker.h"

#define NO_COUNTER UINT32_MAX

/* The kernel's counter of each event. Those of caches' monitoring are in resctrl today. */
static const struct { uint32_t type, config; } counters[] = {
  [PERF_EVENT_CMT] = { NO_COUNTER, 0 },
  [PERF_EVENT_MBMT] = { NO_COUNTER, 0 },
  [PERF_EVENT_MBML] = { NO_COUNTER, 0 },
  [PERF_EVENT_CPU_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
  [PERF_EVENT_INSTRUCTIONS] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
  [PERF_EVENT_CACHE_REFERENCES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES },
  [PERF_EVENT_CACHE_MISSES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
  [PERF_EVENT_BRANCH_INSTRUCTIONS] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
  [PERF_EVENT_BRANCH_MISSES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
  [PERF_EVENT_BUS_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES },
  [PERF_EVENT_STALLED_CYCLES_FRONTEND] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
  [PERF_EVENT_STALLED_CYCLES_BACKEND] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
  [PERF_EVENT_REF_CPU_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
  [PERF_EVENT_CPU_CLOCK] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK },
  [PERF_EVENT_TASK_CLOCK] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
  [PERF_EVENT_PAGE_FAULTS] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
  [PERF_EVENT_CONTEXT_SWITCHES] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
  [PERF_EVENT_CPU_MIGRATIONS] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
  [PERF_EVENT_PAGE_FAULTS_MIN] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN },
  [PERF_EVENT_PAGE_FAULTS_MAJ] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ },
  [PERF_EVENT_ALIGNMENT_FAULTS] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS },
  [PERF_EVENT_EMULATION_FAULTS] = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS },
};

/* An event that is counted. */
typedef struct
{
  DomainPerfEventName event;
  GArray *fds;                  /* of int, one a thread */
} Counted;

const char *
vm_perf_name (DomainPerfEventName event)
{
  return xml_enum_name (&perf_event_names, event);
}

static void
counted_clear (void *item)
{
  Counted *counted = item;

  for (unsigned int i = 0; i < counted->fds->len; i++)
    fd_clear (&g_array_index (counted->fds, int, i));
  g_array_unref (counted->fds);
}

static Counted *
find (const Vm *vm, DomainPerfEventName event)
{
  for (unsigned int i = 0; vm->perf != NULL && i < vm->perf->len; i++)
    if (g_array_index (vm->perf, Counted, i).event == event)
      return &g_array_index (vm->perf, Counted, i);
  return NULL;
}

static bool
open_for_thread (pid_t tid, CgroupPlace place, void *user, GError **error)
{
  const Counted *counted = user;
  struct perf_event_attr attr = {
    .size = sizeof attr, .type = counters[counted->event].type, .config = counters[counted->event].config, .inherit = 1,
  };
  int fd = (int) syscall (SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

  if (fd < 0 && errno == ESRCH)
    return true;
  if (fd < 0)
    return fail_errno (error, VIR_FROM_PERF, errno, "the kernel does not count '%s'", vm_perf_name (counted->event));
  g_array_append_val (counted->fds, fd);
  return true;
}

typedef struct
{
  pid_t pid;
  Counted counted;
} Opening;

static bool
open_all (void *args, GError **error)
{
  Opening *opening = args;

  return cgroup_threads (opening->pid, (CgroupPlace) { CGROUP_WHOLE, 0 }, open_for_thread, &opening->counted, error);
}

bool
vm_perf_set (Vm *vm, DomainPerfEventName event, bool enabled, GError **error)
{
  Opening opening = { .counted.event = event };
  Counted *known = find (vm, event);

  if (!enabled)
    {
      if (known != NULL)
        g_array_remove_index (vm->perf, (unsigned int) (known - &g_array_index (vm->perf, Counted, 0)));
      return true;
    }
  if (known != NULL)
    return true;
  if (counters[event].type == NO_COUNTER)
    return fail (error, VIR_FROM_PERF, VIR_ERR_ARGUMENT_UNSUPPORTED, "the host does not count '%s'", vm_perf_name (event));
  if (vm->process == NULL)
    return vm_require_active (vm, error);
  opening.pid = vm->process->pid;
  opening.counted.fds = g_array_new (FALSE, FALSE, sizeof (int));
  /* It may have ended meanwhile. */
  if (!worker_run ("counters", open_all, &opening, error) || !vm_require_active (vm, error))
    {
      counted_clear (&opening.counted);
      return false;
    }
  if (vm->perf == NULL)
    {
      vm->perf = g_array_new (FALSE, FALSE, sizeof (Counted));
      g_array_set_clear_func (vm->perf, counted_clear);
    }
  g_array_append_val (vm->perf, opening.counted);
  return true;
}

bool
vm_perf_begin (Vm *vm, GError **error)
{
  const DomainPerf *perf = vm->live != NULL ? vm->live->perf : NULL;

  bool wanted[PERF_EVENT_EMULATION_FAULTS + 1] = { false };

  for (unsigned int i = 0; perf != NULL && i < perf->events.n; i++)
    wanted[perf->events.items[i]->name] = perf->events.items[i]->enabled == TRI_YES;
  for (DomainPerfEventName event = PERF_EVENT_CMT; event <= PERF_EVENT_EMULATION_FAULTS; event++)
    if (wanted[event] && !vm_perf_set (vm, event, true, error))
      return false;
  return true;
}

bool
vm_perf_is_on (const Vm *vm, DomainPerfEventName event)
{
  return find (vm, event) != NULL;
}

bool
vm_perf_read (const Vm *vm, DomainPerfEventName event, uint64_t *ret_count)
{
  const Counted *counted = find (vm, event);

  *ret_count = 0;
  for (unsigned int i = 0; counted != NULL && i < counted->fds->len; i++)
    {
      uint64_t count;

      if (read (g_array_index (counted->fds, int, i), &count, sizeof count) == (ssize_t) sizeof count)
        *ret_count += count;
    }
  return counted != NULL;
}

void
vm_perf_end (Vm *vm)
{
  g_clear_pointer (&vm->perf, g_array_unref);
}
