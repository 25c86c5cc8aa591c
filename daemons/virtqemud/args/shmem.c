/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that guests of a host share. */
#include "args/private.h"

#include "helpers/paths.h"

#define DEFAULT_SIZE (UINT64_C (4) << 20)

/* All guests that name the same memory have the same file. */
static void
build_plain (Builder *b, const DomainShmem *shmem, json_t *device)
{
  json_t *object = object_new ("memory-backend-file", "shmmem-", shmem->info.alias);

  set_format (object, "mem-path", "/dev/shm/%s", shmem->name);
  set_int (object, "size", (int64_t) (shmem->size != UINT64_MAX ? shmem->size : DEFAULT_SIZE));
  set_bool (object, "share", true);
  add_part (b, QEMU_OBJECT, object);
  set_format (device, "memdev", "shmmem-%s", shmem->info.alias);
}

/* A server hands out the memory, and lets guests wake each other. */
static void
build_doorbell (Builder *b, const DomainShmem *shmem, json_t *device)
{
  g_autofree char *id = g_strdup_printf ("char%s", shmem->info.alias);
  g_autofree char *own = helper_shmem_socket (shmem->name);
  json_t *chardev = json_pack ("{s:s, s:{s:s, s:{s:{s:s, s:{s:s}}, s:b}}}", "id", id, "backend", "type", "socket", "data",
                               "addr", "type", "unix", "data", "path", shmem->server != NULL ? shmem->server : own,
                               "server", 0);

  add_part (b, QEMU_CHARDEV, chardev);
  set_string (device, "chardev", id);
  set_uint (device, "vectors", shmem->msi_vectors);
  set_tristate (device, "ioeventfd", shmem->msi_ioeventfd);
}

bool
build_shmem (Builder *b, const DomainShmem *shmem, GError **error)
{
  bool plain = shmem->model == SHMEM_MODEL_PLAIN;
  g_autoptr (json_t) device = NULL;

  if (!plain && shmem->model != SHMEM_MODEL_DOORBELL)
    return unsupported (error, "shared memory '%s' is of model '%s', which this QEMU no longer has: "
                        "use 'ivshmem-plain' or 'ivshmem-doorbell'", shmem->name,
                        xml_enum_name (&shmem_model_names, shmem->model));
  device = device_new (xml_enum_name (&shmem_model_names, shmem->model));
  if (!need_type (b, json_string_value (json_object_get (device, "driver")), shmem->info.alias, error))
    return false;
  set_string (device, "id", shmem->info.alias);
  if (plain && shmem->role != SHMEM_ROLE_ABSENT)
    set_string (device, "master", shmem->role == SHMEM_ROLE_MASTER ? "on" : "off");
  if (plain)
    build_plain (b, shmem, device);
  else
    build_doorbell (b, shmem, device);
  if (!set_address (b, device, &shmem->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
