/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-os.c: what a guest boots. */
#include "model/domain/rules.h"
#include "model/domain/storage-tables.h"
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
  XML_ENUM (DomainAcpiTable, type, "@type", acpi_table, .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainAcpiTable, path, ".", .flags = XML_ALLOW_EMPTY),
  XML_END
};

/* Slashes that follow a slash say nothing. */
static bool
acpi_table_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  char *out = ((DomainAcpiTable *) object)->path;

  if (out == NULL)
    return true;
  for (const char *in = out; *in != '\0'; in++)
    if (in[0] != '/' || in[1] != '/')
      *out++ = *in;
  *out = '\0';
  return true;
}

static const XmlSchema acpi_table_schema = XML_SCHEMA (DomainAcpiTable, "table", acpi_table_rows, .finish = acpi_table_finish);

static const XmlField nvram_rows[] = {
  XML_STRING (DomainNvramSource, template_path, "@template"),
  XML_ENUM (DomainNvramSource, source.type, "@type", storage_type),
  XML_ENUM (DomainNvramSource, template_format, "@templateFormat", storage_format),
  XML_ENUM (DomainNvramSource, source.format, "@format", storage_format),
  XML_EMBED (DomainNvramSource, source, "source", storage_attribute_rows),
  XML_EMBED (DomainNvramSource, source, "source", storage_child_rows),
  XML_END
};

static bool
nvram_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainNvramSource *nvram = object;
  g_autofree char *name = NULL;

  switch (nvram->source.type)
    {
    case STORAGE_TYPE_ABSENT:
      return true;
    case STORAGE_TYPE_FILE: case STORAGE_TYPE_BLOCK: case STORAGE_TYPE_NETWORK:
      break;
    default:
      return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "type '%s' is none for variables of a firmware",
                       xml_enum_name (&storage_type_names, nvram->source.type));
    }
  if (domain_node_below (node, "source") == node)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'source' is missing");
  /* A target of iSCSI stays what it is, without the number of a unit that disks have. */
  name = g_strdup (nvram->source.path);
  if (!storage_source_finish (&nvram->source, node, "source", error))
    return false;
  g_free (nvram->source.path);
  nvram->source.path = g_steal_pointer (&name);
  return true;
}

static const XmlSchema nvram_schema = XML_SCHEMA (DomainNvramSource, "nvram", nvram_rows, .finish = nvram_finish);

static const XmlField varstore_rows[] = {
  XML_STRING (DomainVarstore, template_path, "@template"),
  XML_STRING (DomainVarstore, path, "@path"),
  XML_END
};
static const XmlSchema varstore_schema = XML_SCHEMA (DomainVarstore, "varstore", varstore_rows);

static bool
is_plain_nvram (const void *object, unsigned int format_flags)
{
  return ((const Domain *) object)->os.nvram_source == NULL;
}

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
  XML_ENUM (Domain, os.loader.format, "loader/@format", storage_format),
  XML_STRING (Domain, os.loader.path, "loader", .flags = XML_ABI),
  XML_STRING (Domain, os.nvram_template, "nvram/@template", .when = is_plain_nvram),
  XML_ENUM (Domain, os.nvram_template_format, "nvram/@templateFormat", storage_format, .when = is_plain_nvram),
  XML_ENUM (Domain, os.nvram_format, "nvram/@format", storage_format, .when = is_plain_nvram),
  XML_STRING (Domain, os.nvram, "nvram", .when = is_plain_nvram),
  XML_CHILD (Domain, os.nvram_source, "nvram", nvram_schema),
  XML_CHILD (Domain, os.varstore, "varstore", varstore_schema, LATER),
  XML_STRING (Domain, os.kernel, "kernel", .flags = XML_ABI),
  XML_STRING (Domain, os.initrd, "initrd", .flags = XML_ABI),
  XML_STRING (Domain, os.cmdline, "cmdline", .flags = XML_ABI),
  XML_STRING (Domain, os.dtb, "dtb", .flags = XML_ABI),
  XML_STRING (Domain, os.shim, "shim", .flags = XML_ABI),
  XML_STRING (Domain, os.root, "root", LATER),
  XML_ITEMS (Domain, os.acpi_tables, "acpi/table", acpi_table_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, os.boot, "boot", boot_schema, .flags = XML_ABI),
  XML_YES_NO (Domain, os.bootmenu, "bootmenu/@enable", .flags = XML_ABI),
  XML_UINT (Domain, os.bootmenu_timeout, "bootmenu/@timeout", .absent = -1, .flags = XML_ABI),
  XML_YES_NO (Domain, os.bios_useserial, "bios/@useserial", .flags = XML_LENIENT | XML_ABI),
  XML_INT (Domain, os.bios_reboot_timeout, "bios/@rebootTimeout", .absent = INT32_MIN, .flags = XML_ABI),
  XML_ENUM (Domain, os.smbios, "smbios/@mode", smbios_mode, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};

/* The path of the variables stands in the element; a source in one of its own. */
static void
choose_nvram (DomainOs *os)
{
  if (os->nvram_source != NULL && os->nvram_source->source.type == STORAGE_TYPE_ABSENT)
    {
      xml_free (&nvram_schema, os->nvram_source);
      os->nvram_source = NULL;
    }
  if (os->nvram_source == NULL)
    return;
  g_clear_pointer (&os->nvram, g_free);
  g_clear_pointer (&os->nvram_template, g_free);
  os->nvram_format = os->nvram_template_format = STORAGE_FORMAT_ABSENT;
}

/* Of a feature that is said twice the last counts; they are in the order of their names. */
static void
order_features (DomainOs *os)
{
  for (unsigned int i = os->firmware_features.n; i-- > 0;)
    for (unsigned int j = 0; j < i; j++)
      if (os->firmware_features.items[j]->name == os->firmware_features.items[i]->name)
        {
          xml_free (&firmware_feature_schema, xml_list_steal (&os->firmware_features, j));
          i--;
          j--;
        }
  if (os->firmware_features.n == 2 && os->firmware_features.items[0]->name > os->firmware_features.items[1]->name)
    {
      DomainFirmwareFeature *last = xml_list_steal (&os->firmware_features, 0);

      xml_list_append (&os->firmware_features, last);
    }
}

#define FAIL(path_, code_, ...) \
  return xml_fail (domain_node_below (node, path_), VIR_FROM_DOMAIN, VIR_ERR_##code_, error, __VA_ARGS__)
#define BOOT_DEVICES_MAX 4

static Tristate
wanted_feature (const DomainOs *os, DomainFirmwareFeatureName name)
{
  for (unsigned int i = 0; i < os->firmware_features.n; i++)
    if (os->firmware_features.items[i]->name == name)
      return os->firmware_features.items[i]->enabled;
  return TRI_ABSENT;
}

/* A firmware that is chosen for the guest leaves nothing to be said about it. */
static bool
check_chosen_firmware (const xmlNode *node, const DomainOs *os, GError **error)
{
  const char *firmware = xml_enum_name (&firmware_names, os->firmware);

  if (os->loader.path != NULL || os->loader.type != LOADER_TYPE_ABSENT || os->loader.readonly != TRI_ABSENT
      || os->loader.secure == TRI_NO)
    FAIL ("loader", XML_DETAIL, "firmware='%s' chooses the loader, its path and attributes", firmware);
  if (os->nvram_template != NULL || (os->nvram_source != NULL && os->nvram_source->template_path != NULL))
    FAIL ("nvram", XML_DETAIL, "firmware='%s' chooses the template", firmware);
  if (os->firmware == FIRMWARE_BIOS && (os->nvram != NULL || os->nvram_source != NULL))
    FAIL ("nvram", XML_DETAIL, "firmware='bios' has no variables to store");
  if (os->firmware == FIRMWARE_BIOS && os->firmware_features.n > 0)
    FAIL ("firmware", XML_DETAIL, "firmware='bios' has no features");
  if (wanted_feature (os, FIRMWARE_FEATURE_ENROLLED_KEYS) == TRI_YES && wanted_feature (os, FIRMWARE_FEATURE_SECURE_BOOT) == TRI_NO)
    FAIL ("firmware", XML_DETAIL, "'enrolled-keys' needs 'secure-boot', which is disabled");
  return true;
}

static bool
check_firmware (const xmlNode *node, const DomainOs *os, GError **error)
{
  bool has_nvram = os->nvram != NULL || os->nvram_template != NULL || os->nvram_source != NULL;
  bool has_loader = domain_node_below (node, "loader") != node;

  if (os->firmware != FIRMWARE_ABSENT)
    return check_chosen_firmware (node, os, error);
  if (os->loader.path == NULL && (has_loader || has_nvram))
    FAIL (has_loader ? "loader" : "nvram", XML_DETAIL, "the loader has no path, and there is no firmware= to choose one");
  if (os->loader.stateless == TRI_NO && os->loader.type != LOADER_TYPE_PFLASH)
    FAIL ("loader", XML_DETAIL, "only a loader of type='pflash' stores variables");
  if (has_nvram && os->loader.stateless == TRI_YES)
    FAIL ("nvram", XML_DETAIL, "a stateless loader stores no variables");
  return true;
}

static void
drop_empty_text (char **text)
{
  if (*text != NULL && **text == '\0')
    g_clear_pointer (text, g_free);
}

bool
domain_finish_os (xmlNode *domain_node, Domain *domain, GError **error)
{
  const xmlNode *node = domain_node_below (domain_node, "os");
  const xmlNode *bios = domain_node_below (node, "bios");
  DomainOs *os = &domain->os;

  drop_empty_text (&os->arch);
  drop_empty_text (&os->machine);
  choose_nvram (os);
  order_features (os);
  if (os->bootmenu != TRI_YES)
    os->bootmenu_timeout = UINT_MAX;
  if (os->bios_useserial == TRI_ABSENT && bios != node && xml_attribute ((xmlNode *) bios, "useserial") != NULL)
    os->bios_useserial = TRI_NO;
  while (os->boot.n > BOOT_DEVICES_MAX)
    xml_free (&boot_schema, xml_list_steal (&os->boot, os->boot.n - 1));
  for (unsigned int i = 1; i < os->acpi_tables.n; i++)
    if (os->acpi_tables.items[i]->type == os->acpi_tables.items[i - 1]->type)
      FAIL ("acpi/table", XML_ERROR, "there are two of type '%s'", xml_enum_name (&acpi_table_names, os->acpi_tables.items[i]->type));
  return check_firmware (node, os, error);
}

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
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'uid' and 'gid' are only given together");
  for (unsigned int i = 0; i < G_N_ELEMENTS (groups) && groups[i].n > 0; i++)
    {
      qsort (groups[i].items, groups[i].n, sizeof (void *), compare_ranges);
      if (groups[i].items[0]->start != 0)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "no '%s' starts with 0", groups[i].name);
    }
  return true;
}

const XmlSchema domain_idmap_schema = XML_SCHEMA (DomainIdmap, "idmap", idmap_rows, .finish = idmap_finish);
