/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of guests, of which none that takes time exists yet, and how far they are. */
#include "handlers/handlers.h"

bool
handle_domain_get_job_info (Call *call, const DomainGetJobInfoArgs *args, DomainGetJobInfoRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->type = VIR_DOMAIN_JOB_NONE;
  return true;
}

bool
handle_domain_get_job_stats (Call *call, const DomainGetJobStatsArgs *args, DomainGetJobStatsRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED,
                            "virDomainGetJobStats", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL || (!(args->flags & VIR_DOMAIN_JOB_STATS_COMPLETED) && !vm_require_active (vm, error)))
    return false;
  ret->type = VIR_DOMAIN_JOB_NONE;
  return true;
}

static bool
abort_job (const RemoteNonnullDomain *dom, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (dom, error);

  return vm != NULL && fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "no job of domain '%s' is under way", vm->name);
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
