/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sound.h: sound cards, and the host's ends of them. */
#pragma once

#include "model/domain/info.h"

#define SOUND_MODEL_LIST(X) X (SOUND_MODEL_SB16, "sb16") X (SOUND_MODEL_ES1370, "es1370") X (SOUND_MODEL_PCSPK, "pcspk") \
  X (SOUND_MODEL_AC97, "ac97") X (SOUND_MODEL_ICH6, "ich6") X (SOUND_MODEL_ICH9, "ich9") X (SOUND_MODEL_USB, "usb") \
  X (SOUND_MODEL_ICH7, "ich7") X (SOUND_MODEL_VIRTIO, "virtio")
XML_ENUM_DECLARE (DomainSoundModel, SOUND_MODEL_, sound_model, SOUND_MODEL_LIST)

#define SOUND_CODEC_LIST(X) X (SOUND_CODEC_DUPLEX, "duplex") X (SOUND_CODEC_MICRO, "micro") X (SOUND_CODEC_OUTPUT, "output")
XML_ENUM_DECLARE (DomainSoundCodecType, SOUND_CODEC_, sound_codec, SOUND_CODEC_LIST)

#define AUDIO_TYPE_LIST(X) X (AUDIO_TYPE_NONE, "none") X (AUDIO_TYPE_ALSA, "alsa") X (AUDIO_TYPE_COREAUDIO, "coreaudio") \
  X (AUDIO_TYPE_JACK, "jack") X (AUDIO_TYPE_OSS, "oss") X (AUDIO_TYPE_PULSEAUDIO, "pulseaudio") \
  X (AUDIO_TYPE_SDL, "sdl") X (AUDIO_TYPE_SPICE, "spice") X (AUDIO_TYPE_FILE, "file") X (AUDIO_TYPE_DBUS, "dbus") \
  X (AUDIO_TYPE_PIPEWIRE, "pipewire")
XML_ENUM_DECLARE (DomainAudioType, AUDIO_TYPE_, audio_type, AUDIO_TYPE_LIST)

#define AUDIO_SDL_DRIVER_LIST(X) X (AUDIO_SDL_DRIVER_ESD, "esd") X (AUDIO_SDL_DRIVER_ALSA, "alsa") \
  X (AUDIO_SDL_DRIVER_ARTS, "arts") X (AUDIO_SDL_DRIVER_PULSEAUDIO, "pulseaudio")
XML_ENUM_DECLARE (DomainAudioSdlDriver, AUDIO_SDL_DRIVER_, audio_sdl_driver, AUDIO_SDL_DRIVER_LIST)

#define AUDIO_FORMAT_LIST(X) X (AUDIO_FORMAT_U8, "u8") X (AUDIO_FORMAT_S8, "s8") X (AUDIO_FORMAT_U16, "u16") \
  X (AUDIO_FORMAT_S16, "s16") X (AUDIO_FORMAT_U32, "u32") X (AUDIO_FORMAT_S32, "s32") X (AUDIO_FORMAT_F32, "f32")
XML_ENUM_DECLARE (DomainAudioFormat, AUDIO_FORMAT_, audio_format, AUDIO_FORMAT_LIST)

typedef struct
{
  DomainSoundCodecType type;
} DomainSoundCodec;

typedef struct
{
  DomainDeviceInfo info;
  DomainSoundModel model;
  Tristate multichannel;        /* usb */
  unsigned int streams;         /* virtio; 0: absent */
  XML_LIST (DomainSoundCodec) codecs;
  unsigned int audio_id;        /* 0: absent */
  DomainVirtioOptions virtio;
} DomainSound;

/* One direction of a sound backend. Numbers are 0 if absent; which members
 * count beyond `buffer_length` depends on the backend. */
typedef struct
{
  Tristate mixing_engine, fixed_settings;
  unsigned int voices, buffer_length;           /* buffer_length: microseconds */
  unsigned int frequency, channels;
  DomainAudioFormat format;
  char *dev;                                    /* alsa, oss */
  unsigned int buffer_count;                    /* coreaudio, oss, sdl */
  Tristate try_poll;                            /* oss */
  char *name, *stream_name;                     /* pulseaudio, pipewire */
  unsigned int latency;                         /* pulseaudio, pipewire: microseconds */
  char *server_name, *client_name, *connect_ports;   /* jack */
  Tristate exact_name;                          /* jack */
} DomainAudioStream;

/* What few backends have to say; for each its own members. */
typedef struct
{
  DomainAudioStream input, output;
  unsigned int timer_period;    /* microseconds; 0: absent */
  Tristate try_mmap, exclusive; /* oss */
  int dsp_policy;               /* oss; -1: absent */
  char *server_name;            /* pulseaudio */
  char *runtime_dir;            /* pipewire */
  char *path;                   /* file */
  DomainAudioSdlDriver sdl_driver;
} DomainAudioOptions;

/* A sound backend of the host. */
typedef struct
{
  DomainDeviceInfo info;        /* nothing of it is in the document */
  unsigned int id;
  DomainAudioType type;
  DomainAudioOptions options;
} DomainAudio;
