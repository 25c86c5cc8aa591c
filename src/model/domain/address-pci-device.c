/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/address-pci.h"

#include <stddef.h>
#include <string.h>

typedef struct
{
  Domain *domain;
  const DomainPlatform *platform;
  bool has_pcie, has_pcie_virtio;
  GArray *devices;
} Collector;

static PciConnect
virtio_connect (const Collector *collector, bool is_transitional)
{
  return collector->has_pcie_virtio && !is_transitional ? CONNECT_PCIE : CONNECT_PCI;
}

static PciConnect
express_connect (const Collector *collector)
{
  return collector->has_pcie ? CONNECT_PCIE : CONNECT_PCI;
}

static PciConnect
bus_connect (const DomainController *controller)
{
  switch (controller->model)
    {
    case CONTROLLER_MODEL_PCI_BRIDGE:
      return CONNECT_BRIDGE;
    case CONTROLLER_MODEL_PCI_EXPANDER_BUS:
      return CONNECT_EXPANDER;
    case CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE: case CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      return CONNECT_ROOT;
    case CONTROLLER_MODEL_PCIE_ROOT_PORT:
      return CONNECT_ROOT_PORT;
    case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      return CONNECT_DOWNSTREAM;
    case CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT: case CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE:
      return CONNECT_PCIE;
    default:
      return CONNECT_NOT;
    }
}

static PciConnect
controller_connect (const Collector *collector, const void *item)
{
  const DomainController *controller = item;
  bool transitional = controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL;

  switch (controller->type)
    {
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
      return virtio_connect (collector, transitional);
    case CONTROLLER_TYPE_SCSI:
      if (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI || transitional
          || controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL)
        return virtio_connect (collector, transitional);
      return controller->model == CONTROLLER_MODEL_IBMVSCSI || controller->model == CONTROLLER_MODEL_NCR53C90 ? CONNECT_NOT
                                                                                                              : CONNECT_PCI;
    case CONTROLLER_TYPE_USB:
      if (controller->model == CONTROLLER_MODEL_NONE || controller->model == CONTROLLER_MODEL_QUSB1
          || controller->model == CONTROLLER_MODEL_QUSB2)
        return CONNECT_NOT;
      return controller->model == CONTROLLER_MODEL_QEMU_XHCI || controller->model == CONTROLLER_MODEL_NEC_XHCI
               ? express_connect (collector)
               : CONNECT_PCI;
    case CONTROLLER_TYPE_SATA:
      return CONNECT_PCI;
    case CONTROLLER_TYPE_NVME:
      return express_connect (collector);
    case CONTROLLER_TYPE_IDE:
      return controller->index == 0 ? CONNECT_PCI : CONNECT_NOT;
    default:
      return CONNECT_NOT;
    }
}

/* Models that nobody knows are taken for QEMU's, which come with PCI Express. */
static PciConnect
interface_connect (const Collector *collector, const void *item)
{
  static const char *const elsewhere[] = { "usb-net", "spapr-vlan", NULL };
  static const char *const on_boards[] = { "smc91c111", "lan9118", "lance", NULL };
  static const char *const conventional[] = {
    "rtl8139", "e1000", "virtio-transitional", "netfront", "vmxnet", "vmxnet2", "vmxnet3", "vlance", "Am79C970A", "Am79C973",
    "82540EM", "82545EM", "82543GC", "lan9118", "scm91c111", NULL,
  };
  const DomainInterface *interface = item;
  const char *model = interface->model;

  if (interface->type == INTERFACE_TYPE_HOSTDEV || model == NULL || g_strv_contains (elsewhere, model))
    return CONNECT_NOT;
  if (g_strv_contains (on_boards, model) && !domain_is_x86 (collector->domain))
    return CONNECT_NOT;
  if (strcmp (model, "e1000e") == 0)
    return express_connect (collector);
  return virtio_connect (collector, g_strv_contains (conventional, model));
}

static PciConnect
host_interface_connect (const Collector *collector, const void *item)
{
  const DomainInterface *interface = item;

  return interface->host != NULL && interface->host->bus == INTERFACE_HOST_BUS_PCI ? express_connect (collector) : CONNECT_NOT;
}

static PciConnect
sound_connect (const Collector *collector, const void *item)
{
  switch (((const DomainSound *) item)->model)
    {
    case SOUND_MODEL_SB16: case SOUND_MODEL_PCSPK: case SOUND_MODEL_USB: return CONNECT_NOT;
    case SOUND_MODEL_VIRTIO: return virtio_connect (collector, false);
    default: return CONNECT_PCI;
    }
}

static PciConnect
disk_connect (const Collector *collector, const void *item)
{
  const DomainDisk *disk = item;

  return disk->target.bus == DISK_BUS_VIRTIO ? virtio_connect (collector, disk->model == VIRTIO_MODEL_TRANSITIONAL) : CONNECT_NOT;
}

/* The host's PCI devices may be of PCI Express. */
static PciConnect
hostdev_connect (const Collector *collector, const void *item)
{
  const DomainHostdev *hostdev = item;

  switch (hostdev->type)
    {
    case HOSTDEV_TYPE_PCI:
      return express_connect (collector);
    case HOSTDEV_TYPE_SCSI_HOST:
      return virtio_connect (collector, hostdev->model == HOSTDEV_MODEL_VIRTIO_TRANSITIONAL);
    case HOSTDEV_TYPE_MDEV:
      return hostdev->model == HOSTDEV_MODEL_VFIO_PCI ? express_connect (collector) : CONNECT_NOT;
    default:
      return CONNECT_NOT;
    }
}

static PciConnect
rng_connect (const Collector *collector, const void *item)
{
  return virtio_connect (collector, ((const DomainRng *) item)->model == VIRTIO_MODEL_TRANSITIONAL);
}

static PciConnect
watchdog_connect (const Collector *collector, const void *item)
{
  return ((const DomainWatchdog *) item)->model == WATCHDOG_MODEL_I6300ESB ? CONNECT_PCI : CONNECT_NOT;
}

bool
domain_video_is_on_pci (const DomainVideo *video)
{
  return video->type != VIDEO_TYPE_NONE && video->type != VIDEO_TYPE_RAMFB;
}

static PciConnect
video_connect (const Collector *collector, const void *item)
{
  const DomainVideo *video = item;

  if (!domain_video_is_on_pci (video))
    return CONNECT_NOT;
  if (video->type == VIDEO_TYPE_BOCHS)
    return express_connect (collector);
  return video->type == VIDEO_TYPE_VIRTIO ? virtio_connect (collector, false) : CONNECT_PCI;
}

static PciConnect
serial_connect (const Collector *collector, const void *item)
{
  return ((const DomainChardev *) item)->target == CHARDEV_TARGET_PCI_SERIAL ? CONNECT_PCI : CONNECT_NOT;
}

static PciConnect
input_connect (const Collector *collector, const void *item)
{
  const DomainInput *input = item;

  return input->bus == INPUT_BUS_VIRTIO ? virtio_connect (collector, input->model == VIRTIO_MODEL_TRANSITIONAL) : CONNECT_NOT;
}

static PciConnect
filesystem_connect (const Collector *collector, const void *item)
{
  return virtio_connect (collector, ((const DomainFilesystem *) item)->model == VIRTIO_MODEL_TRANSITIONAL);
}

static PciConnect
balloon_connect (const Collector *collector, const void *item)
{
  DomainBalloonModel model = ((const DomainMemballoon *) item)->model;

  return model != BALLOON_MODEL_NONE ? virtio_connect (collector, model == BALLOON_MODEL_VIRTIO_TRANSITIONAL) : CONNECT_NOT;
}

static PciConnect
shmem_connect (const Collector *collector, const void *item)
{
  return CONNECT_PCI;
}

static PciConnect
vsock_connect (const Collector *collector, const void *item)
{
  return virtio_connect (collector, ((const DomainVsock *) item)->model == VIRTIO_MODEL_TRANSITIONAL);
}

static PciConnect
memory_connect (const Collector *collector, const void *item)
{
  DomainMemoryModel model = ((const DomainMemory *) item)->model;

  return model == MEMORY_MODEL_VIRTIO_PMEM || model == MEMORY_MODEL_VIRTIO_MEM ? virtio_connect (collector, false) : CONNECT_NOT;
}

static PciConnect
crypto_connect (const Collector *collector, const void *item)
{
  return virtio_connect (collector, false);
}

static PciConnect
iommu_connect (const Collector *collector, const void *item)
{
  if (((const DomainIommu *) item)->model != IOMMU_MODEL_VIRTIO)
    return CONNECT_NOT;
  return collector->has_pcie ? CONNECT_ROOT : CONNECT_PCI;
}

static unsigned int
isolation_of (const Collector *collector, const PciAddress *address)
{
  return domain_machine (collector->domain)->has_many_roots
           ? collector->platform->isolation_group (collector->platform, address)
           : 0;
}

static void
add_device (Collector *collector, DomainDeviceInfo *info, PciConnect connect)
{
  PciDevice device = { .info = info, .connect = connect };

  if (connect != CONNECT_NOT)
    g_array_append_val (collector->devices, device);
}

static void
add_buses (Collector *collector)
{
  for (unsigned int i = 0; i < collector->domain->controllers.n; i++)
    {
      DomainController *controller = collector->domain->controllers.items[i];
      PciDevice device = { .info = &controller->info, .connect = bus_connect (controller), .is_bus = true };

      if (controller->type == CONTROLLER_TYPE_PCI && device.connect != CONNECT_NOT)
        g_array_append_val (collector->devices, device);
    }
}

bool
domain_is_ich9_usb (const DomainController *controller)
{
  return controller->type == CONTROLLER_TYPE_USB && controller->model >= CONTROLLER_MODEL_ICH9_EHCI1
         && controller->model <= CONTROLLER_MODEL_ICH9_UHCI3;
}

typedef PciConnect (*ConnectOf) (const Collector *collector, const void *item);

static const struct { size_t offset; ConnectOf connect; bool is_single; } lists[] = {
  { offsetof (Domain, filesystems), filesystem_connect },
  { offsetof (Domain, interfaces), interface_connect }, { offsetof (Domain, sounds), sound_connect },
  { offsetof (Domain, controllers), controller_connect }, { offsetof (Domain, disks), disk_connect },
  { offsetof (Domain, interfaces), host_interface_connect }, { offsetof (Domain, hostdevs), hostdev_connect },
  { offsetof (Domain, memballoon), balloon_connect, true },
  { offsetof (Domain, rngs), rng_connect }, { offsetof (Domain, watchdogs), watchdog_connect },
  { offsetof (Domain, videos), video_connect }, { offsetof (Domain, shmems), shmem_connect },
  { offsetof (Domain, inputs), input_connect }, { offsetof (Domain, serials), serial_connect },
  { offsetof (Domain, vsock), vsock_connect, true }, { offsetof (Domain, memories), memory_connect },
  { offsetof (Domain, cryptos), crypto_connect }, { offsetof (Domain, iommu), iommu_connect, true },
};

/* What only some of the devices have. */
static void
add_details (Collector *collector)
{
  for (unsigned int i = 0; i < collector->devices->len; i++)
    {
      PciDevice *device = &g_array_index (collector->devices, PciDevice, i);

      for (unsigned int c = 0; c < collector->domain->controllers.n; c++)
        if (device->info == &collector->domain->controllers.items[c]->info
            && domain_is_ich9_usb (collector->domain->controllers.items[c]))
          device->usb = collector->domain->controllers.items[c];
      for (unsigned int h = 0; h < collector->domain->hostdevs.n; h++)
        if (device->info == &collector->domain->hostdevs.items[h]->info
            && collector->domain->hostdevs.items[h]->type == HOSTDEV_TYPE_PCI)
          device->isolation = isolation_of (collector, &collector->domain->hostdevs.items[h]->pci.address);
      for (unsigned int n = 0; n < collector->domain->interfaces.n; n++)
        if (device->info == &collector->domain->interfaces.items[n]->info
            && collector->domain->interfaces.items[n]->type == INTERFACE_TYPE_HOSTDEV
            && collector->domain->interfaces.items[n]->host != NULL)
          device->isolation = isolation_of (collector, &collector->domain->interfaces.items[n]->host->pci);
    }
}

PciDevice *
domain_pci_devices (Domain *domain, const DomainPlatform *platform)
{
  Collector collector = {
    .domain = domain, .platform = platform, .has_pcie = domain_has_pcie (domain),
    .devices = g_array_new (TRUE, TRUE, sizeof (PciDevice)),
  };

  collector.has_pcie_virtio = collector.has_pcie && domain_has_device (domain, platform, "virtio-net-pci-non-transitional");
  add_buses (&collector);
  for (unsigned int l = 0; l < G_N_ELEMENTS (lists); l++)
    {
      const void *member = (const char *) domain + lists[l].offset;
      const XmlList *list = member;
      void *const *items = lists[l].is_single ? member : list->items;
      unsigned int n = lists[l].is_single ? *items != NULL : list->n;

      for (unsigned int i = 0; i < n; i++)
        add_device (&collector, items[i], lists[l].connect (&collector, items[i]));
    }
  add_details (&collector);
  return (PciDevice *) (void *) g_array_free (collector.devices, FALSE);
}

bool
domain_has_place (const DomainDeviceInfo *info)
{
  const DomainAddress *address = &info->address;

  if (address->type == ADDRESS_TYPE_PCI)
    return address->pci.bus != 0 || address->pci.slot != 0 || address->pci.function != 0 || address->pci.domain != 0;
  return address->type != ADDRESS_TYPE_ABSENT;
}

/* A host bridge but the first has the lowest number that no other has. */
static int
free_target_index (const Domain *domain)
{
  for (int index = 1;; index++)
    {
      bool taken = false;

      for (unsigned int i = 0; i < domain->controllers.n; i++)
        taken = taken || (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI
                          && domain->controllers.items[i]->pci.target_index == index);
      if (!taken)
        return index;
    }
}

/* The numbers of an expander's buses lie below those of the others. */
static int
free_bus_number (const Domain *domain)
{
  int lowest = PCI_MAX_BUSES;

  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI && domain->controllers.items[i]->pci.bus_nr >= 0)
      lowest = MIN (lowest, domain->controllers.items[i]->pci.bus_nr);
  return lowest - 2;
}

static void
complete_controller (Domain *domain, DomainController *controller)
{
  const DomainAddress *address = &controller->info.address;

  switch (controller->model)
    {
    case CONTROLLER_MODEL_PCI_BRIDGE:
      if (controller->pci.chassis_nr < 0)
        controller->pci.chassis_nr = controller->index;
      break;
    case CONTROLLER_MODEL_PCIE_ROOT_PORT: case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      if (controller->pci.chassis < 0)
        controller->pci.chassis = controller->index;
      if (controller->pci.port == UINT_MAX)
        controller->pci.port = controller->model == CONTROLLER_MODEL_PCIE_ROOT_PORT
                                 ? (address->pci.slot << 3 | address->pci.function) & 0xff
                                 : address->pci.slot;
      break;
    case CONTROLLER_MODEL_PCI_EXPANDER_BUS: case CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      if (controller->pci.bus_nr < 0)
        controller->pci.bus_nr = free_bus_number (domain);
      break;
    case CONTROLLER_MODEL_PCI_ROOT:
      if (domain_machine (domain)->has_many_roots && controller->pci.target_index < 0)
        controller->pci.target_index = controller->index == 0 ? 0 : free_target_index (domain);
      break;
    default:
      break;
    }
}

void
domain_complete_pci_controllers (Domain *domain)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI)
      complete_controller (domain, domain->controllers.items[i]);
}
