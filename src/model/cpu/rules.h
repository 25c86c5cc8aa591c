/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules.h: what a guest's CPU means on a host, for all architectures.
 *
 * Pure functions. Unknown models and features are VIR_ERR_INTERNAL_ERROR from
 * VIR_FROM_CPU, as stock has it. A host may also be what an emulator can give (a CPU of
 * mode custom with policies). */
#pragma once

#include "model/cpu/facts.h"

/* The numbers of virCPUCompareResult. */
typedef enum
{
  CPU_INCOMPATIBLE = 0,
  CPU_IDENTICAL = 1,
  CPU_SUPERSET = 2,             /* the host has more */
} CpuComparison;

/* Whether @host can give what @cpu, a guest's or another host's, has or wants. If it cannot, @ret_reason (or NULL) gets
 * why, when there is something to say; caller frees. */
bool cpu_compare (const Cpu *host, const Cpu *cpu, CpuComparison *ret, char **ret_reason, GError **error);

/* Settles on @host what a guest's document leaves open: host-model becomes the host's model, "minimum" what the host has,
 * optional features are there or not. Errors: VIR_ERR_CONFIG_UNSUPPORTED if the architecture cannot. */
bool cpu_update (DomainCpu *guest, const Cpu *host, GError **error);

/* Takes away what does not survive a migration. */
void cpu_drop_unmigratable (Cpu *host);

/* Says a guest's CPU by one of the models of @choices (cpu_choices_new(); NULL: all are). Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED if the model is none of them and may not be replaced. */
bool cpu_translate (DomainCpu *guest, const char *arch, GHashTable *choices, GError **error);

/* The best CPU that all of @cpus can give, for a guest; free with cpu_free_guest(). Those without an architecture are of
 * @arch, or if that is NULL an error. @limit (or NULL): features that the emulator can give at all. Errors:
 * VIR_ERR_OPERATION_FAILED if they have nothing in common, VIR_ERR_NO_SUPPORT for an architecture without rules,
 * VIR_ERR_INVALID_ARG for one without a model. */
DomainCpu *cpu_baseline (Cpu *const *cpus, unsigned int n, const char *arch, GHashTable *choices, const CpuFeatures *limit,
                         bool migratable, GError **error);

/* Names all features, those of the model too, in order. */
bool cpu_expand (DomainCpu *guest, const char *arch, GError **error);

/* Whether a CPU has a feature. */
bool cpu_has_feature (const DomainCpu *cpu, const char *arch, const char *feature, bool *ret_has, GError **error);

/* Gives models of ppc64 that had a name for each revision their name of today. */
void cpu_convert_legacy (DomainCpu *cpu);

/* Says in a running guest's CPU what it really got: @enabled by the emulator, and @disabled though it or the emulator's own
 * model has it. With check "full" a difference from what was asked for is VIR_ERR_OPERATION_FAILED. x86. */
bool cpu_update_live (DomainCpu *guest, const CpuFeatures *enabled, const CpuFeatures *disabled, GError **error);

/* All features of an x86 CPU; those that are optional do not count, and need not be known. */
bool cpu_features_of (const DomainCpu *cpu, CpuFeatures *ret_features, GError **error);

/* The names of a set, ", " between them. Caller frees. */
char *cpu_features_to_text (const CpuFeatures *features);
