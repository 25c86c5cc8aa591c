/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-namespaces.c: elements for one hypervisor past all others. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (qemu_property, QEMU_PROPERTY_LIST)
XML_ENUM_DEFINE (lxc_share, LXC_SHARE_LIST)

static const XmlField arg_rows[] = {
  XML_STRING (DomainQemuArg, value, "@value", XML_MISSING (QEMU, INTERNAL_ERROR)),
  XML_END
};
static const XmlSchema arg_schema = XML_SCHEMA (DomainQemuArg, "arg", arg_rows);

static const XmlField env_rows[] = {
  XML_STRING (DomainQemuEnv, name, "@name", XML_MISSING (QEMU, INTERNAL_ERROR)),
  XML_STRING (DomainQemuEnv, value, "@value"),
  XML_END
};
/* A shell could have it: letters, digits and underscores, no digit first. */
static bool
env_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const char *name = ((DomainQemuEnv *) object)->name;
  bool ok = g_ascii_isalpha (*name) || *name == '_';

  for (const char *c = name; ok && *c != '\0'; c++)
    ok = g_ascii_isalnum (*c) || *c == '_';
  return ok || xml_fail (node, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, error, "'%s' is no name of a variable", name);
}

static const XmlSchema env_schema = XML_SCHEMA (DomainQemuEnv, "env", env_rows, .finish = env_finish);

static const XmlField qemu_commandline_rows[] = {
  XML_ITEMS (DomainQemuCommandline, args, "qemu:arg", arg_schema),
  XML_ITEMS (DomainQemuCommandline, env, "qemu:env", env_schema),
  XML_END
};
const XmlSchema domain_qemu_commandline_schema =
  XML_SCHEMA (DomainQemuCommandline, "qemu:commandline", qemu_commandline_rows);

static const XmlField xen_commandline_rows[] = {
  XML_ITEMS (DomainQemuCommandline, args, "xen:arg", arg_schema),
  XML_END
};
static const XmlSchema xen_commandline_schema = XML_SCHEMA (DomainQemuCommandline, "xen:commandline", xen_commandline_rows);

static const XmlField bhyve_commandline_rows[] = {
  XML_ITEMS (DomainQemuCommandline, args, "bhyve:arg", arg_schema),
  XML_ITEMS (DomainQemuCommandline, env, "bhyve:env", env_schema),
  XML_END
};
static const XmlSchema bhyve_commandline_schema = XML_SCHEMA (DomainQemuCommandline, "bhyve:commandline", bhyve_commandline_rows);

static const XmlField capability_rows[] = {
  XML_STRING (DomainQemuCapability, name, "@capability", XML_MISSING (QEMU, INTERNAL_ERROR)),
  XML_END
};
static const XmlSchema capability_schema = XML_SCHEMA (DomainQemuCapability, "", capability_rows);

static const XmlField capabilities_rows[] = {
  XML_ITEMS (DomainQemuCapabilities, add, "qemu:add", capability_schema),
  XML_ITEMS (DomainQemuCapabilities, del, "qemu:del", capability_schema),
  XML_END
};
const XmlSchema domain_qemu_capabilities_schema = XML_SCHEMA (DomainQemuCapabilities, "qemu:capabilities", capabilities_rows);

static const XmlField property_rows[] = {
  XML_STRING (DomainQemuProperty, name, "@name", .flags = XML_ABI, XML_MISSING (QEMU, XML_ERROR)),
  XML_ENUM (DomainQemuProperty, type, "@type", qemu_property, .flags = XML_ABI | XML_REQUIRED),
  XML_STRING (DomainQemuProperty, value, "@value", .flags = XML_ABI),
  XML_END
};

/* Whether the value is what its type says. */
static bool
property_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainQemuProperty *property = object;
  const char *value = property->value;
  bool ok = property->type == QEMU_PROPERTY_REMOVE || value != NULL;

  if (ok && property->type == QEMU_PROPERTY_UNSIGNED)
    ok = g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, NULL, NULL);
  else if (ok && property->type == QEMU_PROPERTY_SIGNED)
    ok = g_ascii_string_to_signed (value, 10, G_MININT64, G_MAXINT64, NULL, NULL);
  else if (ok && property->type == QEMU_PROPERTY_BOOL)
    ok = strcmp (value, "true") == 0 || strcmp (value, "false") == 0;
  return ok
         || xml_fail (node, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, error, "property '%s' has %s%s%s for type '%s'", property->name,
                      value != NULL ? "value '" : "no value", value != NULL ? value : "", value != NULL ? "'" : "",
                      xml_enum_name (&qemu_property_names, property->type));
}

static const XmlSchema property_schema = XML_SCHEMA (DomainQemuProperty, "qemu:property", property_rows, .finish = property_finish);

static const XmlField device_rows[] = {
  XML_STRING (DomainQemuDevice, alias, "@alias", XML_MISSING (QEMU, XML_ERROR)),
  XML_ITEMS (DomainQemuDevice, properties, "qemu:frontend/qemu:property", property_schema, .flags = XML_ABI),
  XML_END
};
static const XmlSchema device_schema = XML_SCHEMA (DomainQemuDevice, "qemu:device", device_rows);

static const XmlField override_rows[] = {
  XML_ITEMS (DomainQemuOverride, devices, "qemu:device", device_schema, .flags = XML_ABI),
  XML_END
};
const XmlSchema domain_qemu_override_schema = XML_SCHEMA (DomainQemuOverride, "qemu:override", override_rows);

static const XmlField share_rows[] = {
  XML_ENUM (DomainLxcShare, type, "@type", lxc_share, XML_MISSING (LXC, XML_ERROR)),
  XML_STRING (DomainLxcShare, value, "@value", XML_MISSING (LXC, XML_ERROR)),
  XML_END
};
static const XmlSchema share_schema = XML_SCHEMA (DomainLxcShare, "", share_rows);

static const XmlField lxc_rows[] = {
  XML_CHILD (DomainLxcNamespace, net, "lxc:sharenet", share_schema),
  XML_CHILD (DomainLxcNamespace, ipc, "lxc:shareipc", share_schema),
  XML_CHILD (DomainLxcNamespace, uts, "lxc:shareuts", share_schema),
  XML_END
};
static const XmlSchema lxc_schema = XML_SCHEMA (DomainLxcNamespace, "lxc:namespace", lxc_rows);

static bool
has_qemu (const void *object, unsigned int format_flags)
{
  const Domain *domain = object;

  return domain->qemu != NULL || domain->qemu_capabilities != NULL || domain->qemu_override != NULL
         || domain->qemu_deprecation != NULL;
}

static bool
has_lxc (const void *object, unsigned int format_flags)
{
  return ((const Domain *) object)->lxc != NULL;
}

static bool
has_xen (const void *object, unsigned int format_flags)
{
  return ((const Domain *) object)->xen_commandline != NULL;
}

static bool
has_bhyve (const void *object, unsigned int format_flags)
{
  return ((const Domain *) object)->bhyve_commandline != NULL;
}

static bool
has_vmware (const void *object, unsigned int format_flags)
{
  return ((const Domain *) object)->vmware_datacenter != NULL;
}

const char *const domain_namespaces[] = {
  "qemu", "http://libvirt.org/schemas/domain/qemu/1.0",
  "lxc", "http://libvirt.org/schemas/domain/lxc/1.0",
  "xen", "http://libvirt.org/schemas/domain/xen/1.0",
  "bhyve", "http://libvirt.org/schemas/domain/bhyve/1.0",
  "vmware", "http://libvirt.org/schemas/domain/vmware/1.0",
  NULL,
};

const XmlField domain_namespace_attribute_rows[] = {
  XML_NAMESPACE ("qemu", has_qemu),
  XML_NAMESPACE ("lxc", has_lxc),
  XML_NAMESPACE ("xen", has_xen),
  XML_NAMESPACE ("bhyve", has_bhyve),
  XML_NAMESPACE ("vmware", has_vmware),
  XML_END
};

#define LATER .flags = XML_LATER

const XmlField domain_namespace_rows[] = {
  XML_CHILD (Domain, qemu, "qemu:commandline", domain_qemu_commandline_schema),
  XML_CHILD (Domain, qemu_capabilities, "qemu:capabilities", domain_qemu_capabilities_schema, LATER),
  XML_CHILD (Domain, qemu_override, "qemu:override", domain_qemu_override_schema),
  XML_STRING (Domain, qemu_deprecation, "qemu:deprecation/@behavior"),
  XML_CHILD (Domain, lxc, "lxc:namespace", lxc_schema, LATER),
  XML_CHILD (Domain, xen_commandline, "xen:commandline", xen_commandline_schema, LATER),
  XML_CHILD (Domain, bhyve_commandline, "bhyve:commandline", bhyve_commandline_schema, LATER),
  XML_STRING (Domain, vmware_datacenter, "vmware:datacenterpath", LATER),
  XML_END
};
