/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders of the host in the guest. */
#include "args/private.h"

#include <string.h>

#include "helpers/paths.h"

/* --- 9p: served by QEMU itself ------------------------------------------------------------ */

static const char *
security_model (DomainFsAccessMode mode)
{
  return mode == FS_ACCESS_MODE_SQUASH ? "none" : mode == FS_ACCESS_MODE_MAPPED ? "mapped" : "passthrough";
}

static void
build_fsdev (Builder *b, const DomainFilesystem *fs)
{
  bool handle = fs->driver.type == FS_DRIVER_HANDLE;
  g_autoptr (GString) out = g_string_new (handle ? "handle" : "local");
  g_autofree char *path = escape_commas (fs->source);

  if (!handle)
    {
      g_string_append_printf (out, ",security_model=%s", security_model (fs->access_mode));
      if (fs->multidevs != FS_MULTIDEVS_ABSENT && fs->multidevs != FS_MULTIDEVS_DEFAULT)
        g_string_append_printf (out, ",multidevs=%s", xml_enum_name (&fs_multidevs_names, fs->multidevs));
      if (fs->file_mode != 0)
        g_string_append_printf (out, ",fmode=%04o", fs->file_mode);
      if (fs->dir_mode != 0)
        g_string_append_printf (out, ",dmode=%04o", fs->dir_mode);
    }
  if (fs->driver.write_policy == FS_WRITE_POLICY_IMMEDIATE)
    g_string_append (out, ",writeout=immediate");
  g_string_append_printf (out, ",id=fsdev-%s,path=%s", fs->info.alias, path);
  if (fs->readonly)
    g_string_append (out, ",readonly=on");
  add_option (b, "-fsdev", "%s", out->str);
}

static json_t *
p9_device (Builder *b, const DomainFilesystem *fs, GError **error)
{
  g_autofree char *driver = virtio_driver (b, "9p", &fs->info, fs->model == VIRTIO_MODEL_TRANSITIONAL,
                                           fs->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
  json_t *device;

  if (driver == NULL)
    return NULL;
  build_fsdev (b, fs);
  device = device_new (driver);
  set_format (device, "fsdev", "fsdev-%s", fs->info.alias);
  set_string (device, "mount_tag", fs->target);
  return device;
}

/* --- virtiofs: served by a program beside QEMU ----------------------------------------------- */

static json_t *
virtiofs_device (Builder *b, const DomainFilesystem *fs, GError **error)
{
  g_autofree char *driver = virtio_family_driver (b, "vhost-user-fs", &fs->info, false, false, error);
  g_autofree char *id = NULL, *own = NULL;
  json_t *chardev, *device;

  if (driver == NULL)
    return NULL;
  id = g_strdup_printf ("chr-vu-%s", fs->info.alias);
  own = helper_virtiofs_socket (b->context->lib_dir, fs->info.alias);
  chardev = json_pack ("{s:s, s:{s:s, s:{s:{s:s, s:{s:s}}, s:b}}}", "id", id, "backend", "type", "socket", "data",
                       "addr", "type", "unix", "data", "path", fs->socket != NULL ? fs->socket : own, "server", 0);
  add_part (b, QEMU_CHARDEV, chardev);
  device = device_new (driver);
  set_string (device, "chardev", id);
  set_uint (device, "queue-size", fs->driver.queue_size);
  set_string (device, "tag", fs->target);
  set_uint (device, "bootindex", fs->info.boot_order);
  return device;
}

bool
build_filesystem (Builder *b, const DomainFilesystem *fs, GError **error)
{
  g_autoptr (json_t) device = NULL;

  if (fs->type != FS_TYPE_MOUNT)
    return unsupported (error, "a filesystem of type '%s' is not supported by the QEMU driver",
                        xml_enum_name (&fs_type_names, fs->type));
  switch (fs->driver.type)
    {
    case FS_DRIVER_ABSENT:
    case FS_DRIVER_PATH:
    case FS_DRIVER_HANDLE:
      device = p9_device (b, fs, error);
      break;
    case FS_DRIVER_VIRTIOFS:
      device = virtiofs_device (b, fs, error);
      break;
    default:
      return unsupported (error, "a filesystem with driver '%s' is not supported by the QEMU driver",
                          xml_enum_name (&fs_driver_names, fs->driver.type));
    }
  if (device == NULL)
    return false;
  set_virtio (device, &fs->driver.virtio);
  set_string (device, "id", fs->info.alias);
  if (!set_address (b, device, &fs->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
