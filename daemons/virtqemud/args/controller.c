/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controllers, and the chipset's settings that stand for them. */
#include "args/private.h"

#include <string.h>

static const struct { DomainControllerModel model; const char *driver; } usb_drivers[] = {
  { CONTROLLER_MODEL_PIIX3_UHCI, "piix3-usb-uhci" }, { CONTROLLER_MODEL_PIIX4_UHCI, "piix4-usb-uhci" },
  { CONTROLLER_MODEL_EHCI, "usb-ehci" }, { CONTROLLER_MODEL_ICH9_EHCI1, "ich9-usb-ehci1" },
  { CONTROLLER_MODEL_ICH9_UHCI1, "ich9-usb-uhci1" }, { CONTROLLER_MODEL_ICH9_UHCI2, "ich9-usb-uhci2" },
  { CONTROLLER_MODEL_ICH9_UHCI3, "ich9-usb-uhci3" }, { CONTROLLER_MODEL_VT82C686B_UHCI, "vt82c686b-usb-uhci" },
  { CONTROLLER_MODEL_PCI_OHCI, "pci-ohci" }, { CONTROLLER_MODEL_NEC_XHCI, "nec-usb-xhci" },
  { CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci" },
}, scsi_drivers[] = {
  { CONTROLLER_MODEL_LSILOGIC, "lsi" }, { CONTROLLER_MODEL_LSISAS1068, "mptsas1068" },
  { CONTROLLER_MODEL_LSISAS1078, "megasas" }, { CONTROLLER_MODEL_VMPVSCSI, "pvscsi" },
  { CONTROLLER_MODEL_AM53C974, "am53c974" }, { CONTROLLER_MODEL_DC390, "dc390" },
  { CONTROLLER_MODEL_NCR53C90, NULL },
};

static const char *
usb_driver (DomainControllerModel model)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (usb_drivers); i++)
    if (usb_drivers[i].model == model)
      return usb_drivers[i].driver;
  return "piix3-usb-uhci";
}

static json_t *
usb_controller (const Builder *b, const DomainController *controller, GError **error)
{
  const char *driver = usb_driver (controller->model);
  g_autoptr (json_t) device = device_new (driver);

  if (!need_type (b, driver, controller->info.alias, error))
    return NULL;
  if (controller->ports >= 0)
    {
      if (controller->model != CONTROLLER_MODEL_NEC_XHCI && controller->model != CONTROLLER_MODEL_QEMU_XHCI)
        {
          unsupported (error, "USB controller '%s' cannot have a number of ports", controller->info.alias);
          return NULL;
        }
      set_int (device, "p2", controller->ports);
      set_int (device, "p3", controller->ports);
    }
  if (controller->master_startport >= 0)
    {
      const char *master = controller_alias (b, CONTROLLER_TYPE_USB, (unsigned int) controller->index);

      set_format (device, "masterbus", "%s.0", master);
      set_int (device, "firstport", controller->master_startport);
    }
  else
    set_string (device, "id", controller->info.alias);
  return g_steal_pointer (&device);
}

static json_t *
scsi_controller (const Builder *b, const DomainController *controller, GError **error)
{
  g_autofree char *virtio = NULL;
  const char *driver = NULL;
  json_t *device;
  bool transitional = controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL;
  bool modern = controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;

  for (unsigned int i = 0; i < G_N_ELEMENTS (scsi_drivers); i++)
    if (scsi_drivers[i].model == controller->model)
      driver = scsi_drivers[i].driver;
  if (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI || transitional || modern)
    {
      driver = virtio = virtio_driver (b, "scsi", &controller->info, transitional, modern, error);
      if (driver == NULL)
        return NULL;
    }
  if (driver == NULL)
    {
      unsupported (error, "SCSI controller '%s' of model '%s' is not supported", controller->info.alias,
                   xml_enum_name (&controller_model_names, controller->model) ?: "default");
      return NULL;
    }
  if (!need_type (b, driver, controller->info.alias, error))
    return NULL;
  device = device_new (driver);
  set_virtio (device, &controller->driver.virtio);
  if (controller->driver.iothread != 0)
    set_format (device, "iothread", "iothread%u", controller->driver.iothread);
  set_string (device, "id", controller->info.alias);
  set_uint (device, "num_queues", controller->driver.queues);
  set_uint (device, "cmd_per_lun", controller->driver.cmd_per_lun);
  set_uint (device, "max_sectors", controller->driver.max_sectors);
  set_tristate (device, "ioeventfd", controller->driver.ioeventfd);
  return device;
}

/* The bridges that hang on another bus than the first. */
static json_t *
pci_controller (const Builder *b, const DomainController *controller, GError **error)
{
  const char *driver = xml_enum_name (&pci_model_name_names, controller->pci.model_name);
  json_t *device;

  if (driver == NULL)
    {
      unsupported (error, "PCI controller %d has no QEMU device model", controller->index);
      return NULL;
    }
  if (!need_type (b, driver, controller->info.alias, error))
    return NULL;
  device = device_new (driver);
  set_known (device, "port", (int) controller->pci.port);
  set_known (device, "chassis_nr", controller->pci.chassis_nr);
  set_known (device, "chassis", controller->pci.chassis);
  set_uint (device, "mem-reserve", controller->pci.mem_reserve * 1024);
  set_known (device, "bus_nr", controller->pci.bus_nr);
  set_string (device, "id", controller->info.alias);
  set_known (device, "numa_node", controller->pci.node);
  set_tristate (device, "hotplug", controller->pci.hotplug);
  return device;
}

static json_t *
virtio_serial_controller (const Builder *b, const DomainController *controller, GError **error)
{
  g_autofree char *driver
    = virtio_driver (b, "serial", &controller->info, controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL,
                     controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL, error);
  json_t *device;

  if (driver == NULL)
    return NULL;
  device = device_new (driver);
  set_virtio (device, &controller->driver.virtio);
  set_string (device, "id", controller->info.alias);
  set_known (device, "max_ports", controller->ports);
  set_known (device, "vectors", controller->vectors);
  return device;
}

/* What the machine brings along, and what has no device of its own. */
static bool
controller_is_implied (const Builder *b, const DomainController *controller)
{
  switch (controller->type)
    {
    case CONTROLLER_TYPE_IDE:
    case CONTROLLER_TYPE_FDC:
      return controller->index == 0;
    case CONTROLLER_TYPE_SATA:
      return controller->index == 0 && domain_is_q35 (b->domain);
    case CONTROLLER_TYPE_PCI:
      return controller->model == CONTROLLER_MODEL_PCI_ROOT || controller->model == CONTROLLER_MODEL_PCIE_ROOT;
    case CONTROLLER_TYPE_USB:
      return controller->model == CONTROLLER_MODEL_NONE;
    default:
      return false;
    }
}

static json_t *
controller_device (const Builder *b, const DomainController *controller, GError **error)
{
  json_t *device;

  switch (controller->type)
    {
    case CONTROLLER_TYPE_USB: return usb_controller (b, controller, error);
    case CONTROLLER_TYPE_SCSI: return scsi_controller (b, controller, error);
    case CONTROLLER_TYPE_PCI: return pci_controller (b, controller, error);
    case CONTROLLER_TYPE_VIRTIO_SERIAL: return virtio_serial_controller (b, controller, error);
    case CONTROLLER_TYPE_SATA:
    case CONTROLLER_TYPE_CCID:
      device = device_new (controller->type == CONTROLLER_TYPE_SATA ? "ahci" : "usb-ccid");
      set_string (device, "id", controller->info.alias);
      return device;
    default:
      unsupported (error, "a further controller of type '%s' is not supported",
                   xml_enum_name (&controller_type_names, controller->type));
      return NULL;
    }
}

/* PCI bridges come first, in the order of their indexes, then the rest by kind: what a device hangs on
 * must be there before it. */
static const DomainControllerType controller_order[] = {
  CONTROLLER_TYPE_PCI, CONTROLLER_TYPE_USB, CONTROLLER_TYPE_SCSI, CONTROLLER_TYPE_IDE, CONTROLLER_TYPE_SATA,
  CONTROLLER_TYPE_VIRTIO_SERIAL, CONTROLLER_TYPE_CCID, CONTROLLER_TYPE_NVME,
};

/* Whether a controller of no model is the one that the machine itself makes when it is told to. */
static bool
is_machine_usb (const Builder *b, const DomainController *controller)
{
  if (controller->type != CONTROLLER_TYPE_USB || controller->model != CONTROLLER_MODEL_ABSENT || domain_is_q35 (b->domain))
    return false;
  return !domain_is_i440fx (b->domain) || !qemu_caps_has_type (b->context->caps, "piix3-usb-uhci");
}

bool
build_controller (Builder *b, const DomainController *controller, GError **error)
{
  json_t *device;

  if (is_machine_usb (b, controller))
    {
      add_flag (b, "-usb");
      return true;
    }

  if (controller->type == CONTROLLER_TYPE_PCI && controller->pci.hole64 != UINT64_MAX
      && controller_is_implied (b, controller))
    add_option (b, "-global", "%s.pci-hole64-size=%" G_GUINT64_FORMAT "K",
                controller->model == CONTROLLER_MODEL_PCIE_ROOT ? "q35-pcihost" : "i440FX-pcihost",
                controller->pci.hole64);
  if (controller->model == CONTROLLER_MODEL_PCI_ROOT && controller->pci.hotplug != TRI_ABSENT)
    add_option (b, "-global", "PIIX4_PM.acpi-root-pci-hotplug=%s", controller->pci.hotplug == TRI_YES ? "on" : "off");
  if (controller_is_implied (b, controller))
    return true;
  device = controller_device (b, controller, error);
  if (device == NULL)
    return false;
  if (!set_address (b, device, &controller->info, error))
    {
      json_decref (device);
      return false;
    }
  add_part (b, QEMU_DEVICE, device);
  return true;
}

/* The floppy controller is part of an i440fx machine, a device of its own on q35. */
static void
build_floppy_controller (Builder *b)
{
  unsigned int by_kind = b->boot_floppy;
  bool any = false, q35 = domain_is_q35 (b->domain);
  json_t *device = device_new ("isa-fdc");

  for (unsigned int i = 0; i < b->domain->disks.n; i++)
    {
      const DomainDisk *disk = b->domain->disks.items[i];
      char letter = disk->info.address.drive.unit == 0 ? 'A' : 'B';
      char key[] = "bootindexA";
      unsigned int index;

      if (disk->target.bus != DISK_BUS_FDC)
        continue;
      any = true;
      index = boot_index (&disk->info, &by_kind);
      key[strlen (key) - 1] = letter;
      if (q35)
        set_uint (device, key, index);
      else if (index != 0)
        add_option (b, "-global", "isa-fdc.%s=%u", key, index);
    }
  if (any && q35)
    add_part (b, QEMU_DEVICE, device);
  else
    json_decref (device);
}

bool
build_controllers (Builder *b, GError **error)
{
  for (unsigned int k = 0; k < G_N_ELEMENTS (controller_order); k++)
    for (unsigned int i = 0; i < b->domain->controllers.n; i++)
      {
        const DomainController *controller = b->domain->controllers.items[i];

        if (controller->type == controller_order[k] && !build_controller (b, controller, error))
          return false;
      }
  build_floppy_controller (b);
  return true;
}
