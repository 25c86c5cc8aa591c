/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-memory.c: the memory of new guests, of which one part follows from another.
 * Sizes are in KiB. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

static uint64_t
round_up (uint64_t size, uint64_t unit)
{
  return (size + unit - 1) / unit * unit;
}

static uint64_t
module_memory (const Domain *domain)
{
  uint64_t sum = 0;

  for (unsigned int i = 0; i < domain->memories.n; i++)
    sum += domain->memories.items[i]->size;
  return sum;
}

/* The label of a persistent module is beside its blocks, which must be whole. */
static void
align_modules (Domain *domain, uint64_t unit)
{
  for (unsigned int i = 0; i < domain->memories.n; i++)
    {
      DomainMemory *memory = domain->memories.items[i];

      if (memory->model == MEMORY_MODEL_DIMM)
        memory->size = round_up (memory->size, unit);
      else if (memory->model == MEMORY_MODEL_NVDIMM && memory->size >= memory->label_size + unit)
        memory->size = (memory->size - memory->label_size) / unit * unit + memory->label_size;
    }
}

void
domain_default_memory (Domain *domain, const DomainPlatform *platform)
{
  uint64_t unit = domain_machine (domain)->memory_block, cells;

  if (!platform->is_new_guest)
    return;
  if (unit != 0)
    align_modules (domain, unit);
  cells = domain_numa_memory (domain->cpu);
  if (cells != 0)
    domain->memory = cells + module_memory (domain);
  if (!domain->has_current_memory)
    domain->current_memory = domain->memory;
  domain->current_memory = MIN (domain->current_memory, domain->memory);
}
