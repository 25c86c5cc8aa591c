/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules-private.h: the rules by family; rules.h says what they do. */
#pragma once

#include "model/cpu/rules.h"
#include "util/error.h"

bool x86_compare (const Cpu *host, const Cpu *cpu, CpuComparison *ret, char **ret_reason, GError **error);
bool x86_update (DomainCpu *guest, const Cpu *host, GError **error);
bool x86_translate (DomainCpu *guest, GHashTable *choices, GError **error);
DomainCpu *x86_baseline (Cpu *const *cpus, unsigned int n, GHashTable *choices, const CpuFeatures *limit, bool migratable,
                         GError **error);
bool x86_expand (DomainCpu *guest, GError **error);

/* arm, ppc64 */
bool pvr_compare (CpuFamily family, const Cpu *host, const Cpu *cpu, CpuComparison *ret, GError **error);
bool pvr_update (CpuFamily family, DomainCpu *guest, const Cpu *host, GError **error);
DomainCpu *pvr_baseline (CpuFamily family, Cpu *const *cpus, unsigned int n, GError **error);
