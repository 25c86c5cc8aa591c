/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-sound.c: sound cards, and the host's ends of them. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (sound_model, SOUND_MODEL_LIST)
XML_ENUM_DEFINE (sound_codec, SOUND_CODEC_LIST)
XML_ENUM_DEFINE (audio_type, AUDIO_TYPE_LIST)
XML_ENUM_DEFINE (audio_sdl_driver, AUDIO_SDL_DRIVER_LIST)
XML_ENUM_DEFINE (audio_format, AUDIO_FORMAT_LIST)

static const XmlField codec_rows[] = {
  XML_ENUM (DomainSoundCodec, type, "@type", sound_codec, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlSchema codec_schema = XML_SCHEMA (DomainSoundCodec, "codec", codec_rows);

static const XmlField plain_rows[] = { XML_END };
static const XmlField usb_rows[] = {
  XML_YES_NO (DomainSound, multichannel, "@multichannel", .flags = XML_ABI),
  XML_END
};
static const XmlField hda_rows[] = { XML_ITEMS (DomainSound, codecs, "codec", codec_schema, .flags = XML_ABI), XML_END };
static const XmlField virtio_rows[] = {
  XML_UINT (DomainSound, streams, "@streams", .flags = XML_ABI),
  XML_EMBED (DomainSound, virtio, "driver", domain_virtio_rows),
  XML_END
};
static const XmlField *const rows_by_model[] = {
  [SOUND_MODEL_SB16] = plain_rows, [SOUND_MODEL_ES1370] = plain_rows, [SOUND_MODEL_PCSPK] = plain_rows,
  [SOUND_MODEL_AC97] = plain_rows, [SOUND_MODEL_ICH6] = hda_rows, [SOUND_MODEL_ICH9] = hda_rows,
  [SOUND_MODEL_USB] = usb_rows, [SOUND_MODEL_ICH7] = plain_rows, [SOUND_MODEL_VIRTIO] = virtio_rows,
};
static const XmlCases model_cases = XML_CASES_OF (DomainSound, model, sound_model, rows_by_model);

static const XmlField sound_rows[] = {
  XML_ENUM (DomainSound, model, "@model", sound_model, .flags = XML_REQUIRED | XML_ABI),
  XML_CASES (model_cases),
  XML_UINT (DomainSound, audio_id, "audio/@id", .flags = XML_POSITIVE),
  XML_PLACE (DomainSound),
  XML_END
};
const XmlSchema domain_sound_schema = XML_SCHEMA (DomainSound, "sound", sound_rows, .from = VIR_FROM_DOMAIN);

static const XmlField settings_rows[] = {
  XML_UINT (DomainAudioStream, frequency, "@frequency", .flags = XML_POSITIVE),
  XML_UINT (DomainAudioStream, channels, "@channels", .flags = XML_POSITIVE),
  XML_ENUM (DomainAudioStream, format, "@format", audio_format),
  XML_END
};
#define STREAM_HEAD \
  XML_YES_NO (DomainAudioStream, mixing_engine, "@mixingEngine"), \
  XML_YES_NO (DomainAudioStream, fixed_settings, "@fixedSettings"), \
  XML_UINT (DomainAudioStream, voices, "@voices", .flags = XML_POSITIVE), \
  XML_UINT (DomainAudioStream, buffer_length, "@bufferLength", .flags = XML_POSITIVE)
#define STREAM_TAIL XML_PART ("settings", settings_rows)

#define BUFFER_COUNT XML_UINT (DomainAudioStream, buffer_count, "@bufferCount", .flags = XML_POSITIVE)

static const XmlField common_stream_rows[] = { STREAM_HEAD, STREAM_TAIL, XML_END };
static const XmlField alsa_stream_rows[] = {
  STREAM_HEAD,
  XML_STRING (DomainAudioStream, dev, "@dev"),
  STREAM_TAIL,
  XML_END
};
static const XmlField counted_stream_rows[] = { STREAM_HEAD, BUFFER_COUNT, STREAM_TAIL, XML_END };
static const XmlField jack_stream_rows[] = {
  STREAM_HEAD,
  XML_STRING (DomainAudioStream, server_name, "@serverName"),
  XML_STRING (DomainAudioStream, client_name, "@clientName"),
  XML_STRING (DomainAudioStream, connect_ports, "@connectPorts"),
  XML_YES_NO (DomainAudioStream, exact_name, "@exactName"),
  STREAM_TAIL,
  XML_END
};
static const XmlField oss_stream_rows[] = {
  STREAM_HEAD,
  XML_STRING (DomainAudioStream, dev, "@dev"),
  BUFFER_COUNT,
  XML_YES_NO (DomainAudioStream, try_poll, "@tryPoll"),
  STREAM_TAIL,
  XML_END
};
static const XmlField named_stream_rows[] = {
  STREAM_HEAD,
  XML_STRING (DomainAudioStream, name, "@name"),
  XML_STRING (DomainAudioStream, stream_name, "@streamName"),
  XML_UINT (DomainAudioStream, latency, "@latency", .flags = XML_POSITIVE),
  STREAM_TAIL,
  XML_END
};

#define STREAMS(rows_) \
  XML_EMBED (DomainAudio, options.input, "input", rows_), \
  XML_EMBED (DomainAudio, options.output, "output", rows_)

static const XmlField common_rows[] = { STREAMS (common_stream_rows), XML_END };
static const XmlField alsa_rows[] = { STREAMS (alsa_stream_rows), XML_END };
static const XmlField coreaudio_rows[] = { STREAMS (counted_stream_rows), XML_END };
static const XmlField jack_rows[] = { STREAMS (jack_stream_rows), XML_END };
static const XmlField oss_rows[] = {
  XML_YES_NO (DomainAudio, options.try_mmap, "@tryMMap"),
  XML_YES_NO (DomainAudio, options.exclusive, "@exclusive"),
  XML_INT (DomainAudio, options.dsp_policy, "@dspPolicy", .absent = -1),
  STREAMS (oss_stream_rows),
  XML_END
};
static const XmlField pulseaudio_rows[] = {
  XML_STRING (DomainAudio, options.server_name, "@serverName"),
  STREAMS (named_stream_rows),
  XML_END
};
static const XmlField pipewire_rows[] = {
  XML_STRING (DomainAudio, options.runtime_dir, "@runtimeDir"),
  STREAMS (named_stream_rows),
  XML_END
};
static const XmlField sdl_rows[] = {
  XML_ENUM (DomainAudio, options.sdl_driver, "@driver", audio_sdl_driver),
  STREAMS (counted_stream_rows),
  XML_END
};
static const XmlField file_rows[] = {
  XML_STRING (DomainAudio, options.path, "@path"),
  STREAMS (common_stream_rows),
  XML_END
};

static const XmlField *const rows_by_type[] = {
  [AUDIO_TYPE_NONE] = common_rows, [AUDIO_TYPE_ALSA] = alsa_rows, [AUDIO_TYPE_COREAUDIO] = coreaudio_rows,
  [AUDIO_TYPE_JACK] = jack_rows, [AUDIO_TYPE_OSS] = oss_rows, [AUDIO_TYPE_PULSEAUDIO] = pulseaudio_rows,
  [AUDIO_TYPE_SDL] = sdl_rows, [AUDIO_TYPE_SPICE] = common_rows, [AUDIO_TYPE_FILE] = file_rows,
  [AUDIO_TYPE_DBUS] = common_rows, [AUDIO_TYPE_PIPEWIRE] = pipewire_rows,
};
static const XmlCases type_cases = XML_CASES_OF (DomainAudio, type, audio_type, rows_by_type);

static const XmlField audio_rows[] = {
  XML_UINT (DomainAudio, id, "@id", .flags = XML_REQUIRED | XML_POSITIVE),
  XML_ENUM (DomainAudio, type, "@type", audio_type, .flags = XML_REQUIRED),
  XML_UINT (DomainAudio, options.timer_period, "@timerPeriod", .flags = XML_POSITIVE),
  XML_CASES (type_cases),
  XML_END
};

static bool
check_stream (const xmlNode *node, const DomainAudioStream *stream, GError **error)
{
  bool has_settings = stream->frequency != 0 || stream->channels != 0 || stream->format != AUDIO_FORMAT_ABSENT;

  if (stream->fixed_settings == TRI_YES && stream->mixing_engine != TRI_YES)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "fixedSettings='yes' needs mixingEngine='yes'");
  if (has_settings && stream->fixed_settings != TRI_YES)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "<settings> needs fixedSettings='yes'");
  return true;
}

static bool
audio_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainAudio *audio = object;

  return check_stream (node, &audio->options.input, error) && check_stream (node, &audio->options.output, error);
}

const XmlSchema domain_audio_schema
  = XML_SCHEMA (DomainAudio, "audio", audio_rows, .finish = audio_finish, .from = VIR_FROM_DOMAIN);
