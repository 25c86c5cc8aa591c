/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-capabilities.h: what a guest of one emulator, architecture, machine and
 * kind of virtualization can have. */
#pragma once

#include "model/capabilities/enum.h"
#include "model/domain/domain.h"

/* A part of a document: whether there is support at all, and for what. */
typedef struct
{
  Tristate supported;
  CapabilityEnums enums;
} CapabilityPart;

typedef struct
{
  CapabilityPart part;
  XML_LIST (CapabilityValue) files;
} CapabilityLoader;

typedef struct
{
  CapabilityPart part;
  CapabilityLoader *loader;
  CapabilityPart *firmware_features, *varstore;
} CapabilityOs;

#define CAPABILITY_USABLE_LIST(X) X (CAPABILITY_USABLE_YES, "yes") X (CAPABILITY_USABLE_NO, "no") \
  X (CAPABILITY_USABLE_UNKNOWN, "unknown")
XML_ENUM_DECLARE (CapabilityUsable, CAPABILITY_USABLE_, capability_usable, CAPABILITY_USABLE_LIST)

#define CAPABILITY_MODEL_LIST(X) X (CAPABILITY_MODEL_NAME, "model") X (CAPABILITY_MODEL_BLOCKERS, "blockers")
XML_ENUM_DECLARE (CapabilityModelKind, CAPABILITY_MODEL_, capability_model, CAPABILITY_MODEL_LIST)

/* A model that can be asked for by name, or what keeps one from being usable. */
typedef struct
{
  CapabilityModelKind kind;
  CapabilityUsable usable;
  Tristate deprecated;
  char *vendor, *canonical;
  char *name;
  char *model;                  /* of blockers */
  XML_LIST (DomainCpuFeature) features;   /* of blockers; no policies */
} CapabilityModel;

/* host-model is what such a guest gets; custom has the models to choose from. */
typedef struct
{
  DomainCpuMode name;
  CapabilityPart part;
  char *model, *vendor;
  DomainCpuFallback fallback;
  DomainCpuAddressMode address_mode;
  unsigned int address_bits, address_limit;     /* 0: absent */
  XML_LIST (DomainCpuFeature) features;
  XML_LIST (CapabilityModel) models;
} CapabilityCpuMode;

#define CAPABILITY_DEVICE_LIST(X) X (CAPABILITY_DEVICE_DISK, "disk") X (CAPABILITY_DEVICE_GRAPHICS, "graphics") \
  X (CAPABILITY_DEVICE_VIDEO, "video") X (CAPABILITY_DEVICE_HOSTDEV, "hostdev") X (CAPABILITY_DEVICE_RNG, "rng") \
  X (CAPABILITY_DEVICE_FILESYSTEM, "filesystem") X (CAPABILITY_DEVICE_TPM, "tpm") \
  X (CAPABILITY_DEVICE_REDIRDEV, "redirdev") X (CAPABILITY_DEVICE_CHANNEL, "channel") \
  X (CAPABILITY_DEVICE_CRYPTO, "crypto") X (CAPABILITY_DEVICE_INTERFACE, "interface") \
  X (CAPABILITY_DEVICE_PANIC, "panic") X (CAPABILITY_DEVICE_CONSOLE, "console")
XML_ENUM_DECLARE (CapabilityDeviceKind, CAPABILITY_DEVICE_, capability_device, CAPABILITY_DEVICE_LIST)

typedef struct
{
  CapabilityDeviceKind kind;
  CapabilityPart part;
} CapabilityDevice;

#define CAPABILITY_FEATURE_LIST(X) X (CAPABILITY_FEATURE_GIC, "gic") X (CAPABILITY_FEATURE_VMCOREINFO, "vmcoreinfo") \
  X (CAPABILITY_FEATURE_GENID, "genid") X (CAPABILITY_FEATURE_BACKING_STORE_INPUT, "backingStoreInput") \
  X (CAPABILITY_FEATURE_BACKUP, "backup") X (CAPABILITY_FEATURE_ASYNC_TEARDOWN, "async-teardown") \
  X (CAPABILITY_FEATURE_S390_PV, "s390-pv") X (CAPABILITY_FEATURE_PS2, "ps2") X (CAPABILITY_FEATURE_TDX, "tdx") \
  X (CAPABILITY_FEATURE_SEV, "sev") X (CAPABILITY_FEATURE_SGX, "sgx") X (CAPABILITY_FEATURE_HYPERV, "hyperv") \
  X (CAPABILITY_FEATURE_LAUNCH_SECURITY, "launchSecurity")
XML_ENUM_DECLARE (CapabilityFeatureKind, CAPABILITY_FEATURE_, capability_feature, CAPABILITY_FEATURE_LIST)

/* Enclaves' memory of one NUMA node. */
typedef struct
{
  unsigned int node;
  uint64_t size;                /* KiB */
} CapabilitySgxSection;

typedef struct
{
  CapabilityFeatureKind kind;
  CapabilityPart part;
  struct { unsigned int cbitpos, reduced_phys_bits, max_guests, max_es_guests; } sev;   /* UINT_MAX: absent */
  struct
  {
    Tristate flc, sgx1, sgx2;
    uint64_t section_size;      /* KiB, 0: absent */
    XML_LIST (CapabilitySgxSection) sections;
  } sgx;
  struct
  {
    unsigned int spinlocks;     /* 0: absent */
    Tristate stimer_direct, tlbflush_direct, tlbflush_extended;
    char *vendor_id;
  } hyperv;                     /* what a guest gets if it does not say */
} CapabilityFeature;

typedef struct
{
  char *emulator;
  DomainVirtType virt_type;
  char *machine, *arch;
  unsigned int max_vcpus;       /* 0: absent */
  Tristate iothreads;
  CapabilityOs *os;
  XML_LIST (CapabilityCpuMode) cpu_modes;
  CapabilityPart *memory_backing;
  XML_LIST (CapabilityDevice) devices;
  XML_LIST (CapabilityFeature) features;
} DomainCaps;

extern const XmlSchema domain_capabilities_schema;
extern const XmlSchema capability_part_schema, capability_os_schema, capability_loader_schema, capability_cpu_mode_schema,
  capability_model_schema, capability_device_schema, capability_feature_schema, capability_cpu_feature_schema;
