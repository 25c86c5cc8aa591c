/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The choice of a guest's firmware. */
#include "qemu/firmware.h"

#include <string.h>

#include "util/error.h"
#include "util/paths.h"

/* --- what a guest asks for -------------------------------------------------------------------------- */

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

/* Where the variables are kept: beside the code, unless the guest is to have none. */
static bool
suits_mode (const QemuFirmware *firmware, const DomainOs *os)
{
  if (firmware->device != FIRMWARE_DEVICE_FLASH)
    return firmware->device == FIRMWARE_DEVICE_MEMORY && os->loader.type != LOADER_TYPE_PFLASH
           && os->loader.stateless == TRI_ABSENT && os->nvram == NULL && os->nvram_source == NULL;
  if (os->loader.type == LOADER_TYPE_ROM)
    return false;
  return firmware->mode == (os->loader.stateless == TRI_YES ? FIRMWARE_MODE_STATELESS : FIRMWARE_MODE_SPLIT);
}

static bool
suits_formats (const QemuFirmware *firmware, const DomainOs *os)
{
  const char *code = xml_enum_name (&storage_format_names, os->loader.format);
  const char *variables = xml_enum_name (&storage_format_names, os->nvram_format);

  if (firmware->device != FIRMWARE_DEVICE_FLASH)
    return true;
  return strcmp (firmware->executable_format, code != NULL ? code : "raw") == 0
         && (firmware->nvram_format == NULL || strcmp (firmware->nvram_format, variables != NULL ? variables : "raw") == 0);
}

/* A guest whose memory is encrypted needs firmware that knows. */
static bool
suits_security (const QemuFirmware *firmware, const DomainLaunchSecurity *launch)
{
  const uint64_t encrypted_state = 1 << 2;      /* of SEV's policy */

  if (launch == NULL || launch->type == LAUNCH_SECURITY_S390_PV)
    return true;
  if (launch->type == LAUNCH_SECURITY_SEV)
    return qemu_firmware_has (firmware, "amd-sev")
           && (launch->policy == UINT64_MAX || (launch->policy & encrypted_state) == 0 || qemu_firmware_has (firmware, "amd-sev-es"));
  return qemu_firmware_has (firmware, launch->type == LAUNCH_SECURITY_TDX ? "intel-tdx" : "amd-sev-snp");
}

static bool
suits (const QemuFirmware *firmware, const Domain *domain)
{
  const DomainOs *os = &domain->os;
  bool smm = qemu_firmware_has (firmware, "requires-smm"), secure = qemu_firmware_has (firmware, "secure-boot");

  return qemu_firmware_offers (firmware, os->firmware) && qemu_firmware_fits (firmware, os->arch, os->machine)
         && suits_mode (firmware, os) && suits_formats (firmware, os) && suits_security (firmware, domain->launch_security)
         && agrees (wanted_feature (domain, FIRMWARE_FEATURE_SECURE_BOOT), secure)
         && agrees (wanted_feature (domain, FIRMWARE_FEATURE_ENROLLED_KEYS), qemu_firmware_has (firmware, "enrolled-keys"))
         && agrees (os->loader.secure, smm && secure)
         && !(smm && domain->features.smm == TRI_NO)
         && (domain->pm_suspend_to_mem != TRI_YES || qemu_firmware_has (firmware, "acpi-s3"))
         && (domain->pm_suspend_to_disk != TRI_YES || qemu_firmware_has (firmware, "acpi-s4"));
}

static void
use_firmware (Domain *domain, const QemuFirmware *firmware)
{
  DomainOs *os = &domain->os;
  unsigned int format = firmware->executable_format != NULL ? xml_enum_value (&storage_format_names, firmware->executable_format) : 0;

  os->loader.path = g_strdup (firmware->executable);
  os->loader.type = firmware->device == FIRMWARE_DEVICE_FLASH ? LOADER_TYPE_PFLASH : LOADER_TYPE_ROM;
  if (firmware->device != FIRMWARE_DEVICE_FLASH)
    return;
  os->loader.readonly = TRI_YES;
  if (format != 0 && format != STORAGE_FORMAT_RAW)
    os->loader.format = (DomainStorageFormat) format;
  if (qemu_firmware_has (firmware, "requires-smm"))
    {
      domain->features.smm = TRI_YES;
      os->loader.secure = TRI_YES;
    }
  if (os->nvram_template == NULL && os->nvram_source == NULL)
    os->nvram_template = g_strdup (firmware->nvram_template);
  if (os->nvram_source != NULL && os->nvram_source->template_path == NULL)
    os->nvram_source->template_path = g_strdup (firmware->nvram_template);
}

/* --- where variables begin --------------------------------------------------------------------------- */

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
template_for (const Domain *domain, const QemuConfig *config, const GPtrArray *all)
{
  const char *loader = domain->os.loader.path;
  char *found = find_pair ((const char *const *) config->nvram, loader);

  if (found != NULL)
    return found;
  for (unsigned int i = 0; i < all->len; i++)
    {
      const QemuFirmware *firmware = all->pdata[i];

      if (strcmp (firmware->executable, loader) == 0 && firmware->nvram_template != NULL
          && agrees (wanted_feature (domain, FIRMWARE_FEATURE_ENROLLED_KEYS), qemu_firmware_has (firmware, "enrolled-keys")))
        return g_strdup (firmware->nvram_template);
    }
  return find_pair (usual_pairs, loader);
}

const char *
qemu_nvram_path (const DomainOs *os)
{
  if (os->nvram_source == NULL)
    return os->nvram;
  return os->nvram_source->source.type == STORAGE_TYPE_FILE ? os->nvram_source->source.path : NULL;
}

char *
qemu_nvram_default_path (const Domain *domain)
{
  return path_driver (PATH_LIB, "qemu", "nvram/%s_VARS.%s", domain->name,
                      domain->os.nvram_format == STORAGE_FORMAT_QCOW2 ? "qcow2" : "fd");
}

/* A guest with variables of its own has them in a file, and knows what the file begins as. */
static void
choose_nvram (Domain *domain, const QemuConfig *config, const GPtrArray *all)
{
  DomainOs *os = &domain->os;

  if (os->loader.stateless == TRI_YES || os->loader.type != LOADER_TYPE_PFLASH || os->loader.readonly != TRI_YES)
    return;
  if (os->nvram_source != NULL)
    {
      if (os->nvram_source->template_path == NULL && qemu_nvram_path (os) != NULL)
        os->nvram_source->template_path = template_for (domain, config, all);
      return;
    }
  if (os->nvram_template == NULL)
    os->nvram_template = template_for (domain, config, all);
  if (os->nvram == NULL && os->nvram_template != NULL)
    os->nvram = qemu_nvram_default_path (domain);
}

bool
qemu_firmware_choose (Domain *domain, const QemuConfig *config, GError **error)
{
  DomainOs *os = &domain->os;
  g_autoptr (GPtrArray) all = NULL;

  if (os->firmware == FIRMWARE_ABSENT && (os->loader.path == NULL || os->loader.type != LOADER_TYPE_PFLASH))
    return true;
  all = qemu_firmware_list ();
  for (unsigned int i = 0; os->firmware != FIRMWARE_ABSENT && os->loader.path == NULL && i < all->len; i++)
    if (suits (all->pdata[i], domain))
      use_firmware (domain, all->pdata[i]);
  /* The machine has a BIOS of its own. */
  if (os->loader.path == NULL && os->firmware == FIRMWARE_BIOS)
    return true;
  if (os->loader.path == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "no firmware on this host does what domain '%s' asks for (%s, machine %s)", domain->name,
                 xml_enum_name (&firmware_names, os->firmware), os->machine);
  choose_nvram (domain, config, all);
  /* What runs has firmware, rather than a wish for some. */
  os->firmware = FIRMWARE_ABSENT;
  return true;
}
