/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host-capabilities.h: what a host is, and what guests it can run. */
#pragma once

#include "model/cpu/cpu.h"
#include "model/domain/domain.h"

typedef struct { bool suspend_mem, suspend_disk, suspend_hybrid; } CapabilityPower;

typedef struct { char *text; } CapabilityText;

typedef struct
{
  bool live;
  XML_LIST (CapabilityText) transports;
} CapabilityMigration;

typedef struct
{
  uint64_t size;                /* KiB */
  uint64_t count;
} CapabilityPages;

/* A thread of the host's processors; UINT_MAX where the kernel does not say. */
typedef struct
{
  unsigned int id, socket, die, cluster, core;
  XmlBitmap *siblings;          /* on the same core */
} CapabilityThread;

typedef struct
{
  unsigned int id;
  uint64_t memory;              /* KiB */
  XML_LIST (CapabilityPages) pages;
  XML_LIST (DomainNumaDistance) distances;
  XML_LIST (DomainNumaCache) caches;
  XML_LIST (CapabilityThread) threads;
} CapabilityCell;

typedef struct
{
  XML_LIST (CapabilityCell) cells;
  XML_LIST (DomainNumaLink) links;
} CapabilityTopology;

#define CAPABILITY_CACHE_LIST(X) X (CAPABILITY_CACHE_BOTH, "both") X (CAPABILITY_CACHE_CODE, "code") \
  X (CAPABILITY_CACHE_DATA, "data") X (CAPABILITY_CACHE_PRIORITY, "priority")
XML_ENUM_DECLARE (CapabilityCacheType, CAPABILITY_CACHE_, capability_cache, CAPABILITY_CACHE_LIST)

/* How a cache, or memory's bandwidth, can be divided. */
typedef struct
{
  uint64_t granularity, min;    /* of caches in `unit`, of bandwidth in percent; 0: absent */
  char *unit;
  CapabilityCacheType type;
  unsigned int max_allocations;
} CapabilityControl;

typedef struct
{
  unsigned int id, level;
  CapabilityCacheType type;
  uint64_t size;                /* in `unit` */
  char *unit;
  XmlBitmap *cpus;
  XML_LIST (CapabilityControl) controls;
} CapabilityCacheBank;

typedef struct { char *name; } CapabilityMonitorFeature;

/* How the use of a cache, or of bandwidth, can be watched. */
typedef struct
{
  unsigned int level;           /* of caches, as the next; 0: absent */
  unsigned int reuse_threshold;
  unsigned int max_monitors;
  XML_LIST (CapabilityMonitorFeature) features;
} CapabilityMonitor;

typedef struct
{
  unsigned int id;
  XmlBitmap *cpus;
  XML_LIST (CapabilityControl) controls;
} CapabilityBandwidth;

typedef struct { char *type, *label; } CapabilityBaselabel;

typedef struct
{
  char *model, *doi;
  XML_LIST (CapabilityBaselabel) labels;
} CapabilitySecmodel;

typedef struct
{
  char *canonical;              /* of an alias: the name that it stands for */
  unsigned int max_cpus;        /* 0: absent */
  Tristate deprecated;
  char *name;
} CapabilityMachine;

/* Guests of a kind; emulator, loader and machines only if they differ from the architecture's. */
typedef struct
{
  DomainVirtType type;
  char *emulator, *loader;
  XML_LIST (CapabilityMachine) machines;
} CapabilityDomain;

typedef struct
{
  char *name;
  unsigned int word_size;       /* bits */
  char *emulator, *loader;
  XML_LIST (CapabilityMachine) machines;
  XML_LIST (CapabilityDomain) domains;
} CapabilityArch;

#define CAPABILITY_GUEST_LIST(X) X (CAPABILITY_GUEST_PAE, "pae") X (CAPABILITY_GUEST_NONPAE, "nonpae") \
  X (CAPABILITY_GUEST_IA64_BE, "ia64_be") X (CAPABILITY_GUEST_ACPI, "acpi") X (CAPABILITY_GUEST_APIC, "apic") \
  X (CAPABILITY_GUEST_CPU_SELECTION, "cpuselection") X (CAPABILITY_GUEST_DEVICE_BOOT, "deviceboot") \
  X (CAPABILITY_GUEST_DISK_SNAPSHOT, "disksnapshot") X (CAPABILITY_GUEST_HAP, "hap") \
  X (CAPABILITY_GUEST_EXTERNAL_SNAPSHOT, "externalSnapshot")
XML_ENUM_DECLARE (CapabilityGuestFeatureKind, CAPABILITY_GUEST_, capability_guest, CAPABILITY_GUEST_LIST)

typedef struct
{
  CapabilityGuestFeatureKind kind;
  Tristate by_default, toggle;
} CapabilityGuestFeature;

typedef struct
{
  DomainOsType os_type;
  CapabilityArch *arch;
  XML_LIST (CapabilityGuestFeature) features;
} CapabilityGuest;

typedef struct
{
  uint8_t uuid[16];
  Cpu *cpu;
  CapabilityPower *power;
  Tristate iommu;
  CapabilityMigration *migration;
  char *netprefix;              /* of the interfaces that the hypervisor makes */
  CapabilityTopology *topology;
  XML_LIST (CapabilityCacheBank) cache_banks;
  CapabilityMonitor *cache_monitor;
  XML_LIST (CapabilityBandwidth) bandwidths;
  CapabilityMonitor *bandwidth_monitor;
  XML_LIST (CapabilitySecmodel) secmodels;
  XML_LIST (CapabilityGuest) guests;
} HostCaps;

extern const XmlSchema host_capabilities_schema;

/* Of the parts, for those who fill them. */
extern const XmlSchema capability_power_schema, capability_text_schema, capability_migration_schema, capability_pages_schema,
  capability_thread_schema, capability_cell_schema, capability_topology_schema, capability_cache_bank_schema,
  capability_secmodel_schema, capability_baselabel_schema, capability_machine_schema, capability_domain_schema,
  capability_arch_schema, capability_guest_feature_schema, capability_guest_schema;
