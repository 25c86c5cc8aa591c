/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-memory.c: rules of memory that is added to a guest. They change
 * nothing. */
#include "model/domain/rules.h"

#include <string.h>

static unsigned int
count_cells (const Domain *domain)
{
  return domain->cpu != NULL && domain->cpu->numa != NULL ? domain->cpu->numa->cells.n : 0;
}

bool
domain_has_shared_memory (const Domain *domain)
{
  bool is_shared = domain->memory_backing != NULL && domain->memory_backing->access == NUMA_ACCESS_SHARED;

  for (unsigned int i = 0; i < count_cells (domain); i++)
    {
      DomainNumaAccess access = domain->cpu->numa->cells.items[i]->access;

      if (access == NUMA_ACCESS_PRIVATE || (access == NUMA_ACCESS_ABSENT && !is_shared))
        return false;
    }
  return is_shared || count_cells (domain) > 0;
}

static const uint8_t no_uuid[DOMAIN_UUID_LENGTH];

static bool
is_module (const DomainMemory *memory)
{
  return memory->model == MEMORY_MODEL_DIMM || memory->model == MEMORY_MODEL_NVDIMM;
}

static bool
check_node (const Domain *domain, const DomainMemory *memory, unsigned int i, GError **error)
{
  unsigned int cells = count_cells (domain);

  if (memory->model == MEMORY_MODEL_VIRTIO_PMEM && memory->node >= 0)
    REFUSE_AT ("memory", i, CONFIG_UNSUPPORTED, "model 'virtio-pmem' belongs to no NUMA node");
  if (cells == 0 && memory->node >= 0)
    REFUSE_QEMU_AT ("memory", i, XML_DETAIL, "the guest has no NUMA node %d", memory->node);
  if (memory->node >= (int) cells)
    REFUSE_QEMU_AT ("memory", i, XML_DETAIL, "target node %d is not one of the guest's %u NUMA nodes", memory->node, cells);
  if (memory->node < 0 && is_module (memory) && cells > 0)
    REFUSE_QEMU_AT ("memory", i, CONFIG_UNSUPPORTED, "'target/node' is missing");
  return true;
}

static bool
check_memory (const Domain *domain, const DomainMemory *memory, unsigned int i, GError **error)
{
  const DomainAddress *address = &memory->info.address;

  if (memory->model == MEMORY_MODEL_NVDIMM && memory->discard != TRI_ABSENT)
    REFUSE_AT ("memory", i, CONFIG_UNSUPPORTED, "model 'nvdimm' cannot discard");
  if (memory->model == MEMORY_MODEL_VIRTIO_PMEM && memory->access == MEMORY_SHARING_PRIVATE)
    REFUSE_AT ("memory", i, CONFIG_UNSUPPORTED, "model 'virtio-pmem' is always shared");
  if (!is_module (memory))
    return true;
  for (unsigned int j = 0; j < i; j++)
    {
      const DomainMemory *other = domain->memories.items[j];

      if (is_module (other) && other->info.address.dimm.slot == address->dimm.slot)
        REFUSE_AT ("memory", i, CONFIG_UNSUPPORTED, "slot %u is used twice", address->dimm.slot);
      if (is_module (other) && address->dimm.base != 0 && other->info.address.dimm.base == address->dimm.base)
        REFUSE_AT ("memory", i, CONFIG_UNSUPPORTED, "base 0x%" G_GINT64_MODIFIER "x is used twice", address->dimm.base);
    }
  if (address->dimm.slot >= domain->memory_slots)
    REFUSE_QEMU_AT ("memory", i, CONFIG_UNSUPPORTED, "there is no slot %u, <maxMemory> has %u", address->dimm.slot,
                    domain->memory_slots);
  return true;
}

/* NVDIMMs of pSeries have an identity of their own. */
static bool
check_uuid (const Domain *domain, const DomainMemory *memory, unsigned int i, GError **error)
{
  bool has_uuid = memcmp (memory->uuid, no_uuid, sizeof (no_uuid)) != 0;
  bool is_ppc = g_str_has_prefix (domain->os.arch, "ppc64");

  if (has_uuid && memory->model == MEMORY_MODEL_NVDIMM && !is_ppc)
    REFUSE_QEMU_AT ("memory", i, CONFIG_UNSUPPORTED, "only a pSeries guest's NVDIMM has a UUID");
  return true;
}

bool
domain_validate_memories (const Domain *domain, GError **error)
{
  bool needs_room = false;

  for (unsigned int i = 0; i < domain->memories.n; i++)
    {
      const DomainMemory *memory = domain->memories.items[i];

      if (memory->model == MEMORY_MODEL_SGX_EPC)
        continue;
      needs_room = true;
      if (domain->max_memory == 0)
        REFUSE_QEMU_AT ("memory", i, CONFIG_UNSUPPORTED, "memory is added only if there is <maxMemory>");
      if (!check_node (domain, memory, i, error) || !check_uuid (domain, memory, i, error)
          || !check_memory (domain, memory, i, error))
        return false;
    }
  if (needs_room && domain->max_memory != 0 && domain->max_memory < domain->memory)
    REFUSE (XML_ERROR, "domain/maxMemory is below domain/memory with all memory devices");
  return true;
}
