/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu-cpu.h"

#include "cpu-model.h"
#include "util/error.h"

static bool
names_feature (const DomainCpu *cpu, const char *name)
{
  for (unsigned int i = 0; i < cpu->features.n; i++)
    if (g_str_equal (cpu->features.items[i]->name, name))
      return true;
  return false;
}

/* What the document says of a feature itself stays. */
static void
add_features (DomainCpu *cpu, const GPtrArray *names, DomainCpuPolicy policy)
{
  for (unsigned int i = 0; i < names->len; i++)
    {
      DomainCpuFeature *feature;

      if (names_feature (cpu, names->pdata[i]))
        continue;
      feature = g_new0 (DomainCpuFeature, 1);
      feature->policy = policy;
      feature->name = g_strdup (names->pdata[i]);
      xml_list_append (&cpu->features, feature);
    }
}

bool
qemu_cpu_resolve (Domain *domain, const QemuCaps *caps, GError **error)
{
  QemuAccel accel = domain->type == VIRT_TYPE_KVM ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
  const GPtrArray *models = caps->cpus[accel];
  g_autoptr (GHashTable) names = NULL;
  g_autoptr (CpuGuess) guess = NULL;
  DomainCpu *cpu = domain->cpu;

  if (cpu == NULL || cpu->mode != CPU_MODE_HOST_MODEL)
    return true;
  names = g_hash_table_new (g_str_hash, g_str_equal);
  for (unsigned int i = 0; models != NULL && i < models->len; i++)
    g_hash_table_add (names, ((const QemuCpuModel *) models->pdata[i])->name);
  if (caps->cpu_host[accel] != NULL)
    guess = cpu_model_of_expansion (caps->cpu_host[accel], names);
  if (guess == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "CPU mode 'host-model' of domain '%s': no model of %s fits this host", domain->name, caps->binary);
  cpu->mode = CPU_MODE_CUSTOM;
  cpu->match = CPU_MATCH_EXACT;
  cpu->fallback = CPU_FALLBACK_FORBID;
  g_free (cpu->model);
  cpu->model = g_strdup (guess->model);
  if (cpu->vendor == NULL)
    cpu->vendor = g_strdup (guess->vendor);
  add_features (cpu, guess->required, CPU_POLICY_REQUIRE);
  add_features (cpu, guess->disabled, CPU_POLICY_DISABLE);
  return true;
}

void
qemu_cpu_learn (Domain *domain, const json_t *feature_words)
{
  DomainCpu *cpu = domain->cpu;
  g_autoptr (CpuGuess) real = NULL;

  if (cpu == NULL || cpu->mode != CPU_MODE_CUSTOM || cpu->model == NULL)
    return;
  real = cpu_model_compare (cpu->model, feature_words);
  if (real == NULL)
    return;
  add_features (cpu, real->required, CPU_POLICY_REQUIRE);
  add_features (cpu, real->disabled, CPU_POLICY_DISABLE);
  cpu->check = CPU_CHECK_FULL;
  cpu->fallback = CPU_FALLBACK_FORBID;
}
