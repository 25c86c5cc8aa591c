/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/capabilities/domain-capabilities.h"

XML_ENUM_DEFINE (capability_usable, CAPABILITY_USABLE_LIST)
XML_ENUM_DEFINE (capability_model, CAPABILITY_MODEL_LIST)
XML_ENUM_DEFINE (capability_device, CAPABILITY_DEVICE_LIST)
XML_ENUM_DEFINE (capability_feature, CAPABILITY_FEATURE_LIST)

#define SUPPORTED(S_, m_) XML_YES_NO (S_, m_, "@supported", XML_BAD (CAPABILITIES, XML_ERROR))

static const XmlField part_rows[] = {
  SUPPORTED (CapabilityPart, supported),
  XML_ITEMS (CapabilityPart, enums, "enum", capability_enum_schema),
  XML_END
};
const XmlSchema capability_part_schema = XML_SCHEMA (CapabilityPart, "part", part_rows);

static const XmlField loader_rows[] = {
  SUPPORTED (CapabilityLoader, part.supported),
  XML_ITEMS (CapabilityLoader, files, "value", capability_value_schema),
  XML_ITEMS (CapabilityLoader, part.enums, "enum", capability_enum_schema),
  XML_END
};
const XmlSchema capability_loader_schema = XML_SCHEMA (CapabilityLoader, "loader", loader_rows);

static const XmlField os_rows[] = {
  XML_EMBED (CapabilityOs, part, "", part_rows),
  XML_CHILD (CapabilityOs, loader, "loader", capability_loader_schema),
  XML_CHILD (CapabilityOs, firmware_features, "firmwareFeatures", capability_part_schema),
  XML_CHILD (CapabilityOs, varstore, "varstore", capability_part_schema),
  XML_END
};
const XmlSchema capability_os_schema = XML_SCHEMA (CapabilityOs, "os", os_rows);

static const XmlField cpu_feature_rows[] = {
  XML_ENUM (DomainCpuFeature, policy, "@policy", cpu_policy, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_STRING (DomainCpuFeature, name, "@name", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_END
};
const XmlSchema capability_cpu_feature_schema = XML_SCHEMA (DomainCpuFeature, "feature", cpu_feature_rows);

static const XmlField model_name_rows[] = {
  XML_ENUM (CapabilityModel, usable, "@usable", capability_usable, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_YES_NO (CapabilityModel, deprecated, "@deprecated"),
  XML_STRING (CapabilityModel, vendor, "@vendor"),
  XML_STRING (CapabilityModel, canonical, "@canonical"),
  XML_STRING (CapabilityModel, name, ".", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_END
};
static const XmlField blockers_rows[] = {
  XML_STRING (CapabilityModel, model, "@model", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_ITEMS (CapabilityModel, features, "feature", capability_cpu_feature_schema),
  XML_END
};
static const XmlField *const model_rows_by_kind[] = {
  [CAPABILITY_MODEL_NAME] = model_name_rows,
  [CAPABILITY_MODEL_BLOCKERS] = blockers_rows,
};
static const XmlCases model_cases = XML_CASES_OF (CapabilityModel, kind, capability_model, model_rows_by_kind);

static const XmlField model_rows[] = {
  XML_ENUM (CapabilityModel, kind, "%", capability_model),
  XML_CASES (model_cases),
  XML_END
};
const XmlSchema capability_model_schema = XML_SCHEMA (CapabilityModel, "model", model_rows);

static const XmlField plain_mode_rows[] = {
  XML_ITEMS (CapabilityCpuMode, part.enums, "enum", capability_enum_schema),
  XML_END
};
static const XmlField host_model_rows[] = {
  XML_ENUM (CapabilityCpuMode, fallback, "model/@fallback", cpu_fallback, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_STRING (CapabilityCpuMode, model, "model"),
  XML_STRING (CapabilityCpuMode, vendor, "vendor"),
  XML_ENUM (CapabilityCpuMode, address_mode, "maxphysaddr/@mode", cpu_address_mode, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_UINT (CapabilityCpuMode, address_bits, "maxphysaddr/@bits"),
  XML_UINT (CapabilityCpuMode, address_limit, "maxphysaddr/@limit"),
  XML_ITEMS (CapabilityCpuMode, features, "feature", capability_cpu_feature_schema),
  XML_END
};
static const XmlField custom_rows[] = {
  XML_ANY (CapabilityCpuMode, models, "*", capability_model_schema),
  XML_END
};
static const XmlField *const mode_rows_by_name[] = {
  [CPU_MODE_CUSTOM] = custom_rows,
  [CPU_MODE_HOST_MODEL] = host_model_rows,
  [CPU_MODE_HOST_PASSTHROUGH] = plain_mode_rows,
  [CPU_MODE_MAXIMUM] = plain_mode_rows,
};
static const XmlCases mode_cases = XML_CASES_OF (CapabilityCpuMode, name, cpu_mode, mode_rows_by_name);

static const XmlField mode_rows[] = {
  XML_ENUM (CapabilityCpuMode, name, "@name", cpu_mode, XML_BAD (CAPABILITIES, XML_ERROR), XML_MISSING (CAPABILITIES, XML_ERROR)),
  SUPPORTED (CapabilityCpuMode, part.supported),
  XML_CASES (mode_cases),
  XML_END
};
const XmlSchema capability_cpu_mode_schema = XML_SCHEMA (CapabilityCpuMode, "mode", mode_rows);

static const XmlField device_rows[] = {
  XML_ENUM (CapabilityDevice, kind, "%", capability_device),
  XML_EMBED (CapabilityDevice, part, "", part_rows),
  XML_END
};
const XmlSchema capability_device_schema = XML_SCHEMA (CapabilityDevice, "device", device_rows);

static const XmlField sgx_section_rows[] = {
  XML_UINT (CapabilitySgxSection, node, "@node", .absent = -1, XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_KIB (CapabilitySgxSection, size, "@size", .absent = -1, XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_END
};
static const XmlSchema sgx_section_schema = XML_SCHEMA (CapabilitySgxSection, "section", sgx_section_rows);

static const XmlField no_rows[] = { XML_END };
static const XmlField sev_rows[] = {
  XML_UINT (CapabilityFeature, sev.cbitpos, "cbitpos", .absent = -1),
  XML_UINT (CapabilityFeature, sev.reduced_phys_bits, "reducedPhysBits", .absent = -1),
  XML_UINT (CapabilityFeature, sev.max_guests, "maxGuests", .absent = -1),
  XML_UINT (CapabilityFeature, sev.max_es_guests, "maxESGuests", .absent = -1),
  XML_END
};
static const XmlField sgx_rows[] = {
  XML_YES_NO (CapabilityFeature, sgx.flc, "flc"),
  XML_YES_NO (CapabilityFeature, sgx.sgx1, "sgx1"),
  XML_YES_NO (CapabilityFeature, sgx.sgx2, "sgx2"),
  XML_KIB (CapabilityFeature, sgx.section_size, "section_size"),
  XML_ITEMS (CapabilityFeature, sgx.sections, "sections/section", sgx_section_schema),
  XML_END
};
static const XmlField hyperv_rows[] = {
  XML_UINT (CapabilityFeature, hyperv.spinlocks, "defaults/spinlocks"),
  XML_ON_OFF (CapabilityFeature, hyperv.stimer_direct, "defaults/stimer_direct"),
  XML_ON_OFF (CapabilityFeature, hyperv.tlbflush_direct, "defaults/tlbflush_direct"),
  XML_ON_OFF (CapabilityFeature, hyperv.tlbflush_extended, "defaults/tlbflush_extended"),
  XML_STRING (CapabilityFeature, hyperv.vendor_id, "defaults/vendor_id"),
  XML_END
};

static const XmlField *const feature_rows_by_kind[] = {
  [CAPABILITY_FEATURE_GIC] = no_rows,
  [CAPABILITY_FEATURE_VMCOREINFO] = no_rows,
  [CAPABILITY_FEATURE_GENID] = no_rows,
  [CAPABILITY_FEATURE_BACKING_STORE_INPUT] = no_rows,
  [CAPABILITY_FEATURE_BACKUP] = no_rows,
  [CAPABILITY_FEATURE_ASYNC_TEARDOWN] = no_rows,
  [CAPABILITY_FEATURE_S390_PV] = no_rows,
  [CAPABILITY_FEATURE_PS2] = no_rows,
  [CAPABILITY_FEATURE_TDX] = no_rows,
  [CAPABILITY_FEATURE_SEV] = sev_rows,
  [CAPABILITY_FEATURE_SGX] = sgx_rows,
  [CAPABILITY_FEATURE_HYPERV] = hyperv_rows,
  [CAPABILITY_FEATURE_LAUNCH_SECURITY] = no_rows,
};
static const XmlCases feature_cases = XML_CASES_OF (CapabilityFeature, kind, capability_feature, feature_rows_by_kind);

static const XmlField feature_rows[] = {
  XML_ENUM (CapabilityFeature, kind, "%", capability_feature),
  XML_EMBED (CapabilityFeature, part, "", part_rows),
  XML_CASES (feature_cases),
  XML_END
};
const XmlSchema capability_feature_schema = XML_SCHEMA (CapabilityFeature, "feature", feature_rows);

static const XmlField capabilities_rows[] = {
  XML_STRING (DomainCaps, emulator, "path"),
  XML_ENUM (DomainCaps, virt_type, "domain", virt_type, XML_BAD (CAPABILITIES, XML_ERROR)),
  XML_STRING (DomainCaps, machine, "machine"),
  XML_STRING (DomainCaps, arch, "arch"),
  XML_UINT (DomainCaps, max_vcpus, "vcpu/@max"),
  XML_YES_NO (DomainCaps, iothreads, "iothreads/@supported"),
  XML_CHILD (DomainCaps, os, "os", capability_os_schema),
  XML_ITEMS (DomainCaps, cpu_modes, "cpu/mode", capability_cpu_mode_schema),
  XML_CHILD (DomainCaps, memory_backing, "memoryBacking", capability_part_schema),
  XML_ANY (DomainCaps, devices, "devices/*", capability_device_schema),
  XML_ANY (DomainCaps, features, "features/*", capability_feature_schema),
  XML_END
};
const XmlSchema domain_capabilities_schema = XML_SCHEMA (DomainCaps, "domainCapabilities", capabilities_rows,
                                                         .from = VIR_FROM_CAPABILITIES);
