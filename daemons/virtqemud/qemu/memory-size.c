/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/memory-size.h"

#include "model/domain/machine.h"

#define MIB 1024
#define MODULE_KIB 2048         /* what modules are made of where the machine has no blocks of its own */

static uint64_t
round_up (uint64_t size, uint64_t unit)
{
  return (size + unit - 1) / unit * unit;
}

static void
align_module (DomainMemory *memory, uint64_t block)
{
  uint64_t label = memory->label_size;

  if (memory->model == MEMORY_MODEL_NVDIMM && block > MODULE_KIB)
    memory->size = memory->size >= label + block ? (memory->size - label) / block * block + label : memory->size;
  else if (memory->model != MEMORY_MODEL_SGX_EPC)
    memory->size = round_up (memory->size, block);
}

void
qemu_memory_align (Domain *domain)
{
  uint64_t block = domain_machine (domain)->memory_block;
  uint64_t unit = block != 0 ? block : MIB;
  uint64_t modules = 0, cells;
  bool all = domain->current_memory == domain->memory;

  for (unsigned int i = 0; i < domain->memories.n; i++)
    {
      align_module (domain->memories.items[i], block != 0 ? block : MODULE_KIB);
      modules += domain->memories.items[i]->size;
    }
  for (unsigned int i = 0; domain->cpu != NULL && domain->cpu->numa != NULL && i < domain->cpu->numa->cells.n; i++)
    domain->cpu->numa->cells.items[i]->memory = round_up (domain->cpu->numa->cells.items[i]->memory, unit);
  cells = domain_numa_memory (domain->cpu);
  if (cells == 0)
    cells = round_up (domain->memory - MIN (modules, domain->memory), unit);
  domain->memory = cells + modules;
  domain->max_memory = round_up (domain->max_memory, unit);
  if (all)
    domain->current_memory = domain->memory;
}
