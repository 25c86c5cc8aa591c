/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/address-virtio.h"

#include "model/domain/machine.h"

#include <string.h>

static bool
is_virtio_disk (const void *item)
{
  return ((const DomainDisk *) item)->target.bus == DISK_BUS_VIRTIO;
}

static bool
is_virtio_interface (const void *item)
{
  const char *model = ((const DomainInterface *) item)->model;

  return ((const DomainInterface *) item)->type != INTERFACE_TYPE_HOSTDEV && model != NULL && g_str_has_prefix (model, "virtio");
}

static bool
is_virtio_hostdev (const void *item)
{
  const DomainHostdev *hostdev = item;

  return hostdev->type == HOSTDEV_TYPE_SCSI_HOST || (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model == HOSTDEV_MODEL_VFIO_CCW);
}

static bool
is_virtio_video (const void *item)
{
  return ((const DomainVideo *) item)->type == VIDEO_TYPE_VIRTIO;
}

static bool
is_virtio_controller (const void *item)
{
  const DomainController *controller = item;

  return controller->type == CONTROLLER_TYPE_VIRTIO_SERIAL
         || (controller->type == CONTROLLER_TYPE_SCSI && (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI || controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
                 || controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL));
}

static bool
is_virtio_input (const void *item)
{
  return ((const DomainInput *) item)->bus == INPUT_BUS_VIRTIO;
}

static bool
is_virtio_balloon (const void *item)
{
  DomainBalloonModel model = ((const DomainMemballoon *) item)->model;

  return model != BALLOON_MODEL_NONE && model != BALLOON_MODEL_XEN;
}

static bool
is_virtio_rng (const void *item)
{
  return true;
}

static bool
is_virtio_filesystem (const void *item)
{
  DomainVirtioModel model = ((const DomainFilesystem *) item)->model;

  return model == VIRTIO_MODEL_ABSENT || model == VIRTIO_MODEL_VIRTIO;
}

static bool
is_virtio_vsock (const void *item)
{
  return ((const DomainVsock *) item)->model == VIRTIO_MODEL_VIRTIO;
}

static bool
is_virtio_always (const void *item)
{
  return true;
}

static const struct { const char *element; bool (*is_virtio) (const void *item); } kinds[] = {
  { "disk", is_virtio_disk },   { "interface", is_virtio_interface },   { "hostdev", is_virtio_hostdev },
  { "video", is_virtio_video }, { "controller", is_virtio_controller }, { "input", is_virtio_input },
  { "rng", is_virtio_rng },     { "memballoon", is_virtio_balloon },    { "filesystem", is_virtio_filesystem },
  { "vsock", is_virtio_vsock }, { "crypto", is_virtio_always },
};

void
domain_claim_virtio (Domain *domain, DomainAddressType type)
{
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
      if (strcmp (kinds[i].element, device->element) == 0 && device->info->address.type == ADDRESS_TYPE_ABSENT
          && kinds[i].is_virtio (device->info))
        device->info->address.type = type;
}

bool
domain_assign_mmio (Domain *domain, const DomainPlatform *platform, GError **error)
{
  if (domain_machine (domain)->virtio == VIRTIO_BUS_MMIO && domain_has_device (domain, platform, "virtio-mmio"))
    domain_claim_virtio (domain, ADDRESS_TYPE_VIRTIO_MMIO);
  return true;
}
