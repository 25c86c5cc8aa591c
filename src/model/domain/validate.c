/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate.c: rules that bind several elements. They are checked on a
 * completed domain and change nothing. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#include <string.h>

static bool
check_general (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  DomainTarget target = domain_target (domain);
  unsigned int max = platform->max_vcpus (platform, &target);

  if (!platform->emulator_serves (platform, &target))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the emulator '%s' does not serve type '%s' with arch '%s'", domain->emulator,
                 xml_enum_name (&virt_type_names, domain->type), domain->os.arch);
  if (domain->os.type != OS_TYPE_HVM)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the emulator '%s' does not serve OS type '%s'", domain->emulator,
                 xml_enum_name (&os_type_names, domain->os.type));
  if (domain->vcpus_max == 0)
    REFUSE (INTERNAL_ERROR, "domain/vcpu: a guest has at least one vCPU");
  if (domain->vcpus > domain->vcpus_max)
    REFUSE (CONFIG_UNSUPPORTED, "domain/vcpu: current='%u' is above the maximum %u", domain->vcpus, domain->vcpus_max);
  if (max != 0 && domain->vcpus_max > max)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/vcpu: %u is above the limit %u of machine type '%s'", domain->vcpus_max, max,
                 domain->os.machine);
  if (domain->max_memory != 0 && domain->memory_slots != 0 && domain_numa_memory (domain->cpu) == 0
      && domain_machine (domain)->kind != MACHINE_PSERIES)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/maxMemory: memory that is added later needs a NUMA cell");
  if ((domain->max_memory == 0) != (domain->memory_slots == 0))
    REFUSE (XML_ERROR, "domain/maxMemory: both a size and slots are needed");
  if (domain->max_memory != 0 && domain->max_memory < domain->memory)
    REFUSE (XML_ERROR, "domain/maxMemory: %" G_GUINT64_FORMAT " KiB are below the memory of %" G_GUINT64_FORMAT " KiB",
            domain->max_memory, domain->memory);
  return true;
}

/* UEFI and ACPI need each other: x86 and Arm; secure boot is safe in system management mode. */
static bool
check_firmware (const Domain *domain, GError **error)
{
  const DomainOs *os = &domain->os;
  bool is_uefi = os->firmware == FIRMWARE_EFI || os->loader.type == LOADER_TYPE_PFLASH;
  bool is_arm = strcmp (os->arch, "aarch64") == 0;
  bool is_x86 = strcmp (os->arch, "x86_64") == 0 || strcmp (os->arch, "i686") == 0;

  if (os->firmware == FIRMWARE_ABSENT && os->firmware_features.n > 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL,
                 "domain/os/firmware: features choose among firmwares, which <os firmware=> asks for");
  if (is_uefi && is_x86 && !domain->features.acpi)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features: UEFI needs <acpi/> with architecture '%s'", os->arch);
  if (!is_uefi && is_arm && domain->features.acpi)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/acpi: this needs UEFI with architecture '%s'", os->arch);
  if (os->loader.secure != TRI_YES || os->firmware != FIRMWARE_ABSENT)
    return true;
  if (!domain_is_q35 (domain))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/os/loader: secure='yes' is for machine type q35");
  if (domain->features.smm != TRI_YES)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/os/loader: secure='yes' needs <smm/>");
  return true;
}

static bool
check_os (const Domain *domain, GError **error)
{
  int timeout = domain->os.bios_reboot_timeout;

  if (domain->os.boot.n > 0 && domain_has_boot_order (domain))
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/boot and a device's <boot order=> exclude each other");
  if (timeout != INT32_MIN && (timeout < -1 || timeout > 65535))
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/bios: rebootTimeout='%d' is not within -1 to 65535", timeout);
  if (domain->os.bootmenu_timeout != UINT_MAX && domain->os.bootmenu_timeout > 65535)
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/bootmenu: timeout='%u' is not within 0 to 65535", domain->os.bootmenu_timeout);
  return true;
}

/* Whether two devices have the same alias or boot order. */
static bool
check_names (const Domain *domain, GError **error)
{
  g_autoptr (GHashTable) aliases = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) orders = g_hash_table_new (NULL, NULL);
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      bool is_pair = strcmp (device->element, "console") == 0;
      const char *alias = device->info->alias;

      if (device->info->boot_order > 0 && !g_hash_table_add (orders, GUINT_TO_POINTER (device->info->boot_order)))
        REFUSE (CONFIG_UNSUPPORTED, "boot order %u is given to more than one device", device->info->boot_order);
      if (alias != NULL && g_str_has_prefix (alias, "ua-") && !is_pair && !g_hash_table_add (aliases, (void *) alias))
        REFUSE (CONFIG_UNSUPPORTED, "alias '%s' is given to more than one device", alias);
    }
  return true;
}

bool
domain_validate (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  return check_general (domain, platform, error) && check_os (domain, error) && check_firmware (domain, error)
         && domain_validate_machine (domain, platform, error) && check_names (domain, error)
         && domain_validate_controllers (domain, error) && domain_validate_devices (domain, platform, error)
         && domain_validate_emulator (domain, platform, error);
}
