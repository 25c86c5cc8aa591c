/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-os.c: what a guest boots. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (os_type, OS_TYPE_LIST)
XML_ENUM_DEFINE (boot_dev, BOOT_DEV_LIST)
XML_ENUM_DEFINE (firmware, FIRMWARE_LIST)
XML_ENUM_DEFINE (firmware_feature, FIRMWARE_FEATURE_LIST)
XML_ENUM_DEFINE (loader_type, LOADER_TYPE_LIST)
XML_ENUM_DEFINE (smbios_mode, SMBIOS_MODE_LIST)
XML_ENUM_DEFINE (acpi_table, ACPI_TABLE_LIST)

static const XmlField boot_rows[] = {
  XML_ENUM (DomainBoot, dev, "@dev", boot_dev, .flags = XML_REQUIRED | XML_ABI),
  XML_END
};
static const XmlSchema boot_schema = XML_SCHEMA (DomainBoot, "boot", boot_rows);

static const XmlField firmware_feature_rows[] = {
  XML_YES_NO (DomainFirmwareFeature, enabled, "@enabled", .flags = XML_REQUIRED),
  XML_ENUM (DomainFirmwareFeature, name, "@name", firmware_feature, .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema firmware_feature_schema = XML_SCHEMA (DomainFirmwareFeature, "feature", firmware_feature_rows);

static const XmlField init_arg_rows[] = { XML_STRING (DomainInitArg, value, "."), XML_END };
static const XmlSchema init_arg_schema = XML_SCHEMA (DomainInitArg, "initarg", init_arg_rows);

static const XmlField init_env_rows[] = {
  XML_STRING (DomainInitEnv, name, "@name", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainInitEnv, value, ".", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlSchema init_env_schema = XML_SCHEMA (DomainInitEnv, "initenv", init_env_rows);

static const XmlField acpi_table_rows[] = {
  XML_ENUM (DomainAcpiTable, type, "@type", acpi_table, .flags = XML_REQUIRED | XML_ABI),
  XML_STRING (DomainAcpiTable, path, ".", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};

/* Slashes that follow a slash say nothing. */
static bool
acpi_table_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  char *out = ((DomainAcpiTable *) object)->path;

  for (const char *in = out; *in != '\0'; in++)
    if (in[0] != '/' || in[1] != '/')
      *out++ = *in;
  *out = '\0';
  return true;
}

static const XmlSchema acpi_table_schema = XML_SCHEMA (DomainAcpiTable, "table", acpi_table_rows, .finish = acpi_table_finish);

#define LATER .flags = XML_LATER

const XmlField domain_os_rows[] = {
  XML_ENUM (Domain, os.firmware, "@firmware", firmware, XML_BAD (DOMAIN, XML_ERROR)),
  XML_STRING (Domain, os.arch, "type/@arch", .flags = XML_ABI),
  XML_STRING (Domain, os.machine, "type/@machine", .flags = XML_ABI),
  XML_ENUM (Domain, os.type, "type", os_type, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ITEMS (Domain, os.firmware_features, "firmware/feature", firmware_feature_schema),
  XML_STRING (Domain, os.init, "init", LATER),
  XML_ITEMS (Domain, os.init_args, "initarg", init_arg_schema, LATER),
  XML_ITEMS (Domain, os.init_env, "initenv", init_env_schema, LATER),
  XML_STRING (Domain, os.init_dir, "initdir", LATER),
  XML_STRING (Domain, os.init_user, "inituser", LATER),
  XML_STRING (Domain, os.init_group, "initgroup", LATER),
  XML_YES_NO (Domain, os.loader.readonly, "loader/@readonly"),
  XML_YES_NO (Domain, os.loader.secure, "loader/@secure"),
  XML_ENUM (Domain, os.loader.type, "loader/@type", loader_type, .flags = XML_ABI),
  XML_YES_NO (Domain, os.loader.stateless, "loader/@stateless"),
  XML_UNSUPPORTED ("loader/@format"),
  XML_STRING (Domain, os.loader.path, "loader", .flags = XML_ABI),
  XML_UNSUPPORTED ("nvram/@type"),
  XML_UNSUPPORTED ("nvram/@format"),
  XML_UNSUPPORTED ("nvram/@templateFormat"),
  XML_UNSUPPORTED ("nvram/source"),
  XML_UNSUPPORTED ("varstore"),
  XML_UNSUPPORTED ("shim"),
  XML_STRING (Domain, os.nvram_template, "nvram/@template"),
  XML_STRING (Domain, os.nvram, "nvram"),
  XML_STRING (Domain, os.kernel, "kernel", .flags = XML_ABI),
  XML_STRING (Domain, os.initrd, "initrd", .flags = XML_ABI),
  XML_STRING (Domain, os.cmdline, "cmdline", .flags = XML_ABI),
  XML_STRING (Domain, os.dtb, "dtb", .flags = XML_ABI),
  XML_STRING (Domain, os.root, "root", LATER),
  XML_ITEMS (Domain, os.acpi_tables, "acpi/table", acpi_table_schema, .flags = XML_ABI | XML_LATER),
  XML_ITEMS (Domain, os.boot, "boot", boot_schema, .flags = XML_ABI),
  XML_YES_NO (Domain, os.bootmenu, "bootmenu/@enable", .flags = XML_ABI),
  XML_UINT (Domain, os.bootmenu_timeout, "bootmenu/@timeout", .absent = -1, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_YES_NO (Domain, os.bios_useserial, "bios/@useserial", .flags = XML_LENIENT | XML_ABI),
  XML_INT (Domain, os.bios_reboot_timeout, "bios/@rebootTimeout", .absent = -2, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (Domain, os.smbios, "smbios/@mode", smbios_mode, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};

static const XmlField id_range_rows[] = {
  XML_UINT (DomainIdRange, start, "@start", .absent = -1, .flags = XML_ABI, XML_MISSING (XML, XML_ERROR)),
  XML_UINT (DomainIdRange, target, "@target", .absent = -1, XML_MISSING (XML, XML_ERROR)),
  XML_UINT (DomainIdRange, count, "@count", .absent = -1, .flags = XML_ABI, XML_MISSING (XML, XML_ERROR)),
  XML_END
};
static const XmlSchema id_range_schema = XML_SCHEMA (DomainIdRange, "", id_range_rows);

static const XmlField idmap_rows[] = {
  XML_ITEMS (DomainIdmap, uids, "uid", id_range_schema, .flags = XML_ABI),
  XML_ITEMS (DomainIdmap, gids, "gid", id_range_schema, .flags = XML_ABI),
  XML_END
};

static int
compare_ranges (const void *a, const void *b)
{
  const DomainIdRange *const *left = a, *const *right = b;

  return (*left)->start < (*right)->start ? -1 : (*left)->start > (*right)->start;
}

static bool
idmap_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainIdmap *idmap = object;
  const struct { const char *name; DomainIdRange **items; unsigned int n; } groups[] = {
    { "uid", idmap->uids.items, idmap->uids.n }, { "gid", idmap->gids.items, idmap->gids.n },
  };

  if ((idmap->uids.n == 0) != (idmap->gids.n == 0))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'uid' and 'gid' are only given together");
  for (unsigned int i = 0; i < G_N_ELEMENTS (groups) && groups[i].n > 0; i++)
    {
      qsort (groups[i].items, groups[i].n, sizeof (void *), compare_ranges);
      if (groups[i].items[0]->start != 0)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "no '%s' starts with 0", groups[i].name);
    }
  return true;
}

const XmlSchema domain_idmap_schema = XML_SCHEMA (DomainIdmap, "idmap", idmap_rows, .finish = idmap_finish);
