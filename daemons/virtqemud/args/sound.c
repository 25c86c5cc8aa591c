/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound cards, and the host's ends of them. */
#include "args/private.h"

/* Since it, the machine has a property for its speaker; -soundhw is gone since 7.1. */
#define SPEAKER_PROPERTY_SINCE 5000000

static void
build_codec (Builder *b, const DomainSound *sound, const char *kind, unsigned int index, const char *audiodev)
{
  json_t *codec = json_object ();

  set_format (codec, "driver", "hda-%s", kind);
  set_format (codec, "id", "%s-codec%u", sound->info.alias, index);
  set_format (codec, "bus", "%s.0", sound->info.alias);
  set_int (codec, "cad", index);
  set_string (codec, "audiodev", audiodev);
  add_part (b, QEMU_DEVICE, codec);
}

/* The speaker is the machine's, which has been told of its other end, but by QEMU of long ago. */
static bool
build_speaker (Builder *b, const DomainSound *sound, GError **error)
{
  if (b->context->caps->version < SPEAKER_PROPERTY_SINCE)
    add_option (b, "-soundhw", "pcspk");
  return true;
}

void
append_speaker (const Builder *b, GString *out)
{
  for (unsigned int i = 0; b->context->caps->version >= SPEAKER_PROPERTY_SINCE && i < b->domain->sounds.n; i++)
    if (b->domain->sounds.items[i]->model == SOUND_MODEL_PCSPK)
      {
        unsigned int id = b->domain->sounds.items[i]->audio_id;

        g_string_append_printf (out, ",pcspk-audiodev=audio%u", id != 0 ? id : b->domain->audios.n > 0 ? b->domain->audios.items[0]->id : 1);
      }
}

bool
build_sound (Builder *b, const DomainSound *sound, GError **error)
{
  static const char *const drivers[] = {
    [SOUND_MODEL_SB16] = "sb16", [SOUND_MODEL_ES1370] = "ES1370", [SOUND_MODEL_AC97] = "AC97",
    [SOUND_MODEL_ICH6] = "intel-hda", [SOUND_MODEL_ICH9] = "ich9-intel-hda", [SOUND_MODEL_USB] = "usb-audio",
    [SOUND_MODEL_LAST] = NULL,
  };
  unsigned int audio_id = sound->audio_id ?: (b->domain->audios.n > 0 ? b->domain->audios.items[0]->id : 1);
  g_autofree char *audiodev = g_strdup_printf ("audio%u", audio_id);
  bool hda = sound->model == SOUND_MODEL_ICH6 || sound->model == SOUND_MODEL_ICH9;
  g_autoptr (json_t) device = NULL;

  if (sound->model == SOUND_MODEL_PCSPK)
    return build_speaker (b, sound, error);
  if (drivers[sound->model] == NULL)
    return unsupported (error, "sound card '%s' of model '%s' is not supported", sound->info.alias,
                        xml_enum_name (&sound_model_names, sound->model));
  if (!need_type (b, drivers[sound->model], sound->info.alias, error))
    return false;
  device = device_new (drivers[sound->model]);
  set_string (device, "id", sound->info.alias);
  set_string (device, "audiodev", hda ? NULL : audiodev);
  set_tristate (device, "multi", sound->multichannel);
  if (!set_address (b, device, &sound->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  for (unsigned int i = 0; hda && i < sound->codecs.n; i++)
    build_codec (b, sound, xml_enum_name (&sound_codec_names, sound->codecs.items[i]->type), i, audiodev);
  if (hda && sound->codecs.n == 0)
    build_codec (b, sound, "duplex", 0, audiodev);
  return true;
}
