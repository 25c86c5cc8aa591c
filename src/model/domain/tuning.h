/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tuning.h: how a guest's threads and memory use the host: pinning, limits,
 * schedulers, pages. Nothing of this is seen by the guest. */
#pragma once

#include "model/domain/cpu.h"

#define VCPU_PLACEMENT_LIST(X) X (VCPU_PLACEMENT_STATIC, "static") X (VCPU_PLACEMENT_AUTO, "auto")
XML_ENUM_DECLARE (DomainVcpuPlacement, VCPU_PLACEMENT_, vcpu_placement, VCPU_PLACEMENT_LIST)

#define SCHEDULER_LIST(X) X (SCHEDULER_BATCH, "batch") X (SCHEDULER_IDLE, "idle") X (SCHEDULER_FIFO, "fifo") X (SCHEDULER_RR, "rr")
XML_ENUM_DECLARE (DomainScheduler, SCHEDULER_, scheduler, SCHEDULER_LIST)

#define CACHETUNE_TYPE_LIST(X) X (CACHETUNE_TYPE_BOTH, "both") X (CACHETUNE_TYPE_CODE, "code") X (CACHETUNE_TYPE_DATA, "data")
XML_ENUM_DECLARE (DomainCachetuneType, CACHETUNE_TYPE_, cachetune_type, CACHETUNE_TYPE_LIST)

#define NUMATUNE_MODE_LIST(X) X (NUMATUNE_MODE_STRICT, "strict") X (NUMATUNE_MODE_PREFERRED, "preferred") \
  X (NUMATUNE_MODE_INTERLEAVE, "interleave") X (NUMATUNE_MODE_RESTRICTIVE, "restrictive")
XML_ENUM_DECLARE (DomainNumatuneMode, NUMATUNE_MODE_, numatune_mode, NUMATUNE_MODE_LIST)

#define NUMATUNE_PLACEMENT_LIST(X) X (NUMATUNE_PLACEMENT_STATIC, "static") X (NUMATUNE_PLACEMENT_AUTO, "auto")
XML_ENUM_DECLARE (DomainNumatunePlacement, NUMATUNE_PLACEMENT_, numatune_placement, NUMATUNE_PLACEMENT_LIST)

#define MEMORY_SOURCE_LIST(X) X (MEMORY_SOURCE_FILE, "file") X (MEMORY_SOURCE_ANONYMOUS, "anonymous") X (MEMORY_SOURCE_MEMFD, "memfd")
XML_ENUM_DECLARE (DomainMemorySource, MEMORY_SOURCE_, memory_source, MEMORY_SOURCE_LIST)

#define MEMORY_ALLOCATION_LIST(X) X (MEMORY_ALLOCATION_IMMEDIATE, "immediate") X (MEMORY_ALLOCATION_ONDEMAND, "ondemand")
XML_ENUM_DECLARE (DomainMemoryAllocation, MEMORY_ALLOCATION_, memory_allocation, MEMORY_ALLOCATION_LIST)

#define PERF_EVENT_LIST(X) X (PERF_EVENT_CMT, "cmt") X (PERF_EVENT_MBMT, "mbmt") X (PERF_EVENT_MBML, "mbml") \
  X (PERF_EVENT_CPU_CYCLES, "cpu_cycles") X (PERF_EVENT_INSTRUCTIONS, "instructions") \
  X (PERF_EVENT_CACHE_REFERENCES, "cache_references") X (PERF_EVENT_CACHE_MISSES, "cache_misses") \
  X (PERF_EVENT_BRANCH_INSTRUCTIONS, "branch_instructions") X (PERF_EVENT_BRANCH_MISSES, "branch_misses") \
  X (PERF_EVENT_BUS_CYCLES, "bus_cycles") X (PERF_EVENT_STALLED_CYCLES_FRONTEND, "stalled_cycles_frontend") \
  X (PERF_EVENT_STALLED_CYCLES_BACKEND, "stalled_cycles_backend") X (PERF_EVENT_REF_CPU_CYCLES, "ref_cpu_cycles") \
  X (PERF_EVENT_CPU_CLOCK, "cpu_clock") X (PERF_EVENT_TASK_CLOCK, "task_clock") X (PERF_EVENT_PAGE_FAULTS, "page_faults") \
  X (PERF_EVENT_CONTEXT_SWITCHES, "context_switches") X (PERF_EVENT_CPU_MIGRATIONS, "cpu_migrations") \
  X (PERF_EVENT_PAGE_FAULTS_MIN, "page_faults_min") X (PERF_EVENT_PAGE_FAULTS_MAJ, "page_faults_maj") \
  X (PERF_EVENT_ALIGNMENT_FAULTS, "alignment_faults") X (PERF_EVENT_EMULATION_FAULTS, "emulation_faults")
XML_ENUM_DECLARE (DomainPerfEventName, PERF_EVENT_, perf_event, PERF_EVENT_LIST)

/* A vCPU that is listed by itself. */
typedef struct
{
  unsigned int id;
  Tristate enabled, hotpluggable;
  unsigned int order;           /* 0: absent */
} DomainVcpu;

typedef struct
{
  unsigned int id;
  int thread_pool_min, thread_pool_max;     /* -1: absent */
  struct
  {
    uint64_t max;               /* ns; UINT64_MAX: absent */
    unsigned int grow, shrink;  /* UINT_MAX: absent */
  } poll;
} DomainIothread;

/* Of QEMU's main loop. */
typedef struct { int thread_pool_min, thread_pool_max; } DomainDefaultIothread;

typedef struct
{
  char *path;
  unsigned int weight;
  unsigned int read_iops, write_iops;       /* 0: absent, as in all of these */
  uint64_t read_bytes, write_bytes;         /* per second */
} DomainBlkioDevice;

typedef struct
{
  unsigned int weight;
  XML_LIST (DomainBlkioDevice) devices;
} DomainBlkiotune;

/* KiB; UINT64_MAX: no limit. */
typedef struct { uint64_t hard_limit, soft_limit, min_guarantee, swap_hard_limit; } DomainMemtune;

typedef struct
{
  uint64_t size;                /* KiB */
  XmlBitmap *nodeset;           /* guest NUMA cells; NULL: all others */
} DomainHugepage;

typedef struct
{
  bool hugepages;
  XML_LIST (DomainHugepage) pages;          /* empty: the host's default size */
  bool nosharepages, locked, discard;
  DomainMemorySource source;
  DomainNumaAccess access;
  DomainMemoryAllocation allocation;
  unsigned int allocation_threads;
} DomainMemoryBacking;

typedef struct
{
  unsigned int thread;          /* a vCPU or an I/O thread */
  XmlBitmap *cpuset;
} DomainPin;

typedef struct
{
  XmlBitmap *threads;           /* one, but for the emulator: NULL */
  DomainScheduler scheduler;
  int priority;                 /* INT32_MIN: the scheduler has none */
} DomainSched;

typedef struct
{
  unsigned int id, level;
  DomainCachetuneType type;
  uint64_t size;                /* bytes */
} DomainCachetuneCache;

typedef struct
{
  unsigned int level;           /* UINT_MAX: of memory bandwidth */
  XmlBitmap *vcpus;
} DomainResourceMonitor;

typedef struct
{
  XmlBitmap *vcpus;
  char *id;                     /* of a running guest's group, NULL: none */
  XML_LIST (DomainCachetuneCache) caches;
  XML_LIST (DomainResourceMonitor) monitors;
} DomainCachetune;

typedef struct { unsigned int id, bandwidth; } DomainMemorytuneNode;

typedef struct
{
  XmlBitmap *vcpus;
  char *id;
  XML_LIST (DomainMemorytuneNode) nodes;
  XML_LIST (DomainResourceMonitor) monitors;
} DomainMemorytune;

typedef struct
{
  uint64_t shares;              /* UINT64_MAX: absent */
  /* Microseconds; 0: absent. A negative quota is none. */
  uint64_t period, global_period, emulator_period, iothread_period;
  int64_t quota, global_quota, emulator_quota, iothread_quota;
  XML_LIST (DomainPin) vcpu_pins, iothread_pins;        /* by thread, each once */
  XmlBitmap *emulator_cpuset;
  DomainSched *emulator_sched;
  XML_LIST (DomainSched) vcpu_scheds, iothread_scheds;  /* by thread, each once */
  XML_LIST (DomainCachetune) cachetunes;
  XML_LIST (DomainMemorytune) memorytunes;
} DomainCputune;

typedef struct
{
  unsigned int cell;
  DomainNumatuneMode mode;
  XmlBitmap *nodeset;
} DomainMemnode;

typedef struct
{
  DomainNumatuneMode mode;
  DomainNumatunePlacement placement;
  XmlBitmap *nodeset;
  XML_LIST (DomainMemnode) memnodes;        /* by cell */
} DomainNumatune;

typedef struct { DomainPerfEventName name; Tristate enabled; } DomainPerfEvent;
typedef struct { XML_LIST (DomainPerfEvent) events; } DomainPerf;
