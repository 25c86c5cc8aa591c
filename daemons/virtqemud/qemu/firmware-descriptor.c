/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors of firmware: reading, writing, finding. */
#include <string.h>

#include "qemu/firmware.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"

#define LOG_CATEGORY "qemu.firmware"
#define DESCRIPTOR_LIMIT (1u << 20)

XML_ENUM_DEFINE (firmware_device, FIRMWARE_DEVICE_LIST)
XML_ENUM_DEFINE (firmware_mode, FIRMWARE_MODE_LIST)

/* The later hides files of the same name in the earlier. */
static const char *const host_folders[] = { "/usr/share/qemu/firmware", "/etc/qemu/firmware", NULL };
static const char *const *own_folders;

void
qemu_firmware_set_folders (const char *const *folders)
{
  own_folders = folders;
}

/* --- reading ----------------------------------------------------------------------------------- */

static void
target_free (void *data)
{
  FirmwareTarget *target = data;

  g_free (target->architecture);
  g_strfreev (target->machines);
  g_free (target);
}

void
qemu_firmware_free (QemuFirmware *firmware)
{
  if (firmware == NULL)
    return;
  g_strfreev (firmware->interfaces);
  g_free (firmware->executable);
  g_free (firmware->executable_format);
  g_free (firmware->nvram_template);
  g_free (firmware->nvram_format);
  g_clear_pointer (&firmware->targets, g_ptr_array_unref);
  g_strfreev (firmware->features);
  g_free (firmware);
}

static char **
read_strings (const json_t *array)
{
  GPtrArray *out = g_ptr_array_new ();
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) array, i, item)
    if (json_is_string (item))
      g_ptr_array_add (out, g_strdup (json_string_value (item)));
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (out, FALSE);
}

static bool
bad (GError **error, const char *what)
{
  return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "a firmware descriptor has %s", what);
}

/* A file that is mapped: its name and format. */
static bool
read_file (const json_t *json, char **path, char **format, GError **error)
{
  *path = g_strdup (json_get_string (json, "filename", NULL));
  *format = g_strdup (json_get_string (json, "format", NULL));
  return (*path != NULL && *format != NULL) || bad (error, "a file without a name or a format");
}

static bool
read_mapping (QemuFirmware *firmware, const json_t *mapping, GError **error)
{
  unsigned int device = xml_enum_value (&firmware_device_names, json_get_string (mapping, "device", ""));
  unsigned int mode = xml_enum_value (&firmware_mode_names, json_get_string (mapping, "mode", "split"));

  if (device == 0 || mode == 0)
    return bad (error, device == 0 ? "no known kind of device" : "no known mode");
  firmware->device = (FirmwareDevice) device;
  if (device != FIRMWARE_DEVICE_FLASH)
    {
      firmware->executable = g_strdup (json_get_string (mapping, "filename", NULL));
      return firmware->executable != NULL || bad (error, "no file");
    }
  firmware->mode = (FirmwareMode) mode;
  if (!read_file (json_object_get (mapping, "executable"), &firmware->executable, &firmware->executable_format, error))
    return false;
  return mode != FIRMWARE_MODE_SPLIT
         || read_file (json_object_get (mapping, "nvram-template"), &firmware->nvram_template, &firmware->nvram_format, error);
}

static bool
read_targets (QemuFirmware *firmware, const json_t *targets, GError **error)
{
  json_t *json;
  size_t i;

  json_array_foreach ((json_t *) targets, i, json)
    {
      FirmwareTarget *target = g_new0 (FirmwareTarget, 1);

      g_ptr_array_add (firmware->targets, target);
      target->architecture = g_strdup (json_get_string (json, "architecture", NULL));
      target->machines = read_strings (json_object_get (json, "machines"));
      if (target->architecture == NULL)
        return bad (error, "a target without an architecture");
    }
  return true;
}

QemuFirmware *
qemu_firmware_from_json (const json_t *json, GError **error)
{
  g_autoptr (QemuFirmware) firmware = g_new0 (QemuFirmware, 1);

  firmware->targets = g_ptr_array_new_with_free_func (target_free);
  firmware->interfaces = read_strings (json_object_get (json, "interface-types"));
  firmware->features = read_strings (json_object_get (json, "features"));
  if (!read_mapping (firmware, json_object_get (json, "mapping"), error)
      || !read_targets (firmware, json_object_get (json, "targets"), error))
    return NULL;
  return g_steal_pointer (&firmware);
}

/* --- writing ------------------------------------------------------------------------------------- */

static json_t *
strings_to_json (char *const *strings)
{
  json_t *array = json_array ();

  for (unsigned int i = 0; strings[i] != NULL; i++)
    json_array_append_new (array, json_string (strings[i]));
  return array;
}

static json_t *
mapping_to_json (const QemuFirmware *firmware)
{
  json_t *mapping = json_pack ("{s:s}", "device", xml_enum_name (&firmware_device_names, firmware->device));

  if (firmware->device != FIRMWARE_DEVICE_FLASH)
    {
      json_object_set_new (mapping, "filename", json_string (firmware->executable));
      return mapping;
    }
  json_object_set_new (mapping, "mode", json_string (xml_enum_name (&firmware_mode_names, firmware->mode)));
  json_object_set_new (mapping, "executable", json_pack ("{s:s, s:s}", "filename", firmware->executable, "format",
                                                          firmware->executable_format));
  if (firmware->nvram_template != NULL)
    json_object_set_new (mapping, "nvram-template", json_pack ("{s:s, s:s}", "filename", firmware->nvram_template, "format",
                                                                firmware->nvram_format));
  return mapping;
}

json_t *
qemu_firmware_to_json (const QemuFirmware *firmware)
{
  json_t *targets = json_array ();

  for (unsigned int i = 0; i < firmware->targets->len; i++)
    {
      const FirmwareTarget *target = firmware->targets->pdata[i];

      json_array_append_new (targets, json_pack ("{s:s, s:o}", "architecture", target->architecture, "machines",
                                                 strings_to_json (target->machines)));
    }
  return json_pack ("{s:o, s:o, s:o, s:o}", "interface-types", strings_to_json (firmware->interfaces), "mapping",
                    mapping_to_json (firmware), "targets", targets, "features", strings_to_json (firmware->features));
}

/* --- finding ------------------------------------------------------------------------------------------ */

static void
load_folder (const char *folder, GHashTable *texts)
{
  g_autoptr (GPtrArray) files = NULL;

  if (!state_dir_load (folder, ".json", DESCRIPTOR_LIMIT, &files, NULL))
    return;
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];

      if (file->data != NULL)
        g_hash_table_insert (texts, g_strdup (file->name), g_steal_pointer (&file->data));
    }
}

static int
compare_names (const void *a, const void *b, void *data)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* An empty file masks one of the same name. */
static void
add_text (GPtrArray *out, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) json = *text != '\0' ? json_from_text (text, strlen (text), name, &error) : NULL;
  QemuFirmware *firmware = json != NULL ? qemu_firmware_from_json (json, &error) : NULL;

  if (error != NULL)
    log_warning ("firmware descriptor %s: %s", name, error->message);
  if (firmware != NULL)
    g_ptr_array_add (out, firmware);
}

GPtrArray *
qemu_firmware_list (void)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *const *folders = own_folders != NULL ? own_folders : host_folders;
  g_autofree char **names = NULL;
  GPtrArray *out = g_ptr_array_new_with_free_func ((GDestroyNotify) qemu_firmware_free);
  guint n;

  for (unsigned int i = 0; folders[i] != NULL; i++)
    {
      /* What is installed is below no root. */
      bool ours = own_folders == NULL && g_str_has_prefix (folders[i], "/etc/");
      g_autofree char *folder = ours ? path_host (folders[i]) : g_strdup (folders[i]);

      load_folder (folder, texts);
    }
  names = (char **) g_hash_table_get_keys_as_array (texts, &n);
  g_qsort_with_data (names, (int) n, sizeof *names, compare_names, NULL);
  for (unsigned int i = 0; i < n; i++)
    add_text (out, names[i], g_hash_table_lookup (texts, names[i]));
  return out;
}

bool
qemu_firmware_fits (const QemuFirmware *firmware, const char *arch, const char *machine)
{
  static const char *const names[][2] = { { "i686", "i386" }, { "armv7l", "arm" }, { "armv6l", "arm" } };
  const char *wanted = arch;

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (arch, names[i][0]) == 0)
      wanted = names[i][1];
  for (unsigned int i = 0; i < firmware->targets->len; i++)
    {
      const FirmwareTarget *target = firmware->targets->pdata[i];

      for (unsigned int k = 0; strcmp (target->architecture, wanted) == 0 && target->machines[k] != NULL; k++)
        if (g_pattern_match_simple (target->machines[k], machine))
          return true;
    }
  return false;
}

bool
qemu_firmware_has (const QemuFirmware *firmware, const char *feature)
{
  return g_strv_contains ((const char *const *) firmware->features, feature);
}

bool
qemu_firmware_offers (const QemuFirmware *firmware, DomainFirmware interface)
{
  return g_strv_contains ((const char *const *) firmware->interfaces, interface == FIRMWARE_EFI ? "uefi" : "bios");
}
