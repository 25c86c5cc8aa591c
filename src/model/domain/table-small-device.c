/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-small-device.c: devices that have little to say about themselves. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (balloon_model, BALLOON_MODEL_LIST)
XML_ENUM_DEFINE (rng_backend, RNG_BACKEND_LIST)
XML_ENUM_DEFINE (watchdog_model, WATCHDOG_MODEL_LIST)
XML_ENUM_DEFINE (watchdog_action, WATCHDOG_ACTION_LIST)
XML_ENUM_DEFINE (panic_model, PANIC_MODEL_LIST)
XML_ENUM_DEFINE (iommu_model, IOMMU_MODEL_LIST)
XML_ENUM_DEFINE (iommu_granule, IOMMU_GRANULE_LIST)
XML_ENUM_DEFINE (crypto_model, CRYPTO_MODEL_LIST)
XML_ENUM_DEFINE (crypto_type, CRYPTO_TYPE_LIST)
XML_ENUM_DEFINE (crypto_backend, CRYPTO_BACKEND_LIST)
XML_ENUM_DEFINE (pstore_backend, PSTORE_BACKEND_LIST)

#define SCHEMA(Type_, element_, rows_, ...) XML_SCHEMA (Type_, element_, rows_, .from = VIR_FROM_DOMAIN, ##__VA_ARGS__)

static bool
has_period (const void *object, unsigned int format_flags)
{
  return ((const DomainMemballoon *) object)->stats_period > 0;
}

/* A guest without a balloon has no device that could have a name. */
static bool
memballoon_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainMemballoon *balloon = object;

  if (balloon->model == BALLOON_MODEL_NONE)
    g_clear_pointer (&balloon->info.alias, g_free);
  return true;
}

static const XmlField memballoon_rows[] = {
  XML_ENUM (DomainMemballoon, model, "@model", balloon_model, .flags = XML_REQUIRED | XML_ABI),
  XML_ON_OFF (DomainMemballoon, autodeflate, "@autodeflate", .flags = XML_ABI),
  XML_ON_OFF (DomainMemballoon, free_page_reporting, "@freePageReporting", .flags = XML_ABI),
  XML_INT (DomainMemballoon, stats_period, "stats/@period", .when = has_period),
  XML_PLACE (DomainMemballoon),
  XML_EMBED (DomainMemballoon, virtio, "driver", domain_virtio_rows),
  XML_END
};
const XmlSchema domain_memballoon_schema = SCHEMA (DomainMemballoon, "memballoon", memballoon_rows, .finish = memballoon_finish);

static const XmlField random_rows[] = { XML_STRING (DomainRng, path, "backend"), XML_END };
static const XmlField egd_rows[] = { XML_EMBED (DomainRng, source, "backend", domain_chardev_source_rows), XML_END };
static const XmlField builtin_rows[] = { XML_END };
static const XmlField *const backend_rows[] = {
  [RNG_BACKEND_RANDOM] = random_rows, [RNG_BACKEND_EGD] = egd_rows, [RNG_BACKEND_BUILTIN] = builtin_rows,
};
static const XmlCases backend_cases = XML_CASES_OF (DomainRng, backend, rng_backend, backend_rows);

static bool
has_rate (const void *object, unsigned int format_flags)
{
  return ((const DomainRng *) object)->rate_bytes != 0;
}

static const XmlField rng_rows[] = {
  XML_ENUM (DomainRng, model, "@model", virtio_model, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT (DomainRng, rate_bytes, "rate/@bytes", .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainRng, rate_period, "rate/@period", .when = has_rate, .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainRng, backend, "backend/@model", rng_backend, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, XML_ERROR)),
  XML_CASES (backend_cases),
  XML_EMBED (DomainRng, virtio, "driver", domain_virtio_rows),
  XML_PLACE (DomainRng),
  XML_END
};

static bool
rng_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainRng *rng = object;

  for (xmlNode *child = node->children; child != NULL && rng->backend == RNG_BACKEND_EGD; child = child->next)
    {
      if (child->type != XML_ELEMENT_NODE || strcmp ((const char *) child->name, "backend") != 0)
        continue;
      if (xml_attribute (child, "type") == NULL)
        return xml_fail (child, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'@type' is missing");
      return domain_chardev_source_finish (child, &rng->source, error);
    }
  return true;
}

const XmlSchema domain_rng_schema
  = XML_SCHEMA (DomainRng, "rng", rng_rows, .finish = rng_finish, .from = VIR_FROM_DOMAIN);

static const XmlField watchdog_rows[] = {
  XML_ENUM (DomainWatchdog, model, "@model", watchdog_model, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_ENUM (DomainWatchdog, action, "@action", watchdog_action, .absent = WATCHDOG_ACTION_RESET, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_PLACE (DomainWatchdog),
  XML_END
};
const XmlSchema domain_watchdog_schema = SCHEMA (DomainWatchdog, "watchdog", watchdog_rows);

static const XmlField panic_rows[] = {
  XML_ENUM (DomainPanic, model, "@model", panic_model, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_PLACE (DomainPanic),
  XML_END
};
const XmlSchema domain_panic_schema = SCHEMA (DomainPanic, "panic", panic_rows);

static const XmlField iommu_rows[] = {
  XML_ENUM (DomainIommu, model, "@model", iommu_model, .flags = XML_REQUIRED | XML_ABI),
  XML_ON_OFF (DomainIommu, intremap, "driver/@intremap", .flags = XML_ABI),
  XML_ON_OFF (DomainIommu, caching_mode, "driver/@caching_mode", .flags = XML_ABI),
  XML_ON_OFF (DomainIommu, eim, "driver/@eim", .flags = XML_ABI),
  XML_ON_OFF (DomainIommu, iotlb, "driver/@iotlb", .flags = XML_ABI),
  XML_UINT (DomainIommu, aw_bits, "driver/@aw_bits", .flags = XML_ABI),
  XML_ON_OFF (DomainIommu, dma_translation, "driver/@dma_translation", .flags = XML_ABI),
  XML_ON_OFF (DomainIommu, xtsup, "driver/@xtsup", .flags = XML_ABI),
  XML_ON_OFF (DomainIommu, pt, "driver/@passthrough", .flags = XML_ABI),
  XML_INT (DomainIommu, pci_bus, "driver/@pciBus", .absent = -1, .flags = XML_ABI),
  XML_KIB (DomainIommu, granule_size, "driver/granule/@size", .flags = XML_ABI),
  XML_ENUM (DomainIommu, granule, "driver/granule/@mode", iommu_granule, .flags = XML_ABI),
  XML_PLACE (DomainIommu),
  XML_END
};
const XmlSchema domain_iommu_schema = SCHEMA (DomainIommu, "iommu", iommu_rows);

static const XmlField vsock_rows[] = {
  XML_ENUM (DomainVsock, model, "@model", virtio_model, .absent = VIRTIO_MODEL_VIRTIO, .flags = XML_ALWAYS | XML_ABI),
  XML_YES_NO (DomainVsock, auto_cid, "cid/@auto"),
  XML_UINT (DomainVsock, cid, "cid/@address", .flags = XML_POSITIVE | XML_ABI),
  XML_PLACE (DomainVsock),
  XML_EMBED (DomainVsock, virtio, "driver", domain_virtio_rows),
  XML_END
};
const XmlSchema domain_vsock_schema = SCHEMA (DomainVsock, "vsock", vsock_rows);

static const XmlField crypto_rows[] = {
  XML_ENUM (DomainCrypto, model, "@model", crypto_model, .flags = XML_REQUIRED | XML_ABI),
  XML_ENUM (DomainCrypto, type, "@type", crypto_type, .flags = XML_REQUIRED),
  XML_ENUM (DomainCrypto, backend, "backend/@model", crypto_backend, .flags = XML_REQUIRED),
  XML_UINT (DomainCrypto, queues, "backend/@queues", .flags = XML_ABI),
  XML_EMBED (DomainCrypto, virtio, "driver", domain_virtio_rows),
  XML_PLACE (DomainCrypto),
  XML_END
};
const XmlSchema domain_crypto_schema = SCHEMA (DomainCrypto, "crypto", crypto_rows);

static const XmlField pstore_rows[] = {
  XML_ENUM (DomainPstore, backend, "@backend", pstore_backend, .flags = XML_REQUIRED | XML_ABI),
  XML_STRING (DomainPstore, path, "path"),
  XML_KIB (DomainPstore, size, "size", .flags = XML_ABI),
  XML_PLACE (DomainPstore),
  XML_END
};
const XmlSchema domain_pstore_schema = SCHEMA (DomainPstore, "pstore", pstore_rows);

static const XmlField nvram_rows[] = { XML_PLACE (DomainNvram), XML_END };
const XmlSchema domain_nvram_schema = SCHEMA (DomainNvram, "nvram", nvram_rows);
