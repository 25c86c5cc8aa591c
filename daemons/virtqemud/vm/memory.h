/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/memory.h: how much memory a guest has and uses. */
#pragma once

#include "libvirt-constants.h"
#include "vm/vm.h"

typedef struct
{
  int tag;                      /* VIR_DOMAIN_MEMORY_STAT_... */
  uint64_t value;               /* KiB, or as the tag says */
} MemoryStat;

/* What is known of an active guest, in stock's order; returns how many. @ask: QEMU gets
 * its moment to answer, if it has not answered after @since
 * (monotonic, microseconds); else its last words are taken. @ret_age_ms (may be NULL) is how old the
 * oldest is. Awaits if @ask. */
unsigned int vm_memory_stats (Vm *vm, bool ask, uint64_t since, MemoryStat ret_stats[VIR_DOMAIN_MEMORY_STAT_NR], uint64_t *ret_age_ms);
