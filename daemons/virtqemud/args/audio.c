/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound backends. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

static const char *
audio_driver (DomainAudioType type)
{
  if (type == AUDIO_TYPE_PULSEAUDIO)
    return "pa";
  return type == AUDIO_TYPE_FILE ? "wav" : xml_enum_name (&audio_type_names, type);
}

bool
build_audio (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->audios.n; i++)
    {
      const DomainAudio *audio = b->domain->audios.items[i];
      json_t *audiodev;

      if (audio->type == AUDIO_TYPE_COREAUDIO || audio->type == AUDIO_TYPE_PIPEWIRE || audio->type == AUDIO_TYPE_DBUS)
        return unsupported (error, "sound backend %u of type '%s' is not supported", audio->id,
                            xml_enum_name (&audio_type_names, audio->type));
      audiodev = json_object ();
      set_format (audiodev, "id", "audio%u", audio->id);
      set_string (audiodev, "driver", audio_driver (audio->type));
      add_part (b, QEMU_AUDIODEV, audiodev);
    }
  return true;
}

void
append_audiodev (Builder *b, GString *out, unsigned int audio_id)
{
  unsigned int id = audio_id;

  if (id == 0 && b->domain->audios.n > 0)
    id = b->domain->audios.items[0]->id;
  if (id != 0)
    g_string_append_printf (out, ",audiodev=audio%u", id);
}
