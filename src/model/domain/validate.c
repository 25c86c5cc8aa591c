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
  if (domain->vcpu_placement == VCPU_PLACEMENT_AUTO)
    REFUSE (CONFIG_UNSUPPORTED, "domain/vcpu: placement='auto' is not supported");
  if (domain->max_memory != 0 && domain->memory_slots != 0 && domain_numa_memory (domain->cpu) == 0
      && domain_machine (domain)->kind != MACHINE_PSERIES)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/maxMemory: memory that is added later needs a NUMA cell");
  if ((domain->max_memory == 0) != (domain->memory_slots == 0))
    REFUSE (XML_ERROR, "domain/maxMemory: both a size and slots are needed");
  return true;
}

#define REFUSE_FIRMWARE(...) return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, __VA_ARGS__)

static Tristate
wanted_feature (const Domain *domain, DomainFirmwareFeatureName name)
{
  for (unsigned int i = 0; i < domain->os.firmware_features.n; i++)
    if (domain->os.firmware_features.items[i]->name == name)
      return domain->os.firmware_features.items[i]->enabled;
  return TRI_ABSENT;
}

/* A firmware that is chosen for the guest leaves nothing to be said about it. */
static bool
check_chosen_firmware (const Domain *domain, GError **error)
{
  const char *firmware = xml_enum_name (&firmware_names, domain->os.firmware);

  if (domain->os.loader.path != NULL || domain->os.loader.type != LOADER_TYPE_ABSENT
      || domain->os.loader.readonly != TRI_ABSENT)
    REFUSE_FIRMWARE ("domain/os/loader: firmware='%s' chooses the loader, its path and attributes", firmware);
  if (domain->os.nvram_template != NULL)
    REFUSE_FIRMWARE ("domain/os/nvram: firmware='%s' chooses the template", firmware);
  if (domain->os.firmware == FIRMWARE_BIOS && domain->os.nvram != NULL)
    REFUSE_FIRMWARE ("domain/os/nvram: firmware='bios' has no variables to store");
  if (domain->os.firmware == FIRMWARE_BIOS && domain->os.firmware_features.n > 0)
    REFUSE_FIRMWARE ("domain/os/firmware: firmware='bios' has no features");
  if (wanted_feature (domain, FIRMWARE_FEATURE_ENROLLED_KEYS) == TRI_YES
      && wanted_feature (domain, FIRMWARE_FEATURE_SECURE_BOOT) == TRI_NO)
    REFUSE_FIRMWARE ("domain/os/firmware: 'enrolled-keys' needs 'secure-boot', which is disabled");
  return true;
}

static bool
check_firmware (const Domain *domain, GError **error)
{
  bool has_nvram = domain->os.nvram != NULL || domain->os.nvram_template != NULL;

  if (domain->os.firmware != FIRMWARE_ABSENT)
    return check_chosen_firmware (domain, error);
  if (domain->os.firmware_features.n > 0)
    REFUSE_FIRMWARE ("domain/os/firmware: features choose among firmwares, which <os firmware=> asks for");
  if ((has_nvram || domain->os.loader.stateless == TRI_NO) && domain->os.loader.type != LOADER_TYPE_PFLASH)
    REFUSE_FIRMWARE ("domain/os/nvram: only a loader of type='pflash' stores variables");
  if (has_nvram && domain->os.loader.stateless == TRI_YES)
    REFUSE_FIRMWARE ("domain/os/nvram: a stateless loader stores no variables");
  return true;
}

static bool
check_os (const Domain *domain, GError **error)
{
  int timeout = domain->os.bios_reboot_timeout;

  if (domain->os.boot.n > 0 && domain_has_boot_order (domain))
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/boot and a device's <boot order=> exclude each other");
  if (timeout != -2 && (timeout < -1 || timeout > 65535))
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/bios: rebootTimeout='%d' is not within -1 to 65535", timeout);
  if (domain->os.bootmenu_timeout != UINT_MAX && domain->os.bootmenu_timeout > 65535)
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/bootmenu: timeout='%u' is not within 0 to 65535", domain->os.bootmenu_timeout);
  return true;
}

static bool
check_cpu (const Domain *domain, GError **error)
{
  const DomainCpu *cpu = domain->cpu;
  uint64_t all;

  if (cpu == NULL)
    return true;
  if (cpu->address_mode == CPU_ADDRESS_MODE_EMULATE && cpu->address_bits == 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/maxphysaddr: mode='emulate' needs bits=");
  if (cpu->topology.sockets == 0)
    return true;
  all = (uint64_t) cpu->topology.sockets * cpu->topology.dies * cpu->topology.cores * cpu->topology.threads;
  if (all != domain->vcpus_max)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/topology: %u sockets of %u dies of %u cores of %u threads are not %u vCPUs",
                 cpu->topology.sockets, cpu->topology.dies, cpu->topology.cores, cpu->topology.threads, domain->vcpus_max);
  return true;
}

static bool
check_features (const Domain *domain, GError **error)
{
  if (domain->features.smm_tseg != UINT64_MAX && domain->features.smm_tseg % (1024 * 1024) != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/smm/tseg: %" G_GUINT64_FORMAT " bytes are no multiple of 1 MiB",
                 domain->features.smm_tseg);
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
         && check_cpu (domain, error) && check_features (domain, error) && check_names (domain, error)
         && domain_validate_controllers (domain, error) && domain_validate_devices (domain, platform, error);
}
