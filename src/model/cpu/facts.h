/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* facts.h: what an x86 processor has, from wherever it is known, and the model that says so in the fewest words. */
#pragma once

#include <jansson.h>

#include "model/cpu/cpu.h"

typedef struct
{
  CpuFeatures features;
  CpuSignature signature;       /* family 0: not known */
  const char *vendor;           /* "AMD"; NULL: not known */
} CpuFacts;

/* Where CPUID and the model specific registers can be read. */
typedef struct
{
  void (*cpuid) (void *data, uint32_t leaf, uint32_t subleaf, uint32_t ret_regs[4]);
  uint64_t (*msr) (void *data, uint32_t index);   /* 0: it has none */
  void *data;
} CpuReader;

/* Reads all that a host's processor has. Some chips announce transactions that do not work; those do not count. */
CpuFacts cpu_facts_read (const CpuReader *reader);
CpuFacts cpu_facts_of_data (const CpuData *data);

/* What QEMU says of an expanded model ({"name", "props"} of query-cpu-model-expansion). */
CpuFacts cpu_facts_of_expansion (const json_t *model);

/* Eight hexadecimal digits at most: the signature as leaf 1 has it. */
uint32_t cpu_signature_pack (const CpuSignature *signature);

/* The models that may be the answer: a table of names, each with the features that the emulator cannot give it here
 * (CpuFeatures *, NULL: none). Free with g_hash_table_unref(). */
GHashTable *cpu_choices_new (void);
void cpu_choices_add (GHashTable *choices, const char *model, const CpuFeatures *blockers);

/* The answer to query-cpu-definitions: an array of objects with "name" and perhaps "unavailable-features". */
GHashTable *cpu_choices_of_definitions (const json_t *definitions);

/* What a model is looked for. */
typedef struct
{
  bool host;                    /* for a host: no feature of the model may be missing */
  bool migratable;              /* what does not survive a migration is not required */
  GHashTable *choices;          /* NULL: all models */
  const char *wanted;           /* this one, if it fits; NULL: none */
  const char *const *named;     /* models that are taken rather than one with features missing; NULL at the end */
} CpuSearch;

/* The model that describes @facts best, with the features that it lacks and, for a guest, those that are too many. One
 * whose chips have the signature goes before all others; then the one with the fewest differences counts, where missing
 * features weigh more the more there are; of equals, the later in stock's order.
 * Errors: VIR_ERR_OPERATION_FAILED if no model fits. Free with cpu_free_guest(). */
DomainCpu *cpu_find_model (const CpuFacts *facts, const CpuSearch *search, GError **error);
