/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is plugged in beside the machine's own. */
#include "args/memory.h"

#include <string.h>

#include "util/uuid.h"

/* What is said of the memory of the cell that it belongs to. */
static void
follow_cell (const Domain *domain, int node, MemoryWish *wish)
{
  const DomainNuma *numa = domain->cpu != NULL ? domain->cpu->numa : NULL;

  for (unsigned int i = 0; numa != NULL && i < numa->cells.n; i++)
    {
      const DomainNumaCell *cell = numa->cells.items[i];

      if ((int) cell->id != node)
        continue;
      wish->access = wish->access != NUMA_ACCESS_ABSENT ? wish->access : cell->access;
      wish->discard = wish->discard != TRI_ABSENT ? wish->discard : cell->discard;
    }
}

/* What is behind it. */
static MemoryWish
wish_of (const Domain *domain, const DomainMemory *memory)
{
  bool pmem = memory->model == MEMORY_MODEL_VIRTIO_PMEM;
  MemoryWish wish = {
    .prefix = "mem", .alias = memory->info.alias, .size = memory->size, .cell = memory->node, .page_size = memory->page_size,
    .nodes = memory->nodemask, .discard = memory->discard, .path = memory->path, .align = memory->align_size,
    .is_prealloc = memory->model == MEMORY_MODEL_NVDIMM && !memory->pmem, .is_pmem = memory->pmem,
    .is_sparse = memory->model == MEMORY_MODEL_VIRTIO_MEM,
  };

  if (memory->access == MEMORY_SHARING_SHARED || pmem)
    wish.access = NUMA_ACCESS_SHARED;
  else if (memory->access == MEMORY_SHARING_PRIVATE)
    wish.access = NUMA_ACCESS_PRIVATE;
  follow_cell (domain, memory->node, &wish);
  return wish;
}

/* Memory that grows and shrinks takes its pages itself, as far as it has grown. */
static bool
takes_pages (const Builder *b, const json_t *object, const DomainMemory *memory)
{
  const DomainMemoryBacking *backing = b->domain->memory_backing;
  bool huge = memory->page_size != 0 || (backing != NULL && backing->hugepages);

  return (huge && json_object_get (object, "mem-path") != NULL)
         || (backing != NULL && backing->allocation == MEMORY_ALLOCATION_IMMEDIATE);
}

static bool
build_epc (Builder *b, json_t *object)
{
  set_string (object, "qom-type", "memory-backend-epc");
  set_bool (object, "prealloc", true);
  add_part (b, QEMU_OBJECT, object);
  return true;
}

static json_t *
virtio_memory (Builder *b, const DomainMemory *memory, const char *kind, GError **error)
{
  g_autofree char *driver = virtio_driver (b, kind, &memory->info, false, false, error);
  json_t *device;

  if (driver == NULL)
    return NULL;
  device = device_new (driver);
  set_uint (device, "block-size", memory->block * 1024);
  if (memory->model == MEMORY_MODEL_VIRTIO_MEM)
    set_int (device, "requested-size", (int64_t) memory->requested * 1024);
  set_uint (device, "memaddr", memory->base);
  return device;
}

static json_t *
module (const Builder *b, const DomainMemory *memory, GError **error)
{
  static const uint8_t none[16];
  const char *driver = memory->model == MEMORY_MODEL_NVDIMM ? "nvdimm" : "pc-dimm";
  json_t *device;
  char uuid[UUID_TEXT_SIZE];

  if (!need_type (b, driver, memory->info.alias, error))
    return NULL;
  device = device_new (driver);
  set_uint (device, "label-size", memory->label_size * 1024);
  if (memory->readonly)
    set_bool (device, "unarmed", true);
  if (memcmp (memory->uuid, none, sizeof none) != 0)
    set_string (device, "uuid", uuid_format (memory->uuid, uuid));
  return device;
}

static json_t *
memory_device (Builder *b, const DomainMemory *memory, GError **error)
{
  if (memory->dynamic_memslots != TRI_ABSENT)
    {
      unsupported (error, "memory '%s': dynamicMemslots are not supported by %s", memory->info.alias, b->context->caps->binary);
      return NULL;
    }
  switch (memory->model)
    {
    case MEMORY_MODEL_VIRTIO_MEM: return virtio_memory (b, memory, "mem", error);
    case MEMORY_MODEL_VIRTIO_PMEM: return virtio_memory (b, memory, "pmem", error);
    default: return module (b, memory, error);
    }
}

bool
build_memory_device (Builder *b, const DomainMemory *memory, GError **error)
{
  MemoryWish wish = wish_of (b->domain, memory);
  g_autoptr (json_t) object = NULL, device = NULL;

  if (memory->model == MEMORY_MODEL_SGX_EPC && !need_type (b, "memory-backend-epc", memory->info.alias, error))
    return false;
  object = memory_backend (b, &wish, error);
  if (object == NULL)
    return false;
  if (memory->model == MEMORY_MODEL_SGX_EPC)
    return build_epc (b, g_steal_pointer (&object));    /* the machine has it: append_machine_devices */
  device = memory_device (b, memory, error);
  if (device == NULL)
    return false;
  if (memory->model == MEMORY_MODEL_VIRTIO_MEM && takes_pages (b, object, memory)
      && qemu_caps_has_prop (b->context->caps, "virtio-mem-pci", "prealloc"))
    set_bool (device, "prealloc", true);
  if (memory->node >= 0)
    set_int (device, "node", memory->node);
  set_format (device, "memdev", "mem%s", memory->info.alias);
  set_string (device, "id", memory->info.alias);
  if (!set_address (b, device, &memory->info, error))
    return false;
  add_memory_backend (b, g_steal_pointer (&object));
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

void
append_machine_memory (const Builder *b, GString *out)
{
  unsigned int n_epc = 0;
  bool has_nvdimm = false;

  for (unsigned int i = 0; i < b->domain->memories.n; i++)
    {
      const DomainMemory *memory = b->domain->memories.items[i];

      has_nvdimm = has_nvdimm || memory->model == MEMORY_MODEL_NVDIMM;
      if (memory->model != MEMORY_MODEL_SGX_EPC)
        continue;
      g_string_append_printf (out, ",sgx-epc.%u.memdev=mem%s", n_epc, memory->info.alias);
      if (memory->node >= 0)
        g_string_append_printf (out, ",sgx-epc.%u.node=%d", n_epc, memory->node);
      n_epc++;
    }
  if (has_nvdimm)
    g_string_append (out, ",nvdimm=on");
}
