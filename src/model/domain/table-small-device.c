/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-small-device.c: devices that have little to say about themselves. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (balloon_model, BALLOON_MODEL_LIST)
XML_ENUM_DEFINE (rng_backend, RNG_BACKEND_LIST)
XML_ENUM_DEFINE (watchdog_model, WATCHDOG_MODEL_LIST)
XML_ENUM_DEFINE (watchdog_action, WATCHDOG_ACTION_LIST)
XML_ENUM_DEFINE (panic_model, PANIC_MODEL_LIST)

#define SCHEMA(Type_, element_, rows_) XML_SCHEMA (Type_, element_, rows_, .from = VIR_FROM_DOMAIN)

static const XmlField memballoon_rows[] = {
  XML_ENUM (DomainMemballoon, model, "@model", balloon_model, .flags = XML_REQUIRED),
  XML_ON_OFF (DomainMemballoon, autodeflate, "@autodeflate"),
  XML_ON_OFF (DomainMemballoon, free_page_reporting, "@freePageReporting"),
  XML_INT (DomainMemballoon, stats_period, "stats/@period", .absent = -1),
  XML_PLACE (DomainMemballoon),
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
  XML_PLACE (DomainRng),
  XML_END
};
const XmlSchema domain_rng_schema = SCHEMA (DomainRng, "rng", rng_rows);

static const XmlField watchdog_rows[] = {
  XML_ENUM (DomainWatchdog, model, "@model", watchdog_model, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_ENUM (DomainWatchdog, action, "@action", watchdog_action, .absent = WATCHDOG_ACTION_RESET, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_PLACE (DomainWatchdog),
  XML_END
};
const XmlSchema domain_watchdog_schema = SCHEMA (DomainWatchdog, "watchdog", watchdog_rows);

static const XmlField panic_rows[] = {
  XML_ENUM (DomainPanic, model, "@model", panic_model, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_PLACE (DomainPanic),
  XML_END
};
const XmlSchema domain_panic_schema = SCHEMA (DomainPanic, "panic", panic_rows);
