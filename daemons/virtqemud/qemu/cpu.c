/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu.h"

#include "host/cpu.h"
#include "util/error.h"
#include "util/json.h"

static QemuAccel
accel_of (const Domain *domain)
{
  return domain->type == VIRT_TYPE_KVM ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
}

GHashTable *
qemu_cpu_choices (const QemuCaps *caps, QemuAccel accel)
{
  const GPtrArray *models = caps->cpus[accel];
  GHashTable *choices = cpu_choices_new ();

  for (unsigned int i = 0; models != NULL && i < models->len; i++)
    {
      const QemuCpuModel *model = models->pdata[i];
      CpuFeatures blockers = { { 0 } };

      for (unsigned int k = 0; model->blockers != NULL && model->blockers[k] != NULL; k++)
        {
          int feature = cpu_feature_find_qemu (model->blockers[k]);

          if (feature >= 0)
            cpu_features_add (&blockers, (unsigned int) feature);
        }
      cpu_choices_add (choices, model->name, &blockers);
    }
  return choices;
}

Cpu *
qemu_cpu_host_model (const QemuCaps *caps, QemuAccel accel, const char *arch)
{
  g_autoptr (GHashTable) choices = qemu_cpu_choices (caps, accel);
  CpuSearch search = { .choices = choices };
  g_autoptr (DomainCpu) found = NULL;
  CpuFacts facts;
  Cpu *cpu;

  if (caps->cpu_host[accel] == NULL || cpu_family_of_arch (arch) != CPU_FAMILY_X86)
    return NULL;
  facts = cpu_facts_of_expansion (caps->cpu_host[accel]);
  found = cpu_find_model (&facts, &search, NULL);
  if (found == NULL)
    return NULL;
  cpu = xml_new (&cpu_schema);
  cpu->arch = g_strdup (arch);
  cpu_copy_model (&cpu->cpu, found);
  return cpu;
}

bool
qemu_cpu_known_features (const QemuCaps *caps, QemuAccel accel, bool migratable, CpuFeatures *ret)
{
  json_t *props = json_object_get (caps->cpu_host[accel], "props"), *value;
  const char *name;

  *ret = (CpuFeatures) { { 0 } };
  json_object_foreach (props, name, value)
    {
      int feature = json_is_boolean (value) ? cpu_feature_find_qemu (name) : -1;

      if (feature >= 0)
        cpu_features_add (ret, (unsigned int) feature);
    }
  /* A KVM guest's clock rate is the one thing that QEMU takes away for a migration's sake. */
  if (migratable && accel == QEMU_ACCEL_KVM)
    cpu_features_remove (ret, (unsigned int) cpu_feature_find ("invtsc"));
  return props != NULL;
}

/* What QEMU gives, and with KVM also what the chip has: QEMU's word may be too strict for a guest that does not care. */
static Cpu *
widen_host (const Cpu *host, QemuAccel accel)
{
  Cpu *wide = xml_copy (&cpu_schema, host);
  CpuFacts facts;

  if (accel == QEMU_ACCEL_KVM && host_cpu_facts (&facts))
    for (unsigned int i = 0; i < cpu_feature_count (); i++)
      if (cpu_features_have (&facts.features, i))
        cpu_set_policy (&wide->cpu, cpu_feature_name (i), CPU_POLICY_REQUIRE);
  return wide;
}

static bool
check_custom (const Domain *domain, const Cpu *host, QemuAccel accel, GError **error)
{
  g_autoptr (Cpu) wide = NULL;
  const Cpu guest = { .cpu = *domain->cpu };    /* borrows */
  g_autofree char *reason = NULL;
  CpuComparison result;

  if (domain->cpu->mode != CPU_MODE_CUSTOM || domain->cpu->check == CPU_CHECK_NONE || domain->cpu->match == CPU_MATCH_MINIMUM)
    return true;
  wide = widen_host (host, accel);
  if (!cpu_compare (wide, &guest, &result, &reason, error))
    return false;
  return result != CPU_INCOMPATIBLE
         || fail (error, VIR_FROM_CPU, VIR_ERR_CPU_INCOMPATIBLE, "the CPU of domain '%s' does not fit this host: %s",
                  domain->name, reason != NULL ? reason : "it is another one");
}

void
qemu_cpu_drop_without_effect (DomainCpu *cpu)
{
  static const char *const names[] = { "cmt", "mbm_total", "mbm_local", "osxsave", "ospke" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    cpu_remove_policy (cpu, names[i]);
}

/* What QEMU has no word for is off without being said. */
static void
drop_unknown (DomainCpu *cpu, const QemuCaps *caps, QemuAccel accel)
{
  CpuFeatures known;

  if (!qemu_cpu_known_features (caps, accel, false, &known))
    return;
  for (unsigned int i = cpu->features.n; i-- > 0;)
    {
      const DomainCpuFeature *item = cpu->features.items[i];
      bool is_off = item->policy == CPU_POLICY_DISABLE || item->policy == CPU_POLICY_FORBID;
      int feature = cpu_feature_find (item->name);

      if (is_off && feature >= 0 && !cpu_features_have (&known, (unsigned int) feature))
        cpu_remove_policy (cpu, item->name);
    }
}

/* What KVM gives to a guest it gives elsewhere too, but for a clock of a constant rate; TCG has no more than it can move. */
static void
drop_unmigratable (Cpu *host, QemuAccel accel)
{
  if (accel == QEMU_ACCEL_KVM)
    cpu_remove_policy (&host->cpu, "invtsc");
  else
    cpu_drop_unmigratable (host);
}

bool
qemu_cpu_resolve (Domain *domain, const QemuCaps *caps, GError **error)
{
  QemuAccel accel = accel_of (domain);
  g_autoptr (GHashTable) choices = NULL;
  g_autoptr (Cpu) host = NULL;
  DomainCpu *cpu = domain->cpu;

  if (cpu == NULL || (cpu->mode != CPU_MODE_HOST_MODEL && (cpu->mode != CPU_MODE_CUSTOM || cpu->model == NULL)))
    return true;
  host = qemu_cpu_host_model (caps, accel, domain->os.arch);
  if (host == NULL)
    return cpu->mode != CPU_MODE_HOST_MODEL
           || fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                    "CPU mode 'host-model' of domain '%s': no model of %s fits this host", domain->name, caps->binary);
  if (!check_custom (domain, host, accel, error))
    return false;
  drop_unmigratable (host, accel);
  choices = qemu_cpu_choices (caps, accel);
  if (!cpu_update (cpu, host, error) || !cpu_translate (cpu, domain->os.arch, choices, error))
    return false;
  cpu->fallback = CPU_FALLBACK_FORBID;
  qemu_cpu_drop_without_effect (cpu);
  drop_unknown (cpu, caps, accel);
  return true;
}

bool
qemu_cpu_update (Domain *domain, GError **error)
{
  g_autoptr (QemuCaps) caps = NULL;
  g_autoptr (Cpu) host = NULL;

  if (domain->cpu == NULL || domain->emulator == NULL)
    return true;
  caps = qemu_caps_get (domain->emulator, error);
  if (caps == NULL)
    return false;
  host = qemu_cpu_host_model (caps, accel_of (domain), domain->os.arch);
  if (host == NULL)
    return true;
  drop_unmigratable (host, accel_of (domain));
  /* A document does not keep the fallback of a model that it does not name. */
  if (domain->cpu->model == NULL)
    domain->cpu->fallback = CPU_FALLBACK_ABSENT;
  return cpu_update (domain->cpu, host, error);
}

/* The register of an item of "feature-words" that the feature is in. */
static bool
is_word_of (const json_t *word, const CpuFeature *feature)
{
  static const char *const registers[] = { "EAX", "EBX", "ECX", "EDX" };

  return feature->source == CPU_SOURCE_CPUID && json_get_int (word, "cpuid-input-eax", -1) == feature->leaf
         && json_get_int (word, "cpuid-input-ecx", 0) == feature->subleaf
         && g_str_equal (json_get_string (word, "cpuid-register", ""), registers[feature->reg]);
}

static CpuFeatures
read_words (const json_t *feature_words)
{
  CpuFeatures enabled = { { 0 } };
  const json_t *word;
  size_t w;

  json_array_foreach ((json_t *) feature_words, w, word)
    for (unsigned int i = 0; i < cpu_feature_count (); i++)
      if (is_word_of (word, cpu_feature_at (i)) && (json_get_int (word, "features", 0) & cpu_feature_at (i)->mask) != 0)
        cpu_features_add (&enabled, i);
  return enabled;
}

/* Whether the guest lacks a feature. Those of model specific registers are not in the words, but the features without
 * which these registers are not there are. */
static bool
is_missing (unsigned int feature, const CpuFeatures *enabled)
{
  const CpuFeature *of = cpu_feature_at (feature);
  const char *gate = host_cpu_msr_feature (of->leaf);
  int needed = of->source == CPU_SOURCE_CPUID ? (int) feature : gate != NULL ? cpu_feature_find (gate) : -1;

  return needed >= 0 && !cpu_features_have (enabled, (unsigned int) needed);
}

/* What was asked for and is missing, and what QEMU's own idea of the model has and cannot give. */
static CpuFeatures
find_disabled (const CpuFeatures *wanted, const CpuFeatures *enabled, const json_t *unavailable)
{
  CpuFeatures disabled = { { 0 } };
  json_t *name;
  size_t n;

  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (wanted, i) && is_missing (i, enabled))
      cpu_features_add (&disabled, i);
  json_array_foreach ((json_t *) unavailable, n, name)
    {
      int feature = json_is_string (name) ? cpu_feature_find_qemu (json_string_value (name)) : -1;

      if (feature >= 0)
        cpu_features_add (&disabled, (unsigned int) feature);
    }
  return cpu_features_without (&disabled, enabled);
}

bool
qemu_cpu_learn (Domain *domain, const json_t *feature_words, const json_t *unavailable, GError **error)
{
  DomainCpu *cpu = domain->cpu;
  CpuFeatures wanted, enabled, disabled;

  if (cpu == NULL || cpu->mode != CPU_MODE_CUSTOM || cpu->model == NULL || cpu_model_find (cpu->model) == NULL)
    return true;
  if (!cpu_features_of (cpu, &wanted, error))
    return false;
  enabled = read_words (feature_words);
  disabled = find_disabled (&wanted, &enabled, unavailable);
  if (!cpu_update_live (cpu, &enabled, &disabled, error))
    return false;
  cpu->check = CPU_CHECK_FULL;
  cpu->fallback = CPU_FALLBACK_FORBID;
  return true;
}
