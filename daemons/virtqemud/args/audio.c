/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound backends. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

/* Since it, there is a backend of PipeWire. */
#define PIPEWIRE_SINCE 8001000

static const char *
audio_driver (DomainAudioType type)
{
  if (type == AUDIO_TYPE_PULSEAUDIO)
    return "pa";
  return type == AUDIO_TYPE_FILE ? "wav" : xml_enum_name (&audio_type_names, type);
}

/* One direction; what a backend does not have is absent in the document. */
static json_t *
stream_object (const DomainAudioStream *stream)
{
  json_t *object = json_object ();

  set_tristate (object, "mixing-engine", stream->mixing_engine);
  set_tristate (object, "fixed-settings", stream->fixed_settings);
  set_uint (object, "voices", stream->voices);
  set_uint (object, "buffer-length", stream->buffer_length);
  set_uint (object, "frequency", stream->frequency);
  set_uint (object, "channels", stream->channels);
  set_string (object, "format", xml_enum_name (&audio_format_names, stream->format));
  set_string (object, "dev", stream->dev);
  set_uint (object, "buffer-count", stream->buffer_count);
  set_tristate (object, "try-poll", stream->try_poll);
  set_string (object, "name", stream->name);
  set_string (object, "stream-name", stream->stream_name);
  set_uint (object, "latency", stream->latency);
  set_string (object, "server-name", stream->server_name);
  set_string (object, "client-name", stream->client_name);
  set_string (object, "connect-ports", stream->connect_ports);
  set_tristate (object, "exact-name", stream->exact_name);
  return object;
}

static void
set_stream (json_t *audiodev, const char *key, const DomainAudioStream *stream)
{
  g_autoptr (json_t) object = stream_object (stream);

  if (json_object_size (object) > 0)
    json_object_set (audiodev, key, object);
}

static bool
build_backend (Builder *b, const DomainAudio *audio, GError **error)
{
  const DomainAudioOptions *options = &audio->options;
  json_t *audiodev;

  if (audio->type == AUDIO_TYPE_PIPEWIRE && b->context->caps->version < PIPEWIRE_SINCE)
    return unsupported (error, "sound backend %u of type 'pipewire' needs a newer QEMU than %s", audio->id, b->context->caps->binary);
  audiodev = json_object ();
  set_format (audiodev, "id", "audio%u", audio->id);
  set_string (audiodev, "driver", audio_driver (audio->type));
  set_uint (audiodev, "timer-period", options->timer_period);
  set_tristate (audiodev, "try-mmap", options->try_mmap);
  set_tristate (audiodev, "exclusive", options->exclusive);
  set_known (audiodev, "dsp-policy", audio->type == AUDIO_TYPE_OSS ? options->dsp_policy : -1);
  set_string (audiodev, "server", options->server_name);
  set_string (audiodev, "path", options->path);
  set_stream (audiodev, "in", &options->input);
  set_stream (audiodev, "out", &options->output);
  add_part (b, QEMU_AUDIODEV, audiodev);
  return true;
}

bool
build_audio (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->audios.n; i++)
    if (!build_backend (b, b->domain->audios.items[i], error))
      return false;
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
