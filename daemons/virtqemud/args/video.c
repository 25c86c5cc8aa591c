/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video cards. */
#include "args/private.h"

/* QEMU's models: of the first card, and of further ones (NULL: only the first). */
static const struct { const char *primary, *secondary; } video_drivers[VIDEO_TYPE_LAST] = {
  [VIDEO_TYPE_VGA] = { "VGA", "secondary-vga" }, [VIDEO_TYPE_CIRRUS] = { "cirrus-vga", NULL },
  [VIDEO_TYPE_VMVGA] = { "vmware-svga", NULL }, [VIDEO_TYPE_QXL] = { "qxl-vga", "qxl" },
  [VIDEO_TYPE_VIRTIO] = { "virtio-vga", "virtio-gpu-pci" },
  [VIDEO_TYPE_BOCHS] = { "bochs-display", "bochs-display" }, [VIDEO_TYPE_RAMFB] = { "ramfb", NULL },
};

static char *
video_driver (const Builder *b, const DomainVideo *video, bool primary)
{
  const char *driver = primary ? video_drivers[video->type].primary : video_drivers[video->type].secondary;

  if (video->type != VIDEO_TYPE_VIRTIO || video->accel3d != TRI_YES)
    return g_strdup (driver);
  return g_strdup (primary ? "virtio-vga-gl" : "virtio-gpu-gl-pci");
}

static void
set_video_memory (json_t *device, const DomainVideo *video)
{
  if (video->type == VIDEO_TYPE_QXL)
    {
      set_uint (device, "ram_size", (uint64_t) video->ram * 1024);
      set_uint (device, "vram_size", (uint64_t) video->vram * 1024);
      set_int (device, "vram64_size_mb", video->vram64 / 1024);
      set_uint (device, "vgamem_mb", video->vgamem / 1024);
    }
  else if (video->type == VIDEO_TYPE_VGA || video->type == VIDEO_TYPE_VMVGA)
    set_uint (device, "vgamem_mb", video->vram / 1024);
  else if (video->type == VIDEO_TYPE_BOCHS && video->vram != 0)
    set_uint (device, "vgamem", (uint64_t) video->vram * 1024);
}

/* The first card, if none says that it is. */
static bool
is_primary (const Builder *b, const DomainVideo *video)
{
  return video->primary == TRI_YES || (video->primary == TRI_ABSENT && video == b->domain->videos.items[0]);
}

bool
build_video (Builder *b, const DomainVideo *video, GError **error)
{
  bool primary = is_primary (b, video);
  g_autofree char *driver = NULL;
  g_autoptr (json_t) device = NULL;

  if (video->type == VIDEO_TYPE_NONE)
    return true;
  if (video->backend == VIDEO_BACKEND_VHOSTUSER)
    return unsupported (error, "video card '%s' outside of QEMU is not supported", video->info.alias);
  driver = video_driver (b, video, primary);
  if (driver == NULL)
    return unsupported (error, "video card '%s' of type '%s' is not supported%s", video->info.alias,
                        xml_enum_name (&video_type_names, video->type), primary ? "" : " as a further card");
  if (!need_type (b, driver, video->info.alias, error))
    return false;
  device = device_new (driver);
  set_virtio (device, &video->virtio);
  set_string (device, "id", video->info.alias);
  if (video->type == VIDEO_TYPE_VIRTIO || video->type == VIDEO_TYPE_QXL)
    set_uint (device, "max_outputs", video->heads);
  set_video_memory (device, video);
  if (video->resolution_x != UINT_MAX)
    set_uint (device, "xres", video->resolution_x);
  if (video->resolution_y != UINT_MAX)
    set_uint (device, "yres", video->resolution_y);
  set_tristate (device, "blob", video->blob);
  if (!set_address (b, device, &video->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
