/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMUs, virtual sockets, crypto devices, and the variables of a pSeries' firmware. */
#include "args/memory.h"
#include "args/private.h"

static void
set_on_off (json_t *device, const char *key, Tristate value)
{
  if (value != TRI_ABSENT)
    set_string (device, key, value == TRI_YES ? "on" : "off");
}

static bool
build_intel_iommu (Builder *b, const DomainIommu *iommu, GError **error)
{
  json_t *device;

  if (!need_type (b, "intel-iommu", "the IOMMU", error))
    return false;
  if (iommu->dma_translation != TRI_ABSENT && !qemu_caps_has_prop (b->context->caps, "intel-iommu", "dma-translation"))
    return unsupported (error, "the IOMMU's dma_translation cannot be set with %s", b->context->caps->binary);
  if (iommu->xtsup != TRI_ABSENT || iommu->pt != TRI_ABSENT)
    return unsupported (error, "an IOMMU of model 'intel' has neither xtsup nor passthrough");
  device = device_new ("intel-iommu");
  set_string (device, "id", iommu->info.alias);
  set_on_off (device, "intremap", iommu->intremap);
  set_tristate (device, "caching-mode", iommu->caching_mode);
  set_on_off (device, "eim", iommu->eim);
  set_tristate (device, "device-iotlb", iommu->iotlb);
  set_uint (device, "aw-bits", iommu->aw_bits);
  set_tristate (device, "dma-translation", iommu->dma_translation);
  add_part (b, QEMU_DEVICE, device);
  return true;
}

static bool
build_virtio_iommu (Builder *b, const DomainIommu *iommu, GError **error)
{
  g_autoptr (json_t) device = NULL;

  if (iommu->granule_size != 0 || iommu->granule != IOMMU_GRANULE_ABSENT)
    return unsupported (error, "the granule of an IOMMU cannot be set with %s", b->context->caps->binary);
  if (!need_type (b, "virtio-iommu-pci", "the IOMMU", error))
    return false;
  device = device_new ("virtio-iommu");
  set_string (device, "id", iommu->info.alias);
  if (!set_address (b, device, &iommu->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

bool
build_iommu (Builder *b, const DomainIommu *iommu, GError **error)
{
  switch (iommu->model)
    {
    case IOMMU_MODEL_INTEL: return build_intel_iommu (b, iommu, error);
    case IOMMU_MODEL_VIRTIO: return build_virtio_iommu (b, iommu, error);
    case IOMMU_MODEL_SMMUV3:    /* of the machine */
      return iommu->pci_bus < 0 || unsupported (error, "an SMMUv3 of one bus is not supported by %s", b->context->caps->binary);
    default:
      return unsupported (error, "an IOMMU of model '%s' is not supported by the QEMU driver",
                          xml_enum_name (&iommu_model_names, iommu->model));
    }
}

void
append_machine_devices (const Builder *b, GString *out)
{
  if (b->domain->iommu != NULL && b->domain->iommu->model == IOMMU_MODEL_SMMUV3)
    g_string_append (out, ",iommu=smmuv3");
  append_machine_memory (b, out);
}

bool
build_vsock (Builder *b, const DomainVsock *vsock, GError **error)
{
  g_autofree char *driver = virtio_family_driver (b, "vhost-vsock", &vsock->info, vsock->model == VIRTIO_MODEL_TRANSITIONAL,
                                                  vsock->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
  g_autofree char *fd = NULL;
  g_autoptr (json_t) device = NULL;

  if (driver == NULL)
    return false;
  fd = b->context->fd != NULL ? ask_fd (b, QEMU_FD_VSOCK, NULL, &vsock->info, 0, error) : g_strdup ("-1");
  if (fd == NULL)
    return false;
  device = device_new (driver);
  set_virtio (device, &vsock->virtio);
  set_string (device, "id", vsock->info.alias);
  /* An address that was to be chosen was chosen with the descriptor. */
  set_int (device, "guest-cid", vsock->cid);
  set_string (device, "vhostfd", fd);
  if (!set_address (b, device, &vsock->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

bool
build_crypto (Builder *b, const DomainCrypto *crypto, GError **error)
{
  static const char *const backends[] = {
    [CRYPTO_BACKEND_BUILTIN] = "cryptodev-backend-builtin", [CRYPTO_BACKEND_LKCF] = "cryptodev-backend-lkcf",
    [CRYPTO_BACKEND_LAST] = NULL,
  };
  g_autofree char *driver = virtio_driver (b, "crypto", &crypto->info, false, false, error);
  g_autoptr (json_t) device = NULL;
  json_t *object;

  if (driver == NULL || !need_type (b, backends[crypto->backend], crypto->info.alias, error))
    return false;
  object = object_new (backends[crypto->backend], "obj", crypto->info.alias);
  set_uint (object, "queues", crypto->queues);
  add_part (b, QEMU_OBJECT, object);
  device = device_new (driver);
  set_virtio (device, &crypto->virtio);
  set_format (device, "cryptodev", "obj%s", crypto->info.alias);
  set_string (device, "id", crypto->info.alias);
  if (!set_address (b, device, &crypto->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

bool
build_nvram_device (Builder *b, const DomainNvram *nvram, GError **error)
{
  if (nvram->info.address.type != ADDRESS_TYPE_SPAPR_VIO)
    return unsupported (error, "only a pSeries machine has an nvram device");
  if (!need_type (b, "spapr-nvram", "the nvram device", error))
    return false;
  if (nvram->info.address.spapr_vio.reg.is_given)
    add_option (b, "-global", "spapr-nvram.reg=0x%x", nvram->info.address.spapr_vio.reg.value);
  return true;
}
