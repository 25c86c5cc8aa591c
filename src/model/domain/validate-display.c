/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-display.c: rules of what people see, hear and touch: displays, video
 * cards, sound and input devices. They change nothing. */
#include "model/domain/rules.h"

#include <string.h>

#define MIN_VIDEO_KIB 1024

static bool
check_input (const Domain *domain, const DomainInput *input, unsigned int i, GError **error)
{
  const char *type = xml_enum_name (&input_type_names, input->type);
  const char *bus = xml_enum_name (&input_bus_names, input->bus);
  bool is_usb_address = input->info.address.type == ADDRESS_TYPE_USB || input->info.address.type == ADDRESS_TYPE_ABSENT;

  if (input->type == INPUT_TYPE_EVDEV && input->bus != INPUT_BUS_NONE)
    REFUSE_QEMU_AT ("input", i, CONFIG_UNSUPPORTED, "type 'evdev' has no bus '%s'", bus);
  if (input->type == INPUT_TYPE_PASSTHROUGH && input->bus != INPUT_BUS_VIRTIO)
    REFUSE_QEMU_AT ("input", i, CONFIG_UNSUPPORTED, "type 'passthrough' is on bus 'virtio' only");
  if (input->model != VIRTIO_MODEL_ABSENT && input->bus != INPUT_BUS_VIRTIO)
    REFUSE_QEMU_AT ("input", i, CONFIG_UNSUPPORTED, "a model is chosen on bus 'virtio' only");
  if (input->model == VIRTIO_MODEL_TRANSITIONAL || input->model == VIRTIO_MODEL_NON_TRANSITIONAL)
    if (input->type != INPUT_TYPE_PASSTHROUGH)
      REFUSE_QEMU_AT ("input", i, CONFIG_UNSUPPORTED, "type '%s' has no model '%s'", type,
                      xml_enum_name (&virtio_model_names, input->model));
  if (input->bus == INPUT_BUS_PS2 && input->type != INPUT_TYPE_MOUSE && input->type != INPUT_TYPE_KEYBOARD)
    REFUSE_AT ("input", i, INTERNAL_ERROR, "bus 'ps2' has no type '%s'", type);
  if (input->bus == INPUT_BUS_XEN)
    REFUSE_AT ("input", i, INTERNAL_ERROR, "bus 'xen' is not for fully virtualized guests");
  if (input->bus == INPUT_BUS_USB && !is_usb_address)
    REFUSE_AT ("input", i, XML_ERROR, "a device on bus 'usb' has no address of type '%s'",
               xml_enum_name (&address_type_names, input->info.address.type));
  return true;
}

static bool
check_inputs (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    if (!check_input (domain, domain->inputs.items[i], i, error))
      return false;
  return true;
}

static bool
is_power_of_two (unsigned int number)
{
  return (number & (number - 1)) == 0;
}

/* Models that QEMU has, and whether they may be a further card. */
static bool
check_video_type (const Domain *domain, const DomainVideo *video, unsigned int i, GError **error)
{
  const char *type = xml_enum_name (&video_type_names, video->type);

  switch (video->type)
    {
    case VIDEO_TYPE_VIRTIO: case VIDEO_TYPE_QXL:
      break;
    case VIDEO_TYPE_VGA: case VIDEO_TYPE_CIRRUS: case VIDEO_TYPE_VMVGA: case VIDEO_TYPE_BOCHS: case VIDEO_TYPE_RAMFB:
      if (video->primary != TRI_YES)
        REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "model '%s' can be the primary one only", type);
      break;
    case VIDEO_TYPE_NONE:
      break;
    default:
      REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "QEMU has no model '%s'", type);
    }
  if (video->type == VIDEO_TYPE_RAMFB && video->info.address.type != ADDRESS_TYPE_ABSENT)
    REFUSE_AT ("video", i, CONFIG_UNSUPPORTED, "model 'ramfb' has no address");
  if (video->heads != 1 && video->type != VIDEO_TYPE_NONE && video->type != VIDEO_TYPE_VIRTIO && video->type != VIDEO_TYPE_QXL)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "model '%s' has one head, not heads='%u'", type, video->heads);
  if ((video->resolution_x != UINT_MAX) && (video->type == VIDEO_TYPE_CIRRUS || video->type == VIDEO_TYPE_VMVGA
                                            || video->type == VIDEO_TYPE_RAMFB || video->type == VIDEO_TYPE_NONE))
    REFUSE_AT ("video", i, XML_ERROR, "model '%s' has no resolution", type);
  return true;
}

static bool
check_video_memory (const Domain *domain, const DomainVideo *video, unsigned int i, GError **error)
{
  if (video->type != VIDEO_TYPE_QXL && video->ram != 0)
    REFUSE_AT ("video", i, CONFIG_UNSUPPORTED, "only model 'qxl' has ram=");
  if (video->type != VIDEO_TYPE_QXL && video->vram64 != 0)
    REFUSE_AT ("video", i, CONFIG_UNSUPPORTED, "only model 'qxl' has vram64=");
  if (video->type != VIDEO_TYPE_QXL && video->vgamem != 0)
    REFUSE_AT ("video", i, CONFIG_UNSUPPORTED, "only model 'qxl' has vgamem=");
  if (video->type == VIDEO_TYPE_QXL && video->vgamem < MIN_VIDEO_KIB)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "vgamem='%u' is below %u KiB", video->vgamem, MIN_VIDEO_KIB);
  if (video->type == VIDEO_TYPE_QXL && !is_power_of_two (video->vgamem))
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "vgamem='%u' is no power of two", video->vgamem);
  if ((video->type == VIDEO_TYPE_VGA || video->type == VIDEO_TYPE_VMVGA) && video->vram < MIN_VIDEO_KIB)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "vram='%u' is below %u KiB", video->vram, MIN_VIDEO_KIB);
  return true;
}

static bool
check_video_backend (const Domain *domain, const DomainVideo *video, unsigned int i, GError **error)
{
  bool is_vhostuser = video->backend == VIDEO_BACKEND_VHOSTUSER;

  if (is_vhostuser && video->type != VIDEO_TYPE_VIRTIO)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "driver 'vhostuser' is for model 'virtio' only");
  if (!is_vhostuser && video->rendernode != NULL)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "only driver 'vhostuser' has a rendernode");
  if (video->accel2d == TRI_YES)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "QEMU has no accel2d");
  if (video->accel3d == TRI_YES && video->type != VIDEO_TYPE_VIRTIO)
    REFUSE_QEMU_AT ("video", i, CONFIG_UNSUPPORTED, "only model 'virtio' has accel3d");
  if (video->type != VIDEO_TYPE_VIRTIO
      && (video->virtio.iommu != TRI_ABSENT || video->virtio.ats != TRI_ABSENT || video->virtio.packed != TRI_ABSENT
          || video->virtio.page_per_vq != TRI_ABSENT))
    REFUSE_AT ("video", i, CONFIG_UNSUPPORTED, "only virtio devices have options iommu, ats, packed, page_per_vq");
  return true;
}

static bool
check_videos (const Domain *domain, GError **error)
{
  unsigned int primary = 0;

  for (unsigned int i = 0; i < domain->videos.n; i++)
    {
      const DomainVideo *video = domain->videos.items[i];

      primary += video->primary == TRI_YES;
      if (video->type == VIDEO_TYPE_NONE && domain->videos.n > 1)
        REFUSE_AT ("video", i, CONFIG_UNSUPPORTED, "model 'none' excludes other video cards");
    }
  if (primary > 1)
    REFUSE (CONFIG_UNSUPPORTED, "domain/devices/video: %u cards are primary, one may be", primary);
  for (unsigned int i = 0; i < domain->videos.n; i++)
    if (!check_video_type (domain, domain->videos.items[i], i, error) || !check_video_memory (domain, domain->videos.items[i], i, error)
        || !check_video_backend (domain, domain->videos.items[i], i, error))
      return false;
  return true;
}

/* YYYY-MM-DDTHH:MM:SS */
static bool
is_time (const char *text)
{
  g_autofree char *full = g_strdup_printf ("%sZ", text);
  g_autoptr (GDateTime) time = strlen (text) == strlen ("2011-04-09T15:51:00") ? g_date_time_new_from_iso8601 (full, NULL) : NULL;

  return time != NULL;
}

static bool
has_graphics (const Domain *domain, DomainGraphicsType type)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (domain->graphics.items[i]->type == type)
      return true;
  return false;
}

static const DomainAudio *
find_audio (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->audios.n; i++)
    if (domain->audios.items[i]->id == id)
      return domain->audios.items[i];
  return NULL;
}

static bool
check_display_audio (const Domain *domain, const DomainGraphics *graphics, unsigned int i, GError **error)
{
  const DomainAudio *audio = find_audio (domain, graphics->audio_id);

  if (graphics->audio_id == 0)
    return true;
  if (graphics->type == GRAPHICS_TYPE_VNC && audio == NULL)
    REFUSE_AT ("graphics", i, XML_ERROR, "there is no audio with id='%u'", graphics->audio_id);
  if (graphics->type == GRAPHICS_TYPE_DBUS && audio != NULL && audio->type != AUDIO_TYPE_DBUS)
    REFUSE_QEMU_AT ("graphics", i, CONFIG_UNSUPPORTED, "the audio with id='%u' is not of type 'dbus'", graphics->audio_id);
  return true;
}

static bool
check_graphics (const Domain *domain, GError **error)
{
  if (has_graphics (domain, GRAPHICS_TYPE_EGL_HEADLESS)
      && (has_graphics (domain, GRAPHICS_TYPE_SDL) || has_graphics (domain, GRAPHICS_TYPE_DBUS)))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/graphics: 'egl-headless' goes with 'vnc' or 'spice' only");
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      const DomainGraphics *graphics = domain->graphics.items[i];
      const char *time = graphics->password_valid_to;

      if (time != NULL && !is_time (time))
        REFUSE_AT ("graphics", i, INTERNAL_ERROR, "passwdValidTo='%s' is not of the form YYYY-MM-DDTHH:MM:SS", time);
      if (graphics->type == GRAPHICS_TYPE_RDP || graphics->type == GRAPHICS_TYPE_DESKTOP)
        REFUSE_QEMU_AT ("graphics", i, CONFIG_UNSUPPORTED, "QEMU has no graphics of type '%s'",
                        xml_enum_name (&graphics_type_names, graphics->type));
      if (!check_display_audio (domain, graphics, i, error))
        return false;
    }
  return true;
}

static bool
check_sounds (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->audios.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (domain->audios.items[i]->id == domain->audios.items[j]->id)
        REFUSE_AT ("audio", i, XML_ERROR, "id='%u' is given to more than one", domain->audios.items[i]->id);
  for (unsigned int i = 0; i < domain->audios.n; i++)
    if (domain->audios.items[i]->type == AUDIO_TYPE_SPICE && !has_graphics (domain, GRAPHICS_TYPE_SPICE))
      REFUSE_QEMU_AT ("audio", i, CONFIG_UNSUPPORTED, "type 'spice' needs graphics of type 'spice'");
  for (unsigned int i = 0; i < domain->sounds.n; i++)
    {
      const DomainSound *sound = domain->sounds.items[i];

      if (sound->model == SOUND_MODEL_ICH7)
        REFUSE_AT ("sound", i, INTERNAL_ERROR, "QEMU has no model 'ich7'");
      if (sound->audio_id != 0 && find_audio (domain, sound->audio_id) == NULL)
        REFUSE_AT ("sound", i, XML_ERROR, "there is no audio with id='%u'", sound->audio_id);
    }
  return true;
}

bool
domain_validate_displays (const Domain *domain, GError **error)
{
  return check_inputs (domain, error) && check_videos (domain, error) && check_graphics (domain, error)
         && check_sounds (domain, error);
}
