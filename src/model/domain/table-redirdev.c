/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-redirdev.c: redirected USB devices, hubs, smartcards, leases. */
#include "model/domain/tables.h"

#include <string.h>

XML_ENUM_DEFINE (redirdev_bus, REDIRDEV_BUS_LIST)
XML_ENUM_DEFINE (hub_type, HUB_TYPE_LIST)
XML_ENUM_DEFINE (smartcard_mode, SMARTCARD_MODE_LIST)

#define SCHEMA(Type_, element_, rows_, ...) XML_SCHEMA (Type_, element_, rows_, .from = VIR_FROM_DOMAIN, __VA_ARGS__)

static const XmlField redirdev_rows[] = {
  XML_ENUM (DomainRedirdev, bus, "@bus", redirdev_bus, .absent = REDIRDEV_BUS_USB, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_EMBED (DomainRedirdev, source, "", domain_chardev_source_rows),
  XML_INFO (DomainRedirdev),
  XML_END
};

/* A ROM means nothing here. */
static void
drop_rom (DomainDeviceInfo *info)
{
  info->rom_enabled = info->rom_bar = TRI_ABSENT;
  g_clear_pointer (&info->rom_file, g_free);
}

/* Unlike a serial port, it has no default for its type. */
static bool
redirdev_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainRedirdev *redirdev = object;

  if (xml_attribute (node, "type") == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "'@type' is missing");
  drop_rom (&redirdev->info);
  return domain_chardev_source_finish (node, &redirdev->source, error);
}

const XmlSchema domain_redirdev_schema = SCHEMA (DomainRedirdev, "redirdev", redirdev_rows, .finish = redirdev_finish);

/* An integer of which -1 means any; the field's aux says the largest and how it is written. */
static bool
usb_id_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  const XmlHex *limits = field->aux;
  char *end;
  gint64 number = g_ascii_strtoll (text, &end, 0);

  if (end == text || *end != '\0')
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "attribute '%s' is '%s', not a number",
                     strchr (field->path, '@') + 1, text);
  if (number != -1 && (number < 0 || number > limits->max))
    return xml_fail_value (field, node, text, error);
  *(int *) value = (int) number;
  return true;
}

static void
usb_id_format (const XmlField *field, const void *value, GString *out)
{
  const XmlHex *limits = field->aux;

  g_string_append_printf (out, "0x%0*X", limits->max > 0xff ? 4 : 2, *(const unsigned int *) value);
}

static const XmlType type_usb_id = {
  .name = "a USB id, or -1 for any", .size = sizeof (int), .is_integer = true, .parse = usb_id_parse, .format = usb_id_format,
};

#define USB_VERSION_MAX 99

/* "1.10" in decimal digits that stand for hexadecimal ones: 0x0110; "1.1" is the same. */
static bool
usb_version_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  const char *dot = strchr (text, '.');
  char *end = NULL;
  guint64 major, minor;

  if (strcmp (text, "-1") == 0)
    return true;
  if (dot == NULL || !g_ascii_isdigit (text[0]) || !g_ascii_isdigit (dot[1]))
    return xml_fail_value (field, node, text, error);
  major = g_ascii_strtoull (text, &end, 10);
  if (end != dot)
    return xml_fail_value (field, node, text, error);
  minor = g_ascii_strtoull (dot + 1, &end, 10);
  if (*end != '\0' || major > USB_VERSION_MAX || minor > USB_VERSION_MAX)
    return xml_fail_value (field, node, text, error);
  if (end == dot + 2)
    minor *= 10;
  *(int *) value = (int) ((major / 10) << 12 | (major % 10) << 8 | (minor / 10) << 4 | minor % 10);
  return true;
}

static void
usb_version_format (const XmlField *field, const void *value, GString *out)
{
  unsigned int version = *(const unsigned int *) value;

  g_string_append_printf (out, "%x.%02x", version >> 8, version & 0xff);
}

static const XmlType type_usb_version = {
  .name = "a USB version like 1.10, or -1 for any", .size = sizeof (int), .is_integer = true, .parse = usb_version_parse,
  .format = usb_version_format,
};

static const XmlHex class_hex = { "0x%02X", 0xff };
static const XmlHex id_hex = { "0x%04X", 0xffff };

#define USB_ID(member_, path_, hex_) \
  XML_VALUE (DomainRedirFilterDevice, member_, path_, type_usb_id, .aux = &(hex_), .absent = -1, XML_BAD (DOMAIN, INTERNAL_ERROR))

static const XmlField filter_device_rows[] = {
  USB_ID (class, "@class", class_hex),
  USB_ID (vendor, "@vendor", id_hex),
  USB_ID (product, "@product", id_hex),
  XML_VALUE (DomainRedirFilterDevice, version, "@version", type_usb_version, .absent = -1, XML_BAD (DOMAIN, XML_ERROR)),
  XML_YES_NO (DomainRedirFilterDevice, allow, "@allow", .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema filter_device_schema = SCHEMA (DomainRedirFilterDevice, "usbdev", filter_device_rows);

static const XmlField redirfilter_rows[] = {
  XML_ITEMS (DomainRedirFilter, devices, "usbdev", filter_device_schema),
  XML_END
};
const XmlSchema domain_redirfilter_schema = SCHEMA (DomainRedirFilter, "redirfilter", redirfilter_rows);

/* Nor does a boot order. */
static bool
plain_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainDeviceInfo *info = object;

  info->boot_order = 0;
  drop_rom (info);
  return true;
}

static const XmlField hub_rows[] = {
  XML_ENUM (DomainHub, type, "@type", hub_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED), XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_INFO (DomainHub),
  XML_END
};
const XmlSchema domain_hub_schema = SCHEMA (DomainHub, "hub", hub_rows, .finish = plain_finish);

static const XmlField certificate_rows[] = {
  XML_STRING (DomainCertificate, name, ".", .flags = XML_ALLOW_EMPTY),
  XML_END
};
static const XmlSchema certificate_schema = SCHEMA (DomainCertificate, "certificate", certificate_rows);

static const XmlField host_rows[] = { XML_END };
static const XmlField host_certificates_rows[] = {
  XML_ITEMS (DomainSmartcard, certificates, "certificate", certificate_schema),
  XML_STRING (DomainSmartcard, database, "database"),
  XML_END
};
static const XmlField passthrough_rows[] = {
  XML_EMBED (DomainSmartcard, source, "", domain_chardev_source_rows),
  XML_END
};
static const XmlField *const smartcard_rows_by_mode[] = {
  [SMARTCARD_MODE_HOST] = host_rows,
  [SMARTCARD_MODE_HOST_CERTIFICATES] = host_certificates_rows,
  [SMARTCARD_MODE_PASSTHROUGH] = passthrough_rows,
};
static const XmlCases smartcard_cases = XML_CASES_OF (DomainSmartcard, mode, smartcard_mode, smartcard_rows_by_mode);

static const XmlField smartcard_rows[] = {
  XML_ENUM (DomainSmartcard, mode, "@mode", smartcard_mode, .flags = XML_REQUIRED),
  XML_CASES (smartcard_cases),
  XML_INFO (DomainSmartcard),
  XML_END
};

static bool
smartcard_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSmartcard *smartcard = object;

  if (smartcard->mode == SMARTCARD_MODE_HOST_CERTIFICATES && smartcard->certificates.n != SMARTCARD_CERTIFICATES)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "mode='host-certificates' has %d certificates, not %u",
                     SMARTCARD_CERTIFICATES, smartcard->certificates.n);
  if (smartcard->database != NULL && smartcard->database[0] != '/')
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the database '%s' is not an absolute path",
                     smartcard->database);
  if (smartcard->mode == SMARTCARD_MODE_PASSTHROUGH && xml_attribute (node, "type") == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "mode='passthrough' needs '@type'");
  if (smartcard->info.address.type != ADDRESS_TYPE_ABSENT && smartcard->info.address.type != ADDRESS_TYPE_CCID)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "a smartcard's address is of type 'ccid'");
  plain_finish (reader, node, object, error);
  return smartcard->mode != SMARTCARD_MODE_PASSTHROUGH || domain_chardev_source_finish (node, &smartcard->source, error);
}

const XmlSchema domain_smartcard_schema = SCHEMA (DomainSmartcard, "smartcard", smartcard_rows, .finish = smartcard_finish);

static const XmlField lease_rows[] = {
  XML_STRING (DomainLease, lockspace, "lockspace", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainLease, key, "key", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainLease, path, "target/@path", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT64 (DomainLease, offset, "target/@offset"),
  XML_END
};
const XmlSchema domain_lease_schema = SCHEMA (DomainLease, "lease", lease_rows);
