/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/memory.h"

#include "qemu/process.h"
#include "util/json.h"
#include "util/process.h"
#include "vm/figures.h"

/* What a guest's balloon driver reports, and what is done to make KiB of it. */
static const struct { const char *key; int tag; unsigned int divisor; } guest_stats[] = {
  { "stat-swap-in", VIR_DOMAIN_MEMORY_STAT_SWAP_IN, 1024 },
  { "stat-swap-out", VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, 1024 },
  { "stat-major-faults", VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, 1 },
  { "stat-minor-faults", VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, 1 },
  { "stat-free-memory", VIR_DOMAIN_MEMORY_STAT_UNUSED, 1024 },
  { "stat-total-memory", VIR_DOMAIN_MEMORY_STAT_AVAILABLE, 1024 },
  { "stat-available-memory", VIR_DOMAIN_MEMORY_STAT_USABLE, 1024 },
  { "stat-disk-caches", VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, 1024 },
  { "stat-htlb-pgalloc", VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, 1 },
  { "stat-htlb-pgfail", VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, 1 },
};

/* Adds what the guest said; a figure that it does not know is -1. */
static unsigned int
add_guest_stats (const json_t *answer, MemoryStat *stats, unsigned int n)
{
  const json_t *values = json_object_get (answer, "stats");

  for (unsigned int i = 0; i < G_N_ELEMENTS (guest_stats); i++)
    {
      const json_t *value = json_object_get (values, guest_stats[i].key);
      int64_t number = json_is_integer (value) ? json_integer_value (value) : -1;

      if (number >= 0)
        stats[n++] = (MemoryStat) { guest_stats[i].tag, (uint64_t) number / guest_stats[i].divisor };
    }
  stats[n++] = (MemoryStat) { VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE,
                              (uint64_t) json_get_int (answer, "last-update", 0) };
  return n;
}

static json_t *
figure (Vm *vm, VmFigure which, bool ask, uint64_t since, uint64_t *ret_age_ms)
{
  return ask ? vm_figure_since (vm, which, since, ret_age_ms) : vm_figure_last (vm, which, ret_age_ms);
}

unsigned int
vm_memory_stats (Vm *vm, bool ask, uint64_t since, MemoryStat ret_stats[VIR_DOMAIN_MEMORY_STAT_NR], uint64_t *ret_age_ms)
{
  const DomainMemballoon *balloon = vm->live->memballoon;
  bool has_balloon = balloon != NULL && balloon->model != BALLOON_MODEL_NONE;
  uint64_t age = 0, guest_age = 0;
  unsigned int n = 0;
  ProcessUsage usage;

  if (has_balloon)
    {
      g_autoptr (json_t) guest = NULL;

      json_decref (figure (vm, VM_FIGURE_BALLOON, ask, since, &age));
      guest = figure (vm, VM_FIGURE_GUEST_STATS, ask, since, &guest_age);
      if (vm->live == NULL)
        return 0;
      ret_stats[n++] = (MemoryStat) { VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, vm_balloon_kib (vm) };
      if (guest != NULL)
        n = add_guest_stats (guest, ret_stats, n);
    }
  else
    ret_stats[n++] = (MemoryStat) { VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, vm->live->memory };
  if (vm->process != NULL && process_usage (vm->process->pid, 0, &usage, NULL))
    ret_stats[n++] = (MemoryStat) { VIR_DOMAIN_MEMORY_STAT_RSS, usage.rss_kib };
  if (ret_age_ms != NULL)
    *ret_age_ms = MAX (age, guest_age);
  return n;
}
