/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video cards. */
#include "args/private.h"

/* QEMU's models: of the first card, and of further ones (NULL: only the first). */
static const struct { const char *primary, *secondary; } video_drivers[VIDEO_TYPE_LAST] = {
  [VIDEO_TYPE_VGA] = { "VGA", "secondary-vga" }, [VIDEO_TYPE_CIRRUS] = { "cirrus-vga", NULL },
  [VIDEO_TYPE_VMVGA] = { "vmware-svga", NULL }, [VIDEO_TYPE_QXL] = { "qxl-vga", "qxl" },
  [VIDEO_TYPE_BOCHS] = { "bochs-display", "bochs-display" }, [VIDEO_TYPE_RAMFB] = { "ramfb", NULL },
};

/* Machines whose firmware and systems know no VGA. */
static bool
knows_vga (const Domain *domain)
{
  static const char *const without[] = { "aarch64", "armv", "riscv", "s390", "loongarch" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (without); i++)
    if (g_str_has_prefix (domain->os.arch, without[i]))
      return false;
  return true;
}

static char *
virtio_video_driver (const Builder *b, const DomainVideo *video, bool primary, GError **error)
{
  bool gl = video->accel3d == TRI_YES;

  if (video->backend == VIDEO_BACKEND_VHOSTUSER)
    return primary && knows_vga (b->domain) ? g_strdup ("vhost-user-vga")
                                            : virtio_family_driver (b, "vhost-user-gpu", &video->info, false, false, error);
  if (primary && knows_vga (b->domain))
    return g_strdup (gl ? "virtio-vga-gl" : "virtio-vga");
  return virtio_driver (b, gl ? "gpu-gl" : "gpu", &video->info, false, false, error);
}

static char *
video_driver (const Builder *b, const DomainVideo *video, bool primary, GError **error)
{
  const char *driver = primary ? video_drivers[video->type].primary : video_drivers[video->type].secondary;

  if (video->type == VIDEO_TYPE_VIRTIO)
    return virtio_video_driver (b, video, primary, error);
  if (driver == NULL)
    unsupported (error, "video card '%s' of type '%s' is not supported%s", video->info.alias,
                 xml_enum_name (&video_type_names, video->type), primary ? "" : " as a further card");
  return g_strdup (driver);
}

static void
set_video_memory (const Builder *b, const char *driver, json_t *device, const DomainVideo *video)
{
  bool vgamem = qemu_caps_has_prop (b->context->caps, driver, "vgamem_mb");

  if (video->type == VIDEO_TYPE_QXL)
    {
      set_uint (device, "ram_size", (uint64_t) video->ram * 1024);
      set_uint (device, "vram_size", (uint64_t) video->vram * 1024);
      if (qemu_caps_has_prop (b->context->caps, driver, "vram64_size_mb"))
        set_int (device, "vram64_size_mb", video->vram64 / 1024);
      set_uint (device, "vgamem_mb", vgamem ? video->vgamem / 1024 : 0);
    }
  else if (video->type == VIDEO_TYPE_VGA || video->type == VIDEO_TYPE_VMVGA)
    set_uint (device, "vgamem_mb", vgamem ? video->vram / 1024 : 0);
  else if (video->type == VIDEO_TYPE_BOCHS && video->vram != 0)
    set_uint (device, "vgamem", (uint64_t) video->vram * 1024);
}

/* The first card, if none says that it is. */
static bool
is_primary (const Builder *b, const DomainVideo *video)
{
  return video->primary == TRI_YES || (video->primary == TRI_ABSENT && video == b->domain->videos.items[0]);
}

/* The socket to the program that draws, if it is one beside QEMU. */
static bool
build_video_helper (Builder *b, const DomainVideo *video, GError **error)
{
  g_autofree char *fd = NULL;

  if (video->backend != VIDEO_BACKEND_VHOSTUSER)
    return true;
  if (b->context->fd == NULL)
    return unsupported (error, "video card '%s' outside of QEMU has no command line before it runs", video->info.alias);
  fd = ask_fd (b, QEMU_FD_VHOST_USER, NULL, &video->info, 0, error);
  if (fd == NULL)
    return false;
  add_part (b, QEMU_CHARDEV, json_pack ("{s:s+, s:{s:s, s:{s:{s:s, s:{s:s}}, s:b}}}", "id", "chr-vu-", video->info.alias,
                                        "backend", "type", "socket", "data", "addr", "type", "fd", "data", "str", fd,
                                        "server", 0));
  return true;
}

bool
build_video (Builder *b, const DomainVideo *video, GError **error)
{
  bool primary = is_primary (b, video);
  g_autofree char *driver = NULL;
  g_autoptr (json_t) device = NULL;

  if (video->type == VIDEO_TYPE_NONE)
    return true;
  driver = video_driver (b, video, primary, error);
  if (driver == NULL || !need_type (b, driver, video->info.alias, error) || !build_video_helper (b, video, error))
    return false;
  device = device_new (driver);
  set_virtio (device, &video->virtio);
  set_string (device, "id", video->info.alias);
  if (video->type == VIDEO_TYPE_VIRTIO || video->type == VIDEO_TYPE_QXL)
    set_uint (device, "max_outputs", video->heads);
  set_video_memory (b, driver, device, video);
  if (video->resolution_x != UINT_MAX)
    set_uint (device, "xres", video->resolution_x);
  if (video->resolution_y != UINT_MAX)
    set_uint (device, "yres", video->resolution_y);
  set_tristate (device, "blob", video->blob);
  if (video->edid != TRI_ABSENT && !qemu_caps_has_prop (b->context->caps, driver, "edid"))
    return unsupported (error, "video card '%s' of type '%s' has no EDID that can be turned off", video->info.alias,
                        xml_enum_name (&video_type_names, video->type));
  set_tristate (device, "edid", video->edid);
  if (video->backend == VIDEO_BACKEND_VHOSTUSER)
    set_format (device, "chardev", "chr-vu-%s", video->info.alias);
  if (!set_address (b, device, &video->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
