/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-device.c: the smaller devices, and the list of all. */
#include "model/domain/tables.h"

#define SCHEMA(Type_, element_, rows_) XML_SCHEMA (Type_, element_, rows_, .from = VIR_FROM_DOMAIN)

static const XmlField input_rows[] = {
  XML_ENUM (DomainInput, type, "@type", input_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_ENUM (DomainInput, bus, "@bus", input_bus, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainInput, model, "@model", virtio_model),
  XML_UNSUPPORTED ("driver"),
  XML_UNSUPPORTED ("source"),
  XML_INFO (DomainInput),
  XML_END
};

static bool
input_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInput *input = object;

  if (input->type == INPUT_TYPE_PASSTHROUGH || input->type == INPUT_TYPE_EVDEV)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "kind '%s' is not supported",
                     xml_enum_name (&input_type_names, input->type));
  if (input->bus == INPUT_BUS_ABSENT)
    input->bus = input->type == INPUT_TYPE_TABLET ? INPUT_BUS_USB : INPUT_BUS_PS2;
  return true;
}

const XmlSchema domain_input_schema
  = XML_SCHEMA (DomainInput, "input", input_rows, .finish = input_finish, .from = VIR_FROM_DOMAIN);

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

static const XmlField memballoon_rows[] = {
  XML_ENUM (DomainMemballoon, model, "@model", balloon_model, .flags = XML_REQUIRED),
  XML_ON_OFF (DomainMemballoon, autodeflate, "@autodeflate"),
  XML_ON_OFF (DomainMemballoon, free_page_reporting, "@freePageReporting"),
  XML_INT (DomainMemballoon, stats_period, "stats/@period", .absent = -1),
  XML_INFO (DomainMemballoon),
  XML_EMBED (DomainMemballoon, virtio, "driver", domain_virtio_rows),
  XML_END
};
const XmlSchema domain_memballoon_schema = SCHEMA (DomainMemballoon, "memballoon", memballoon_rows);

static const XmlField random_rows[] = { XML_STRING (DomainRng, path, "backend"), XML_END };
static const XmlField egd_rows[] = { XML_EMBED (DomainRng, source, "backend", domain_chardev_source_rows), XML_END };
static const XmlField builtin_rows[] = { XML_END };
static const XmlField *const backend_rows[] = {
  [RNG_BACKEND_RANDOM] = random_rows, [RNG_BACKEND_EGD] = egd_rows, [RNG_BACKEND_BUILTIN] = builtin_rows,
};
static const XmlCases backend_cases = XML_CASES_OF (DomainRng, backend, rng_backend, backend_rows);

static const XmlField rng_rows[] = {
  XML_ENUM (DomainRng, model, "@model", virtio_model, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT (DomainRng, rate_bytes, "rate/@bytes", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainRng, rate_period, "rate/@period", XML_BAD (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainRng, backend, "backend/@model", rng_backend, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, XML_ERROR)),
  XML_CASES (backend_cases),
  XML_EMBED (DomainRng, virtio, "driver", domain_virtio_rows),
  XML_INFO (DomainRng),
  XML_END
};
const XmlSchema domain_rng_schema = SCHEMA (DomainRng, "rng", rng_rows);

static const XmlField watchdog_rows[] = {
  XML_ENUM (DomainWatchdog, model, "@model", watchdog_model, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_ENUM (DomainWatchdog, action, "@action", watchdog_action, .absent = WATCHDOG_ACTION_RESET, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_INFO (DomainWatchdog),
  XML_END
};
const XmlSchema domain_watchdog_schema = SCHEMA (DomainWatchdog, "watchdog", watchdog_rows);

static const XmlField panic_rows[] = {
  XML_ENUM (DomainPanic, model, "@model", panic_model, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_INFO (DomainPanic),
  XML_END
};
const XmlSchema domain_panic_schema = SCHEMA (DomainPanic, "panic", panic_rows);

const XmlField domain_device_rows[] = {
  XML_STRING (Domain, emulator, "emulator"),
  XML_ITEMS (Domain, disks, "disk", domain_disk_schema),
  XML_ITEMS (Domain, controllers, "controller", domain_controller_schema),
  XML_UNSUPPORTED ("lease"),
  XML_UNSUPPORTED ("filesystem"),
  XML_ITEMS (Domain, interfaces, "interface", domain_interface_schema),
  XML_UNSUPPORTED ("smartcard"),
  XML_ITEMS (Domain, serials, "serial", domain_serial_schema),
  XML_ITEMS (Domain, parallels, "parallel", domain_parallel_schema),
  XML_ITEMS (Domain, consoles, "console", domain_console_schema),
  XML_ITEMS (Domain, channels, "channel", domain_channel_schema),
  XML_ITEMS (Domain, inputs, "input", domain_input_schema),
  XML_UNSUPPORTED ("tpm"),
  XML_ITEMS (Domain, graphics, "graphics", domain_graphics_schema),
  XML_ITEMS (Domain, sounds, "sound", domain_sound_schema),
  XML_ITEMS (Domain, audios, "audio", domain_audio_schema),
  XML_ITEMS (Domain, videos, "video", domain_video_schema),
  XML_UNSUPPORTED ("hostdev"),
  XML_UNSUPPORTED ("redirdev"),
  XML_UNSUPPORTED ("redirfilter"),
  XML_UNSUPPORTED ("hub"),
  XML_ITEMS (Domain, watchdogs, "watchdog", domain_watchdog_schema),
  XML_CHILD (Domain, memballoon, "memballoon", domain_memballoon_schema, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_ITEMS (Domain, rngs, "rng", domain_rng_schema),
  XML_UNSUPPORTED ("nvram"),
  XML_ITEMS (Domain, panics, "panic", domain_panic_schema),
  XML_UNSUPPORTED ("shmem"),
  XML_UNSUPPORTED ("memory"),
  XML_UNSUPPORTED ("iommu"),
  XML_UNSUPPORTED ("vsock"),
  XML_UNSUPPORTED ("crypto"),
  XML_UNSUPPORTED ("pstore"),
  XML_END
};
