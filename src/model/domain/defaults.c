/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* defaults.c: what a document leaves open about the machine as a whole. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"
#include "model/domain/tables.h"

DomainTarget
domain_target (const Domain *domain)
{
  return (DomainTarget) {
    .virt_type = domain->type, .arch = domain->os.arch, .machine = domain->os.machine, .emulator = domain->emulator,
  };
}

bool
domain_has_boot_order (const Domain *domain)
{
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (device->info->boot_order > 0)
      return true;
  return false;
}

static bool
default_emulator (Domain *domain, const DomainPlatform *platform, GError **error)
{
  DomainTarget target = domain_target (domain);

  if (domain->emulator == NULL)
    domain->emulator = g_strdup (platform->default_emulator (platform, &target));
  target = domain_target (domain);
  if (domain->emulator == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "there is no emulator for type '%s', arch '%s' on this host",
                 xml_enum_name (&virt_type_names, domain->type), domain->os.arch);
  return true;
}

bool
domain_arch_is_known (const char *arch)
{
  static const char *const names[] = {
    "alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64", "lm32", "loongarch64", "m68k", "microblaze",
    "microblazeel", "mips", "mipsel", "mips64", "mips64el", "or32", "parisc", "parisc64", "ppc", "ppc64", "ppc64le",
    "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4", "sh4eb", "sparc", "sparc64", "unicore32", "x86_64", "xtensa",
    "xtensaeb", NULL,
  };

  return g_strv_contains (names, arch);
}

static bool
default_machine (Domain *domain, const DomainPlatform *platform, GError **error)
{
  DomainTarget target = domain_target (domain);
  const char *canonical;

  target.machine = NULL;
  canonical = platform->canonical_machine (platform, &target, domain->os.machine);
  if (canonical == NULL && domain->os.machine == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the emulator '%s' has no default machine type",
                 domain->emulator);
  if (canonical == NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "domain/os/type/@machine: the emulator '%s' has no machine type '%s'",
                 domain->emulator, domain->os.machine);
  if (g_strcmp0 (domain->os.machine, canonical) != 0)
    {
      g_free (domain->os.machine);
      domain->os.machine = g_strdup (canonical);
    }
  return true;
}

static void
default_boot (Domain *domain)
{
  DomainBoot *boot;

  if (domain->os.boot.n > 0 || domain->os.type != OS_TYPE_HVM || domain_has_boot_order (domain))
    return;
  boot = g_new0 (DomainBoot, 1);
  boot->dev = BOOT_DEV_DISK;
  xml_list_append (&domain->os.boot, boot);
}

/* The interrupt controller of Arm's machine 'virt'; the newer one is only better
 * where the host has it. */
static void
default_gic (Domain *domain, const DomainPlatform *platform)
{
  DomainTarget target = domain_target (domain);
  bool is_new = domain->type == VIRT_TYPE_KVM && (platform->gic_versions (platform, &target) & 1 << 3);

  if (!domain_machine (domain)->has_gic || domain->features.gic_version != GIC_VERSION_ABSENT)
    return;
  domain->features.gic = true;
  domain->features.gic_version = is_new ? GIC_VERSION_3 : GIC_VERSION_2;
}

/* vCPUs that are in no cell are in the first. */
static void
default_cells (Domain *domain)
{
  DomainNuma *numa = domain->cpu != NULL ? domain->cpu->numa : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  DomainNumaCell *first = numa != NULL ? numa->cells.items[0] : NULL;

  for (unsigned int cpu = 0; numa != NULL && cpu < domain->vcpus_max; cpu++)
    {
      bool elsewhere = false;

      for (unsigned int i = 1; i < numa->cells.n; i++)
        elsewhere = elsewhere || xml_bitmap_has (numa->cells.items[i]->cpus, cpu);
      if (!elsewhere)
        g_string_append_printf (text, "%s%u", text->len > 0 ? "," : "", cpu);
    }
  if (text->len == 0)
    return;
  for (unsigned int cpu = domain->vcpus_max; first->cpus != NULL && cpu < first->cpus->n_bits; cpu++)
    if (xml_bitmap_has (first->cpus, cpu))
      g_string_append_printf (text, ",%u", cpu);
  g_free (first->cpus);
  first->cpus = xml_bitmap_parse (text->str, UINT_MAX);
}

/* A guest's own copy of the firmware's variables. */
static void
default_nvram (Domain *domain, const DomainPlatform *platform)
{
  if (domain->os.nvram_source != NULL)
    domain_storage_apply_defaults (&domain->os.nvram_source->source);
  if (domain->os.nvram == NULL && domain->os.nvram_source == NULL && platform->nvram_dir != NULL && domain->os.loader.type == LOADER_TYPE_PFLASH
      && domain->os.loader.readonly == TRI_YES && domain->os.loader.stateless != TRI_YES)
    domain->os.nvram = g_strdup_printf ("%s/%s_VARS.fd", platform->nvram_dir, domain->name);
}

/* Keys can only be enrolled where secure boot checks them. */
static void
default_firmware (Domain *domain, const DomainPlatform *platform)
{
  DomainFirmwareFeature *secure_boot;
  bool has_keys = false;

  if (domain->os.loader.path != NULL && domain->os.loader.type == LOADER_TYPE_ABSENT)
    domain->os.loader.type = LOADER_TYPE_ROM;
  /* They chose nothing before choosing was possible. */
  while (!platform->is_new_guest && domain->os.firmware == FIRMWARE_ABSENT && domain->os.firmware_features.n > 0)
    g_free (xml_list_steal (&domain->os.firmware_features, 0));
  for (unsigned int i = 0; i < domain->os.firmware_features.n; i++)
    {
      const DomainFirmwareFeature *feature = domain->os.firmware_features.items[i];

      if (feature->name == FIRMWARE_FEATURE_SECURE_BOOT)
        return;
      has_keys = has_keys || (feature->name == FIRMWARE_FEATURE_ENROLLED_KEYS && feature->enabled == TRI_YES);
    }
  if (!has_keys || domain->os.firmware != FIRMWARE_EFI)
    return;
  secure_boot = g_new0 (DomainFirmwareFeature, 1);
  secure_boot->name = FIRMWARE_FEATURE_SECURE_BOOT;
  secure_boot->enabled = TRI_YES;
  xml_list_append (&domain->os.firmware_features, secure_boot);
}

/* A label that no security driver claims is none. */
static void
default_seclabels (Domain *domain)
{
  for (unsigned int i = 0; i < domain->seclabels.n; i++)
    {
      DomainSeclabel *seclabel = domain->seclabels.items[i];

      if (seclabel->model != NULL && strcmp (seclabel->model, "none") != 0)
        continue;
      xml_reset (&domain_seclabel_schema, seclabel);
      seclabel->model = g_strdup ("none");
      seclabel->type = SECLABEL_TYPE_NONE;
    }
}

void
domain_apply_common_defaults (Domain *domain, const char *host_arch)
{
  if (domain->os.arch == NULL)
    domain->os.arch = g_strdup (host_arch);
  default_boot (domain);
  domain_add_common_devices (domain);
}

bool
domain_apply_defaults (Domain *domain, const DomainPlatform *platform, GError **error)
{
  if (domain->os.arch == NULL)
    domain->os.arch = g_strdup (platform->host_arch);
  if (!domain_arch_is_known (domain->os.arch))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "domain/os/type/@arch: there is no architecture '%s'",
                 domain->os.arch);
  if (!default_emulator (domain, platform, error) || !default_machine (domain, platform, error))
    return false;
  domain_default_memory (domain, platform);
  default_cells (domain);
  default_boot (domain);
  domain_default_cpu (domain, platform);
  default_gic (domain, platform);
  default_firmware (domain, platform);
  default_nvram (domain, platform);
  default_seclabels (domain);
  domain_add_default_devices (domain, platform);
  return true;
}

bool
domain_complete (Domain *domain, const DomainPlatform *platform, GError **error)
{
  return domain_apply_defaults (domain, platform, error) && domain_assign_addresses (domain, platform, error)
         && domain_validate (domain, platform, error);
}
