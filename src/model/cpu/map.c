/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cpu/map.h"

#include <stdlib.h>
#include <string.h>

typedef struct { uint16_t name; uint8_t feature; bool alias; } FeatureName;
typedef struct { uint16_t name, text; } Vendor;
typedef struct { uint16_t family, model; uint8_t first_stepping, last_stepping; } Signature;

#include "cpu-tables.inc"

G_STATIC_ASSERT (G_N_ELEMENTS (x86_features) <= 64 * CPU_WORDS);

CpuFamily
cpu_family_of_arch (const char *arch)
{
  static const struct { char arch[8]; CpuFamily family; } archs[] = {
    { "x86_64", CPU_FAMILY_X86 }, { "i686", CPU_FAMILY_X86 }, { "aarch64", CPU_FAMILY_ARM }, { "armv6l", CPU_FAMILY_ARM },
    { "armv7l", CPU_FAMILY_ARM }, { "armv7b", CPU_FAMILY_ARM }, { "ppc64", CPU_FAMILY_PPC64 },
    { "ppc64le", CPU_FAMILY_PPC64 }, { "s390", CPU_FAMILY_S390 }, { "s390x", CPU_FAMILY_S390 },
  };

  for (unsigned int i = 0; arch != NULL && i < G_N_ELEMENTS (archs); i++)
    if (strcmp (archs[i].arch, arch) == 0)
      return archs[i].family;
  return CPU_FAMILY_UNKNOWN;
}

/* --- sets -------------------------------------------------------------------------------- */

CpuFeatures
cpu_features_without (const CpuFeatures *a, const CpuFeatures *b)
{
  CpuFeatures out;

  for (unsigned int i = 0; i < CPU_WORDS; i++)
    out.words[i] = a->words[i] & ~b->words[i];
  return out;
}

CpuFeatures
cpu_features_common (const CpuFeatures *a, const CpuFeatures *b)
{
  CpuFeatures out;

  for (unsigned int i = 0; i < CPU_WORDS; i++)
    out.words[i] = a->words[i] & b->words[i];
  return out;
}

CpuFeatures
cpu_features_union (const CpuFeatures *a, const CpuFeatures *b)
{
  CpuFeatures out;

  for (unsigned int i = 0; i < CPU_WORDS; i++)
    out.words[i] = a->words[i] | b->words[i];
  return out;
}

unsigned int
cpu_features_count (const CpuFeatures *set)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < CPU_WORDS; i++)
    n += (unsigned int) __builtin_popcountll (set->words[i]);
  return n;
}

/* --- x86 features ---------------------------------------------------------------------------- */

unsigned int
cpu_feature_count (void)
{
  return G_N_ELEMENTS (x86_features);
}

const CpuFeature *
cpu_feature_at (unsigned int feature)
{
  return &x86_features[feature];
}

const char *
cpu_feature_name (unsigned int feature)
{
  return names + x86_features[feature].name;
}

static int
compare_name (const void *key, const void *item)
{
  return strcmp (key, names + ((const FeatureName *) item)->name);
}

static int
find_feature (const char *name, bool aliases)
{
  const FeatureName *found = bsearch (name, x86_names, G_N_ELEMENTS (x86_names), sizeof x86_names[0], compare_name);

  return found != NULL && (aliases || !found->alias) ? found->feature : -1;
}

int
cpu_feature_find (const char *name)
{
  return find_feature (name, false);
}

int
cpu_feature_find_qemu (const char *name)
{
  return find_feature (name, true);
}

char *
cpu_feature_to_qemu (const char *feature)
{
  if (strcmp (feature, "pclmuldq") == 0)
    return g_strdup ("pclmulqdq");
  return g_strdelimit (g_strdup (feature), "_", '-');
}

CpuFeatures
cpu_features_unmigratable (void)
{
  CpuFeatures set = { { 0 } };

  for (unsigned int i = 0; i < G_N_ELEMENTS (x86_features); i++)
    if (!x86_features[i].migratable)
      cpu_features_add (&set, i);
  return set;
}

/* --- x86 models --------------------------------------------------------------------------------- */

unsigned int
cpu_model_count (void)
{
  return G_N_ELEMENTS (x86_models);
}

const CpuModel *
cpu_model_at (unsigned int model)
{
  return &x86_models[model];
}

const CpuModel *
cpu_model_find (const char *name)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (x86_models); i++)
    if (strcmp (names + x86_models[i].name, name) == 0)
      return &x86_models[i];
  return NULL;
}

const char *
cpu_model_name (const CpuModel *model)
{
  return names + model->name;
}

const char *
cpu_model_vendor (const CpuModel *model)
{
  return model->vendor != 0 ? names + model->vendor : NULL;
}

bool
cpu_model_has_signature (const CpuModel *model, const CpuSignature *signature)
{
  for (unsigned int i = 0; i < model->n_signatures; i++)
    {
      const Signature *own = &x86_signatures[model->first_signature + i];

      if (own->family == signature->family && own->model == signature->model
          && own->first_stepping <= signature->stepping && signature->stepping <= own->last_stepping)
        return true;
    }
  return false;
}

const char *
cpu_vendor_of_text (const char *text)
{
  for (unsigned int i = 0; text != NULL && i < G_N_ELEMENTS (x86_vendors); i++)
    if (strcmp (names + x86_vendors[i].text, text) == 0)
      return names + x86_vendors[i].name;
  return NULL;
}

bool
cpu_vendor_is_known (const char *vendor)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (x86_vendors); i++)
    if (strcmp (names + x86_vendors[i].name, vendor) == 0)
      return true;
  return false;
}

/* --- numbered models -------------------------------------------------------------------------------- */

static const CpuPvrModel *
pvr_table (CpuFamily family, unsigned int *ret_n)
{
  switch (family)
    {
    case CPU_FAMILY_ARM:
      *ret_n = G_N_ELEMENTS (arm_models);
      return arm_models;
    case CPU_FAMILY_PPC64:
      *ret_n = G_N_ELEMENTS (ppc64_models);
      return ppc64_models;
    default:
      *ret_n = 0;
      return NULL;
    }
}

const CpuPvrModel *
cpu_pvr_model_find (CpuFamily family, const char *name)
{
  unsigned int n;
  const CpuPvrModel *table = pvr_table (family, &n);

  for (unsigned int i = 0; i < n; i++)
    if (strcmp (names + table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

const char *
cpu_pvr_model_vendor (const CpuPvrModel *model)
{
  return model->vendor != 0 ? names + model->vendor : NULL;
}

const char **
cpu_family_model_names (CpuFamily family)
{
  unsigned int n = 0;
  const CpuPvrModel *pvr = family == CPU_FAMILY_PPC64 ? pvr_table (family, &n) : NULL;
  const char **list;

  if (family == CPU_FAMILY_X86)
    n = G_N_ELEMENTS (x86_models);
  list = g_new0 (const char *, n + 1);
  for (unsigned int i = 0; i < n; i++)
    list[i] = names + (pvr != NULL ? pvr[i].name : x86_models[i].name);
  return list;
}
