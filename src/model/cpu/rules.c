/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules.c: what holds for every architecture, and which rules hold for which. */
#include "model/cpu/rules-private.h"

#include <string.h>

static bool
fail_arch (const char *arch, GError **error)
{
  return fail (error, VIR_FROM_CPU, VIR_ERR_NO_SUPPORT, "nothing is known of CPUs of architecture '%s'", arch);
}

bool
cpu_compare (const Cpu *host, const Cpu *cpu, CpuComparison *ret, char **ret_reason, GError **error)
{
  CpuFamily family = cpu_family_of_arch (host->arch);

  *ret = CPU_INCOMPATIBLE;
  if (cpu->arch != NULL && (cpu_family_of_arch (cpu->arch) != family || family == CPU_FAMILY_UNKNOWN))
    {
      if (ret_reason != NULL)
        *ret_reason = g_strdup_printf ("architecture '%s' is not the host's, '%s'", cpu->arch, host->arch);
      return true;
    }
  if (family == CPU_FAMILY_X86)
    return x86_compare (host, cpu, ret, ret_reason, error);
  if (family == CPU_FAMILY_ARM || family == CPU_FAMILY_PPC64)
    return pvr_compare (family, host, cpu, ret, error);
  if (family == CPU_FAMILY_UNKNOWN)
    return fail_arch (host->arch, error);
  *ret = CPU_IDENTICAL;
  return true;
}

/* QEMU knows the models of s390x: nothing is looked up. */
static bool
s390_update (DomainCpu *guest, const Cpu *host, GError **error)
{
  if (guest->mode == CPU_MODE_HOST_MODEL)
    {
      g_autoptr (DomainCpu) own = cpu_copy_guest (guest);

      cpu_clear_policies (guest);
      cpu_copy_model (guest, &host->cpu);
      for (unsigned int i = 0; i < own->features.n; i++)
        cpu_set_policy (guest, own->features.items[i]->name, own->features.items[i]->policy);
      guest->mode = CPU_MODE_CUSTOM;
      guest->match = CPU_MATCH_EXACT;
    }
  if (guest->match == CPU_MATCH_MINIMUM)
    return fail (error, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "match 'minimum' is not known on s390x");
  for (unsigned int i = 0; i < guest->features.n; i++)
    if (guest->features.items[i]->policy == CPU_POLICY_OPTIONAL)
      return fail (error, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "feature '%s': policy 'optional' is not known on s390x",
                   guest->features.items[i]->name);
  return true;
}

bool
cpu_update (DomainCpu *guest, const Cpu *host, GError **error)
{
  CpuFamily family = cpu_family_of_arch (host->arch);

  if (guest->mode != CPU_MODE_CUSTOM && guest->mode != CPU_MODE_HOST_MODEL)
    return true;
  if (family == CPU_FAMILY_X86)
    return x86_update (guest, host, error);
  if (family == CPU_FAMILY_S390)
    return s390_update (guest, host, error);
  if (family == CPU_FAMILY_UNKNOWN)
    return fail_arch (host->arch, error);
  return pvr_update (family, guest, host, error);
}

bool
cpu_translate (DomainCpu *guest, const char *arch, GHashTable *choices, GError **error)
{
  CpuFamily family = cpu_family_of_arch (arch);

  if (guest->model == NULL || guest->mode != CPU_MODE_CUSTOM || choices == NULL || g_hash_table_contains (choices, guest->model))
    return true;
  if (guest->fallback == CPU_FALLBACK_FORBID || family != CPU_FAMILY_X86)
    return fail (error, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "the emulator has no CPU model '%s'", guest->model);
  return x86_translate (guest, choices, error);
}

DomainCpu *
cpu_baseline (Cpu *const *cpus, unsigned int n, const char *arch, GHashTable *choices, const CpuFeatures *limit,
              bool migratable, GError **error)
{
  const char *first = n > 0 && cpus[0]->arch != NULL ? cpus[0]->arch : arch;
  CpuFamily family = cpu_family_of_arch (first);

  if (n == 0)
    return fail_null (error, VIR_FROM_CPU, VIR_ERR_INVALID_ARG, "a baseline of no CPUs");
  for (unsigned int i = 0; i < n; i++)
    if (cpus[i]->cpu.model == NULL)
      return fail_null (error, VIR_FROM_CPU, VIR_ERR_INVALID_ARG, "CPU %u has no model", i);
  if (first == NULL)
    return fail_null (error, VIR_FROM_CPU, VIR_ERR_XML_ERROR, "cpu: element 'arch' is missing");
  if (family == CPU_FAMILY_X86)
    return x86_baseline (cpus, n, choices, limit, migratable, error);
  if (family == CPU_FAMILY_ARM || family == CPU_FAMILY_PPC64)
    return pvr_baseline (family, cpus, n, error);
  return fail_null (error, VIR_FROM_CPU, VIR_ERR_NO_SUPPORT, "CPUs of architecture '%s' have no baseline", first);
}

bool
cpu_expand (DomainCpu *guest, const char *arch, GError **error)
{
  return cpu_family_of_arch (arch) != CPU_FAMILY_X86 || guest->model == NULL || x86_expand (guest, error);
}

bool
cpu_has_feature (const DomainCpu *cpu, const char *arch, const char *feature, bool *ret_has, GError **error)
{
  CpuFeatures features;
  int number = cpu_feature_find (feature);

  if (cpu_family_of_arch (arch) != CPU_FAMILY_X86)
    {
      *ret_has = cpu_find_policy (cpu, feature) != NULL;
      return true;
    }
  if (number < 0)
    return fail (error, VIR_FROM_CPU, VIR_ERR_INTERNAL_ERROR, "no CPU feature is called '%s'", feature);
  if (!cpu_features_of (cpu, &features, error))
    return false;
  *ret_has = cpu_features_have (&features, (unsigned int) number);
  return true;
}

void
cpu_convert_legacy (DomainCpu *cpu)
{
  static const struct { char old[16], name[8]; } renamed[] = {
    { "POWER7_v2.1", "POWER7" }, { "POWER7_v2.3", "POWER7" }, { "POWER7+_v2.1", "POWER7" }, { "POWER8_v1.0", "POWER8" },
  };

  for (unsigned int i = 0; cpu->model != NULL && i < G_N_ELEMENTS (renamed); i++)
    if (strcmp (cpu->model, renamed[i].old) == 0)
      {
        g_free (cpu->model);
        cpu->model = g_strdup (renamed[i].name);
      }
}
