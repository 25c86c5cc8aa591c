/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about a guest's CPUs and memory. */
#include <stdio.h>
#include <string.h>

#include "cgroup/cgroup.h"
#include "handlers/agent.h"
#include "handlers/handlers.h"
#include "qemu/process.h"
#include "util/host.h"
#include "util/json.h"
#include "util/loop.h"
#include "vm/figures.h"
#include "vm/memory.h"
#include "vm/threads.h"

/* --- memory ----------------------------------------------------------------------------------------- */

bool
handle_domain_memory_stats (Call *call, const DomainMemoryStatsArgs *args, DomainMemoryStatsRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  MemoryStat stats[VIR_DOMAIN_MEMORY_STAT_NR];
  unsigned int n;

  if (!handler_check_flags (args->flags, 0, "virDomainMemoryStats", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  n = vm_memory_stats (vm, true, loop_now (), stats, NULL);
  if (!vm_require_active (vm, error))
    return false;
  n = MIN (n, args->maxStats);
  ret->stats = g_new0 (RemoteDomainMemoryStat, n);
  for (; ret->n_stats < n; ret->n_stats++)
    {
      ret->stats[ret->n_stats].tag = stats[ret->n_stats].tag;
      ret->stats[ret->n_stats].val = stats[ret->n_stats].value;
    }
  return true;
}

/* --- CPUs --------------------------------------------------------------------------------------------- */

static bool
total_cpu_stats (const Vm *vm, Params *params, GError **error)
{
  QemuUsage usage;

  if (vm->process == NULL || !qemu_process_usage (vm->process, &usage, error))
    return false;
  params_add_ullong (params, VIR_DOMAIN_CPU_STATS_CPUTIME, usage.cpu_ns);
  params_add_ullong (params, VIR_DOMAIN_CPU_STATS_USERTIME, usage.user_ns);
  params_add_ullong (params, VIR_DOMAIN_CPU_STATS_SYSTEMTIME, usage.system_ns);
  return true;
}

/* Only control groups of version 1 count this. */
static bool
each_cpu_stats (const Vm *vm, const DomainGetCpuStatsArgs *args, Params *params, int *ret_n, GError **error)
{
  g_auto (GStrv) times = vm->process != NULL ? cgroup_cpu_times (vm->process->cgroup) : NULL;
  unsigned int first, cpus = times != NULL ? MIN (g_strv_length (times), host_cpu_count ()) : 0;

  if (times == NULL)
    return fail (error, VIR_FROM_CGROUP, VIR_ERR_OPERATION_UNSUPPORTED,
                 "the host does not count what each of its CPUs does for domain '%s': only the total is known",
                 vm->name);
  *ret_n = args->ncpus == 0 ? (int) cpus : 1;
  if (args->ncpus == 0)
    return true;
  if (args->start_cpu < 0 || (unsigned int) args->start_cpu >= cpus)
    return fail (error, VIR_FROM_CGROUP, VIR_ERR_INVALID_ARG, "the host has no CPU %d: it has %u", args->start_cpu, cpus);
  first = (unsigned int) args->start_cpu;
  for (unsigned int i = first; args->nparams > 0 && i < MIN (cpus, first + args->ncpus); i++)
    params_add_ullong (params, VIR_DOMAIN_CPU_STATS_CPUTIME, g_ascii_strtoull (times[i], NULL, 10));
  return true;
}

/* Total: cpu -1. */
bool
handle_domain_get_cpu_stats (Call *call, const DomainGetCpuStatsArgs *args, DomainGetCpuStatsRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };

  if (!handler_check_flags (args->flags, VIR_TYPED_PARAM_STRING_OKAY, "virDomainGetCPUStats", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  if (args->start_cpu != -1)
    {
      if (!each_cpu_stats (vm, args, &params, &ret->nparams, error))
        return false;
      params_reply (&params, -1, &ret->params, &ret->n_params, NULL);
      return true;
    }
  if (!total_cpu_stats (vm, &params, error))
    return false;
  params_reply (&params, (int) args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  ret->nparams = args->nparams == 0 ? ret->nparams : (int) ret->n_params;
  return true;
}

void
handler_put_vcpu (Vm *vm, unsigned int number, RemoteVcpuInfo *ret)
{
  pid_t thread = vm_vcpu_thread (vm, number);

  *ret = (RemoteVcpuInfo) { .number = number, .state = VIR_VCPU_RUNNING, .cpu = 0 };
  if (thread != 0)
    qemu_thread_usage (vm->process->pid, thread, &ret->cpu_time, &ret->cpu, NULL);
}
