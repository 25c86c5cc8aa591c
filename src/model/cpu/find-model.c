/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* find-model.c: which model describes a processor best. */
#include "model/cpu/facts.h"

#include <string.h>

#include "util/error.h"

/* A model, and what is to be said besides it. */
typedef struct
{
  const CpuModel *model;
  CpuFeatures required, disabled;
  CpuFeatures gone;             /* disabled too: the model's own once */
  unsigned int n_required, n_disabled;
  bool is_named;                /* by CpuSearch.named */
  bool is_same_chip;            /* by signature */
} Candidate;

/* What is missing costs more than what is added, and the more the more of it there is: 1 for two features, 3 for
 * four, 6 for six. */
static unsigned int
penalty (const Candidate *candidate)
{
  unsigned int pairs = (candidate->n_disabled + 1) / 2;

  return pairs * (pairs + 1) / 2;
}

static bool
is_better (const Candidate *candidate, const Candidate *current)
{
  unsigned int of_candidate = candidate->n_required + candidate->n_disabled + penalty (candidate);
  unsigned int of_current = current->n_required + current->n_disabled + penalty (current);

  if (candidate->is_same_chip != current->is_same_chip)
    return candidate->is_same_chip;
  if (candidate->is_named && candidate->n_disabled == 0 && current->n_disabled > 0)
    return true;
  if (of_candidate != of_current)
    return of_candidate < of_current;
  return penalty (candidate) < penalty (current);
}

/* Whether @model may be the answer, and with which blockers. */
static bool
is_allowed (const CpuModel *model, const CpuFacts *facts, const CpuSearch *search, const CpuFeatures **ret_blockers)
{
  const char *vendor = cpu_model_vendor (model);
  void *blockers = NULL;

  if (!(search->host ? model->host : model->guest))
    return false;
  if (vendor != NULL && facts->vendor != NULL && strcmp (vendor, facts->vendor) != 0)
    return false;
  if (search->choices != NULL && !g_hash_table_lookup_extended (search->choices, cpu_model_name (model), NULL, &blockers))
    return false;
  *ret_blockers = blockers;
  return true;
}

/* What is to be said besides the model. Of its features those that the emulator would refuse are not there; the emulator's
 * own idea of the model may have more of these. */
static Candidate
describe (const CpuModel *model, const CpuFacts *facts, const CpuSearch *search, const CpuFeatures *blockers)
{
  Candidate c = { .model = model, .is_same_chip = cpu_model_has_signature (model, &facts->signature) };
  CpuFeatures have = facts->features, expected = model->features;

  if (blockers != NULL)
    {
      CpuFeatures refused = cpu_features_common (&model->features, blockers);

      have = cpu_features_without (&have, &refused);
      expected = cpu_features_union (&expected, blockers);
    }
  c.required = cpu_features_without (&have, &model->features);
  if (search->migratable)
    {
      CpuFeatures unmigratable = cpu_features_unmigratable ();

      c.required = cpu_features_without (&c.required, &unmigratable);
    }
  c.disabled = cpu_features_without (&expected, &have);
  if (!search->host)
    c.gone = cpu_features_without (&model->removed, &have);
  c.disabled = cpu_features_without (&c.disabled, &c.gone);
  c.n_required = cpu_features_count (&c.required);
  c.n_disabled = cpu_features_count (&c.disabled) + cpu_features_count (&c.gone);
  c.is_named = search->named != NULL && g_strv_contains (search->named, cpu_model_name (model));
  return c;
}

static void
add_policies (DomainCpu *cpu, const CpuFeatures *features, DomainCpuPolicy policy)
{
  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    if (cpu_features_have (features, i))
      cpu_set_policy (cpu, cpu_feature_name (i), policy);
}

static DomainCpu *
write_cpu (const Candidate *found, const CpuFacts *facts, const CpuSearch *search)
{
  DomainCpu *cpu = domain_cpu_new ();

  cpu->model = g_strdup (cpu_model_name (found->model));
  cpu->vendor = g_strdup (facts->vendor);
  if (!search->host)
    {
      cpu->mode = CPU_MODE_CUSTOM;
      cpu->match = CPU_MATCH_EXACT;
      cpu->fallback = CPU_FALLBACK_ALLOW;
    }
  add_policies (cpu, &found->required, search->host ? CPU_POLICY_ABSENT : CPU_POLICY_REQUIRE);
  add_policies (cpu, &found->disabled, CPU_POLICY_DISABLE);
  add_policies (cpu, &found->gone, CPU_POLICY_DISABLE);
  return cpu;
}

DomainCpu *
cpu_find_model (const CpuFacts *facts, const CpuSearch *search, GError **error)
{
  Candidate best = { .model = NULL };

  for (unsigned int i = cpu_model_count (); i-- > 0;)
    {
      const CpuModel *model = cpu_model_at (i);
      const CpuFeatures *blockers = NULL;
      Candidate candidate;

      if (!is_allowed (model, facts, search, &blockers))
        continue;
      candidate = describe (model, facts, search, blockers);
      if (search->host && candidate.n_disabled > 0)
        continue;
      if (g_strcmp0 (search->wanted, cpu_model_name (model)) == 0)
        return write_cpu (&candidate, facts, search);
      if (best.model == NULL || is_better (&candidate, &best))
        best = candidate;
    }
  if (best.model != NULL)
    return write_cpu (&best, facts, search);
  fail (error, VIR_FROM_CPU, VIR_ERR_OPERATION_FAILED, "no known CPU model fits these features");
  return NULL;
}
