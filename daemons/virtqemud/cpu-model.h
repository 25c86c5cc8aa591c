/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu-model.h: processors by name: which known model a set of features comes closest to.
 *
 * Features have libvirt's names; x86 only. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct
{
  const char *model;            /* static */
  const char *vendor;           /* "AMD"; static, NULL: not known */
  GPtrArray *required;          /* static strings: beyond the model's */
  GPtrArray *disabled;          /* of the model, but not there */
  uint64_t tsc_khz;             /* cpu_model_of_host only; 0: not known */
  bool tsc_scaling;
} CpuGuess;
void cpu_guess_free (CpuGuess *guess);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CpuGuess, cpu_guess_free)

/* The processor that we run on, by CPUID; no features of its model are missing. NULL on other
 * architectures. Awaits at the first call (a worker asks KVM). */
CpuGuess *cpu_model_of_host (void);

/* What QEMU said of an expanded model ({"name", "props"}), among the models @names (a set of strings).
 * NULL if nothing fits. */
CpuGuess *cpu_model_of_expansion (const json_t *expanded, GHashTable *names);

/* What a guest's processor of the model @model really has, by QEMU's "feature-words". NULL if the model is not
 * known. */
CpuGuess *cpu_model_compare (const char *model, const json_t *feature_words);

/* The vendor of a model, "unknown" if it has none or is not known. Static. */
const char *cpu_model_vendor (const char *model);

/* QEMU's name of a feature. Caller frees. */
char *cpu_feature_to_qemu (const char *feature);

/* The names of all models, in stock's order, those that guests may have: for virConnectGetCPUModelNames. Static
 * strings, NULL-terminated; caller frees the array. */
const char **cpu_model_names (void);
