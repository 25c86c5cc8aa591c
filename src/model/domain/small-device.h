/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* small-device.h: devices that have little to say about themselves. */
#pragma once

#include "model/domain/chardev.h"

#define BALLOON_MODEL_LIST(X) X (BALLOON_MODEL_VIRTIO, "virtio") X (BALLOON_MODEL_XEN, "xen") X (BALLOON_MODEL_NONE, "none") \
  X (BALLOON_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional") \
  X (BALLOON_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional")
XML_ENUM_DECLARE (DomainBalloonModel, BALLOON_MODEL_, balloon_model, BALLOON_MODEL_LIST)

#define RNG_BACKEND_LIST(X) X (RNG_BACKEND_RANDOM, "random") X (RNG_BACKEND_EGD, "egd") X (RNG_BACKEND_BUILTIN, "builtin")
XML_ENUM_DECLARE (DomainRngBackend, RNG_BACKEND_, rng_backend, RNG_BACKEND_LIST)

#define WATCHDOG_MODEL_LIST(X) X (WATCHDOG_MODEL_I6300ESB, "i6300esb") X (WATCHDOG_MODEL_IB700, "ib700") \
  X (WATCHDOG_MODEL_DIAG288, "diag288") X (WATCHDOG_MODEL_ITCO, "itco")
XML_ENUM_DECLARE (DomainWatchdogModel, WATCHDOG_MODEL_, watchdog_model, WATCHDOG_MODEL_LIST)

#define WATCHDOG_ACTION_LIST(X) X (WATCHDOG_ACTION_RESET, "reset") X (WATCHDOG_ACTION_SHUTDOWN, "shutdown") \
  X (WATCHDOG_ACTION_POWEROFF, "poweroff") X (WATCHDOG_ACTION_PAUSE, "pause") X (WATCHDOG_ACTION_DUMP, "dump") \
  X (WATCHDOG_ACTION_NONE, "none") X (WATCHDOG_ACTION_INJECT_NMI, "inject-nmi")
XML_ENUM_DECLARE (DomainWatchdogAction, WATCHDOG_ACTION_, watchdog_action, WATCHDOG_ACTION_LIST)

#define PANIC_MODEL_LIST(X) X (PANIC_MODEL_DEFAULT, "default") X (PANIC_MODEL_PSERIES, "pseries") X (PANIC_MODEL_ISA, "isa") \
  X (PANIC_MODEL_HYPERV, "hyperv") X (PANIC_MODEL_S390, "s390") X (PANIC_MODEL_PVPANIC, "pvpanic")
XML_ENUM_DECLARE (DomainPanicModel, PANIC_MODEL_, panic_model, PANIC_MODEL_LIST)

#define IOMMU_MODEL_LIST(X) X (IOMMU_MODEL_INTEL, "intel") X (IOMMU_MODEL_SMMUV3, "smmuv3") \
  X (IOMMU_MODEL_VIRTIO, "virtio") X (IOMMU_MODEL_AMD, "amd")
XML_ENUM_DECLARE (DomainIommuModel, IOMMU_MODEL_, iommu_model, IOMMU_MODEL_LIST)

#define IOMMU_GRANULE_LIST(X) X (IOMMU_GRANULE_HOST, "host")
XML_ENUM_DECLARE (DomainIommuGranule, IOMMU_GRANULE_, iommu_granule, IOMMU_GRANULE_LIST)

#define CRYPTO_MODEL_LIST(X) X (CRYPTO_MODEL_VIRTIO, "virtio")
XML_ENUM_DECLARE (DomainCryptoModel, CRYPTO_MODEL_, crypto_model, CRYPTO_MODEL_LIST)

#define CRYPTO_TYPE_LIST(X) X (CRYPTO_TYPE_QEMU, "qemu")
XML_ENUM_DECLARE (DomainCryptoType, CRYPTO_TYPE_, crypto_type, CRYPTO_TYPE_LIST)

#define CRYPTO_BACKEND_LIST(X) X (CRYPTO_BACKEND_BUILTIN, "builtin") X (CRYPTO_BACKEND_LKCF, "lkcf")
XML_ENUM_DECLARE (DomainCryptoBackend, CRYPTO_BACKEND_, crypto_backend, CRYPTO_BACKEND_LIST)

#define PSTORE_BACKEND_LIST(X) X (PSTORE_BACKEND_ACPI_ERST, "acpi-erst")
XML_ENUM_DECLARE (DomainPstoreBackend, PSTORE_BACKEND_, pstore_backend, PSTORE_BACKEND_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainBalloonModel model;
  Tristate autodeflate, free_page_reporting;
  int stats_period;             /* seconds; 0: absent */
  DomainVirtioOptions virtio;
} DomainMemballoon;

typedef struct
{
  DomainDeviceInfo info;
  DomainVirtioModel model;
  unsigned int rate_bytes, rate_period;   /* bytes, milliseconds; 0: absent */
  DomainRngBackend backend;
  char *path;                   /* random */
  DomainChardevSource source;   /* egd */
  DomainVirtioOptions virtio;
} DomainRng;

typedef struct
{
  DomainDeviceInfo info;
  DomainWatchdogModel model;
  DomainWatchdogAction action;
} DomainWatchdog;

typedef struct
{
  DomainDeviceInfo info;
  DomainPanicModel model;
} DomainPanic;

typedef struct
{
  DomainDeviceInfo info;
  DomainIommuModel model;
  Tristate intremap, caching_mode, eim, iotlb, dma_translation, xtsup, pt;
  unsigned int aw_bits;         /* 0: absent */
  int pci_bus;                  /* smmuv3: of the controller it is for; -1: absent */
  uint64_t granule_size;        /* virtio: KiB; 0: absent */
  DomainIommuGranule granule;   /* virtio */
} DomainIommu;

typedef struct
{
  DomainDeviceInfo info;
  DomainVirtioModel model;
  Tristate auto_cid;
  unsigned int cid;             /* 0: absent */
  DomainVirtioOptions virtio;
} DomainVsock;

typedef struct
{
  DomainDeviceInfo info;
  DomainCryptoModel model;
  DomainCryptoType type;
  DomainCryptoBackend backend;
  unsigned int queues;          /* 0: absent */
  DomainVirtioOptions virtio;
} DomainCrypto;

/* Where the guest keeps its last words. */
typedef struct
{
  DomainDeviceInfo info;
  DomainPstoreBackend backend;
  char *path;
  uint64_t size;                /* KiB; 0: absent */
} DomainPstore;

/* The variables of a firmware, where they are a device. */
typedef struct
{
  DomainDeviceInfo info;
} DomainNvram;
