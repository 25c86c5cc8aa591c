/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-tuning.c: how a guest's threads and memory use the host. */
#include "model/common/size.h"
#include "model/domain/tables.h"

XML_ENUM_DEFINE (vcpu_placement, VCPU_PLACEMENT_LIST)
XML_ENUM_DEFINE (scheduler, SCHEDULER_LIST)
XML_ENUM_DEFINE (cachetune_type, CACHETUNE_TYPE_LIST)
XML_ENUM_DEFINE (numatune_mode, NUMATUNE_MODE_LIST)
XML_ENUM_DEFINE (numatune_placement, NUMATUNE_PLACEMENT_LIST)
XML_ENUM_DEFINE (memory_source, MEMORY_SOURCE_LIST)
XML_ENUM_DEFINE (memory_allocation, MEMORY_ALLOCATION_LIST)
XML_ENUM_DEFINE (perf_event, PERF_EVENT_LIST)

/* A limit of so many KiB or more is none. */
#define UNLIMITED_KIB 9007199254740991u

static const XmlField vcpu_rows[] = {
  XML_UINT (DomainVcpu, id, "@id", .absent = -1, .flags = XML_ABI, XML_MISSING (XML, XML_ERROR)),
  XML_YES_NO (DomainVcpu, enabled, "@enabled", .flags = XML_ABI, XML_MISSING (XML, XML_ERROR)),
  XML_YES_NO (DomainVcpu, hotpluggable, "@hotpluggable"),
  XML_UINT (DomainVcpu, order, "@order", .flags = XML_ABI),
  XML_END
};
const XmlSchema domain_vcpu_schema = XML_SCHEMA (DomainVcpu, "vcpu", vcpu_rows);

static const XmlField iothread_rows[] = {
  XML_UINT (DomainIothread, id, "@id", .flags = XML_POSITIVE, XML_MISSING (XML, XML_ERROR)),
  XML_INT (DomainIothread, thread_pool_min, "@thread_pool_min", .absent = -1),
  XML_INT (DomainIothread, thread_pool_max, "@thread_pool_max", .absent = -1),
  XML_UINT64 (DomainIothread, poll.max, "poll/@max", .absent = -1),
  XML_UINT (DomainIothread, poll.grow, "poll/@grow", .absent = -1),
  XML_UINT (DomainIothread, poll.shrink, "poll/@shrink", .absent = -1),
  XML_END
};
/* -1 is what is absent, not what may be said. */
static bool
pool_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const names[] = { "thread_pool_min", "thread_pool_max" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (xml_attribute (node, names[i]) ?: "", "-"))
      return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'%s' is below 0", names[i]);
  return true;
}

const XmlSchema domain_iothread_schema = XML_SCHEMA (DomainIothread, "iothread", iothread_rows, .finish = pool_finish);

static const XmlField default_iothread_rows[] = {
  XML_INT (DomainDefaultIothread, thread_pool_min, "@thread_pool_min", .absent = -1),
  XML_INT (DomainDefaultIothread, thread_pool_max, "@thread_pool_max", .absent = -1),
  XML_END
};
const XmlSchema domain_default_iothread_schema = XML_SCHEMA (DomainDefaultIothread, "defaultiothread", default_iothread_rows,
                                                            .finish = pool_finish);

static const XmlField blkio_device_rows[] = {
  XML_STRING (DomainBlkioDevice, path, "path", XML_MISSING (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainBlkioDevice, weight, "weight", XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainBlkioDevice, read_iops, "read_iops_sec", XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainBlkioDevice, write_iops, "write_iops_sec", XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT64 (DomainBlkioDevice, read_bytes, "read_bytes_sec", XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT64 (DomainBlkioDevice, write_bytes, "write_bytes_sec", XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlSchema blkio_device_schema = XML_SCHEMA (DomainBlkioDevice, "device", blkio_device_rows);

static const XmlField blkiotune_rows[] = {
  XML_UINT (DomainBlkiotune, weight, "weight", .flags = XML_LENIENT),
  XML_ITEMS (DomainBlkiotune, devices, "device", blkio_device_schema),
  XML_END
};

static bool
has_limits (const DomainBlkioDevice *device)
{
  return device->weight != 0 || device->read_iops != 0 || device->write_iops != 0 || device->read_bytes != 0
         || device->write_bytes != 0;
}

static bool
blkiotune_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainBlkiotune *tune = object;

  for (unsigned int i = 1; i < tune->devices.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (strcmp (tune->devices.items[i]->path, tune->devices.items[j]->path) == 0)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "device '%s' is there twice", tune->devices.items[i]->path);
  for (unsigned int i = tune->devices.n; i-- > 0;)
    if (!has_limits (tune->devices.items[i]))
      xml_free (&blkio_device_schema, xml_list_steal (&tune->devices, i));
  return true;
}

const XmlSchema domain_blkiotune_schema = XML_SCHEMA (DomainBlkiotune, "blkiotune", blkiotune_rows, .finish = blkiotune_finish);

static const XmlField memtune_rows[] = {
  XML_KIB (DomainMemtune, hard_limit, "hard_limit", .absent = -1),
  XML_KIB (DomainMemtune, soft_limit, "soft_limit", .absent = -1),
  XML_KIB (DomainMemtune, min_guarantee, "min_guarantee"),
  XML_KIB (DomainMemtune, swap_hard_limit, "swap_hard_limit", .absent = -1),
  XML_END
};

static bool
memtune_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainMemtune *tune = object;
  uint64_t *limits[] = { &tune->hard_limit, &tune->soft_limit, &tune->swap_hard_limit };

  for (unsigned int i = 0; i < G_N_ELEMENTS (limits); i++)
    if (*limits[i] >= UNLIMITED_KIB)
      *limits[i] = UINT64_MAX;
  return true;
}

const XmlSchema domain_memtune_schema = XML_SCHEMA (DomainMemtune, "memtune", memtune_rows, .finish = memtune_finish);

static const XmlField hugepage_rows[] = {
  XML_KIB (DomainHugepage, size, "@size", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_VALUE (DomainHugepage, nodeset, "@nodeset", domain_set_type),
  XML_END
};
static const XmlSchema hugepage_schema = XML_SCHEMA (DomainHugepage, "page", hugepage_rows);

static const XmlField memory_backing_rows[] = {
  XML_FLAG (DomainMemoryBacking, hugepages, "hugepages"),
  XML_ITEMS (DomainMemoryBacking, pages, "hugepages/page", hugepage_schema),
  XML_FLAG (DomainMemoryBacking, nosharepages, "nosharepages"),
  XML_FLAG (DomainMemoryBacking, locked, "locked"),
  XML_ENUM (DomainMemoryBacking, source, "source/@type", memory_source, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainMemoryBacking, access, "access/@mode", numa_access, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainMemoryBacking, allocation, "allocation/@mode", memory_allocation, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainMemoryBacking, allocation_threads, "allocation/@threads", XML_BAD (DOMAIN, XML_ERROR)),
  XML_FLAG (DomainMemoryBacking, discard, "discard"),
  XML_END
};

static bool
memory_backing_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainMemoryBacking *backing = object;

  for (unsigned int i = 0; i < backing->pages.n; i++)
    if (backing->pages.items[i]->size == 0)
      return xml_fail (domain_node_below (node, "hugepages/page"), VIR_FROM_NONE, VIR_ERR_XML_DETAIL, error, "'size' is 0");
  backing->hugepages = backing->hugepages || backing->pages.n > 0;
  if (!backing->hugepages)
    return true;
  if (backing->allocation == MEMORY_ALLOCATION_ONDEMAND)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "hugepages are never allocated on demand");
  if (backing->source == MEMORY_SOURCE_ANONYMOUS)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "hugepages are not anonymous memory");
  return true;
}

const XmlSchema domain_memory_backing_schema
  = XML_SCHEMA (DomainMemoryBacking, "memoryBacking", memory_backing_rows, .finish = memory_backing_finish);

static const XmlField vcpu_pin_rows[] = {
  XML_UINT (DomainPin, thread, "@vcpu", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_VALUE (DomainPin, cpuset, "@cpuset", domain_set_type, XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
static const XmlField iothread_pin_rows[] = {
  XML_UINT (DomainPin, thread, "@iothread", .absent = -1, .flags = XML_POSITIVE, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_VALUE (DomainPin, cpuset, "@cpuset", domain_set_type, XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
static const XmlSchema vcpu_pin_schema = XML_SCHEMA (DomainPin, "vcpupin", vcpu_pin_rows);
static const XmlSchema iothread_pin_schema = XML_SCHEMA (DomainPin, "iothreadpin", iothread_pin_rows);

#define SCHED_ROWS \
  XML_ENUM (DomainSched, scheduler, "@scheduler", scheduler, .flags = XML_REQUIRED), \
  XML_INT (DomainSched, priority, "@priority", .absent = INT32_MIN), \
  XML_END

static const XmlField emulator_sched_rows[] = { SCHED_ROWS };
static const XmlField vcpu_sched_rows[] = {
  XML_VALUE (DomainSched, threads, "@vcpus", domain_set_type, XML_MISSING (DOMAIN, XML_ERROR)), SCHED_ROWS
};
static const XmlField iothread_sched_rows[] = {
  XML_VALUE (DomainSched, threads, "@iothreads", domain_set_type, XML_MISSING (DOMAIN, XML_ERROR)), SCHED_ROWS
};

/* Only two schedulers have priorities, and need them. */
static bool
sched_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSched *sched = object;

  if (sched->scheduler != SCHEDULER_FIFO && sched->scheduler != SCHEDULER_RR)
    sched->priority = INT32_MIN;
  else if (sched->priority == INT32_MIN)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "scheduler '%s' needs 'priority'",
                     xml_enum_name (&scheduler_names, sched->scheduler));
  return true;
}

static const XmlSchema emulator_sched_schema = XML_SCHEMA (DomainSched, "emulatorsched", emulator_sched_rows, .finish = sched_finish);
static const XmlSchema vcpu_sched_schema = XML_SCHEMA (DomainSched, "vcpusched", vcpu_sched_rows, .finish = sched_finish);
static const XmlSchema iothread_sched_schema = XML_SCHEMA (DomainSched, "iothreadsched", iothread_sched_rows, .finish = sched_finish);

static const XmlField cache_rows[] = {
  XML_UINT (DomainCachetuneCache, id, "@id", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_UINT (DomainCachetuneCache, level, "@level", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_ENUM (DomainCachetuneCache, type, "@type", cachetune_type, XML_MISSING (XML, XML_ERROR)),
  XML_PRETTY_KIB (DomainCachetuneCache, size, "@size", "@unit", XML_MISSING (XML, XML_ERROR)),
  XML_END
};
static const XmlSchema cache_schema = XML_SCHEMA (DomainCachetuneCache, "cache", cache_rows);

static const XmlField cache_monitor_rows[] = {
  XML_UINT (DomainResourceMonitor, level, "@level", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_VALUE (DomainResourceMonitor, vcpus, "@vcpus", domain_set_type, XML_MISSING (XML, XML_ERROR)),
  XML_END
};
static const XmlSchema cache_monitor_schema = XML_SCHEMA (DomainResourceMonitor, "monitor", cache_monitor_rows);

static const XmlField cachetune_rows[] = {
  XML_VALUE (DomainCachetune, vcpus, "@vcpus", domain_set_type, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainCachetune, id, "@id", .flags = XML_LIVE),
  XML_ITEMS (DomainCachetune, caches, "cache", cache_schema),
  XML_ITEMS (DomainCachetune, monitors, "monitor", cache_monitor_schema),
  XML_END
};

static int
compare_caches (const void *a, const void *b)
{
  const DomainCachetuneCache *left = *(DomainCachetuneCache *const *) a, *right = *(DomainCachetuneCache *const *) b;

  if (left->level != right->level)
    return left->level < right->level ? -1 : 1;
  if (left->type != right->type)
    return left->type < right->type ? -1 : 1;
  return left->id < right->id ? -1 : left->id > right->id;
}

static bool
cachetune_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainCachetune *tune = object;

  if (tune->caches.n > 0)
    qsort (tune->caches.items, tune->caches.n, sizeof (void *), compare_caches);
  for (unsigned int i = 0; i < tune->caches.n; i++)
    for (unsigned int j = 0; j < i; j++)
      {
        const DomainCachetuneCache *a = tune->caches.items[i], *b = tune->caches.items[j];

        if (a->level == b->level && a->id == b->id
            && (a->type == b->type || a->type == CACHETUNE_TYPE_BOTH || b->type == CACHETUNE_TYPE_BOTH))
          return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "cache %u of level %u is there twice", a->id, a->level);
      }
  return true;
}

const XmlSchema domain_cachetune_schema = XML_SCHEMA (DomainCachetune, "cachetune", cachetune_rows, .finish = cachetune_finish);

static const XmlField node_rows[] = {
  XML_UINT (DomainMemorytuneNode, id, "@id", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_UINT (DomainMemorytuneNode, bandwidth, "@bandwidth", XML_MISSING (XML, XML_ERROR)),
  XML_END
};
static const XmlSchema node_schema = XML_SCHEMA (DomainMemorytuneNode, "node", node_rows);

static const XmlField memory_monitor_rows[] = {
  XML_VALUE (DomainResourceMonitor, vcpus, "@vcpus", domain_set_type, XML_MISSING (XML, XML_ERROR)),
  XML_END
};
static const XmlSchema memory_monitor_schema = XML_SCHEMA (DomainResourceMonitor, "monitor", memory_monitor_rows);

static const XmlField memorytune_rows[] = {
  XML_VALUE (DomainMemorytune, vcpus, "@vcpus", domain_set_type, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainMemorytune, id, "@id", .flags = XML_LIVE),
  XML_ITEMS (DomainMemorytune, nodes, "node", node_schema),
  XML_ITEMS (DomainMemorytune, monitors, "monitor", memory_monitor_schema),
  XML_END
};

static int
compare_nodes (const void *a, const void *b)
{
  const DomainMemorytuneNode *left = *(DomainMemorytuneNode *const *) a, *right = *(DomainMemorytuneNode *const *) b;

  return left->id < right->id ? -1 : left->id > right->id;
}

static bool
memorytune_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainMemorytune *tune = object;

  if (tune->nodes.n > 0)
    qsort (tune->nodes.items, tune->nodes.n, sizeof (void *), compare_nodes);
  for (unsigned int i = 0; i < tune->nodes.n; i++)
    if (tune->nodes.items[i]->bandwidth > 100)
      return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the bandwidth %u of node %u is above 100 percent",
                       tune->nodes.items[i]->bandwidth, tune->nodes.items[i]->id);
  for (unsigned int i = 1; i < tune->nodes.n; i++)
    if (tune->nodes.items[i]->id == tune->nodes.items[i - 1]->id)
      return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "node %u is there twice", tune->nodes.items[i]->id);
  return true;
}

const XmlSchema domain_memorytune_schema = XML_SCHEMA (DomainMemorytune, "memorytune", memorytune_rows, .finish = memorytune_finish);

#define TIME(kind_, member_) XML_##kind_ (DomainCputune, member_, #member_, XML_BAD (DOMAIN, XML_ERROR))

static const XmlField cputune_rows[] = {
  XML_UINT64 (DomainCputune, shares, "shares", .absent = -1, XML_BAD (DOMAIN, XML_ERROR)),
  TIME (UINT64, period),
  TIME (INT64, quota),
  TIME (UINT64, global_period),
  TIME (INT64, global_quota),
  TIME (UINT64, emulator_period),
  TIME (INT64, emulator_quota),
  TIME (UINT64, iothread_period),
  TIME (INT64, iothread_quota),
  XML_ITEMS (DomainCputune, vcpu_pins, "vcpupin", vcpu_pin_schema),
  XML_VALUE (DomainCputune, emulator_cpuset, "emulatorpin/@cpuset", domain_set_type),
  XML_ITEMS (DomainCputune, iothread_pins, "iothreadpin", iothread_pin_schema),
  XML_CHILD (DomainCputune, emulator_sched, "emulatorsched", emulator_sched_schema),
  XML_ITEMS (DomainCputune, vcpu_scheds, "vcpusched", vcpu_sched_schema),
  XML_ITEMS (DomainCputune, iothread_scheds, "iothreadsched", iothread_sched_schema),
  XML_ITEMS (DomainCputune, cachetunes, "cachetune", domain_cachetune_schema),
  XML_ITEMS (DomainCputune, memorytunes, "memorytune", domain_memorytune_schema),
  XML_END
};
const XmlSchema domain_cputune_schema = XML_SCHEMA (DomainCputune, "cputune", cputune_rows);

static const XmlField memnode_rows[] = {
  XML_UINT (DomainMemnode, cell, "@cellid", .absent = -1, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainMemnode, mode, "@mode", numatune_mode, .absent = NUMATUNE_MODE_STRICT, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, XML_ERROR)),
  XML_VALUE (DomainMemnode, nodeset, "@nodeset", domain_set_type, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlSchema memnode_schema = XML_SCHEMA (DomainMemnode, "memnode", memnode_rows);

static const XmlField numatune_rows[] = {
  XML_ENUM (DomainNumatune, mode, "memory/@mode", numatune_mode, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainNumatune, placement, "memory/@placement", numatune_placement, .absent = NUMATUNE_PLACEMENT_STATIC,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_VALUE (DomainNumatune, nodeset, "memory/@nodeset", domain_set_type),
  XML_ITEMS (DomainNumatune, memnodes, "memnode", memnode_schema),
  XML_END
};
const XmlSchema domain_numatune_schema = XML_SCHEMA (DomainNumatune, "numatune", numatune_rows);

static const XmlField perf_event_rows[] = {
  XML_ENUM (DomainPerfEvent, name, "@name", perf_event, .flags = XML_REQUIRED),
  XML_YES_NO (DomainPerfEvent, enabled, "@enabled", .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema perf_event_schema = XML_SCHEMA (DomainPerfEvent, "event", perf_event_rows);

static const XmlField perf_rows[] = { XML_ITEMS (DomainPerf, events, "event", perf_event_schema), XML_END };

static int
compare_events (const void *a, const void *b)
{
  return (int) (*(DomainPerfEvent *const *) a)->name - (int) (*(DomainPerfEvent *const *) b)->name;
}

static bool
perf_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainPerf *perf = object;

  if (perf->events.n > 0)
    qsort (perf->events.items, perf->events.n, sizeof (void *), compare_events);
  for (unsigned int i = 1; i < perf->events.n; i++)
    if (perf->events.items[i]->name == perf->events.items[i - 1]->name)
      return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "event '%s' is there twice",
                       xml_enum_name (&perf_event_names, perf->events.items[i]->name));
  return true;
}

const XmlSchema domain_perf_schema = XML_SCHEMA (DomainPerf, "perf", perf_rows, .finish = perf_finish);
