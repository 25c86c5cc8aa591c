/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where devices sit. */
#include "args/private.h"

#include <string.h>

#include "model/domain/rules.h"
#include "util/error.h"

/* What the machine brings along has QEMU's own name, whatever alias the document gives it. */
static const char *
builtin_bus (const Builder *b, DomainControllerType type)
{
  bool q35 = domain_is_q35 (b->domain);

  if (type == CONTROLLER_TYPE_PCI)
    {
      const DomainController *root = domain_find_controller (b->domain, CONTROLLER_TYPE_PCI, 0);

      return root != NULL && root->model == CONTROLLER_MODEL_PCIE_ROOT ? "pcie.0" : "pci.0";
    }
  return (type == CONTROLLER_TYPE_IDE && !q35) || (type == CONTROLLER_TYPE_SATA && q35) ? "ide" : NULL;
}

const char *
controller_alias (const Builder *b, DomainControllerType type, unsigned int index)
{
  const char *found = index == 0 ? builtin_bus (b, type) : NULL;

  if (found != NULL)
    return found;

  for (unsigned int i = 0; i < b->domain->controllers.n; i++)
    {
      const DomainController *controller = b->domain->controllers.items[i];

      if (controller->type != type || controller->index != (int) index)
        continue;
      if (controller->master_startport < 0)
        return controller->info.alias;
      found = controller->info.alias;
    }
  return found;
}

/* What a PCI device of s390 has besides: a device of its own that names it. */
static bool
add_zpci (const Builder *b, const DomainDeviceInfo *info, GError **error)
{
  const DomainNumber *uid = &info->address.pci.zpci_uid, *fid = &info->address.pci.zpci_fid;
  json_t *zpci;

  if (!uid->is_given && !fid->is_given)
    return true;
  if (!need_type (b, "zpci", info->alias, error))
    return false;
  zpci = device_new ("zpci");
  set_int (zpci, "uid", uid->value);
  set_int (zpci, "fid", fid->value);
  set_string (zpci, "target", info->alias);
  set_format (zpci, "id", "zpci%u", uid->value);
  add_part (b, QEMU_DEVICE, zpci);
  return true;
}

static bool
set_pci_address (const Builder *b, json_t *device, const DomainDeviceInfo *info, GError **error)
{
  unsigned int index = info->address.pci.bus;
  const DomainController *controller = domain_find_controller (b->domain, CONTROLLER_TYPE_PCI, (int) index);
  const char *bus = controller_alias (b, CONTROLLER_TYPE_PCI, index);

  if (!add_zpci (b, info, error))
    return false;
  /* A further host bridge is not itself a bus, but has one. */
  if (bus != NULL && index > 0 && controller != NULL && controller->model == CONTROLLER_MODEL_PCI_ROOT)
    set_format (device, "bus", "%s.0", bus);
  else if (bus != NULL)
    set_string (device, "bus", bus);
  else
    set_format (device, "bus", "pci.%u", index);
  set_tristate (device, "multifunction", info->address.pci.multifunction);
  if (info->address.pci.function != 0)
    set_format (device, "addr", "0x%x.0x%x", info->address.pci.slot, info->address.pci.function);
  else
    set_format (device, "addr", "0x%x", info->address.pci.slot);
  set_uint (device, "acpi-index", info->acpi_index);
  return true;
}

static bool
set_usb_address (const Builder *b, json_t *device, const DomainDeviceInfo *info, GError **error)
{
  const char *bus = controller_alias (b, CONTROLLER_TYPE_USB, info->address.usb.bus);
  g_autoptr (GString) port = g_string_new (NULL);

  if (bus == NULL)
    return unsupported (error, "device '%s' is on USB bus %u, for which there is no controller",
                        info->alias, info->address.usb.bus);
  set_format (device, "bus", "%s.0", bus);
  for (unsigned int i = 0; i < DOMAIN_USB_PORT_DEPTH && info->address.usb.port[i] != 0; i++)
    g_string_append_printf (port, "%s%u", i > 0 ? "." : "", info->address.usb.port[i]);
  set_string (device, "port", port->len > 0 ? port->str : NULL);
  return true;
}

/* A device on a bus of a controller that it names by index: "scsi0.0", "ccid0.0". */
static bool
set_controller_bus (const Builder *b, json_t *device, const DomainDeviceInfo *info, DomainControllerType type,
                    unsigned int index, unsigned int bus, GError **error)
{
  const char *alias = controller_alias (b, type, index);

  if (alias == NULL)
    return unsupported (error, "device '%s' is on %s controller %u, which does not exist", info->alias,
                        xml_enum_name (&controller_type_names, type), index);
  set_format (device, "bus", "%s.%u", alias, bus);
  return true;
}

/* Old SCSI adapters have no targets and units of them: a unit is a SCSI id. */
static bool
set_scsi_address (const Builder *b, json_t *device, const DomainDeviceInfo *info, GError **error)
{
  const DomainAddress *address = &info->address;
  const DomainController *controller
    = domain_find_controller (b->domain, CONTROLLER_TYPE_SCSI, (int) address->drive.controller);

  if (!set_controller_bus (b, device, info, CONTROLLER_TYPE_SCSI, address->drive.controller, 0, error))
    return false;
  if (controller->model == CONTROLLER_MODEL_LSILOGIC || controller->model == CONTROLLER_MODEL_AM53C974
      || controller->model == CONTROLLER_MODEL_DC390 || controller->model == CONTROLLER_MODEL_ABSENT)
    {
      set_int (device, "scsi-id", address->drive.unit);
      return true;
    }
  set_int (device, "channel", address->drive.bus);
  set_int (device, "scsi-id", address->drive.target);
  set_int (device, "lun", address->drive.unit);
  return true;
}

static void
set_isa_address (json_t *device, const DomainDeviceInfo *info)
{
  set_uint (device, "iobase", info->address.isa.iobase);
  set_uint (device, "irq", info->address.isa.irq);
}

bool
set_address (const Builder *b, json_t *device, const DomainDeviceInfo *info, GError **error)
{
  const DomainAddress *address = &info->address;

  switch (address->type)
    {
    case ADDRESS_TYPE_PCI:
      return set_pci_address (b, device, info, error);
    case ADDRESS_TYPE_USB:
      return set_usb_address (b, device, info, error);
    case ADDRESS_TYPE_ISA:
      set_isa_address (device, info);
      return true;
    case ADDRESS_TYPE_VIRTIO_SERIAL:
      if (!set_controller_bus (b, device, info, CONTROLLER_TYPE_VIRTIO_SERIAL, address->virtio_serial.controller,
                               address->virtio_serial.bus, error))
        return false;
      set_int (device, "nr", address->virtio_serial.port);
      return true;
    case ADDRESS_TYPE_CCID:
      return set_controller_bus (b, device, info, CONTROLLER_TYPE_CCID, address->ccid.controller, 0, error);
    case ADDRESS_TYPE_DRIVE:
      return set_scsi_address (b, device, info, error);
    case ADDRESS_TYPE_CCW:
      set_format (device, "devno", "%x.%x.%04x", address->ccw.cssid.value, address->ccw.ssid.value, address->ccw.devno.value);
      return true;
    case ADDRESS_TYPE_SPAPR_VIO:
      if (address->spapr_vio.reg.is_given)
        set_int (device, "reg", address->spapr_vio.reg.value);
      return true;
    case ADDRESS_TYPE_DIMM:
      set_int (device, "slot", address->dimm.slot);
      set_uint (device, "addr", address->dimm.base);
      return true;
    case ADDRESS_TYPE_ABSENT:
    case ADDRESS_TYPE_VIRTIO_MMIO:      /* the machine's next free place */
    case ADDRESS_TYPE_UNASSIGNED:
      return true;
    default:
      return unsupported (error, "device '%s' has an address of type '%s', which is not supported for this machine",
                          info->alias, xml_enum_name (&address_type_names, address->type));
    }
}

void
set_virtio (json_t *device, const DomainVirtioOptions *options)
{
  set_tristate (device, "iommu_platform", options->iommu);
  set_tristate (device, "ats", options->ats);
  set_tristate (device, "packed", options->packed);
  set_tristate (device, "page-per-vq", options->page_per_vq);
}

/* What a virtio device is called on each kind of bus. */
static const struct { DomainAddressType address; const char *suffix; } virtio_buses[] = {
  { ADDRESS_TYPE_PCI, "pci" }, { ADDRESS_TYPE_CCW, "ccw" }, { ADDRESS_TYPE_VIRTIO_MMIO, "device" },
};

static const char *
virtio_suffix (const DomainDeviceInfo *info)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (virtio_buses); i++)
    if (virtio_buses[i].address == info->address.type)
      return virtio_buses[i].suffix;
  return NULL;
}

char *
virtio_family_driver (const Builder *b, const char *family, const DomainDeviceInfo *info, bool transitional, bool modern,
                      GError **error)
{
  const char *suffix = virtio_suffix (info);
  g_autofree char *driver = NULL;

  if (suffix == NULL)
    {
      unsupported (error, "virtio device '%s' cannot have an address of type '%s'", info->alias,
                   xml_enum_name (&address_type_names, info->address.type) ?: "none");
      return NULL;
    }
  if ((transitional || modern) && info->address.type != ADDRESS_TYPE_PCI)
    {
      unsupported (error, "virtio device '%s' is of a model that is for PCI only", info->alias);
      return NULL;
    }
  driver = g_strconcat (family, "-", suffix, transitional ? "-transitional" : modern ? "-non-transitional" : "", NULL);
  return need_type (b, driver, info->alias, error) ? g_steal_pointer (&driver) : NULL;
}

char *
virtio_driver (const Builder *b, const char *kind, const DomainDeviceInfo *info, bool transitional, bool modern,
               GError **error)
{
  g_autofree char *family = g_strconcat ("virtio-", kind, NULL);

  return virtio_family_driver (b, family, info, transitional, modern, error);
}

void
set_rom (json_t *device, const DomainDeviceInfo *info)
{
  set_string (device, "romfile", info->rom_enabled == TRI_NO ? "" : info->rom_file);
  if (info->rom_bar != TRI_ABSENT)
    set_int (device, "rombar", info->rom_bar == TRI_YES ? 1 : 0);
}
