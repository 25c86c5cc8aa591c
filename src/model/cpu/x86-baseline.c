/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* x86-baseline.c: the best CPU that several hosts can give. */
#include "model/cpu/rules-private.h"

#include <string.h>

/* What is known while the CPUs are looked at. */
typedef struct
{
  CpuFacts facts;               /* what they have in common */
  const char *vendor;           /* of all: what each says, or else its model */
  bool vendor_is_said;          /* by every one */
  const char *model;            /* of all, or NULL */
} Common;

/* Vendors must not differ, whether they are said or follow from the model. */
static bool
add_vendor (Common *common, const DomainCpu *cpu, bool is_first, GError **error)
{
  const char *of_model = cpu_model_vendor (cpu_model_find (cpu->model));
  const char *vendor = cpu->vendor != NULL ? cpu->vendor : is_first ? NULL : of_model;

  if (cpu->vendor == NULL)
    common->vendor_is_said = false;
  else if (!cpu_vendor_is_known (cpu->vendor))
    return fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "no CPU vendor is called '%s'", cpu->vendor);
  else if (!is_first && of_model != NULL && strcmp (of_model, cpu->vendor) != 0)
    return fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "model '%s' is of vendor %s, not of %s", cpu->model, of_model,
                 cpu->vendor);
  if (vendor == NULL)
    return true;
  if (common->vendor != NULL && strcmp (common->vendor, vendor) != 0)
    return fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "the CPUs are of different vendors, %s and %s", common->vendor,
                 vendor);
  common->vendor = vendor;
  return true;
}

static bool
add_cpu (Common *common, const DomainCpu *cpu, bool is_first, GError **error)
{
  CpuFeatures features;

  if (!cpu_features_of (cpu, &features, error) || !add_vendor (common, cpu, is_first, error))
    return false;
  common->facts.features = is_first ? features : cpu_features_common (&common->facts.features, &features);
  if (is_first)
    common->model = cpu->model;
  else if (g_strcmp0 (common->model, cpu->model) != 0)
    common->model = NULL;
  return true;
}

DomainCpu *
x86_baseline (Cpu *const *cpus, unsigned int n, GHashTable *choices, const CpuFeatures *limit, bool migratable, GError **error)
{
  Common common = { .vendor_is_said = true };
  g_autofree const char **named = g_new0 (const char *, n + 1);
  CpuSearch search = { .choices = choices, .named = named, .migratable = migratable };
  DomainCpu *out;

  for (unsigned int i = 0; i < n; i++)
    {
      if (!add_cpu (&common, &cpus[i]->cpu, i == 0, error))
        return NULL;
      named[i] = cpus[i]->cpu.model;
    }
  if (limit != NULL)
    common.facts.features = cpu_features_common (&common.facts.features, limit);
  if (cpu_features_count (&common.facts.features) == 0)
    return fail_null (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "the CPUs have no feature in common");
  common.facts.vendor = common.vendor;
  search.wanted = common.model;
  out = cpu_find_model (&common.facts, &search, error);
  if (out == NULL)
    return NULL;
  if (g_strcmp0 (out->model, common.model) == 0)
    out->fallback = CPU_FALLBACK_FORBID;
  if (!common.vendor_is_said)
    g_clear_pointer (&out->vendor, g_free);
  return out;
}
