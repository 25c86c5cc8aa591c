/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is plugged in, and grows. */
#include <string.h>

#include "hotplug/private.h"
#include "qemu/memory-devices.h"
#include "util/error.h"

static DomainMemory *
memory_of (const DomainDevice *device)
{
  return (DomainMemory *) (void *) device->info;
}

/* The guest has so much more, or less. */
static void
add_memory (Domain *live, const DomainMemory *memory, bool comes)
{
  uint64_t now = memory->model == MEMORY_MODEL_VIRTIO_MEM ? memory->current : memory->size;

  live->memory += comes ? memory->size : -memory->size;
  live->current_memory += comes ? now : -MIN (now, live->current_memory);
}

static bool
check_attach (const Vm *vm, const DomainDevice *device, GError **error)
{
  const Domain *live = vm->live;

  if (live->max_memory == 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
                 "the guest was started without <maxMemory>: no memory can come");
  if (live->memory + memory_of (device)->size > live->max_memory)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "%" G_GUINT64_FORMAT " KiB more would be above the guest's "
                 "<maxMemory> of %" G_GUINT64_FORMAT " KiB", memory_of (device)->size, live->max_memory);
  return true;
}

static bool
joined (Change *change, const DomainDevice *device, GError **error)
{
  add_memory (change->vm->live, memory_of (device), true);
  return qemu_memory_devices_refresh (change->qmp, change->vm->live, change->deadline, error);
}

static void
left (Change *change, const DomainDevice *device)
{
  add_memory (change->vm->live, memory_of (device), false);
}

static bool
may_change (const char *path, const char *wanted, const char *there, void *data)
{
  return strcmp (path, "target/requested") == 0 || strcmp (path, "target/current") == 0 || g_str_has_prefix (path, "alias")
         || g_str_has_prefix (path, "address");
}

/* How much of it the guest is to use: the guest takes or gives back the rest when it can, and QEMU says so. */
static bool
update (Change *change, const DomainDevice *device, const Domain *candidate, const DomainDevice *wanted, bool force,
        GError **error)
{
  DomainMemory *memory = memory_of (device);
  uint64_t requested = memory_of (wanted)->requested;
  g_autofree char *path = g_strconcat ("/machine/peripheral/", memory->info.alias, NULL);

  if (memory->model != MEMORY_MODEL_VIRTIO_MEM)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "memory of model '%s' cannot change while the guest runs",
                 xml_enum_name (&memory_model_names, memory->model));
  if (!update_compare (device, wanted, may_change, NULL, error)
      || !qmp_do (change->qmp, "qom-set", json_pack ("{s:s, s:s, s:I}", "path", path, "property", "requested-size", "value",
                                                     (json_int_t) (requested * 1024)), change->deadline, error))
    return false;
  memory->requested = requested;
  return true;
}

const DeviceKind memory_kind = {
  "memory", .can_attach = true, .can_detach = true, .event_prefix = "mem", .check_attach = check_attach, .joined = joined,
  .left = left,
  .missing = VIR_ERR_CONFIG_UNSUPPORTED, .update = update,
};
