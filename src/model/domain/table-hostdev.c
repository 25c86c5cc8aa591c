/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-hostdev.c: devices of the host that a guest gets for itself. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (hostdev_mode, HOSTDEV_MODE_LIST)
XML_ENUM_DEFINE (hostdev_type, HOSTDEV_TYPE_LIST)
XML_ENUM_DEFINE (hostdev_model, HOSTDEV_MODEL_LIST)
XML_ENUM_DEFINE (hostdev_driver, HOSTDEV_DRIVER_LIST)
XML_ENUM_DEFINE (hostdev_sgio, HOSTDEV_SGIO_LIST)
XML_ENUM_DEFINE (hostdev_startup, HOSTDEV_STARTUP_LIST)
XML_ENUM_DEFINE (hostdev_guest_reset, HOSTDEV_GUEST_RESET_LIST)
XML_ENUM_DEFINE (hostdev_scsi, HOSTDEV_SCSI_LIST)
XML_ENUM_DEFINE (hostdev_vhost, HOSTDEV_VHOST_LIST)

/* USB */

static const XmlHex usb_id_hex = { "0x%04x", 0xffff };
static const XmlHex usb_place = { "%u", UINT_MAX - 1 };

const XmlField domain_hostdev_usb_place_rows[] = {
  XML_HEX (DomainHostdevUsb, bus, "@bus", usb_place, .absent = -1),
  XML_HEX (DomainHostdevUsb, device, "@device", usb_place, .absent = -1),
  XML_END
};

static const XmlField usb_rows[] = {
  XML_ENUM (DomainHostdevUsb, startup_policy, "@startupPolicy", hostdev_startup),
  XML_ENUM (DomainHostdevUsb, guest_reset, "@guestReset", hostdev_guest_reset),
  XML_YES_NO (DomainHostdevUsb, missing, "@missing", .flags = XML_LIVE),
  XML_HEX (DomainHostdevUsb, vendor, "vendor/@id", usb_id_hex, .flags = XML_POSITIVE),
  XML_HEX (DomainHostdevUsb, product, "product/@id", usb_id_hex, .flags = XML_POSITIVE),
  XML_PART ("address", domain_hostdev_usb_place_rows),
  XML_END
};

bool
domain_hostdev_usb_check (DomainHostdevUsb *usb, const xmlNode *node, GError **error)
{
  if ((usb->bus == UINT_MAX) != (usb->device == UINT_MAX))
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'address/@%s' is missing",
                     usb->bus == UINT_MAX ? "bus" : "device");
  if (usb->bus == 0 && usb->device == 0)
    usb->bus = usb->device = UINT_MAX;
  if ((usb->vendor == 0) != (usb->product == 0))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "'%s/@id' is missing",
                     usb->vendor == 0 ? "vendor" : "product");
  /* Stock takes it, prints it without its source, and cannot read that again. */
  if (usb->vendor == 0 && usb->bus == UINT_MAX)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "there is neither 'vendor' and 'product' nor 'address'");
  return true;
}

/* PCI */

static const XmlField pci_rows[] = {
  XML_YES_NO (DomainHostdevPci, write_filtering, "@writeFiltering"),
  XML_EMBED (DomainHostdevPci, address, "address", pci_address_rows),
  XML_FLAG (DomainHostdevPci, unbind, "origstates/unbind", .flags = XML_STATUS),
  XML_FLAG (DomainHostdevPci, removeslot, "origstates/removeslot", .flags = XML_STATUS),
  XML_FLAG (DomainHostdevPci, reprobe, "origstates/reprobe", .flags = XML_STATUS),
  XML_END
};

/* SCSI */

static const XmlField iscsi_host_rows[] = {
  XML_STRING (DomainHostdevIscsiHost, name, "@name"),
  XML_UINT (DomainHostdevIscsiHost, port, "@port", XML_BAD (NONE, INVALID_ARG)),
  XML_END
};
static const XmlSchema iscsi_host_schema = XML_SCHEMA (DomainHostdevIscsiHost, "host", iscsi_host_rows);

static const XmlField private_rows[] = {
  XML_STRING (DomainHostdevScsiSource, node_name, "privateData/nodenames/nodename[type=storage]/@name", .flags = XML_STATUS),
  XML_STRING (DomainHostdevScsiSource, secret_alias, "privateData/objects/secret[type=auth]/@alias", .flags = XML_STATUS),
  XML_END
};

static const XmlField adapter_rows[] = {
  XML_STRING (DomainHostdevScsiSource, adapter, "adapter/@name", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT (DomainHostdevScsiSource, bus, "address/@bus", .absent = -1, .flags = XML_REQUIRED),
  XML_UINT (DomainHostdevScsiSource, target, "address/@target", .absent = -1, .flags = XML_REQUIRED),
  XML_UINT64 (DomainHostdevScsiSource, unit, "address/@unit", .absent = -1, .flags = XML_REQUIRED),
  XML_PART ("", private_rows),
  XML_END
};

static const XmlField iscsi_rows[] = {
  XML_STRING (DomainHostdevScsiSource, name, "@name", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ITEMS (DomainHostdevScsiSource, hosts, "host", iscsi_host_schema, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_PART ("", private_rows),
  XML_CHILD (DomainHostdevScsiSource, auth, "auth", auth_schema),
  XML_STRING (DomainHostdevScsiSource, initiator, "initiator/iqn/@name"),
  XML_END
};

static const XmlField *const rows_by_protocol[] = {
  [HOSTDEV_SCSI_ADAPTER] = adapter_rows,
  [HOSTDEV_SCSI_ISCSI] = iscsi_rows,
};
static const XmlCases protocol_cases = XML_CASES_OF (DomainHostdevScsiSource, protocol, hostdev_scsi, rows_by_protocol);

static const XmlField scsi_rows[] = {
  XML_ENUM (DomainHostdevScsiSource, protocol, "@protocol", hostdev_scsi, .absent = HOSTDEV_SCSI_ADAPTER,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_CASES (protocol_cases),
  XML_END
};

static bool
scsi_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainHostdevScsiSource *scsi = object;

  /* A target without a unit means the first. */
  if (scsi->protocol == HOSTDEV_SCSI_ISCSI && strchr (scsi->name, '/') == NULL)
    {
      g_autofree char *target = g_steal_pointer (&scsi->name);

      scsi->name = g_strconcat (target, "/0", NULL);
    }
  if (scsi->hosts.n > 1)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "an iSCSI source has one host, not %u", scsi->hosts.n);
  /* A target without the number of a unit means unit 0. */
  if (scsi->protocol == HOSTDEV_SCSI_ISCSI && scsi->name != NULL && strchr (scsi->name, '/') == NULL)
    {
      g_autofree char *name = g_steal_pointer (&scsi->name);

      scsi->name = g_strconcat (name, "/0", NULL);
    }
  if (scsi->auth != NULL && g_strcmp0 (scsi->auth->secret->type, "iscsi") != 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'auth/secret/@type' is '%s', not 'iscsi'",
                     scsi->auth->secret->type);
  return true;
}

static const XmlSchema scsi_schema = XML_SCHEMA (DomainHostdevScsiSource, "source", scsi_rows, .finish = scsi_finish);

static const XmlField scsi_host_rows[] = {
  XML_ENUM (DomainHostdevScsiHost, protocol, "@protocol", hostdev_vhost, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainHostdevScsiHost, wwpn, "@wwpn", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};

/* The device */

static const XmlField usb_type_rows[] = { XML_EMBED (DomainHostdev, usb, "source", usb_rows), XML_END };
static const XmlField pci_type_rows[] = {
  XML_EMBED (DomainHostdev, pci, "source", pci_rows),
  XML_CHILD (DomainHostdev, teaming, "teaming", domain_teaming_schema),
  XML_END
};
static const XmlField scsi_type_rows[] = {
  XML_CHILD (DomainHostdev, scsi, "source", scsi_schema, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_FLAG (DomainHostdev, readonly, "readonly"),
  XML_FLAG (DomainHostdev, shareable, "shareable"),
  XML_END
};
static const XmlField scsi_host_type_rows[] = { XML_EMBED (DomainHostdev, scsi_host, "source", scsi_host_rows), XML_END };
static const XmlField mdev_rows[] = {
  XML_UUID (DomainHostdev, mdev, "source/address/@uuid", XML_BAD (DOMAIN, INTERNAL_ERROR), XML_MISSING (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField storage_rows[] = {
  XML_STRING (DomainHostdev, path, "source/block", XML_MISSING (DOMAIN, XML_ERROR)), XML_END
};
static const XmlField misc_rows[] = {
  XML_STRING (DomainHostdev, path, "source/char", XML_MISSING (DOMAIN, XML_ERROR)), XML_END
};
static const XmlField net_rows[] = {
  XML_STRING (DomainHostdev, path, "source/interface", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ITEMS (DomainHostdev, ips, "ip", domain_ip_schema),
  XML_ITEMS (DomainHostdev, routes, "route", network_route_schema),
  XML_END
};

static const XmlField *const rows_by_type[] = {
  [HOSTDEV_TYPE_USB] = usb_type_rows,
  [HOSTDEV_TYPE_PCI] = pci_type_rows,
  [HOSTDEV_TYPE_SCSI] = scsi_type_rows,
  [HOSTDEV_TYPE_SCSI_HOST] = scsi_host_type_rows,
  [HOSTDEV_TYPE_MDEV] = mdev_rows,
  [HOSTDEV_TYPE_STORAGE] = storage_rows,
  [HOSTDEV_TYPE_MISC] = misc_rows,
  [HOSTDEV_TYPE_NET] = net_rows,
};
static const XmlCases type_cases = XML_CASES_OF (DomainHostdev, type, hostdev_type, rows_by_type);

static bool
is_subsystem (const void *object, unsigned int format_flags)
{
  return ((const DomainHostdev *) object)->mode == HOSTDEV_MODE_SUBSYSTEM;
}

static bool
is_mdev (const void *object, unsigned int format_flags)
{
  return ((const DomainHostdev *) object)->type == HOSTDEV_TYPE_MDEV;
}

static bool
is_pci (const void *object, unsigned int format_flags)
{
  return ((const DomainHostdev *) object)->type == HOSTDEV_TYPE_PCI;
}

static const XmlField hostdev_rows[] = {
  XML_ENUM (DomainHostdev, mode, "@mode", hostdev_mode, .absent = HOSTDEV_MODE_SUBSYSTEM, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainHostdev, type, "@type", hostdev_type, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, XML_ERROR)),
  XML_YES_NO (DomainHostdev, managed, "@managed", .absent = TRI_NO, .flags = XML_ALWAYS | XML_LENIENT, .when = is_subsystem),
  XML_ENUM (DomainHostdev, sgio, "@sgio", hostdev_sgio),
  XML_YES_NO (DomainHostdev, rawio, "@rawio"),
  XML_ENUM (DomainHostdev, model, "@model", hostdev_model, .flags = XML_ABI),
  XML_ON_OFF (DomainHostdev, display, "@display", .flags = XML_ABI, .when = is_mdev),
  XML_ON_OFF (DomainHostdev, ramfb, "@ramfb", .flags = XML_ABI, .when = is_mdev),
  XML_ENUM (DomainHostdev, driver, "driver/@name", hostdev_driver, .when = is_pci),
  XML_CASES (type_cases),
  XML_INFO (DomainHostdev),
  XML_END
};

static bool
check_mode (const DomainHostdev *hostdev, xmlNode *node, GError **error)
{
  bool of_subsystem = hostdev->type <= HOSTDEV_TYPE_MDEV;

  if (of_subsystem != (hostdev->mode == HOSTDEV_MODE_SUBSYSTEM))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "mode='%s' has no type '%s'",
                     xml_enum_name (&hostdev_mode_names, hostdev->mode), xml_enum_name (&hostdev_type_names, hostdev->type));
  if (network_child (node, "source") == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'source' is missing");
  return true;
}

/* Attributes that only some types have. */
static bool
check_attributes (DomainHostdev *hostdev, xmlNode *node, GError **error)
{
  bool is_scsi = hostdev->type == HOSTDEV_TYPE_SCSI, of_mdev = hostdev->type == HOSTDEV_TYPE_MDEV;
  bool has_model = of_mdev || hostdev->type == HOSTDEV_TYPE_SCSI_HOST;
  const char *attribute = NULL;

  if (hostdev->type != HOSTDEV_TYPE_USB && xml_attribute (network_child (node, "source"), "startupPolicy") != NULL)
    return xml_fail (network_child (node, "source"), VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "only a device of type 'usb' has a startupPolicy");
  if (!is_scsi && xml_attribute (node, "sgio") != NULL)
    attribute = "sgio";
  else if (!is_scsi && hostdev->rawio != TRI_ABSENT)
    attribute = "rawio";
  else if (!has_model && xml_attribute (node, "model") != NULL)
    attribute = "model";
  if (attribute != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "a device of type '%s' has no attribute '%s'",
                     xml_enum_name (&hostdev_type_names, hostdev->type), attribute);
  if (of_mdev && hostdev->model == HOSTDEV_MODEL_ABSENT)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'@model' is missing");
  if (hostdev->model != HOSTDEV_MODEL_ABSENT && of_mdev != (hostdev->model >= HOSTDEV_MODEL_VFIO_PCI))
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "a device of type '%s' has no model '%s'",
                     xml_enum_name (&hostdev_type_names, hostdev->type), xml_enum_name (&hostdev_model_names, hostdev->model));
  if (hostdev->model == HOSTDEV_MODEL_DEFAULT)
    hostdev->model = HOSTDEV_MODEL_ABSENT;
  return true;
}

/* "naa." and 16 hexadecimal digits. */
static bool
is_wwpn (const char *text)
{
  const char *digits = g_str_has_prefix (text, "naa.") ? text + strlen ("naa.") : "";

  return strlen (digits) == 16 && strspn (digits, "0123456789abcdefABCDEF") == 16;
}

static bool
check_teaming (DomainHostdev *hostdev, xmlNode *node, GError **error)
{
  xmlNode *teaming = network_child (node, "teaming");

  if (teaming != NULL && hostdev->type != HOSTDEV_TYPE_PCI)
    return xml_fail (teaming, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "only devices of type 'pci' can team up");
  if (!domain_teaming_check (&hostdev->teaming, node, error))
    return false;
  if (teaming != NULL && (hostdev->teaming == NULL || hostdev->teaming->type != TEAMING_TYPE_TRANSIENT))
    return xml_fail (teaming, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "a host device's teaming is of type 'transient'");
  return true;
}

static bool
hostdev_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainHostdev *hostdev = object;

  if (!check_mode (hostdev, node, error) || !check_attributes (hostdev, node, error) || !check_teaming (hostdev, node, error))
    return false;
  if (hostdev->type == HOSTDEV_TYPE_USB && !domain_hostdev_usb_check (&hostdev->usb, network_child (node, "source"), error))
    return false;
  if (hostdev->type == HOSTDEV_TYPE_SCSI_HOST && !is_wwpn (hostdev->scsi_host.wwpn))
    return xml_fail (network_child (node, "source"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                     "attribute 'wwpn' is '%s', not naa. and 16 hexadecimal digits", hostdev->scsi_host.wwpn);
  return true;
}

const XmlSchema domain_hostdev_schema
  = XML_SCHEMA (DomainHostdev, "hostdev", hostdev_rows, .finish = hostdev_finish, .from = VIR_FROM_DOMAIN);
