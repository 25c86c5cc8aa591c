/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pvr-rules.c: CPUs whose models are numbers: arm and ppc64. */
#include "model/cpu/rules-private.h"

#include <string.h>

static const CpuPvrModel *
find_model (CpuFamily family, const char *name, GError **error)
{
  const CpuPvrModel *model = cpu_pvr_model_find (family, name);

  if (model == NULL)
    fail (error, VIR_FROM_CPU, VIR_ERR_INTERNAL_ERROR, "no CPU model is called '%s'", name);
  return model;
}

/* Whether a host of @model runs guests of the POWER generation that host-model names ("power6"). */
static bool
has_compatibility_mode (const CpuPvrModel *model, const char *mode)
{
  g_autofree char *name = g_ascii_strup (mode, -1);
  const CpuPvrModel *older = cpu_pvr_model_find (CPU_FAMILY_PPC64, name);

  return older != NULL && g_str_has_prefix (mode, "power") && older <= model;
}

bool
pvr_compare (CpuFamily family, const Cpu *host, const Cpu *cpu, CpuComparison *ret, GError **error)
{
  const CpuPvrModel *of_host, *of_cpu;

  if (family == CPU_FAMILY_ARM)
    {
      *ret = CPU_IDENTICAL;
      return true;
    }
  if (cpu->cpu.vendor != NULL && g_strcmp0 (cpu->cpu.vendor, host->cpu.vendor) != 0)
    return true;
  of_host = find_model (family, host->cpu.model, error);
  if (of_host == NULL)
    return false;
  if (cpu->cpu.mode == CPU_MODE_HOST_MODEL)
    {
      if (cpu->cpu.model == NULL || has_compatibility_mode (of_host, cpu->cpu.model))
        *ret = CPU_IDENTICAL;
      return true;
    }
  of_cpu = find_model (family, cpu->cpu.model, error);
  if (of_cpu == of_host)
    *ret = CPU_IDENTICAL;
  return of_cpu != NULL;
}

bool
pvr_update (CpuFamily family, DomainCpu *guest, const Cpu *host, GError **error)
{
  if (guest->match == CPU_MATCH_MINIMUM)
    return fail (error, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "match 'minimum' needs CPUs that are made of features");
  if (family != CPU_FAMILY_ARM || guest->mode != CPU_MODE_HOST_MODEL)
    return true;
  guest->mode = CPU_MODE_CUSTOM;
  guest->match = CPU_MATCH_EXACT;
  cpu_copy_model (guest, &host->cpu);
  return true;
}

/* All CPUs must be of one model and its vendor. */
static bool
check_same (CpuFamily family, Cpu *const *cpus, unsigned int n, GError **error)
{
  const CpuPvrModel *first = NULL;

  for (unsigned int i = 0; i < n; i++)
    {
      const CpuPvrModel *model = find_model (family, cpus[i]->cpu.model, error);
      const char *vendor = cpus[i]->cpu.vendor;

      if (model == NULL)
        return false;
      if (first != NULL && model != first)
        return fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "the CPUs are of different models, %s and %s",
                     cpus[0]->cpu.model, cpus[i]->cpu.model);
      if (vendor != NULL && g_strcmp0 (vendor, cpu_pvr_model_vendor (model)) != 0)
        return fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "model '%s' is not of vendor '%s'",
                     cpus[i]->cpu.model, vendor);
      first = model;
    }
  return true;
}

DomainCpu *
pvr_baseline (CpuFamily family, Cpu *const *cpus, unsigned int n, GError **error)
{
  DomainCpu *out;

  if (family == CPU_FAMILY_PPC64 && !check_same (family, cpus, n, error))
    return NULL;
  out = domain_cpu_new ();
  out->mode = CPU_MODE_CUSTOM;
  out->match = CPU_MATCH_EXACT;
  out->fallback = family == CPU_FAMILY_PPC64 ? CPU_FALLBACK_FORBID : CPU_FALLBACK_ALLOW;
  out->model = g_strdup (cpus[0]->cpu.model);
  return out;
}
