/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-sysinfo.c: the tables of the firmware that a guest reads. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (sysinfo_type, SYSINFO_TYPE_LIST)

#define ENTRY(Type_, member_, name_) XML_STRING (Type_, member_, "entry[name=" name_ "]", .flags = XML_ABI)

static const XmlField bios_rows[] = {
  ENTRY (SysinfoBios, vendor, "vendor"),
  ENTRY (SysinfoBios, version, "version"),
  ENTRY (SysinfoBios, date, "date"),
  ENTRY (SysinfoBios, release, "release"),
  XML_END
};

static const XmlField system_rows[] = {
  ENTRY (SysinfoSystem, manufacturer, "manufacturer"),
  ENTRY (SysinfoSystem, product, "product"),
  ENTRY (SysinfoSystem, version, "version"),
  ENTRY (SysinfoSystem, serial, "serial"),
  ENTRY (SysinfoSystem, uuid, "uuid"),
  ENTRY (SysinfoSystem, sku, "sku"),
  ENTRY (SysinfoSystem, family, "family"),
  XML_END
};

static const XmlField board_rows[] = {
  ENTRY (SysinfoBoard, manufacturer, "manufacturer"),
  ENTRY (SysinfoBoard, product, "product"),
  ENTRY (SysinfoBoard, version, "version"),
  ENTRY (SysinfoBoard, serial, "serial"),
  ENTRY (SysinfoBoard, asset, "asset"),
  ENTRY (SysinfoBoard, location, "location"),
  XML_END
};

static const XmlField chassis_rows[] = {
  ENTRY (SysinfoChassis, manufacturer, "manufacturer"),
  ENTRY (SysinfoChassis, version, "version"),
  ENTRY (SysinfoChassis, serial, "serial"),
  ENTRY (SysinfoChassis, asset, "asset"),
  ENTRY (SysinfoChassis, sku, "sku"),
  XML_END
};

static const XmlField processor_rows[] = {
  ENTRY (SysinfoProcessor, socket_destination, "socket_destination"),
  ENTRY (SysinfoProcessor, type, "type"),
  ENTRY (SysinfoProcessor, family, "family"),
  ENTRY (SysinfoProcessor, manufacturer, "manufacturer"),
  ENTRY (SysinfoProcessor, signature, "signature"),
  ENTRY (SysinfoProcessor, version, "version"),
  ENTRY (SysinfoProcessor, external_clock, "external_clock"),
  ENTRY (SysinfoProcessor, max_speed, "max_speed"),
  ENTRY (SysinfoProcessor, status, "status"),
  ENTRY (SysinfoProcessor, serial_number, "serial_number"),
  ENTRY (SysinfoProcessor, part_number, "part_number"),
  XML_END
};

static const XmlField memory_rows[] = {
  ENTRY (SysinfoMemory, size, "size"),
  ENTRY (SysinfoMemory, form_factor, "form_factor"),
  ENTRY (SysinfoMemory, locator, "locator"),
  ENTRY (SysinfoMemory, bank_locator, "bank_locator"),
  ENTRY (SysinfoMemory, type, "type"),
  ENTRY (SysinfoMemory, type_detail, "type_detail"),
  ENTRY (SysinfoMemory, speed, "speed"),
  ENTRY (SysinfoMemory, manufacturer, "manufacturer"),
  ENTRY (SysinfoMemory, serial_number, "serial_number"),
  ENTRY (SysinfoMemory, part_number, "part_number"),
  XML_END
};

static const XmlField string_rows[] = { XML_STRING (SysinfoString, value, ".", .flags = XML_ABI), XML_END };

static const XmlField fwcfg_entry_rows[] = {
  XML_STRING (SysinfoFwcfg, name, "@name", .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (SysinfoFwcfg, file, "@file"),
  XML_STRING (SysinfoFwcfg, value, ".", .flags = XML_ABI),
  XML_END
};

/* Names of users begin with "opt/"; QEMU's own with "opt/ovmf/" or "opt/org.qemu/". */
static bool
fwcfg_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  SysinfoFwcfg *entry = object;

  if (!g_str_has_prefix (entry->name, "opt/"))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "the name '%s' does not begin with 'opt/'", entry->name);
  if (g_str_has_prefix (entry->name, "opt/ovmf/") || g_str_has_prefix (entry->name, "opt/org.qemu/"))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "the name '%s' is one of QEMU's own", entry->name);
  if (entry->value == NULL && entry->file == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "an entry has either a value or 'file'");
  if (entry->file != NULL)
    g_clear_pointer (&entry->value, g_free);
  return true;
}

static const XmlSchema bios_schema = XML_SCHEMA (SysinfoBios, "bios", bios_rows);
static const XmlSchema system_schema = XML_SCHEMA (SysinfoSystem, "system", system_rows);
static const XmlSchema board_schema = XML_SCHEMA (SysinfoBoard, "baseBoard", board_rows);
static const XmlSchema chassis_schema = XML_SCHEMA (SysinfoChassis, "chassis", chassis_rows);
static const XmlSchema processor_schema = XML_SCHEMA (SysinfoProcessor, "processor", processor_rows);
static const XmlSchema memory_schema = XML_SCHEMA (SysinfoMemory, "memory_device", memory_rows);
static const XmlSchema string_schema = XML_SCHEMA (SysinfoString, "entry", string_rows);
static const XmlSchema fwcfg_entry_schema = XML_SCHEMA (SysinfoFwcfg, "entry", fwcfg_entry_rows, .finish = fwcfg_finish);

static const XmlField smbios_rows[] = {
  XML_CHILD (DomainSysinfo, bios, "bios", bios_schema, .flags = XML_ABI),
  XML_CHILD (DomainSysinfo, system, "system", system_schema, .flags = XML_ABI),
  XML_ITEMS (DomainSysinfo, boards, "baseBoard", board_schema, .flags = XML_ABI),
  XML_CHILD (DomainSysinfo, chassis, "chassis", chassis_schema, .flags = XML_ABI),
  XML_ITEMS (DomainSysinfo, processors, "processor", processor_schema, .flags = XML_WRITE_ONLY),
  XML_ITEMS (DomainSysinfo, memories, "memory_device", memory_schema, .flags = XML_WRITE_ONLY),
  XML_ITEMS (DomainSysinfo, oem_strings, "oemStrings/entry", string_schema, .flags = XML_ABI),
  XML_END
};
static const XmlField fwcfg_rows[] = {
  XML_ITEMS (DomainSysinfo, fwcfg, "entry", fwcfg_entry_schema, .flags = XML_ABI),
  XML_END
};
static const XmlField *const type_rows[] = { [SYSINFO_TYPE_SMBIOS] = smbios_rows, [SYSINFO_TYPE_FWCFG] = fwcfg_rows };
static const XmlCases type_cases = XML_CASES_OF (DomainSysinfo, type, sysinfo_type, type_rows);

static const XmlField sysinfo_rows[] = {
  XML_ENUM (DomainSysinfo, type, "@type", sysinfo_type, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_CASES (type_cases),
  XML_END
};

/* Whether @text is MM/DD/YY or MM/DD/YYYY. */
static bool
is_date (const char *text)
{
  unsigned int parts[3];

  for (unsigned int i = 0; i < 3; i++)
    {
      char *end;

      if (!g_ascii_isdigit (*text))
        return false;
      parts[i] = MIN (g_ascii_strtoull (text, &end, 10), 65536);
      if (*end != (i < 2 ? '/' : '\0'))
        return false;
      text = end + 1;
    }
  return parts[0] >= 1 && parts[0] <= 12 && parts[1] >= 1 && parts[1] <= 31
         && (parts[2] < 100 || (parts[2] >= 1900 && parts[2] <= 9999));
}

static void
drop_if_empty (void **table, const XmlSchema *schema)
{
  void *empty = xml_new (schema);

  if (*table != NULL && xml_equal (schema, *table, empty, NULL))
    {
      xml_free (schema, *table);
      *table = NULL;
    }
  xml_free (schema, empty);
}

static bool
sysinfo_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSysinfo *sysinfo = object;

  if (sysinfo->bios != NULL && sysinfo->bios->date != NULL && !is_date (sysinfo->bios->date))
    return xml_fail (node, VIR_FROM_SYSINFO, VIR_ERR_XML_DETAIL, error, "the BIOS date '%s' is not like MM/DD/YYYY",
                     sysinfo->bios->date);
  drop_if_empty ((void **) &sysinfo->bios, &bios_schema);
  drop_if_empty ((void **) &sysinfo->system, &system_schema);
  drop_if_empty ((void **) &sysinfo->chassis, &chassis_schema);
  for (unsigned int i = sysinfo->boards.n; i-- > 0;)
    {
      drop_if_empty ((void **) &sysinfo->boards.items[i], &board_schema);
      if (sysinfo->boards.items[i] == NULL)
        (void) xml_list_steal (&sysinfo->boards, i);
    }
  return true;
}

const XmlSchema domain_sysinfo_schema = XML_SCHEMA (DomainSysinfo, "sysinfo", sysinfo_rows, .finish = sysinfo_finish,
                                                    .from = VIR_FROM_SYSINFO);
