/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of guests that take time, which are dumps, and how far they are. */
#include "handlers/handlers.h"
#include "util/loop.h"
#include "vm/dump.h"
#include "vm/events.h"

static uint64_t
elapsed_ms (const VmDump *dump)
{
  return (loop_now () - dump->since) / 1000;
}

static uint64_t
figure (const json_t *status, const char *name)
{
  uint64_t value = 0;

  for (unsigned int i = 0; i < VM_JOB_FIGURES; i++)
    if (g_str_equal (vm_job_figure_name (i), name) && vm_job_figure (status, i, &value))
      return value;
  return 0;
}

bool
handle_domain_get_job_info (Call *call, const DomainGetJobInfoArgs *args, DomainGetJobInfoRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (&args->dom, error);
  const VmDump *dump;

  if (vm == NULL)
    return false;
  dump = vm->dump;
  ret->type = dump != NULL ? VIR_DOMAIN_JOB_UNBOUNDED : VIR_DOMAIN_JOB_NONE;
  if (dump == NULL)
    return true;
  ret->timeElapsed = elapsed_ms (dump);
  ret->memTotal = dump->memory_only ? dump->total : figure (dump->status, VIR_DOMAIN_JOB_MEMORY_TOTAL);
  ret->memProcessed = dump->memory_only ? dump->done : figure (dump->status, VIR_DOMAIN_JOB_MEMORY_PROCESSED);
  ret->memRemaining = dump->memory_only ? dump->total - dump->done : figure (dump->status, VIR_DOMAIN_JOB_MEMORY_REMAINING);
  ret->dataTotal = ret->memTotal;
  ret->dataProcessed = ret->memProcessed;
  ret->dataRemaining = ret->memRemaining;
  return true;
}

static void
add_status (Params *params, const json_t *status)
{
  for (unsigned int i = 0; i < VM_JOB_FIGURES; i++)
    {
      uint64_t value;

      if (vm_job_figure (status, i, &value))
        params_add_ullong (params, vm_job_figure_name (i), value);
    }
}

static void
add_progress (Params *params, const VmDump *dump)
{
  if (!dump->memory_only && dump->status != NULL)
    {
      add_status (params, dump->status);
      return;
    }
  params_add_ullong (params, VIR_DOMAIN_JOB_TIME_ELAPSED, elapsed_ms (dump));
  params_add_ullong (params, VIR_DOMAIN_JOB_MEMORY_TOTAL, dump->total);
  params_add_ullong (params, VIR_DOMAIN_JOB_MEMORY_PROCESSED, dump->done);
  params_add_ullong (params, VIR_DOMAIN_JOB_MEMORY_REMAINING, dump->total - dump->done);
}

/* What is asked for once is forgotten, unless the client says to keep it. */
static void
put_completed (Vm *vm, unsigned int flags, DomainGetJobStatsRet *ret, Params *params)
{
  ret->type = vm->last_job != NULL ? VIR_DOMAIN_JOB_COMPLETED : VIR_DOMAIN_JOB_NONE;
  if (vm->last_job == NULL)
    return;
  params_add_int (params, VIR_DOMAIN_JOB_OPERATION, VIR_DOMAIN_JOB_OPERATION_DUMP);
  add_status (params, vm->last_job);
  if (!(flags & VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED))
    vm_dump_forget (vm);
}

bool
handle_domain_get_job_stats (Call *call, const DomainGetJobStatsArgs *args, DomainGetJobStatsRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  bool completed = args->flags & VIR_DOMAIN_JOB_STATS_COMPLETED;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED,
                            "virDomainGetJobStats", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL || (!completed && !vm_require_active (vm, error)))
    return false;
  ret->type = VIR_DOMAIN_JOB_NONE;
  if (completed)
    put_completed (vm, args->flags, ret, &params);
  else if (vm->dump != NULL)
    {
      ret->type = VIR_DOMAIN_JOB_UNBOUNDED;
      params_add_int (&params, VIR_DOMAIN_JOB_OPERATION, VIR_DOMAIN_JOB_OPERATION_DUMP);
      add_progress (&params, vm->dump);
    }
  params_reply (&params, -1, &ret->params, &ret->n_params, NULL);
  return true;
}

static bool
abort_job (const RemoteNonnullDomain *dom, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (dom, error);

  return vm != NULL && vm_dump_abort (vm, error);
}

bool
handle_domain_abort_job (Call *call, const DomainAbortJobArgs *args, GError **error)
{
  return abort_job (&args->dom, error);
}

bool
handle_domain_abort_job_flags (Call *call, const DomainAbortJobFlagsArgs *args, GError **error)
{
  return handler_check_flags (args->flags, VIR_DOMAIN_ABORT_JOB_POSTCOPY, "virDomainAbortJobFlags", error)
         && abort_job (&args->dom, error);
}
