/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sound.h: sound cards, and the host's ends of them. */
#pragma once

#include "model/domain/info.h"

#define SOUND_MODEL_LIST(X) X (SOUND_MODEL_SB16, "sb16") X (SOUND_MODEL_ES1370, "es1370") X (SOUND_MODEL_PCSPK, "pcspk") \
  X (SOUND_MODEL_AC97, "ac97") X (SOUND_MODEL_ICH6, "ich6") X (SOUND_MODEL_ICH9, "ich9") X (SOUND_MODEL_USB, "usb") \
  X (SOUND_MODEL_ICH7, "ich7")
XML_ENUM_DECLARE (DomainSoundModel, SOUND_MODEL_, sound_model, SOUND_MODEL_LIST)

#define SOUND_CODEC_LIST(X) X (SOUND_CODEC_DUPLEX, "duplex") X (SOUND_CODEC_MICRO, "micro") X (SOUND_CODEC_OUTPUT, "output")
XML_ENUM_DECLARE (DomainSoundCodecType, SOUND_CODEC_, sound_codec, SOUND_CODEC_LIST)

#define AUDIO_TYPE_LIST(X) X (AUDIO_TYPE_NONE, "none") X (AUDIO_TYPE_ALSA, "alsa") X (AUDIO_TYPE_COREAUDIO, "coreaudio") \
  X (AUDIO_TYPE_JACK, "jack") X (AUDIO_TYPE_OSS, "oss") X (AUDIO_TYPE_PULSEAUDIO, "pulseaudio") \
  X (AUDIO_TYPE_SDL, "sdl") X (AUDIO_TYPE_SPICE, "spice") X (AUDIO_TYPE_FILE, "file") X (AUDIO_TYPE_DBUS, "dbus")
XML_ENUM_DECLARE (DomainAudioType, AUDIO_TYPE_, audio_type, AUDIO_TYPE_LIST)

typedef struct
{
  DomainSoundCodecType type;
} DomainSoundCodec;

typedef struct
{
  DomainDeviceInfo info;
  DomainSoundModel model;
  XML_LIST (DomainSoundCodec) codecs;
  unsigned int audio_id;        /* 0: absent */
} DomainSound;

/* A sound backend of the host. */
typedef struct
{
  DomainDeviceInfo info;        /* nothing of it is in the document */
  unsigned int id;
  DomainAudioType type;
} DomainAudio;
