/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/capabilities/host-capabilities.h"

#include "model/common/values.h"
#include "model/domain/tables.h"

XML_ENUM_DEFINE (capability_cache, CAPABILITY_CACHE_LIST)
XML_ENUM_DEFINE (capability_guest, CAPABILITY_GUEST_LIST)

static const XmlField power_rows[] = {
  XML_FLAG (CapabilityPower, suspend_mem, "suspend_mem"),
  XML_FLAG (CapabilityPower, suspend_disk, "suspend_disk"),
  XML_FLAG (CapabilityPower, suspend_hybrid, "suspend_hybrid"),
  XML_END
};
const XmlSchema capability_power_schema = XML_SCHEMA (CapabilityPower, "power_management", power_rows);

static const XmlField text_rows[] = { XML_STRING (CapabilityText, text, "."), XML_END };
const XmlSchema capability_text_schema = XML_SCHEMA (CapabilityText, "uri_transport", text_rows);

static const XmlField migration_rows[] = {
  XML_FLAG (CapabilityMigration, live, "live"),
  XML_ITEMS (CapabilityMigration, transports, "uri_transports/uri_transport", capability_text_schema),
  XML_END
};
const XmlSchema capability_migration_schema = XML_SCHEMA (CapabilityMigration, "migration_features", migration_rows);

static const XmlField pages_rows[] = {
  XML_UINT64 (CapabilityPages, size, "@size", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_UINT64 (CapabilityPages, count, ".", .flags = XML_ALWAYS),
  XML_END
};
const XmlSchema capability_pages_schema = XML_SCHEMA (CapabilityPages, "pages", pages_rows);

/* The cells of a host; a thread that is off has nothing but its number. */
static const XmlField thread_rows[] = {
  XML_UINT (CapabilityThread, id, "@id", .absent = -1, XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_UINT (CapabilityThread, socket, "@socket_id", .absent = -1),
  XML_UINT (CapabilityThread, die, "@die_id", .absent = -1),
  XML_UINT (CapabilityThread, cluster, "@cluster_id", .absent = -1),
  XML_UINT (CapabilityThread, core, "@core_id", .absent = -1),
  XML_BITMAP (CapabilityThread, siblings, "@siblings"),
  XML_END
};
const XmlSchema capability_thread_schema = XML_SCHEMA (CapabilityThread, "cpu", thread_rows);

static const XmlField cell_rows[] = {
  XML_UINT (CapabilityCell, id, "@id", .absent = -1, XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_KIB (CapabilityCell, memory, "memory"),
  XML_ITEMS (CapabilityCell, pages, "pages[unit=KiB]", capability_pages_schema),
  XML_ITEMS (CapabilityCell, distances, "distances/sibling", domain_numa_distance_schema),
  XML_ITEMS (CapabilityCell, caches, "cache", domain_numa_cache_schema),
  XML_VALUE (CapabilityCell, threads, "cpus/@num", xml_type_count, .flags = XML_WRITE_ONLY),
  XML_ITEMS (CapabilityCell, threads, "cpus/cpu", capability_thread_schema),
  XML_END
};
const XmlSchema capability_cell_schema = XML_SCHEMA (CapabilityCell, "cell", cell_rows);

static const XmlField topology_rows[] = {
  XML_VALUE (CapabilityTopology, cells, "cells/@num", xml_type_count, .flags = XML_WRITE_ONLY),
  XML_ITEMS (CapabilityTopology, cells, "cells/cell", capability_cell_schema),
  XML_ANY (CapabilityTopology, links, "interconnects/*", domain_numa_link_schema),
  XML_END
};
const XmlSchema capability_topology_schema = XML_SCHEMA (CapabilityTopology, "topology", topology_rows);

#define CONTROL_SIZES \
  XML_UINT64 (CapabilityControl, granularity, "@granularity"), \
  XML_UINT64 (CapabilityControl, min, "@min")
#define CONTROL_MOST XML_UINT (CapabilityControl, max_allocations, "@maxAllocs")

static const XmlField cache_control_rows[] = {
  CONTROL_SIZES,
  XML_STRING (CapabilityControl, unit, "@unit"),
  XML_ENUM (CapabilityControl, type, "@type", capability_cache, XML_BAD (CAPABILITIES, XML_ERROR)),
  CONTROL_MOST,
  XML_END
};
static const XmlSchema cache_control_schema = XML_SCHEMA (CapabilityControl, "control", cache_control_rows);

static const XmlField bandwidth_control_rows[] = { CONTROL_SIZES, CONTROL_MOST, XML_END };
static const XmlSchema bandwidth_control_schema = XML_SCHEMA (CapabilityControl, "control", bandwidth_control_rows);

static const XmlField bank_rows[] = {
  XML_UINT (CapabilityCacheBank, id, "@id", .flags = XML_ALWAYS),
  XML_UINT (CapabilityCacheBank, level, "@level", .flags = XML_ALWAYS),
  XML_ENUM (CapabilityCacheBank, type, "@type", capability_cache, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_UINT64 (CapabilityCacheBank, size, "@size", .flags = XML_ALWAYS),
  XML_STRING (CapabilityCacheBank, unit, "@unit"),
  XML_BITMAP (CapabilityCacheBank, cpus, "@cpus"),
  XML_ITEMS (CapabilityCacheBank, controls, "control", cache_control_schema),
  XML_END
};
const XmlSchema capability_cache_bank_schema = XML_SCHEMA (CapabilityCacheBank, "bank", bank_rows);

static const XmlField monitor_feature_rows[] = { XML_STRING (CapabilityMonitorFeature, name, "@name"), XML_END };
static const XmlSchema monitor_feature_schema = XML_SCHEMA (CapabilityMonitorFeature, "feature", monitor_feature_rows);

static const XmlField monitor_rows[] = {
  XML_UINT (CapabilityMonitor, level, "@level"),
  XML_UINT (CapabilityMonitor, reuse_threshold, "@reuseThreshold"),
  XML_UINT (CapabilityMonitor, max_monitors, "@maxMonitors"),
  XML_ITEMS (CapabilityMonitor, features, "feature", monitor_feature_schema),
  XML_END
};
static const XmlSchema monitor_schema = XML_SCHEMA (CapabilityMonitor, "monitor", monitor_rows);

static const XmlField bandwidth_rows[] = {
  XML_UINT (CapabilityBandwidth, id, "@id", .flags = XML_ALWAYS),
  XML_BITMAP (CapabilityBandwidth, cpus, "@cpus"),
  XML_ITEMS (CapabilityBandwidth, controls, "control", bandwidth_control_schema),
  XML_END
};
static const XmlSchema bandwidth_schema = XML_SCHEMA (CapabilityBandwidth, "node", bandwidth_rows);

static const XmlField baselabel_rows[] = {
  XML_STRING (CapabilityBaselabel, type, "@type"),
  XML_STRING (CapabilityBaselabel, label, "."),
  XML_END
};
const XmlSchema capability_baselabel_schema = XML_SCHEMA (CapabilityBaselabel, "baselabel", baselabel_rows);

static const XmlField secmodel_rows[] = {
  XML_STRING (CapabilitySecmodel, model, "model"),
  XML_STRING (CapabilitySecmodel, doi, "doi", .flags = XML_ALLOW_EMPTY),
  XML_ITEMS (CapabilitySecmodel, labels, "baselabel", capability_baselabel_schema),
  XML_END
};
const XmlSchema capability_secmodel_schema = XML_SCHEMA (CapabilitySecmodel, "secmodel", secmodel_rows);

static const XmlField machine_rows[] = {
  XML_STRING (CapabilityMachine, canonical, "@canonical"),
  XML_UINT (CapabilityMachine, max_cpus, "@maxCpus"),
  XML_YES_NO (CapabilityMachine, deprecated, "@deprecated"),
  XML_STRING (CapabilityMachine, name, ".", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_END
};
const XmlSchema capability_machine_schema = XML_SCHEMA (CapabilityMachine, "machine", machine_rows);

static const XmlField domain_rows[] = {
  XML_ENUM (CapabilityDomain, type, "@type", virt_type, XML_BAD (CAPABILITIES, XML_ERROR), XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_STRING (CapabilityDomain, emulator, "emulator"),
  XML_STRING (CapabilityDomain, loader, "loader"),
  XML_ITEMS (CapabilityDomain, machines, "machine", capability_machine_schema),
  XML_END
};
const XmlSchema capability_domain_schema = XML_SCHEMA (CapabilityDomain, "domain", domain_rows);

static const XmlField arch_rows[] = {
  XML_STRING (CapabilityArch, name, "@name", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_UINT (CapabilityArch, word_size, "wordsize"),
  XML_STRING (CapabilityArch, emulator, "emulator"),
  XML_STRING (CapabilityArch, loader, "loader"),
  XML_ITEMS (CapabilityArch, machines, "machine", capability_machine_schema),
  XML_ITEMS (CapabilityArch, domains, "domain", capability_domain_schema),
  XML_END
};
const XmlSchema capability_arch_schema = XML_SCHEMA (CapabilityArch, "arch", arch_rows);

static const XmlField guest_feature_rows[] = {
  XML_ENUM (CapabilityGuestFeature, kind, "%", capability_guest),
  XML_ON_OFF (CapabilityGuestFeature, by_default, "@default"),
  XML_YES_NO (CapabilityGuestFeature, toggle, "@toggle"),
  XML_END
};
const XmlSchema capability_guest_feature_schema = XML_SCHEMA (CapabilityGuestFeature, "feature", guest_feature_rows);

static const XmlField guest_rows[] = {
  XML_ENUM (CapabilityGuest, os_type, "os_type", os_type, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_CHILD (CapabilityGuest, arch, "arch", capability_arch_schema, XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_ANY (CapabilityGuest, features, "features/*", capability_guest_feature_schema),
  XML_END
};
const XmlSchema capability_guest_schema = XML_SCHEMA (CapabilityGuest, "guest", guest_rows);

static const XmlField host_rows[] = {
  XML_UUID (HostCaps, uuid, "uuid", XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_CHILD (HostCaps, cpu, "cpu", cpu_of_host_schema),
  XML_CHILD (HostCaps, power, "power_management", capability_power_schema),
  XML_YES_NO (HostCaps, iommu, "iommu/@support", XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_CHILD (HostCaps, migration, "migration_features", capability_migration_schema),
  XML_STRING (HostCaps, netprefix, "netprefix"),
  XML_CHILD (HostCaps, topology, "topology", capability_topology_schema),
  XML_ITEMS (HostCaps, cache_banks, "cache/bank", capability_cache_bank_schema),
  XML_CHILD (HostCaps, cache_monitor, "cache/monitor", monitor_schema),
  XML_ITEMS (HostCaps, bandwidths, "memory_bandwidth/node", bandwidth_schema),
  XML_CHILD (HostCaps, bandwidth_monitor, "memory_bandwidth/monitor", monitor_schema),
  XML_ITEMS (HostCaps, secmodels, "secmodel", capability_secmodel_schema),
  XML_END
};

static const XmlField capabilities_rows[] = {
  XML_PART ("host", host_rows),
  XML_ITEMS (HostCaps, guests, "guest", capability_guest_schema),
  XML_END
};
const XmlSchema host_capabilities_schema = XML_SCHEMA (HostCaps, "capabilities", capabilities_rows, .from = VIR_FROM_CAPABILITIES);
