/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cpu/facts.h"

#include <string.h>

#include "util/json.h"

/* Haswell's transactions were taken back by its makers, all but those of the Xeon E7: the bits may be there. */
static void
drop_broken_transactions (CpuFacts *facts)
{
  const CpuSignature *s = &facts->signature;
  int hle = cpu_feature_find ("hle"), rtm = cpu_feature_find ("rtm");

  if (g_strcmp0 (facts->vendor, "Intel") != 0 || s->family != 6)
    return;
  if (s->model != 60 && s->model != 69 && s->model != 70 && !(s->model == 63 && s->stepping < 4))
    return;
  cpu_features_remove (&facts->features, (unsigned int) hle);
  cpu_features_remove (&facts->features, (unsigned int) rtm);
}

static CpuSignature
unpack_signature (uint32_t word)
{
  CpuSignature s = { .family = word >> 8 & 0xf, .model = word >> 4 & 0xf, .stepping = word & 0xf };

  if (s.family == 6 || s.family == 0xf)
    s.model |= (word >> 16 & 0xf) << 4;
  if (s.family == 0xf)
    s.family += word >> 20 & 0xff;
  return s;
}

uint32_t
cpu_signature_pack (const CpuSignature *s)
{
  uint32_t family = MIN (s->family, 0xfu), extended = s->family - family;

  return extended << 20 | (s->model >> 4) << 16 | family << 8 | (s->model & 0xf) << 4 | s->stepping;
}

CpuFacts
cpu_facts_read (const CpuReader *reader)
{
  CpuFacts facts = { .features = { { 0 } } };
  uint32_t regs[4];
  char vendor[13] = "";

  reader->cpuid (reader->data, 0, 0, regs);
  memcpy (vendor, &regs[1], 4);
  memcpy (vendor + 4, &regs[3], 4);
  memcpy (vendor + 8, &regs[2], 4);
  facts.vendor = cpu_vendor_of_text (vendor);
  reader->cpuid (reader->data, 1, 0, regs);
  facts.signature = unpack_signature (regs[0]);

  /* Under a hypervisor each question is a trap: features of one leaf share its answer. */
  const CpuFeature *last = NULL;
  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    {
      const CpuFeature *feature = cpu_feature_at (i);

      if (last == NULL || last->source != feature->source || last->leaf != feature->leaf || last->subleaf != feature->subleaf)
        {
          if (feature->source == CPU_SOURCE_CPUID)
            reader->cpuid (reader->data, feature->leaf, feature->subleaf, regs);
          else
            {
              uint64_t value = reader->msr (reader->data, feature->leaf);

              regs[0] = (uint32_t) value;
              regs[3] = (uint32_t) (value >> 32);
            }
          last = feature;
        }
      if (regs[feature->reg] & feature->mask)
        cpu_features_add (&facts.features, i);
    }
  drop_broken_transactions (&facts);
  return facts;
}

static void
read_leaf (void *data, uint32_t leaf, uint32_t subleaf, uint32_t ret_regs[4])
{
  const CpuData *from = data;

  memset (ret_regs, 0, 4 * sizeof ret_regs[0]);
  for (unsigned int i = 0; i < from->leaves.n; i++)
    if (from->leaves.items[i]->leaf == leaf && from->leaves.items[i]->subleaf == subleaf)
      for (unsigned int j = 0; j < 4; j++)
        ret_regs[j] |= from->leaves.items[i]->regs[j];
}

static uint64_t
read_msr (void *data, uint32_t index)
{
  const CpuData *from = data;

  for (unsigned int i = 0; i < from->msrs.n; i++)
    if (from->msrs.items[i]->index == index)
      return (uint64_t) from->msrs.items[i]->high << 32 | from->msrs.items[i]->low;
  return 0;
}

CpuFacts
cpu_facts_of_data (const CpuData *data)
{
  CpuReader reader = { read_leaf, read_msr, (void *) data };

  return cpu_facts_read (&reader);
}

CpuFacts
cpu_facts_of_expansion (const json_t *model)
{
  json_t *props = json_object_get (model, "props"), *value;
  CpuFacts facts = { .features = { { 0 } } };
  const char *name;

  json_object_foreach (props, name, value)
    {
      int feature = json_is_true (value) ? cpu_feature_find_qemu (name) : -1;

      if (feature >= 0)
        cpu_features_add (&facts.features, (unsigned int) feature);
    }
  facts.vendor = cpu_vendor_of_text (json_get_string (props, "vendor", NULL));
  facts.signature.family = (unsigned int) json_get_int (props, "family", 0);
  facts.signature.model = (unsigned int) json_get_int (props, "model", 0);
  facts.signature.stepping = (unsigned int) json_get_int (props, "stepping", 0);
  return facts;
}

GHashTable *
cpu_choices_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
cpu_choices_add (GHashTable *choices, const char *model, const CpuFeatures *blockers)
{
  g_hash_table_insert (choices, g_strdup (model), g_memdup2 (blockers, blockers != NULL ? sizeof *blockers : 0));
}

GHashTable *
cpu_choices_of_definitions (const json_t *definitions)
{
  GHashTable *choices = cpu_choices_new ();
  json_t *item, *blocker;
  size_t i, j;

  json_array_foreach (definitions, i, item)
    {
      CpuFeatures blockers = { { 0 } };

      json_array_foreach (json_object_get (item, "unavailable-features"), j, blocker)
        {
          int feature = json_is_string (blocker) ? cpu_feature_find_qemu (json_string_value (blocker)) : -1;

          if (feature >= 0)
            cpu_features_add (&blockers, (unsigned int) feature);
        }
      cpu_choices_add (choices, json_get_string (item, "name", ""), &blockers);
    }
  return choices;
}
