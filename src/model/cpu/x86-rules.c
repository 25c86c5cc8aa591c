/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* x86-rules.c: comparing and adapting CPUs that are a model and features. */
#include "model/cpu/rules-private.h"

#include <string.h>

static const CpuModel *
find_model (const char *name, GError **error)
{
  const CpuModel *model = cpu_model_find (name);

  if (model == NULL)
    fail (error, VIR_FROM_CPU, VIR_ERR_INTERNAL_ERROR, "no CPU model is called '%s'", name);
  return model;
}

static int
find_feature (const char *name, GError **error)
{
  int feature = cpu_feature_find (name);

  if (feature < 0)
    fail (error, VIR_FROM_CPU, VIR_ERR_INTERNAL_ERROR, "no CPU feature is called '%s'", name);
  return feature;
}

/* The features of each policy. */
typedef struct { CpuFeatures of[CPU_POLICY_LAST]; } CpuPolicies;

/* Without @with_optional, what is optional counts for nothing and may be unknown. */
static bool
read_policies (const DomainCpu *cpu, bool with_optional, CpuPolicies *ret, GError **error)
{
  memset (ret, 0, sizeof *ret);
  for (unsigned int i = 0; i < cpu->features.n; i++)
    {
      const DomainCpuFeature *item = cpu->features.items[i];
      int feature;

      if (item->policy == CPU_POLICY_OPTIONAL && !with_optional)
        continue;
      feature = find_feature (item->name, error);
      if (feature < 0)
        return false;
      cpu_features_add (&ret->of[item->policy != CPU_POLICY_ABSENT ? item->policy : CPU_POLICY_REQUIRE], (unsigned int) feature);
    }
  return true;
}

bool
cpu_features_of (const DomainCpu *cpu, CpuFeatures *ret, GError **error)
{
  const CpuModel *model = cpu->model != NULL ? find_model (cpu->model, error) : NULL;
  CpuPolicies by;

  if ((cpu->model != NULL && model == NULL) || !read_policies (cpu, false, &by, error))
    return false;
  *ret = cpu_features_union (&by.of[CPU_POLICY_REQUIRE], &by.of[CPU_POLICY_FORCE]);
  if (model != NULL)
    *ret = cpu_features_union (ret, &model->features);
  *ret = cpu_features_without (ret, &by.of[CPU_POLICY_DISABLE]);
  *ret = cpu_features_without (ret, &by.of[CPU_POLICY_FORBID]);
  return true;
}

char *
cpu_features_to_text (const CpuFeatures *features)
{
  GString *text = g_string_new (NULL);

  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (features, i))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", cpu_feature_name (i));
  return g_string_free (text, FALSE);
}

/* --- comparing --------------------------------------------------------------------------- */

static bool
say (char **ret_reason, char *text)
{
  if (ret_reason != NULL && text != NULL)
    *ret_reason = text;
  else
    g_free (text);
  return true;
}

/* What is left of @host besides what @cpu speaks of. */
static CpuFeatures
find_extra (const CpuFeatures *host, const CpuFeatures *wanted, const CpuPolicies *by)
{
  CpuFeatures extra = cpu_features_without (host, wanted);

  extra = cpu_features_without (&extra, &by->of[CPU_POLICY_FORCE]);
  extra = cpu_features_without (&extra, &by->of[CPU_POLICY_OPTIONAL]);
  return cpu_features_without (&extra, &by->of[CPU_POLICY_DISABLE]);
}

static bool
compare_features (const CpuFeatures *host, const DomainCpu *cpu, CpuComparison *ret, char **ret_reason, GError **error)
{
  CpuFeatures wanted, bad, nothing = { { 0 } };
  CpuPolicies by;

  if (!read_policies (cpu, true, &by, error) || !cpu_features_of (cpu, &wanted, error))
    return false;
  bad = cpu_features_common (host, &by.of[CPU_POLICY_FORBID]);
  if (cpu_features_count (&bad) > 0)
    {
      g_autofree char *names = cpu_features_to_text (&bad);

      return say (ret_reason, g_strdup_printf ("the host has forbidden features: %s", names));
    }
  wanted = cpu_features_without (&wanted, &by.of[CPU_POLICY_FORCE]);
  wanted = cpu_features_without (&wanted, &by.of[CPU_POLICY_OPTIONAL]);
  bad = cpu_features_without (&wanted, host);
  if (cpu_features_count (&bad) > 0)
    {
      g_autofree char *names = cpu_features_to_text (&bad);

      return say (ret_reason, g_strdup_printf ("the host lacks required features: %s", names));
    }
  bad = find_extra (host, &wanted, &by);
  if (memcmp (&bad, &nothing, sizeof bad) == 0)
    *ret = CPU_IDENTICAL;
  else if (cpu->match != CPU_MATCH_STRICT)
    *ret = CPU_SUPERSET;
  else
    {
      g_autofree char *names = cpu_features_to_text (&bad);

      return say (ret_reason, g_strdup_printf ("the host has features beyond those of a strict match: %s", names));
    }
  return true;
}

bool
x86_compare (const Cpu *host, const Cpu *cpu, CpuComparison *ret, char **ret_reason, GError **error)
{
  CpuFeatures of_host;

  if (cpu->cpu.vendor != NULL && g_strcmp0 (cpu->cpu.vendor, host->cpu.vendor) != 0)
    return say (ret_reason, g_strdup_printf ("the host's CPU is not of vendor '%s'", cpu->cpu.vendor));
  return cpu_features_of (&host->cpu, &of_host, error) && compare_features (&of_host, &cpu->cpu, ret, ret_reason, error);
}

/* --- adapting ------------------------------------------------------------------------------- */

/* Optional features that @host has are required, others disabled. */
static bool
settle_optional (DomainCpu *guest, const CpuFeatures *host, GError **error)
{
  for (unsigned int i = 0; i < guest->features.n; i++)
    {
      DomainCpuFeature *item = guest->features.items[i];
      int feature = item->policy == CPU_POLICY_OPTIONAL ? find_feature (item->name, error) : 0;

      if (feature < 0)
        return false;
      if (item->policy == CPU_POLICY_OPTIONAL)
        item->policy = cpu_features_have (host, (unsigned int) feature) ? CPU_POLICY_REQUIRE : CPU_POLICY_DISABLE;
    }
  return true;
}

/* Puts the host's model below what the guest says itself. */
static void
take_host_model (DomainCpu *guest, const DomainCpu *host)
{
  g_autoptr (DomainCpu) own = cpu_copy_guest (guest);
  char *vendor = g_strdup (guest->mode == CPU_MODE_HOST_MODEL ? host->vendor : guest->vendor);

  cpu_clear_policies (guest);
  cpu_copy_model (guest, host);
  g_free (guest->vendor);
  guest->vendor = vendor;
  for (unsigned int i = 0; i < own->features.n; i++)
    cpu_set_policy (guest, own->features.items[i]->name, own->features.items[i]->policy);
  guest->mode = CPU_MODE_CUSTOM;
  guest->match = CPU_MATCH_EXACT;
  if (guest->fallback == CPU_FALLBACK_ABSENT)
    guest->fallback = CPU_FALLBACK_ALLOW;
}

/* QEMU may still give what was the model's once: a guest gets it only if it says so. */
static void
disable_removed (DomainCpu *guest, const CpuModel *model)
{
  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (&model->removed, i) && cpu_find_policy (guest, cpu_feature_name (i)) == NULL)
      cpu_set_policy (guest, cpu_feature_name (i), CPU_POLICY_DISABLE);
}

bool
x86_update (DomainCpu *guest, const Cpu *host, GError **error)
{
  const CpuModel *model;
  CpuFeatures of_host;

  if (!cpu_features_of (&host->cpu, &of_host, error) || !settle_optional (guest, &of_host, error))
    return false;
  if (guest->mode == CPU_MODE_HOST_MODEL || guest->match == CPU_MATCH_MINIMUM)
    take_host_model (guest, &host->cpu);
  if (guest->model == NULL)
    return true;
  model = find_model (guest->model, error);
  if (model != NULL)
    disable_removed (guest, model);
  return model != NULL;
}

bool
x86_translate (DomainCpu *guest, GHashTable *choices, GError **error)
{
  const CpuModel *model = find_model (guest->model, error);
  CpuFacts facts = { .signature = { 0, 0, 0 } };
  CpuSearch search = { .choices = choices };
  g_autoptr (DomainCpu) found = NULL;
  g_autofree char *vendor = NULL;

  if (model == NULL || !cpu_features_of (guest, &facts.features, error))
    return false;
  facts.vendor = cpu_model_vendor (model);
  found = cpu_find_model (&facts, &search, error);
  if (found == NULL)
    return false;
  for (unsigned int i = 0; i < guest->features.n; i++)
    cpu_set_policy (found, guest->features.items[i]->name, guest->features.items[i]->policy);
  vendor = g_strdup (guest->vendor);
  cpu_clear_policies (guest);
  cpu_copy_model (guest, found);
  g_free (guest->vendor);
  guest->vendor = g_steal_pointer (&vendor);
  return true;
}

void
cpu_drop_unmigratable (Cpu *host)
{
  CpuFeatures gone = cpu_features_unmigratable ();

  if (cpu_family_of_arch (host->arch) != CPU_FAMILY_X86)
    return;
  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (&gone, i))
      cpu_remove_policy (&host->cpu, cpu_feature_name (i));
}

bool
x86_expand (DomainCpu *guest, GError **error)
{
  const CpuModel *model = find_model (guest->model, error);

  if (model == NULL)
    return false;
  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (&model->features, i) && cpu_find_policy (guest, cpu_feature_name (i)) == NULL)
      cpu_set_policy (guest, cpu_feature_name (i), CPU_POLICY_REQUIRE);
  cpu_sort_policies (guest);
  return true;
}

bool
cpu_update_live (DomainCpu *guest, const CpuFeatures *enabled, const CpuFeatures *disabled, GError **error)
{
  CpuFeatures wanted, missing, added;

  if (!cpu_features_of (guest, &wanted, error))
    return false;
  missing = cpu_features_common (&wanted, disabled);
  added = cpu_features_without (enabled, &wanted);
  if (guest->check == CPU_CHECK_FULL && cpu_features_count (&missing) + cpu_features_count (&added) > 0)
    {
      g_autofree char *lost = cpu_features_to_text (&missing), *found = cpu_features_to_text (&added);

      return fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED,
                   "the guest's CPU is not what was asked for: it lacks (%s) and has besides (%s)", lost, found);
    }
  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (&added, i))
      cpu_set_policy (guest, cpu_feature_name (i), CPU_POLICY_REQUIRE);
    else if (cpu_features_have (disabled, i))
      cpu_set_policy (guest, cpu_feature_name (i), CPU_POLICY_DISABLE);
  return true;
}
