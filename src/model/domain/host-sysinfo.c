/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/host-sysinfo.h"

#include "model/domain/tables.h"

/* A line "label value" and the member of a struct that gets the value. */
typedef struct
{
  const char *label;
  size_t offset;
} Field;

#define FIELD(Type_, member_, label_) { label_, offsetof (Type_, member_) }

static void
set (char **member, const char *from, size_t length)
{
  g_free (*member);
  *member = g_strstrip (g_strndup (from, length));
}

static DomainSysinfo *
sysinfo_new (void)
{
  DomainSysinfo *sysinfo = xml_new (&domain_sysinfo_schema);

  sysinfo->type = SYSINFO_TYPE_SMBIOS;
  return sysinfo;
}

/* -- dmidecode -------------------------------------------------------------- */

static const Field bios_fields[] = {
  FIELD (SysinfoBios, vendor, "Vendor: "), FIELD (SysinfoBios, version, "Version: "),
  FIELD (SysinfoBios, date, "Release Date: "), FIELD (SysinfoBios, release, "BIOS Revision: "), { NULL }
};
static const Field system_fields[] = {
  FIELD (SysinfoSystem, manufacturer, "Manufacturer: "), FIELD (SysinfoSystem, product, "Product Name: "),
  FIELD (SysinfoSystem, version, "Version: "), FIELD (SysinfoSystem, serial, "Serial Number: "),
  FIELD (SysinfoSystem, uuid, "UUID: "), FIELD (SysinfoSystem, sku, "SKU Number: "),
  FIELD (SysinfoSystem, family, "Family: "), { NULL }
};
static const Field board_fields[] = {
  FIELD (SysinfoBoard, manufacturer, "Manufacturer: "), FIELD (SysinfoBoard, product, "Product Name: "),
  FIELD (SysinfoBoard, version, "Version: "), FIELD (SysinfoBoard, serial, "Serial Number: "),
  FIELD (SysinfoBoard, asset, "Asset Tag: "), FIELD (SysinfoBoard, location, "Location In Chassis: "), { NULL }
};
static const Field chassis_fields[] = {
  FIELD (SysinfoChassis, manufacturer, "Manufacturer: "), FIELD (SysinfoChassis, version, "Version: "),
  FIELD (SysinfoChassis, serial, "Serial Number: "), FIELD (SysinfoChassis, asset, "Asset Tag: "),
  FIELD (SysinfoChassis, sku, "SKU Number: "), { NULL }
};
static const Field processor_fields[] = {
  FIELD (SysinfoProcessor, socket_destination, "Socket Designation: "), FIELD (SysinfoProcessor, type, "Type: "),
  FIELD (SysinfoProcessor, family, "Family: "), FIELD (SysinfoProcessor, manufacturer, "Manufacturer: "),
  FIELD (SysinfoProcessor, signature, "Signature: "), FIELD (SysinfoProcessor, version, "Version: "),
  FIELD (SysinfoProcessor, external_clock, "External Clock: "), FIELD (SysinfoProcessor, max_speed, "Max Speed: "),
  FIELD (SysinfoProcessor, status, "Status: "), FIELD (SysinfoProcessor, serial_number, "Serial Number: "),
  FIELD (SysinfoProcessor, part_number, "Part Number: "), { NULL }
};
static const Field memory_fields[] = {
  FIELD (SysinfoMemory, size, "Size: "), FIELD (SysinfoMemory, form_factor, "Form Factor: "),
  FIELD (SysinfoMemory, locator, "Locator: "), FIELD (SysinfoMemory, bank_locator, "Bank Locator: "),
  FIELD (SysinfoMemory, type, "Type: "), FIELD (SysinfoMemory, type_detail, "Type Detail: "),
  FIELD (SysinfoMemory, speed, "Speed: "), FIELD (SysinfoMemory, manufacturer, "Manufacturer: "),
  FIELD (SysinfoMemory, serial_number, "Serial Number: "), FIELD (SysinfoMemory, part_number, "Part Number: "), { NULL }
};

/* Tables in the order in which they are read; each struct of them is made of strings only. */
static const struct { const char *title; const Field *fields; size_t size, offset; bool repeats; } tables[] = {
  { "BIOS Information", bios_fields, sizeof (SysinfoBios), offsetof (DomainSysinfo, bios), false },
  { "System Information", system_fields, sizeof (SysinfoSystem), offsetof (DomainSysinfo, system), false },
  { "Base Board Information", board_fields, sizeof (SysinfoBoard), offsetof (DomainSysinfo, boards), true },
  { "Chassis Information", chassis_fields, sizeof (SysinfoChassis), offsetof (DomainSysinfo, chassis), false },
  { "Processor Information", processor_fields, sizeof (SysinfoProcessor), offsetof (DomainSysinfo, processors), true },
  { "Memory Device", memory_fields, sizeof (SysinfoMemory), offsetof (DomainSysinfo, memories), true },
};

/* A field is the first of its name behind the table's title, even if that is in
 * a later table: libvirt reads it so, and what clients see should not change. */
static void
read_fields (const char *text, const Field *fields, void *object)
{
  for (; fields->label != NULL; fields++)
    {
      const char *found = strstr (text, fields->label);

      if (found != NULL)
        set ((char **) ((char *) object + fields->offset), found + strlen (fields->label),
             strcspn (found + strlen (fields->label), "\n"));
    }
}

static bool
is_empty_slot (const char *text)
{
  const char *size = strstr (text, "Size: ");

  return size != NULL && g_str_has_prefix (size, "Size: No Module Installed");
}

static void
read_oem_strings (const char *text, HostOemString oem_string, void *data, DomainSysinfo *sysinfo)
{
  static const char title[] = "OEM Strings\n";
  const char *section = strstr (text, title);
  g_auto (GStrv) lines = section != NULL ? g_strsplit (section + strlen (title), "\n", -1) : NULL;

  for (unsigned int i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      const char *line = lines[i] + strspn (lines[i], " \t");
      const char *colon = strstr (line, ": ");
      SysinfoString *string;

      if (!g_str_has_prefix (line, "String ") || colon == NULL)
        break;
      string = g_new0 (SysinfoString, 1);
      if (strchr (colon, '.') != NULL && oem_string != NULL)
        string->value = oem_string (g_ascii_strtoull (line + strlen ("String "), NULL, 10), data);
      if (string->value == NULL)
        string->value = g_strdup (colon + 2);
      xml_list_append (&sysinfo->oem_strings, string);
    }
}

DomainSysinfo *
host_sysinfo_from_dmi (const char *text, HostOemString oem_string, void *data)
{
  DomainSysinfo *sysinfo = sysinfo_new ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      void *at = (char *) sysinfo + tables[i].offset;
      const char *title = text;

      while ((title = strstr (title, tables[i].title)) != NULL)
        {
          title += strlen (tables[i].title);
          if (tables[i].fields == memory_fields && is_empty_slot (title))
            continue;
          void *object = g_malloc0 (tables[i].size);
          read_fields (title, tables[i].fields, object);
          if (!tables[i].repeats)
            {
              *(void **) at = object;
              break;
            }
          xml_list_append ((XmlList *) at, object);
        }
    }
  read_oem_strings (text, oem_string, data, sysinfo);
  return sysinfo;
}

/* -- The kernel's files ------------------------------------------------------- */

/* Takes the line "key : value" off *@text; false at the end. A line without a
 * colon has an empty key. Frees what both were before. */
static bool
next_line (const char **text, char **key, char **value)
{
  size_t length = strcspn (*text, "\n");
  size_t colon = strcspn (*text, ":\n");

  if (**text == '\0')
    return false;
  set (key, *text, colon < length ? colon : 0);
  set (value, *text + (colon < length ? colon + 1 : length), colon < length ? length - colon - 1 : 0);
  *text += length + ((*text)[length] == '\n');
  return true;
}

static SysinfoProcessor *
add_processor (DomainSysinfo *sysinfo)
{
  SysinfoProcessor *processor = g_new0 (SysinfoProcessor, 1);

  xml_list_append (&sysinfo->processors, processor);
  return processor;
}

/* The value goes into the member of @key, if there is one. */
static void
set_by_key (const Field *fields, void *object, const char *key, const char *value)
{
  for (; fields->label != NULL && object != NULL; fields++)
    if (strcmp (key, fields->label) == 0)
      set ((char **) ((char *) object + fields->offset), value, strlen (value));
}

/* "Processor" is the type of all, in kernels that do not say it for each. Without
 * any type nothing is told. */
DomainSysinfo *
host_sysinfo_from_arm (const char *cpuinfo)
{
  static const Field fields[] = {
    FIELD (SysinfoProcessor, socket_destination, "processor"), FIELD (SysinfoProcessor, type, "model name"), { NULL }
  };
  DomainSysinfo *sysinfo = sysinfo_new ();
  SysinfoProcessor *processor = NULL;
  g_autofree char *key = NULL, *value = NULL, *type = NULL;

  while (next_line (&cpuinfo, &key, &value))
    {
      if (strcmp (key, "Processor") == 0)
        set (&type, value, strlen (value));
      if (strcmp (key, "processor") == 0)
        processor = add_processor (sysinfo);
      set_by_key (fields, processor, key, value);
    }
  for (unsigned int i = 0; i < sysinfo->processors.n; i++)
    if (sysinfo->processors.items[i]->type == NULL)
      sysinfo->processors.items[i]->type = g_strdup (type);
  if (processor != NULL && processor->type == NULL)
    {
      xml_free (&domain_sysinfo_schema, sysinfo);
      return sysinfo_new ();
    }
  return sysinfo;
}

DomainSysinfo *
host_sysinfo_from_ppc (const char *cpuinfo)
{
  static const Field processor_keys[] = {
    FIELD (SysinfoProcessor, socket_destination, "processor"), FIELD (SysinfoProcessor, type, "cpu"),
    FIELD (SysinfoProcessor, version, "revision"), { NULL }
  };
  static const Field system_keys[] = {
    FIELD (SysinfoSystem, family, "platform"), FIELD (SysinfoSystem, serial, "model"),
    FIELD (SysinfoSystem, version, "machine"), { NULL }
  };
  DomainSysinfo *sysinfo = sysinfo_new ();
  SysinfoProcessor *processor = NULL;
  g_autofree char *key = NULL, *value = NULL;

  sysinfo->system = g_new0 (SysinfoSystem, 1);
  while (next_line (&cpuinfo, &key, &value))
    {
      if (strcmp (key, "processor") == 0)
        processor = add_processor (sysinfo);
      set_by_key (processor_keys, processor, key, value);
      set_by_key (system_keys, sysinfo->system, key, value);
    }
  return sysinfo;
}

/* "version = FF,  identification = 000123,  machine = 2817" */
static void
read_s390_processor (const char *text, const char *vendor, SysinfoProcessor *processor)
{
  static const Field fields[] = {
    FIELD (SysinfoProcessor, version, "version"), FIELD (SysinfoProcessor, serial_number, "identification"),
    FIELD (SysinfoProcessor, family, "machine"), { NULL }
  };
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  processor->manufacturer = g_strdup (vendor);
  for (unsigned int i = 0; parts[i] != NULL; i++)
    {
      char *equals = strchr (parts[i], '=');

      if (equals == NULL)
        continue;
      *equals = '\0';
      set_by_key (fields, processor, g_strstrip (parts[i]), g_strstrip (equals + 1));
    }
}

static void
read_s390_cpuinfo (const char *cpuinfo, DomainSysinfo *sysinfo)
{
  static const Field frequencies[] = { FIELD (SysinfoProcessor, max_speed, "cpu MHz dynamic"), { NULL } };
  SysinfoProcessor *processor = NULL;
  g_autofree char *key = NULL, *value = NULL, *vendor = NULL;

  while (next_line (&cpuinfo, &key, &value))
    {
      if (strcmp (key, "vendor_id") == 0)
        set (&vendor, value, strlen (value));
      if (g_str_has_prefix (key, "processor "))
        read_s390_processor (value, vendor, add_processor (sysinfo));
      if (strcmp (key, "cpu number") == 0)
        {
          uint64_t number = g_ascii_strtoull (value, NULL, 10);

          processor = number < sysinfo->processors.n ? sysinfo->processors.items[number] : NULL;
        }
      set_by_key (frequencies, processor, key, value);
    }
}

DomainSysinfo *
host_sysinfo_from_s390 (const char *cpuinfo, const char *text)
{
  static const Field fields[] = {
    FIELD (SysinfoSystem, manufacturer, "Manufacturer"), FIELD (SysinfoSystem, family, "Type"),
    FIELD (SysinfoSystem, serial, "Sequence Code"), { NULL }
  };
  DomainSysinfo *sysinfo = sysinfo_new ();
  g_autofree char *key = NULL, *value = NULL;

  sysinfo->system = g_new0 (SysinfoSystem, 1);
  while (next_line (&text, &key, &value))
    set_by_key (fields, sysinfo->system, key, value);
  read_s390_cpuinfo (cpuinfo, sysinfo);
  return sysinfo;
}
