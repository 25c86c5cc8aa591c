/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-features.c: what is below <features>. */
#include "model/common/size.h"
#include "model/domain/tables.h"

XML_ENUM_DEFINE (hyperv_mode, HYPERV_MODE_LIST)
XML_ENUM_DEFINE (ioapic_driver, IOAPIC_DRIVER_LIST)
XML_ENUM_DEFINE (gic_version, GIC_VERSION_LIST)
XML_ENUM_DEFINE (hpt_resizing, HPT_RESIZING_LIST)
XML_ENUM_DEFINE (msrs_unknown, MSRS_UNKNOWN_LIST)
XML_ENUM_DEFINE (mitigation, MITIGATION_LIST)
XML_ENUM_DEFINE (ibs, IBS_LIST)
XML_ENUM_DEFINE (aia, AIA_LIST)
XML_ENUM_DEFINE (xen_passthrough, XEN_PASSTHROUGH_LIST)
XML_ENUM_DEFINE (capability_policy, CAPABILITY_POLICY_LIST)
XML_ENUM_DEFINE (capability, CAPABILITY_LIST)

#define SPINLOCKS_MIN 4095
#define VENDOR_ID_MAX 12
#define DIRTY_RING_MIN 1024
#define DIRTY_RING_MAX 65536

/* Whether each child of @node is one that @rows know below @prefix, and has its state. */
static bool
check_states (xmlNode *node, const char *prefix, const XmlField *rows, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      const char *name = (const char *) child->name;
      bool found = false;

      if (child->type != XML_ELEMENT_NODE)
        continue;
      for (const XmlField *field = rows; !found && field->kind != XML_KIND_END; field++)
        {
          const char *path = g_str_has_prefix (field->path, prefix) ? field->path + strlen (prefix) : "";

          found = strncmp (path, name, strlen (name)) == 0 && path[strlen (name)] == '/';
        }
      if (!found)
        return xml_fail (child, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "there is no such element here");
      if (xml_attribute (child, "state") == NULL)
        return xml_fail (child, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'@state' is missing");
    }
  return true;
}

#define STATE(Type_, member_, name_, ...) XML_ON_OFF (Type_, member_, name_ "/@state", .flags = XML_ABI, __VA_ARGS__)
#define NEWER_STATE(Type_, member_, name_) XML_ON_OFF (Type_, member_, name_ "/@state", .flags = XML_ABI)

static const XmlField hyperv_rows[] = {
  XML_ENUM (DomainHyperv, mode, "@mode", hyperv_mode, .absent = HYPERV_MODE_CUSTOM, .flags = XML_ALWAYS | XML_ABI),
  STATE (DomainHyperv, relaxed, "relaxed"),
  STATE (DomainHyperv, vapic, "vapic"),
  STATE (DomainHyperv, spinlocks, "spinlocks"),
  XML_UINT (DomainHyperv, spinlocks_retries, "spinlocks/@retries", .flags = XML_ABI),
  STATE (DomainHyperv, vpindex, "vpindex"),
  STATE (DomainHyperv, runtime, "runtime"),
  STATE (DomainHyperv, synic, "synic"),
  STATE (DomainHyperv, stimer, "stimer"),
  STATE (DomainHyperv, stimer_direct, "stimer/direct"),
  STATE (DomainHyperv, reset, "reset"),
  STATE (DomainHyperv, vendor_id, "vendor_id"),
  XML_STRING (DomainHyperv, vendor_id_value, "vendor_id/@value", .flags = XML_ABI),
  STATE (DomainHyperv, frequencies, "frequencies"),
  STATE (DomainHyperv, reenlightenment, "reenlightenment"),
  STATE (DomainHyperv, tlbflush, "tlbflush"),
  NEWER_STATE (DomainHyperv, tlbflush_direct, "tlbflush/direct"),
  NEWER_STATE (DomainHyperv, tlbflush_extended, "tlbflush/extended"),
  STATE (DomainHyperv, ipi, "ipi"),
  STATE (DomainHyperv, evmcs, "evmcs"),
  STATE (DomainHyperv, avic, "avic"),
  NEWER_STATE (DomainHyperv, emsr_bitmap, "emsr_bitmap"),
  NEWER_STATE (DomainHyperv, xmm_input, "xmm_input"),
  XML_END
};

static bool
hyperv_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainHyperv *hyperv = object;

  if (!check_states (node, "", hyperv_rows, error))
    return false;
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if ((xmlStrEqual (child->name, (const xmlChar *) "stimer") && !check_states (child, "stimer/", hyperv_rows, error))
        || (xmlStrEqual (child->name, (const xmlChar *) "tlbflush") && !check_states (child, "tlbflush/", hyperv_rows, error)))
      return false;
  if (hyperv->spinlocks == TRI_YES && hyperv->spinlocks_retries < SPINLOCKS_MIN)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'spinlocks' needs retries= of at least %d", SPINLOCKS_MIN);
  if (hyperv->spinlocks != TRI_YES)
    hyperv->spinlocks_retries = 0;
  if (hyperv->stimer != TRI_YES)
    hyperv->stimer_direct = TRI_ABSENT;
  if (hyperv->vendor_id != TRI_YES)
    g_clear_pointer (&hyperv->vendor_id_value, g_free);
  if (hyperv->vendor_id == TRI_YES && hyperv->vendor_id_value == NULL)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'vendor_id' needs a value");
  if (hyperv->vendor_id_value != NULL
      && (strlen (hyperv->vendor_id_value) > VENDOR_ID_MAX || strchr (hyperv->vendor_id_value, ',') != NULL))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'vendor_id' has a comma or more than %d characters",
                     VENDOR_ID_MAX);
  return true;
}

static const XmlSchema hyperv_schema = XML_SCHEMA (DomainHyperv, "hyperv", hyperv_rows, .finish = hyperv_finish);

static const XmlField kvm_rows[] = {
  STATE (DomainKvm, hidden, "hidden"),
  STATE (DomainKvm, hint_dedicated, "hint-dedicated"),
  STATE (DomainKvm, poll_control, "poll-control"),
  STATE (DomainKvm, pv_ipi, "pv-ipi"),
  STATE (DomainKvm, dirty_ring, "dirty-ring"),
  XML_UINT (DomainKvm, dirty_ring_size, "dirty-ring/@size"),
  XML_END
};

static bool
kvm_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainKvm *kvm = object;
  unsigned int size = kvm->dirty_ring_size;

  if (!check_states (node, "", kvm_rows, error))
    return false;
  if (kvm->dirty_ring != TRI_YES)
    kvm->dirty_ring_size = 0;
  if (kvm->dirty_ring == TRI_YES && (size < DIRTY_RING_MIN || size > DIRTY_RING_MAX || (size & (size - 1)) != 0))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                     "'dirty-ring' has size %u, no power of two within %d to %d", size, DIRTY_RING_MIN, DIRTY_RING_MAX);
  return true;
}

static const XmlSchema kvm_schema = XML_SCHEMA (DomainKvm, "kvm", kvm_rows, .finish = kvm_finish);

static const XmlField xen_rows[] = {
  STATE (DomainXen, e820_host, "e820_host"),
  STATE (DomainXen, passthrough, "passthrough"),
  XML_ENUM (DomainXen, passthrough_mode, "passthrough/@mode", xen_passthrough, .flags = XML_ABI),
  XML_END
};

static bool
xen_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainXen *xen = object;

  if (xen->passthrough != TRI_YES)
    xen->passthrough_mode = XEN_PASSTHROUGH_ABSENT;
  return check_states (node, "", xen_rows, error);
}

static const XmlSchema xen_schema = XML_SCHEMA (DomainXen, "xen", xen_rows, .finish = xen_finish);

static const XmlField capability_rows[] = {
  XML_ENUM (DomainCapabilityState, name, "%", capability, .flags = XML_ABI),
  XML_ON_OFF (DomainCapabilityState, state, "@state", .absent = TRI_YES, .flags = XML_ALWAYS | XML_ABI),
  XML_END
};
static const XmlSchema capability_schema = XML_SCHEMA (DomainCapabilityState, "", capability_rows);

static const XmlField capabilities_rows[] = {
  XML_ENUM (DomainCapabilities, policy, "@policy", capability_policy, .absent = CAPABILITY_POLICY_DEFAULT,
            .flags = XML_ALWAYS | XML_ABI),
  XML_ANY (DomainCapabilities, states, "*", capability_schema, .flags = XML_ABI),
  XML_END
};

static int
compare_capabilities (const void *a, const void *b)
{
  const DomainCapabilityState *const *left = a, *const *right = b;

  return (int) (*left)->name - (int) (*right)->name;
}

static bool
capabilities_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainCapabilities *capabilities = object;

  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && xml_enum_value (&capability_names, (const char *) child->name) == 0)
      return xml_fail (child, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "there is no such capability");
  if (capabilities->states.n > 0)
    qsort (capabilities->states.items, capabilities->states.n, sizeof (void *), compare_capabilities);
  return true;
}

static const XmlSchema capabilities_schema
  = XML_SCHEMA (DomainCapabilities, "capabilities", capabilities_rows, .finish = capabilities_finish);

static bool
has_capabilities (const void *object, unsigned int format_flags)
{
  const DomainCapabilities *capabilities = ((const DomainFeatures *) object)->capabilities;

  return capabilities != NULL && (capabilities->policy != CAPABILITY_POLICY_DEFAULT || capabilities->states.n > 0);
}

#define ON_OFF(member_, path_, ...) XML_ON_OFF (DomainFeatures, member_, path_, .flags = XML_BARE | XML_ABI, __VA_ARGS__)
#define ON_OFF_SEEN(member_, path_) XML_ON_OFF (DomainFeatures, member_, path_, .flags = XML_ABI)
#define SEEN .flags = XML_ABI
#define LATER .flags = XML_ABI | XML_LATER

const XmlField domain_feature_rows[] = {
  XML_FLAG (DomainFeatures, acpi, "acpi", .flags = XML_ABI),
  XML_FLAG (DomainFeatures, apic, "apic", .flags = XML_ABI),
  XML_ON_OFF (DomainFeatures, apic_eoi, "apic/@eoi", .flags = XML_ABI),
  XML_FLAG (DomainFeatures, pae, "pae", .flags = XML_ABI),
  ON_OFF (hap, "hap/@state"),
  XML_FLAG (DomainFeatures, viridian, "viridian", .flags = XML_ABI),
  XML_FLAG (DomainFeatures, privnet, "privnet", .flags = XML_ABI),
  XML_CHILD (DomainFeatures, hyperv, "hyperv", hyperv_schema, .flags = XML_ABI),
  XML_CHILD (DomainFeatures, kvm, "kvm", kvm_schema, .flags = XML_ABI),
  ON_OFF (pvspinlock, "pvspinlock/@state"),
  XML_CHILD (DomainFeatures, capabilities, "capabilities", capabilities_schema, LATER, .when = has_capabilities),
  ON_OFF (pmu, "pmu/@state"),
  ON_OFF (vmport, "vmport/@state"),
  XML_FLAG (DomainFeatures, gic, "gic", SEEN),
  XML_ENUM (DomainFeatures, gic_version, "gic/@version", gic_version, SEEN),
  ON_OFF (smm, "smm/@state"),
  XML_PRETTY_MIB (DomainFeatures, smm_tseg, "smm/tseg", "smm/tseg/@unit", .flags = XML_ABI),
  XML_ENUM (DomainFeatures, ioapic, "ioapic/@driver", ioapic_driver, .flags = XML_ABI),
  XML_FLAG (DomainFeatures, hpt, "hpt", SEEN),
  XML_ENUM (DomainFeatures, hpt_resizing, "hpt/@resizing", hpt_resizing, SEEN),
  XML_KIB (DomainFeatures, hpt_max_page_size, "hpt/maxpagesize", SEEN),
  ON_OFF (vmcoreinfo, "vmcoreinfo/@state"),
  ON_OFF_SEEN (htm, "htm/@state"),
  ON_OFF_SEEN (nested_hv, "nested-hv/@state"),
  XML_ENUM (DomainFeatures, msrs_unknown, "msrs/@unknown", msrs_unknown, SEEN),
  ON_OFF_SEEN (ccf_assist, "ccf-assist/@state"),
  XML_CHILD (DomainFeatures, xen, "xen", xen_schema, LATER),
  XML_ENUM (DomainFeatures, cfpc, "cfpc/@value", mitigation, SEEN),
  XML_ENUM (DomainFeatures, sbbc, "sbbc/@value", mitigation, SEEN),
  XML_ENUM (DomainFeatures, ibs, "ibs/@value", ibs, SEEN),
  XML_KIB (DomainFeatures, tb_cache, "tcg/tb-cache"),
  XML_YES_NO (DomainFeatures, async_teardown, "async-teardown/@enabled", .flags = XML_LATER),
  ON_OFF_SEEN (ras, "ras/@state"),
  ON_OFF_SEEN (ps2, "ps2/@state"),
  XML_ENUM (DomainFeatures, aia, "aia/@value", aia, SEEN),
  XML_END
};

/* Attributes without which an element says nothing. */
static bool
check_attributes (xmlNode *node, GError **error)
{
  static const char *const needed[][2] = {
    { "msrs", "unknown" }, { "cfpc", "value" }, { "sbbc", "value" }, { "ibs", "value" }, { "aia", "value" },
    { "async-teardown", "enabled" }, { "htm", "state" }, { "nested-hv", "state" }, { "ccf-assist", "state" }, { "ras", "state" },
    { "ps2", "state" },
  };

  for (xmlNode *child = node->children; child != NULL; child = child->next)
    for (unsigned int i = 0; child->type == XML_ELEMENT_NODE && i < G_N_ELEMENTS (needed); i++)
      if (strcmp ((const char *) child->name, needed[i][0]) == 0 && xml_attribute (child, needed[i][1]) == NULL)
        return xml_fail (child, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'@%s' is missing", needed[i][1]);
  return true;
}

bool
domain_finish_features (xmlNode *node, Domain *domain, GError **error)
{
  if (domain->features.smm != TRI_YES)
    domain->features.smm_tseg = UINT64_MAX;
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, "features") == 0
        && !check_attributes (child, error))
      return false;
  return true;
}
