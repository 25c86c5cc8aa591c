/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/memory-devices.h"

#include "util/json.h"

static DomainMemory *
find (Domain *domain, const char *alias)
{
  for (unsigned int i = 0; i < domain->memories.n; i++)
    if (g_strcmp0 (domain->memories.items[i]->info.alias, alias) == 0)
      return domain->memories.items[i];
  return NULL;
}

bool
qemu_memory_device_resized (Domain *domain, const char *alias, uint64_t kib)
{
  DomainMemory *memory = find (domain, alias);

  if (memory == NULL)
    return false;
  memory->current = kib;
  return true;
}

static void
learn (DomainMemory *memory, const json_t *data)
{
  switch (memory->model)
    {
    case MEMORY_MODEL_DIMM:
    case MEMORY_MODEL_NVDIMM:
      memory->info.address.type = ADDRESS_TYPE_DIMM;
      memory->info.address.dimm.slot = (unsigned int) json_get_int (data, "slot", 0);
      memory->info.address.dimm.base = (uint64_t) json_get_int (data, "addr", 0);
      break;
    case MEMORY_MODEL_VIRTIO_MEM:
      memory->current = (uint64_t) json_get_int (data, "size", 0) / 1024;
      break;
    default:
      break;
    }
}

bool
qemu_memory_devices_refresh (Qmp *qmp, Domain *domain, Deadline deadline, GError **error)
{
  g_autoptr (json_t) answer = NULL;
  json_t *item;
  size_t i;

  if (domain->memories.n == 0)
    return true;
  answer = qmp_command (qmp, "query-memory-devices", NULL, deadline, error);
  if (answer == NULL)
    return false;
  json_array_foreach (answer, i, item)
    {
      const json_t *data = json_object_get (item, "data");
      DomainMemory *memory = find (domain, json_get_string (data, "id", NULL));

      if (memory != NULL)
        learn (memory, data);
    }
  return true;
}
