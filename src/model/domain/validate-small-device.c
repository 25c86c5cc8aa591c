/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-small-device.c: rules of the devices that have little to say. They
 * change nothing. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#define MIN_CID 3

static bool
check_rngs (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->rngs.n; i++)
    if (domain->rngs.items[i]->backend == RNG_BACKEND_EGD
        && !domain_check_chardev_source (domain, "rng", i, &domain->rngs.items[i]->source, error))
      return false;
  return true;
}

static bool
check_panic (const Domain *domain, const DomainPanic *panic, unsigned int i, GError **error)
{
  const char *model = xml_enum_name (&panic_model_names, panic->model);
  bool is_on_isa = panic->model == PANIC_MODEL_ISA;
  bool is_on_x86 = is_on_isa || panic->model == PANIC_MODEL_HYPERV || panic->model == PANIC_MODEL_PVPANIC;
  bool is_on_pseries = panic->model == PANIC_MODEL_PSERIES, is_on_s390 = panic->model == PANIC_MODEL_S390;

  if ((is_on_x86 && panic->model != PANIC_MODEL_PVPANIC && !domain_is_x86 (domain))
      || (is_on_pseries && domain_machine (domain)->kind != MACHINE_PSERIES)
      || (is_on_s390 && !g_str_has_prefix (domain->os.arch, "s390")))
    REFUSE_QEMU_AT ("panic", i, CONFIG_UNSUPPORTED, "machine type '%s' has no panic device '%s'", domain->os.machine, model);
  if (is_on_isa && panic->info.address.type != ADDRESS_TYPE_ABSENT && panic->info.address.type != ADDRESS_TYPE_ISA)
    REFUSE_QEMU_AT ("panic", i, CONFIG_UNSUPPORTED, "model '%s' is on ISA only", model);
  if ((is_on_pseries || is_on_s390 || panic->model == PANIC_MODEL_HYPERV)
      && panic->info.address.type != ADDRESS_TYPE_ABSENT)
    REFUSE_QEMU_AT ("panic", i, CONFIG_UNSUPPORTED, "model '%s' has no address", model);
  return true;
}

static bool
check_panics (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->panics.n; i++)
    {
      if (!check_panic (domain, domain->panics.items[i], i, error))
        return false;
      for (unsigned int j = 0; j < i; j++)
        if (domain->panics.items[j]->model == domain->panics.items[i]->model)
          REFUSE_AT ("panic", i, XML_ERROR, "there are two panic devices '%s'",
                     xml_enum_name (&panic_model_names, domain->panics.items[i]->model));
    }
  return true;
}

static bool
check_filesystem (const Domain *domain, const DomainFilesystem *fs, unsigned int i, GError **error)
{
  if (fs->type != FS_TYPE_MOUNT)
    REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "QEMU has no filesystem of type '%s'",
                    xml_enum_name (&fs_type_names, fs->type));
  if (fs->driver.type == FS_DRIVER_VIRTIOFS)
    {
      if (fs->access_mode != FS_ACCESS_MODE_PASSTHROUGH)
        REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "driver 'virtiofs' has accessmode='passthrough' only");
      if (fs->driver.write_policy != FS_WRITE_POLICY_ABSENT)
        REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "driver 'virtiofs' has no wrpolicy=");
      if (fs->readonly)
        REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "driver 'virtiofs' cannot be read-only");
      if (!domain_has_shared_memory (domain))
        REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "driver 'virtiofs' needs memory that is shared");
      return true;
    }
  if (fs->driver.type != FS_DRIVER_ABSENT && fs->driver.type != FS_DRIVER_PATH && fs->driver.type != FS_DRIVER_HANDLE)
    REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "QEMU has no filesystem driver '%s'",
                    xml_enum_name (&fs_driver_names, fs->driver.type));
  if (fs->driver.type == FS_DRIVER_HANDLE && fs->access_mode != FS_ACCESS_MODE_PASSTHROUGH)
    REFUSE_QEMU_AT ("filesystem", i, CONFIG_UNSUPPORTED, "driver 'handle' has accessmode='passthrough' only");
  return true;
}

static bool
check_filesystems (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->filesystems.n; i++)
    if (!check_filesystem (domain, domain->filesystems.items[i], i, error))
      return false;
  return true;
}

static bool
check_tpms (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  unsigned int count[2] = { 0 };
  bool is_arm = domain_machine (domain)->kind == MACHINE_ARM_VIRT;

  for (unsigned int i = 0; i < domain->tpms.n; i++)
    {
      const DomainTpm *tpm = domain->tpms.items[i];
      bool is_proxy = tpm->model == TPM_MODEL_SPAPR_PROXY;
      const char *version = xml_enum_name (&tpm_version_names, tpm->version);

      if (++count[is_proxy] > 1)
        REFUSE_QEMU_AT ("tpm", i, CONFIG_UNSUPPORTED, "there is more than one %s", is_proxy ? "TPM proxy" : "TPM");
      if (tpm->backend != TPM_BACKEND_EMULATOR)
        continue;
      if (tpm->version == TPM_VERSION_1_2 && is_arm)
        REFUSE_QEMU_AT ("tpm", i, CONFIG_UNSUPPORTED, "a TPM of version '1.2' is not for ARM");
      if (tpm->version == TPM_VERSION_1_2 && tpm->model == TPM_MODEL_CRB)
        REFUSE_QEMU_AT ("tpm", i, CONFIG_UNSUPPORTED, "a TPM of version '1.2' has no model 'tpm-crb'");
      if (platform->tpm_version != NULL && g_strcmp0 (platform->tpm_version, version) != 0)
        REFUSE_QEMU_AT ("tpm", i, CONFIG_UNSUPPORTED, "the host makes no TPM of version '%s'", version);
    }
  return true;
}

static bool
check_virtio_iommu (const Domain *domain, GError **error)
{
  const DomainAddress *address = &domain->iommu->info.address;
  DomainMachineKind kind = domain_machine (domain)->kind;

  if (kind != MACHINE_Q35 && kind != MACHINE_ARM_VIRT)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/iommu: model 'virtio' is for machines 'q35' and ARM 'virt' only");
  if (!domain->features.acpi)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/iommu: model 'virtio' needs ACPI");
  if (address->type != ADDRESS_TYPE_PCI)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/iommu: model 'virtio' has a PCI address");
  if (address->pci.bus != 0)
    REFUSE (XML_ERROR, "domain/devices/iommu: model 'virtio' sits on PCI bus 0, not %u", address->pci.bus);
  return true;
}

static bool
check_intel_iommu (const Domain *domain, GError **error)
{
  const DomainIommu *iommu = domain->iommu;

  if (!domain_is_q35 (domain))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/iommu: model 'intel' is for machine 'q35' only");
  if (iommu->info.address.type != ADDRESS_TYPE_ABSENT)
    REFUSE (XML_ERROR, "domain/devices/iommu: model 'intel' has no address");
  if (iommu->intremap == TRI_YES && domain->features.ioapic != IOAPIC_DRIVER_QEMU)
    REFUSE (CONFIG_UNSUPPORTED, "domain/devices/iommu: intremap='on' needs <ioapic driver='qemu'/>");
  if (iommu->eim == TRI_YES && iommu->intremap != TRI_YES)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/iommu: eim='on' needs intremap='on'");
  return true;
}

static bool
has_iommu_options (const DomainIommu *iommu)
{
  return iommu->intremap != TRI_ABSENT || iommu->caching_mode != TRI_ABSENT || iommu->eim != TRI_ABSENT
         || iommu->iotlb != TRI_ABSENT || iommu->aw_bits != 0 || iommu->dma_translation != TRI_ABSENT;
}

static bool
check_iommu (const Domain *domain, GError **error)
{
  const DomainIommu *iommu = domain->iommu;

  if (iommu == NULL)
    return true;
  if (iommu->model == IOMMU_MODEL_INTEL)
    return check_intel_iommu (domain, error);
  if (has_iommu_options (iommu) && iommu->model != IOMMU_MODEL_AMD)
    REFUSE (XML_ERROR, "domain/devices/iommu: model '%s' has no options", xml_enum_name (&iommu_model_names, iommu->model));
  if (iommu->model == IOMMU_MODEL_SMMUV3 && domain_machine (domain)->kind != MACHINE_ARM_VIRT)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/iommu: model 'smmuv3' is for ARM machine 'virt' only");
  return iommu->model != IOMMU_MODEL_VIRTIO || check_virtio_iommu (domain, error);
}

static bool
check_shmem (const Domain *domain, const DomainShmem *shmem, unsigned int i, GError **error)
{
  const char *model = xml_enum_name (&shmem_model_names, shmem->model);

  if (shmem->model == SHMEM_MODEL_IVSHMEM)
    REFUSE_QEMU_AT ("shmem", i, CONFIG_UNSUPPORTED, "QEMU has no model 'ivshmem'");
  if (shmem->model == SHMEM_MODEL_PLAIN && shmem->has_server)
    REFUSE_QEMU_AT ("shmem", i, CONFIG_UNSUPPORTED, "model '%s' has no server", model);
  if (shmem->model == SHMEM_MODEL_DOORBELL && !shmem->has_server)
    REFUSE_QEMU_AT ("shmem", i, CONFIG_UNSUPPORTED, "model '%s' needs a server", model);
  if (shmem->model == SHMEM_MODEL_DOORBELL && shmem->size != UINT64_MAX)
    REFUSE_QEMU_AT ("shmem", i, CONFIG_UNSUPPORTED, "model '%s' has no size, its server decides", model);
  return true;
}

static bool
check_watchdogs (const Domain *domain, GError **error)
{
  bool is_s390 = g_str_has_prefix (domain->os.arch, "s390");

  for (unsigned int i = 0; i < domain->watchdogs.n; i++)
    {
      const DomainWatchdog *watchdog = domain->watchdogs.items[i];
      DomainAddressType type = watchdog->info.address.type;
      const char *model = xml_enum_name (&watchdog_model_names, watchdog->model);

      if (watchdog->model == WATCHDOG_MODEL_I6300ESB && type != ADDRESS_TYPE_PCI && type != ADDRESS_TYPE_ABSENT)
        REFUSE_QEMU_AT ("watchdog", i, CONFIG_UNSUPPORTED, "model '%s' is on PCI only", model);
      if (watchdog->model == WATCHDOG_MODEL_IB700 && type != ADDRESS_TYPE_ABSENT && type != ADDRESS_TYPE_ISA)
        REFUSE_QEMU_AT ("watchdog", i, CONFIG_UNSUPPORTED, "model '%s' has no address", model);
      if (watchdog->model == WATCHDOG_MODEL_DIAG288 && !is_s390)
        REFUSE_QEMU_AT ("watchdog", i, CONFIG_UNSUPPORTED, "model '%s' is for s390 only", model);
      for (unsigned int j = 0; j < i; j++)
        if (domain->watchdogs.items[j]->model == watchdog->model)
          REFUSE_AT ("watchdog", i, XML_ERROR, "there are two of model '%s'", model);
    }
  return true;
}

static bool
check_single (const Domain *domain, GError **error)
{
  const DomainVsock *vsock = domain->vsock;

  if (domain->memballoon != NULL && domain->memballoon->model == BALLOON_MODEL_XEN)
    REFUSE_QEMU (INTERNAL_ERROR, "domain/devices/memballoon: QEMU has no model 'xen'");
  if (vsock != NULL && vsock->cid != 0 && vsock->cid < MIN_CID)
    REFUSE (CONFIG_UNSUPPORTED, "domain/devices/vsock: address='%u' is below %u", vsock->cid, MIN_CID);
  if (domain->nvram_device != NULL && !g_str_has_prefix (domain->os.arch, "ppc64"))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/devices/nvram: only pSeries guests have this device");
  return true;
}

bool
domain_validate_small_devices (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->shmems.n; i++)
    if (!check_shmem (domain, domain->shmems.items[i], i, error))
      return false;
  return check_rngs (domain, error) && check_panics (domain, error) && check_filesystems (domain, error)
         && check_tpms (domain, platform, error) && check_iommu (domain, error) && check_watchdogs (domain, error)
         && check_single (domain, error);
}
