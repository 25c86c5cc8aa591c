/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/cpu.h: the processor that we run on. */
#pragma once

#include "model/cpu/facts.h"

/* What CPUID and the model specific registers say; false on architectures without. Asked once. Awaits at the first call
 * (a worker asks KVM). */
bool host_cpu_facts (CpuFacts *ret_facts);

/* The feature of CPUID without which the model specific register @index is not there; NULL if it is none that tells of
 * features. */
const char *host_cpu_msr_feature (uint32_t index);

/* The <cpu> of the host's capabilities: without a model where none is known. Free with cpu_free(). Awaits as above. */
Cpu *host_cpu_describe (void);
