/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/firmware.h"

#include <string.h>

#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"

#define LOG_CATEGORY "qemu.firmware"
#define DESCRIPTOR_LIMIT (1u << 20)

/* The later hides files of the same name in the earlier. */
static const char *const folders[] = { "/usr/share/qemu/firmware", "/etc/qemu/firmware" };

static void
firmware_free (void *data)
{
  QemuFirmware *firmware = data;

  g_free (firmware->executable);
  g_free (firmware->nvram_template);
  g_ptr_array_unref (firmware->targets);
  g_free (firmware);
}

static bool
array_has (const json_t *array, const char *text)
{
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) array, i, item)
    if (g_strcmp0 (json_string_value (item), text) == 0)
      return true;
  return false;
}

static void
read_targets (QemuFirmware *firmware, const json_t *targets)
{
  json_t *target, *machine;
  size_t i, k;

  json_array_foreach ((json_t *) targets, i, target)
    json_array_foreach (json_object_get (target, "machines"), k, machine)
      g_ptr_array_add (firmware->targets,
                       g_strdup_printf ("%s %s", json_get_string (target, "architecture", ""),
                                        json_string_value (machine) ?: ""));
}

/* NULL if it is not for flash memory in raw format: the only kind that is used. */
static QemuFirmware *
firmware_from_json (const json_t *json)
{
  const json_t *mapping = json_object_get (json, "mapping");
  const json_t *executable = json_object_get (mapping, "executable");
  const json_t *nvram = json_object_get (mapping, "nvram-template");
  const json_t *features = json_object_get (json, "features");
  QemuFirmware *firmware;

  if (strcmp (json_get_string (mapping, "device", ""), "flash") != 0
      || json_get_string (executable, "filename", NULL) == NULL
      || strcmp (json_get_string (executable, "format", "raw"), "raw") != 0
      || strcmp (json_get_string (nvram, "format", "raw"), "raw") != 0)
    return NULL;
  firmware = g_new0 (QemuFirmware, 1);
  firmware->targets = g_ptr_array_new_with_free_func (g_free);
  firmware->executable = g_strdup (json_get_string (executable, "filename", NULL));
  firmware->nvram_template = g_strdup (json_get_string (nvram, "filename", NULL));
  firmware->uefi = array_has (json_object_get (json, "interface-types"), "uefi");
  firmware->secure_boot = array_has (features, "secure-boot");
  firmware->enrolled_keys = array_has (features, "enrolled-keys");
  firmware->requires_smm = array_has (features, "requires-smm");
  read_targets (firmware, json_object_get (json, "targets"));
  return firmware;
}

static int
compare_names (const void *a, const void *b, void *data)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
qemu_firmware_list (void)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char **names = NULL;
  GPtrArray *out = g_ptr_array_new_with_free_func (firmware_free);
  guint n;

  for (unsigned int i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = i == 0 ? g_strdup (folders[i]) : path_host (folders[i]);
      g_autoptr (GPtrArray) files = NULL;

      if (!state_dir_load (folder, ".json", DESCRIPTOR_LIMIT, &files, NULL))
        continue;
      for (unsigned int k = 0; k < files->len; k++)
        {
          StateFile *file = files->pdata[k];

          if (file->data != NULL)
            g_hash_table_insert (texts, g_strdup (file->name), g_steal_pointer (&file->data));
        }
    }
  names = (char **) g_hash_table_get_keys_as_array (texts, &n);
  g_qsort_with_data (names, (int) n, sizeof *names, compare_names, NULL);
  for (unsigned int i = 0; i < n; i++)
    {
      const char *text = g_hash_table_lookup (texts, names[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (json_t) json = *text != '\0' ? json_from_text (text, strlen (text), names[i], &error) : NULL;
      QemuFirmware *firmware = json != NULL ? firmware_from_json (json) : NULL;

      if (error != NULL)
        log_warning ("firmware descriptor %s", error->message);
      if (firmware != NULL)
        g_ptr_array_add (out, firmware);
    }
  return out;
}

bool
qemu_firmware_fits (const QemuFirmware *firmware, const char *arch, const char *machine)
{
  g_autofree char *wanted = g_strdup_printf ("%s %s", g_str_equal (arch, "i686") ? "i386" : arch, machine);

  for (unsigned int i = 0; i < firmware->targets->len; i++)
    if (g_pattern_match_simple (firmware->targets->pdata[i], wanted))
      return true;
  return false;
}

/* --- choosing -------------------------------------------------------------------------------- */

static Tristate
wanted_feature (const Domain *domain, DomainFirmwareFeatureName name)
{
  for (unsigned int i = 0; i < domain->os.firmware_features.n; i++)
    if (domain->os.firmware_features.items[i]->name == name)
      return domain->os.firmware_features.items[i]->enabled;
  return TRI_ABSENT;
}

static bool
agrees (Tristate wanted, bool has)
{
  return wanted == TRI_ABSENT || (wanted == TRI_YES) == has;
}

static bool
suits (const QemuFirmware *firmware, const Domain *domain)
{
  return firmware->uefi == (domain->os.firmware == FIRMWARE_EFI)
         && qemu_firmware_fits (firmware, domain->os.arch, domain->os.machine)
         && agrees (wanted_feature (domain, FIRMWARE_FEATURE_SECURE_BOOT), firmware->secure_boot)
         && agrees (wanted_feature (domain, FIRMWARE_FEATURE_ENROLLED_KEYS), firmware->enrolled_keys)
         && agrees (domain->os.loader.secure, firmware->secure_boot && firmware->requires_smm)
         && !(firmware->requires_smm && domain->features.smm == TRI_NO)
         && !(domain->os.loader.stateless == TRI_YES && firmware->nvram_template != NULL);
}

static void
use_firmware (Domain *domain, const QemuFirmware *firmware)
{
  DomainOs *os = &domain->os;

  os->loader.path = g_strdup (firmware->executable);
  os->loader.type = LOADER_TYPE_PFLASH;
  os->loader.readonly = TRI_YES;
  if (firmware->requires_smm)
    {
      domain->features.smm = TRI_YES;
      os->loader.secure = TRI_YES;
    }
  if (os->nvram_template == NULL)
    os->nvram_template = g_strdup (firmware->nvram_template);
}

/* What firmware packages without descriptors have. */
static const char *const usual_pairs[] = {
  "/usr/share/OVMF/OVMF_CODE.fd:/usr/share/OVMF/OVMF_VARS.fd",
  "/usr/share/OVMF/OVMF_CODE.secboot.fd:/usr/share/OVMF/OVMF_VARS.fd",
  "/usr/share/AAVMF/AAVMF_CODE.fd:/usr/share/AAVMF/AAVMF_VARS.fd", NULL,
};

/* The second half of the "CODE:VARS" pair for @loader. */
static char *
find_pair (const char *const *pairs, const char *loader)
{
  for (unsigned int i = 0; pairs != NULL && pairs[i] != NULL; i++)
    if (g_str_has_prefix (pairs[i], loader) && pairs[i][strlen (loader)] == ':')
      return g_strdup (pairs[i] + strlen (loader) + 1);
  return NULL;
}

/* From qemu.conf, the descriptors, or what is usual. */
static char *
template_for (const char *loader, const QemuConfig *config, const GPtrArray *all)
{
  char *found = find_pair ((const char *const *) config->nvram, loader);

  if (found != NULL)
    return found;
  for (unsigned int i = 0; i < all->len; i++)
    {
      const QemuFirmware *firmware = all->pdata[i];

      if (g_str_equal (firmware->executable, loader))
        return g_strdup (firmware->nvram_template);
    }
  return find_pair (usual_pairs, loader);
}

bool
qemu_firmware_choose (Domain *domain, const QemuConfig *config, GError **error)
{
  DomainOs *os = &domain->os;
  g_autoptr (GPtrArray) all = NULL;

  if (os->firmware == FIRMWARE_BIOS)
    return true;                /* the machine's own */
  if (os->firmware == FIRMWARE_ABSENT && (os->loader.path == NULL || os->loader.type != LOADER_TYPE_PFLASH))
    return true;
  all = qemu_firmware_list ();
  for (unsigned int i = 0; os->loader.path == NULL && i < all->len; i++)
    if (suits (all->pdata[i], domain))
      use_firmware (domain, all->pdata[i]);
  if (os->loader.path == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "no firmware on this host does what domain '%s' asks for (%s, machine %s)", domain->name,
                 xml_enum_name (&firmware_names, os->firmware), os->machine);
  if (os->nvram_template == NULL && os->loader.stateless != TRI_YES && os->loader.readonly == TRI_YES)
    os->nvram_template = template_for (os->loader.path, config, all);
  if (os->nvram == NULL && os->nvram_template != NULL && os->loader.stateless != TRI_YES)
    os->nvram = path_driver (PATH_LIB, "qemu", "nvram/%s_VARS.fd", domain->name);
  return true;
}
