/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-address.c: what every device has: boot order, alias, ROM, address. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (address_type, ADDRESS_TYPE_LIST)
XML_ENUM_DEFINE (virtio_model, VIRTIO_MODEL_LIST)

#define MAX_LOADPARM 8

static const XmlHex pci_domain_hex = { "0x%04x", 0xffff };
static const XmlHex pci_bus_hex = { "0x%02x", 0xff };
static const XmlHex pci_slot_hex = { "0x%02x", 0x1f };
static const XmlHex pci_function_hex = { "0x%x", 7 };
static const XmlHex isa_hex = { "0x%x", 0xffff };

static const XmlHex zpci_uid_hex = { "0x%04x", 0xffff };
static const XmlHex zpci_fid_hex = { "0x%08x", UINT32_MAX };
static const XmlHex cssid_hex = { "0x%x", 0xfe };
static const XmlHex ssid_hex = { "0x%x", 3 };
static const XmlHex devno_hex = { "0x%04x", 0xffff };
static const XmlHex reg_hex = { "0x%08x", UINT32_MAX };

static bool
number_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  DomainNumber *number = value;

  number->is_given = xml_type_hex.parse (reader, field, node, text, &number->value, error);
  return number->is_given;
}

static bool
number_is_absent (const XmlField *field, const void *value)
{
  return !((const DomainNumber *) value)->is_given;
}

static void
number_format (const XmlField *field, const void *value, GString *out)
{
  xml_type_hex.format (field, &((const DomainNumber *) value)->value, out);
}

static bool
number_equal (const void *a, const void *b)
{
  const DomainNumber *one = a, *other = b;

  return one->is_given == other->is_given && (!one->is_given || one->value == other->value);
}

static const XmlType type_number = {
  .name = "a decimal or hexadecimal number", .size = sizeof (DomainNumber), .parse = number_parse, .format = number_format,
  .is_absent = number_is_absent, .equal = number_equal, .pattern = "(0x)?[0-9a-fA-F]+",
};

#define NUMBER(member_, path_, hex_) XML_VALUE (DomainAddress, member_, path_, type_number, .aux = &(hex_))

static bool
wide_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return g_ascii_string_to_unsigned (g_str_has_prefix (text, "0x") ? text + 2 : text, g_str_has_prefix (text, "0x") ? 16 : 10, 0,
                                     UINT64_MAX, value, NULL)
         || xml_fail_value (field, node, text, error);
}

static void
wide_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "0x%" G_GINT64_MODIFIER "x", *(const uint64_t *) value);
}

static const XmlType type_wide = {
  .name = "a decimal or hexadecimal number", .size = sizeof (uint64_t), .parse = wide_parse, .format = wide_format,
  .pattern = "(0x)?[0-9a-fA-F]+",
};

static const XmlField pci_rows[] = {
  XML_HEX (DomainAddress, pci.domain, "@domain", pci_domain_hex, .flags = XML_ABI | XML_ALWAYS),
  XML_HEX (DomainAddress, pci.bus, "@bus", pci_bus_hex, .flags = XML_ABI | XML_ALWAYS),
  XML_HEX (DomainAddress, pci.slot, "@slot", pci_slot_hex, .flags = XML_ABI | XML_ALWAYS),
  XML_HEX (DomainAddress, pci.function, "@function", pci_function_hex, .flags = XML_ABI | XML_ALWAYS),
  XML_ON_OFF (DomainAddress, pci.multifunction, "@multifunction", .flags = XML_ABI),
  NUMBER (pci.zpci_uid, "zpci/@uid", zpci_uid_hex),
  NUMBER (pci.zpci_fid, "zpci/@fid", zpci_fid_hex),
  XML_END
};

static const XmlField drive_rows[] = {
  XML_UINT (DomainAddress, drive.controller, "@controller", .flags = XML_ABI | XML_ALWAYS),
  XML_UINT (DomainAddress, drive.bus, "@bus", .flags = XML_ABI | XML_ALWAYS),
  XML_UINT (DomainAddress, drive.target, "@target", .flags = XML_ABI | XML_ALWAYS),
  XML_UINT (DomainAddress, drive.unit, "@unit", .flags = XML_ABI | XML_ALWAYS),
  XML_END
};

static const XmlField virtio_serial_rows[] = {
  XML_UINT (DomainAddress, virtio_serial.controller, "@controller", .flags = XML_ABI | XML_ALWAYS),
  XML_UINT (DomainAddress, virtio_serial.bus, "@bus", .flags = XML_ABI | XML_ALWAYS),
  XML_UINT (DomainAddress, virtio_serial.port, "@port", .flags = XML_ABI | XML_ALWAYS),
  XML_END
};

static const XmlField ccid_rows[] = {
  XML_UINT (DomainAddress, ccid.controller, "@controller", .flags = XML_ABI | XML_ALWAYS),
  XML_UINT (DomainAddress, ccid.slot, "@slot", .flags = XML_ABI | XML_ALWAYS),
  XML_END
};

/* "1.2.3": a path of ports from the root hub; a 0 ends it. */
static bool
usb_port_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint8_t port[DOMAIN_USB_PORT_DEPTH] = { 0 };
  const char *at = text;

  for (unsigned int n = 0;; n++)
    {
      char *end = NULL;
      uint64_t number = g_ascii_isdigit (*at) ? g_ascii_strtoull (at, &end, 10) : 0;

      if (end == NULL || n == DOMAIN_USB_PORT_DEPTH || number > 255 || (*end != '.' && *end != '\0'))
        return xml_fail_value (field, node, text, error);
      port[n] = number;
      if (*end == '\0' || number == 0)
        break;
      at = end + 1;
    }
  memcpy (value, port, sizeof (port));
  return true;
}

static void
usb_port_format (const XmlField *field, const void *value, GString *out)
{
  const uint8_t *port = value;

  for (unsigned int n = 0; n < DOMAIN_USB_PORT_DEPTH && port[n] != 0; n++)
    g_string_append_printf (out, n > 0 ? ".%u" : "%u", port[n]);
}

static bool
usb_port_is_absent (const XmlField *field, const void *value)
{
  return *(const uint8_t *) value == 0;
}

static const XmlType type_usb_port = {
  .name = "a USB port like 1 or 1.2", .size = DOMAIN_USB_PORT_DEPTH, .parse = usb_port_parse, .format = usb_port_format,
  .is_absent = usb_port_is_absent,
};

static const XmlField usb_rows[] = {
  XML_UINT (DomainAddress, usb.bus, "@bus", .flags = XML_ABI | XML_ALWAYS),
  XML_VALUE (DomainAddress, usb.port, "@port", type_usb_port, .flags = XML_ABI, XML_BAD (DEVICE, INTERNAL_ERROR)),
  XML_END
};

static const XmlField isa_rows[] = {
  XML_HEX (DomainAddress, isa.iobase, "@iobase", isa_hex, .flags = XML_ABI),
  XML_HEX (DomainAddress, isa.irq, "@irq", isa_hex, .flags = XML_ABI),
  XML_END
};

static const XmlField ccw_rows[] = {
  NUMBER (ccw.cssid, "@cssid", cssid_hex),
  NUMBER (ccw.ssid, "@ssid", ssid_hex),
  NUMBER (ccw.devno, "@devno", devno_hex),
  XML_END
};

static const XmlField spapr_vio_rows[] = { NUMBER (spapr_vio.reg, "@reg", reg_hex), XML_END };

static const XmlField dimm_rows[] = {
  XML_UINT (DomainAddress, dimm.slot, "@slot", .flags = XML_ABI | XML_ALWAYS),
  XML_VALUE (DomainAddress, dimm.base, "@base", type_wide, .flags = XML_ABI),
  XML_END
};

static const XmlField no_rows[] = { XML_END };

static const XmlField *const address_cases_rows[] = {
  [ADDRESS_TYPE_PCI] = pci_rows,
  [ADDRESS_TYPE_DRIVE] = drive_rows,
  [ADDRESS_TYPE_VIRTIO_SERIAL] = virtio_serial_rows,
  [ADDRESS_TYPE_CCID] = ccid_rows,
  [ADDRESS_TYPE_USB] = usb_rows,
  [ADDRESS_TYPE_SPAPR_VIO] = spapr_vio_rows,
  [ADDRESS_TYPE_VIRTIO_S390] = no_rows,
  [ADDRESS_TYPE_CCW] = ccw_rows,
  [ADDRESS_TYPE_DIMM] = dimm_rows,
  [ADDRESS_TYPE_VIRTIO_MMIO] = no_rows,
  [ADDRESS_TYPE_ISA] = isa_rows,
  [ADDRESS_TYPE_UNASSIGNED] = no_rows,
};
static const XmlCases address_cases = XML_CASES_OF (DomainAddress, type, address_type, address_cases_rows);

static const XmlField address_rows[] = {
  XML_ENUM (DomainAddress, type, "@type", address_type, .flags = XML_ABI | XML_REQUIRED, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_CASES (address_cases),
  XML_END
};

/* Aliases that users chose begin with "ua-" and belong to the definition; the
 * others are given anew at each start. */
static bool
alias_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  if ((xml_reader_flags (reader) & XML_PARSE_INACTIVE) && !g_str_has_prefix (text, "ua-"))
    return true;
  return xml_type_string.parse (reader, field, node, text, value, error);
}

static bool
alias_is_printed (const void *object, unsigned int format_flags)
{
  const DomainDeviceInfo *info = object;

  return !(format_flags & XML_FORMAT_INACTIVE) || (info->alias != NULL && g_str_has_prefix (info->alias, "ua-"));
}

static const XmlType type_alias = {
  .name = "a name, ua-... if the user's", .parse = alias_parse, XML_LIKE_STRING,
};

/* Up to eight letters, digits, dots and blanks; in capitals. */
static bool
loadparm_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  size_t length = strlen (text);

  if (length < 1 || length > MAX_LOADPARM)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "loadparm='%s' has not 1 to %d characters", text,
                     MAX_LOADPARM);
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '.' && *at != ' ')
      return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error,
                       "loadparm='%s' has characters other than letters, digits, dots and blanks", text);
  *(char **) value = g_ascii_strup (text, -1);
  return true;
}

static const XmlType type_loadparm = {
  .name = "1 to 8 letters, digits, dots, blanks", .parse = loadparm_parse, XML_LIKE_STRING,
};

const XmlField domain_info_head_rows[] = {
  XML_UINT (DomainDeviceInfo, boot_order, "boot/@order", .flags = XML_POSITIVE),
  XML_VALUE (DomainDeviceInfo, loadparm, "boot/@loadparm", type_loadparm, .flags = XML_LATER | XML_ABI),
  XML_VALUE (DomainDeviceInfo, alias, "alias/@name", type_alias, .when = alias_is_printed),
  XML_END
};

const XmlField domain_info_tail_rows[] = {
  XML_LINE (DomainDeviceInfo, line),
  XML_YES_NO (DomainDeviceInfo, rom_enabled, "rom/@enabled", .flags = XML_ABI),
  XML_ON_OFF (DomainDeviceInfo, rom_bar, "rom/@bar", .flags = XML_ABI),
  XML_STRING (DomainDeviceInfo, rom_file, "rom/@file", .flags = XML_ABI),
  XML_UINT (DomainDeviceInfo, acpi_index, "acpi/@index", .flags = XML_ABI | XML_POSITIVE),
  XML_EMBED (DomainDeviceInfo, address, "address", address_rows),
  XML_END
};

const XmlField domain_place_rows[] = {
  XML_LINE (DomainDeviceInfo, line),
  XML_VALUE (DomainDeviceInfo, alias, "alias/@name", type_alias, .when = alias_is_printed),
  XML_UINT (DomainDeviceInfo, acpi_index, "acpi/@index", .flags = XML_ABI),
  XML_EMBED (DomainDeviceInfo, address, "address", address_rows),
  XML_END
};

const XmlField domain_virtio_rows[] = {
  XML_ON_OFF (DomainVirtioOptions, iommu, "@iommu", .flags = XML_ABI),
  XML_ON_OFF (DomainVirtioOptions, ats, "@ats", .flags = XML_ABI),
  XML_ON_OFF (DomainVirtioOptions, packed, "@packed", .flags = XML_ABI),
  XML_ON_OFF (DomainVirtioOptions, page_per_vq, "@page_per_vq", .flags = XML_ABI),
  XML_END
};
