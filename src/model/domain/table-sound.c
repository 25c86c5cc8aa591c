/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-sound.c: sound cards, and the host's ends of them. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (sound_model, SOUND_MODEL_LIST)
XML_ENUM_DEFINE (sound_codec, SOUND_CODEC_LIST)
XML_ENUM_DEFINE (audio_type, AUDIO_TYPE_LIST)

#define SCHEMA(Type_, element_, rows_) XML_SCHEMA (Type_, element_, rows_, .from = VIR_FROM_DOMAIN)

static const XmlField codec_rows[] = {
  XML_ENUM (DomainSoundCodec, type, "@type", sound_codec, .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema codec_schema = SCHEMA (DomainSoundCodec, "codec", codec_rows);

static const XmlField sound_rows[] = {
  XML_ENUM (DomainSound, model, "@model", sound_model, .flags = XML_REQUIRED),
  XML_UNSUPPORTED ("@multichannel"),
  XML_ITEMS (DomainSound, codecs, "codec", codec_schema),
  XML_UINT (DomainSound, audio_id, "audio/@id"),
  XML_INFO (DomainSound),
  XML_END
};
const XmlSchema domain_sound_schema = SCHEMA (DomainSound, "sound", sound_rows);

static const XmlField audio_rows[] = {
  XML_UINT (DomainAudio, id, "@id", .flags = XML_ALWAYS),
  XML_ENUM (DomainAudio, type, "@type", audio_type, .flags = XML_REQUIRED),
  XML_UNSUPPORTED ("@timerPeriod"),
  XML_UNSUPPORTED ("@serverName"),
  XML_UNSUPPORTED ("@driver"),
  XML_UNSUPPORTED ("@path"),
  XML_UNSUPPORTED ("@tryMMap"),
  XML_UNSUPPORTED ("@exclusive"),
  XML_UNSUPPORTED ("@dspPolicy"),
  XML_UNSUPPORTED ("input"),
  XML_UNSUPPORTED ("output"),
  XML_END
};
const XmlSchema domain_audio_schema = SCHEMA (DomainAudio, "audio", audio_rows);
