/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-audio.c: where a guest's sound goes if it does not say. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"

/* What QEMU's variables call the backends of the host. */
static const struct { const char *name; DomainAudioType type; } drivers[] = {
  { "none", AUDIO_TYPE_NONE },   { "alsa", AUDIO_TYPE_ALSA }, { "coreaudio", AUDIO_TYPE_COREAUDIO },
  { "jack", AUDIO_TYPE_JACK },   { "oss", AUDIO_TYPE_OSS },   { "pa", AUDIO_TYPE_PULSEAUDIO },
  { "sdl", AUDIO_TYPE_SDL },     { "spice", AUDIO_TYPE_SPICE }, { "wav", AUDIO_TYPE_FILE },
};

static DomainAudioType
host_type (const DomainPlatform *platform, DomainAudioType otherwise)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (drivers); i++)
    if (platform != NULL && g_strcmp0 (platform->audio_driver, drivers[i].name) == 0)
      return drivers[i].type;
  return otherwise;
}

/* The last display that has a say decides; SDL and D-Bus have no sound of their own. */
static DomainAudioType
audio_type (const Domain *domain, const DomainPlatform *platform)
{
  DomainAudioType type = AUDIO_TYPE_ABSENT;

  if (domain->graphics.n == 0)
    return platform != NULL && platform->has_audio_without_display ? host_type (platform, AUDIO_TYPE_NONE) : AUDIO_TYPE_NONE;
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    switch (domain->graphics.items[i]->type)
      {
      case GRAPHICS_TYPE_SPICE:
        type = AUDIO_TYPE_SPICE;
        break;
      case GRAPHICS_TYPE_VNC:
        type = platform != NULL && platform->has_audio_with_vnc ? host_type (platform, AUDIO_TYPE_NONE) : AUDIO_TYPE_NONE;
        break;
      case GRAPHICS_TYPE_SDL:
        type = host_type (platform, AUDIO_TYPE_ABSENT);
        break;
      default:
        break;
      }
  return type;
}

void
domain_add_default_audio (Domain *domain, const DomainPlatform *platform)
{
  DomainAudioType type = audio_type (domain, platform);
  DomainAudio *audio;

  if (domain->audios.n > 0 || type == AUDIO_TYPE_ABSENT)
    return;
  audio = xml_new (&domain_audio_schema);
  audio->id = 1;
  audio->type = type;
  if (type == AUDIO_TYPE_SDL && platform != NULL)
    audio->options.sdl_driver = xml_enum_value (&audio_sdl_driver_names, platform->audio_sdl_driver);
  xml_list_append (&domain->audios, audio);
}
