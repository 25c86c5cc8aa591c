/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that write a guest's memory to a file. */
#include "driver.h"
#include "handlers/handlers.h"
#include "vm/dump.h"

#define DUMP_FLAGS (VIR_DUMP_LIVE | VIR_DUMP_CRASH | VIR_DUMP_BYPASS_CACHE | VIR_DUMP_RESET | VIR_DUMP_MEMORY_ONLY)

static const struct { unsigned int one, other; const char *text; } exclusive[] = {
  { VIR_DUMP_CRASH, VIR_DUMP_LIVE, "VIR_DUMP_CRASH and VIR_DUMP_LIVE" },
  { VIR_DUMP_CRASH, VIR_DUMP_RESET, "VIR_DUMP_CRASH and VIR_DUMP_RESET" },
  { VIR_DUMP_LIVE, VIR_DUMP_RESET, "VIR_DUMP_LIVE and VIR_DUMP_RESET" },
};

static bool
dump (const RemoteNonnullDomain *dom, const char *to, unsigned int format, unsigned int flags, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };

  for (unsigned int i = 0; i < G_N_ELEMENTS (exclusive); i++)
    if ((flags & exclusive[i].one) && (flags & exclusive[i].other))
      return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "the flags %s exclude each other", exclusive[i].text);
  if (format > VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "there is no dump format %u", format);
  if (*to != '/')
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "the path '%s' of a dump is not absolute", to);
  if (!handler_check_flags (flags, DUMP_FLAGS, "virDomainCoreDumpWithFormat", error))
    return false;
  vm = handler_active_vm_job (dom, &guard, "dump", error);
  return vm != NULL && vm_dump (vm, to, format, flags, error);
}

bool
handle_domain_core_dump (Call *call, const DomainCoreDumpArgs *args, GError **error)
{
  return dump (&args->dom, args->to, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, args->flags, error);
}

bool
handle_domain_core_dump_with_format (Call *call, const DomainCoreDumpWithFormatArgs *args, GError **error)
{
  return dump (&args->dom, args->to, args->dumpformat, args->flags, error);
}
