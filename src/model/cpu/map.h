/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* map.h: the known processors: features, models, vendors.
 *
 * The tables are constant and written at build time from the .tsv files beside this
 * one. Names are libvirt's; all strings are static. x86 has features and models made
 * of them; arm and ppc64 have models that are a number. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What the rules of a processor depend on. */
typedef enum
{
  CPU_FAMILY_UNKNOWN,
  CPU_FAMILY_X86,
  CPU_FAMILY_ARM,
  CPU_FAMILY_PPC64,
  CPU_FAMILY_S390,
} CpuFamily;

/* The family of "x86_64", "aarch64", ...; unknown: no processors by name there. NULL is fine. */
CpuFamily cpu_family_of_arch (const char *arch);

/* A set of x86 features, by their numbers. */
#define CPU_WORDS 4
typedef struct { uint64_t words[CPU_WORDS]; } CpuFeatures;

static inline bool
cpu_features_have (const CpuFeatures *set, unsigned int feature)
{
  return set->words[feature / 64] >> (feature % 64) & 1;
}

static inline void
cpu_features_add (CpuFeatures *set, unsigned int feature)
{
  set->words[feature / 64] |= 1ull << (feature % 64);
}

static inline void
cpu_features_remove (CpuFeatures *set, unsigned int feature)
{
  set->words[feature / 64] &= ~(1ull << (feature % 64));
}

/* @a without what is in @b; what is in both; what is in either. */
CpuFeatures cpu_features_without (const CpuFeatures *a, const CpuFeatures *b);
CpuFeatures cpu_features_common (const CpuFeatures *a, const CpuFeatures *b);
CpuFeatures cpu_features_union (const CpuFeatures *a, const CpuFeatures *b);

/* How many are in the set. */
unsigned int cpu_features_count (const CpuFeatures *set);

/* Where a feature's bit is: in the register @reg (0: eax to 3: edx) of a CPUID leaf, or in a half (0: low, 3: high) of
 * the model specific register `leaf`. */
typedef enum { CPU_SOURCE_CPUID, CPU_SOURCE_MSR } CpuSource;
typedef struct
{
  uint16_t name;                /* offset, for map.c */
  uint8_t source;
  uint8_t reg;
  bool migratable;
  uint8_t subleaf;
  uint32_t leaf;
  uint32_t mask;
} CpuFeature;

/* The number of x86 features; numbers are below it. */
unsigned int cpu_feature_count (void);
const CpuFeature *cpu_feature_at (unsigned int feature);
const char *cpu_feature_name (unsigned int feature);

/* The number of a feature by libvirt's name, or by any name that QEMU has for it; -1 if unknown. */
int cpu_feature_find (const char *name);
int cpu_feature_find_qemu (const char *name);

/* The name that QEMU has for @feature (libvirt's). Caller frees. */
char *cpu_feature_to_qemu (const char *feature);

/* The features that do not survive a migration. */
CpuFeatures cpu_features_unmigratable (void);

/* What CPUID leaf 1 says the chip is; family 0: not known. */
typedef struct { unsigned int family, model, stepping; } CpuSignature;

/* An x86 model. */
typedef struct
{
  uint16_t name, vendor;        /* offsets, for map.c */
  bool host, guest;             /* may be the answer for a host, for a guest */
  uint16_t first_signature, n_signatures;
  CpuFeatures features;
  CpuFeatures removed;          /* were the model's once: always said of a guest */
} CpuModel;

/* All x86 models in stock's order. */
unsigned int cpu_model_count (void);
const CpuModel *cpu_model_at (unsigned int model);
const CpuModel *cpu_model_find (const char *name);
const char *cpu_model_name (const CpuModel *model);
/* "Intel"; NULL if it has none. */
const char *cpu_model_vendor (const CpuModel *model);
/* Whether chips with this signature are of the model. */
bool cpu_model_has_signature (const CpuModel *model, const CpuSignature *signature);

/* The vendor that CPUID calls "GenuineIntel"; NULL if unknown. And whether "Intel" is one. */
const char *cpu_vendor_of_text (const char *text);
bool cpu_vendor_is_known (const char *vendor);

/* A model that is a processor version number. */
typedef struct
{
  uint16_t name, vendor;        /* offsets, for map.c */
  uint32_t value, mask;
} CpuPvrModel;

/* Of arm and ppc64; NULL if unknown. */
const CpuPvrModel *cpu_pvr_model_find (CpuFamily family, const char *name);
const char *cpu_pvr_model_vendor (const CpuPvrModel *model);

/* The names of all models of a family, in stock's order, as virConnectGetCPUModelNames gives them: none where models
 * are QEMU's own business. Ends with NULL; caller frees the array. */
const char **cpu_family_model_names (CpuFamily family);
