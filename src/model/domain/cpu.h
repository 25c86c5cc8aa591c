/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu.h: the <cpu> of a guest: model, topology, features, NUMA cells. */
#pragma once

#include "xml/types.h"

#define CPU_MODE_LIST(X) X (CPU_MODE_CUSTOM, "custom") X (CPU_MODE_HOST_MODEL, "host-model") \
  X (CPU_MODE_HOST_PASSTHROUGH, "host-passthrough") X (CPU_MODE_MAXIMUM, "maximum")
XML_ENUM_DECLARE (DomainCpuMode, CPU_MODE_, cpu_mode, CPU_MODE_LIST)

#define CPU_MATCH_LIST(X) X (CPU_MATCH_MINIMUM, "minimum") X (CPU_MATCH_EXACT, "exact") X (CPU_MATCH_STRICT, "strict")
XML_ENUM_DECLARE (DomainCpuMatch, CPU_MATCH_, cpu_match, CPU_MATCH_LIST)

#define CPU_CHECK_LIST(X) X (CPU_CHECK_NONE, "none") X (CPU_CHECK_PARTIAL, "partial") X (CPU_CHECK_FULL, "full")
XML_ENUM_DECLARE (DomainCpuCheck, CPU_CHECK_, cpu_check, CPU_CHECK_LIST)

#define CPU_FALLBACK_LIST(X) X (CPU_FALLBACK_ALLOW, "allow") X (CPU_FALLBACK_FORBID, "forbid")
XML_ENUM_DECLARE (DomainCpuFallback, CPU_FALLBACK_, cpu_fallback, CPU_FALLBACK_LIST)

#define CPU_POLICY_LIST(X) X (CPU_POLICY_FORCE, "force") X (CPU_POLICY_REQUIRE, "require") \
  X (CPU_POLICY_OPTIONAL, "optional") X (CPU_POLICY_DISABLE, "disable") X (CPU_POLICY_FORBID, "forbid")
XML_ENUM_DECLARE (DomainCpuPolicy, CPU_POLICY_, cpu_policy, CPU_POLICY_LIST)

#define CPU_CACHE_MODE_LIST(X) X (CPU_CACHE_MODE_EMULATE, "emulate") X (CPU_CACHE_MODE_PASSTHROUGH, "passthrough") \
  X (CPU_CACHE_MODE_DISABLE, "disable")
XML_ENUM_DECLARE (DomainCpuCacheMode, CPU_CACHE_MODE_, cpu_cache_mode, CPU_CACHE_MODE_LIST)

#define CPU_ADDRESS_MODE_LIST(X) X (CPU_ADDRESS_MODE_EMULATE, "emulate") X (CPU_ADDRESS_MODE_PASSTHROUGH, "passthrough")
XML_ENUM_DECLARE (DomainCpuAddressMode, CPU_ADDRESS_MODE_, cpu_address_mode, CPU_ADDRESS_MODE_LIST)

#define NUMA_ACCESS_LIST(X) X (NUMA_ACCESS_SHARED, "shared") X (NUMA_ACCESS_PRIVATE, "private")
XML_ENUM_DECLARE (DomainNumaAccess, NUMA_ACCESS_, numa_access, NUMA_ACCESS_LIST)

#define NUMA_CACHE_KIND_LIST(X) X (NUMA_CACHE_KIND_NONE, "none") X (NUMA_CACHE_KIND_DIRECT, "direct") \
  X (NUMA_CACHE_KIND_FULL, "full")
XML_ENUM_DECLARE (DomainNumaCacheKind, NUMA_CACHE_KIND_, numa_cache_kind, NUMA_CACHE_KIND_LIST)

#define NUMA_CACHE_POLICY_LIST(X) X (NUMA_CACHE_POLICY_NONE, "none") X (NUMA_CACHE_POLICY_WRITEBACK, "writeback") \
  X (NUMA_CACHE_POLICY_WRITETHROUGH, "writethrough")
XML_ENUM_DECLARE (DomainNumaCachePolicy, NUMA_CACHE_POLICY_, numa_cache_policy, NUMA_CACHE_POLICY_LIST)

#define NUMA_LINK_KIND_LIST(X) X (NUMA_LINK_KIND_LATENCY, "latency") X (NUMA_LINK_KIND_BANDWIDTH, "bandwidth")
XML_ENUM_DECLARE (DomainNumaLinkKind, NUMA_LINK_KIND_, numa_link_kind, NUMA_LINK_KIND_LIST)

#define NUMA_LINK_TYPE_LIST(X) X (NUMA_LINK_TYPE_ACCESS, "access") X (NUMA_LINK_TYPE_READ, "read") X (NUMA_LINK_TYPE_WRITE, "write")
XML_ENUM_DECLARE (DomainNumaLinkType, NUMA_LINK_TYPE_, numa_link_type, NUMA_LINK_TYPE_LIST)

typedef struct
{
  DomainCpuPolicy policy;
  char *name;
} DomainCpuFeature;

typedef struct { unsigned int id, value; } DomainNumaDistance;

/* A cache in front of a cell's memory. */
typedef struct
{
  unsigned int level;
  DomainNumaCacheKind associativity;
  DomainNumaCachePolicy policy;
  uint64_t size;                /* KiB */
  uint64_t line;                /* bytes */
} DomainNumaCache;

typedef struct
{
  unsigned int id;              /* the cell's place in the list */
  XmlBitmap *cpus;              /* NULL: a cell of memory only */
  uint64_t memory;              /* KiB */
  DomainNumaAccess access;
  Tristate discard;
  XML_LIST (DomainNumaDistance) distances;   /* by id */
  XML_LIST (DomainNumaCache) caches;
} DomainNumaCell;

/* How fast cell `initiator` reaches the memory of cell `target`. */
typedef struct
{
  DomainNumaLinkKind kind;
  unsigned int initiator, target;
  unsigned int cache;           /* level, 0: the memory itself */
  DomainNumaLinkType type;
  uint64_t value;               /* ns; KiB/s */
} DomainNumaLink;

typedef struct
{
  XML_LIST (DomainNumaCell) cells;
  XML_LIST (DomainNumaLink) links;
} DomainNuma;

typedef struct
{
  DomainCpuMode mode;           /* 0: no mode attribute */
  DomainCpuMatch match;
  DomainCpuCheck check;
  Tristate migratable;
  char *model;
  DomainCpuFallback fallback;
  char *vendor_id;
  char *vendor;
  struct { unsigned int sockets, dies, clusters, cores, threads; } topology;   /* sockets, clusters 0: absent */
  DomainCpuCacheMode cache_mode;
  int cache_level;              /* -1: absent */
  DomainCpuAddressMode address_mode;
  unsigned int address_bits, address_limit;   /* 0: absent */
  XML_LIST (DomainCpuFeature) features;
  DomainNuma *numa;
} DomainCpu;

/* A CPU of which nothing is said. */
DomainCpu *domain_cpu_new (void);

/* Of all cells, KiB. NULL is fine: 0. */
uint64_t domain_numa_memory (const DomainCpu *cpu);
