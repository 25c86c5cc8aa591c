/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where devices sit. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

/* What the machine brings along has QEMU's own name, whatever alias the document gives it. */
static const char *
builtin_bus (const Builder *b, DomainControllerType type)
{
  bool q35 = domain_is_q35 (b->domain);

  if (type == CONTROLLER_TYPE_PCI)
    return q35 ? "pcie.0" : "pci.0";
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

static void
set_pci_address (const Builder *b, json_t *device, const DomainDeviceInfo *info)
{
  const char *bus = controller_alias (b, CONTROLLER_TYPE_PCI, info->address.pci.bus);

  if (bus != NULL)
    set_string (device, "bus", bus);
  else
    set_format (device, "bus", "pci.%u", info->address.pci.bus);
  set_tristate (device, "multifunction", info->address.pci.multifunction);
  if (info->address.pci.function != 0)
    set_format (device, "addr", "0x%x.0x%x", info->address.pci.slot, info->address.pci.function);
  else
    set_format (device, "addr", "0x%x", info->address.pci.slot);
  set_uint (device, "acpi-index", info->acpi_index);
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

bool
set_address (const Builder *b, json_t *device, const DomainDeviceInfo *info, GError **error)
{
  const char *bus;

  switch (info->address.type)
    {
    case ADDRESS_TYPE_PCI:
      set_pci_address (b, device, info);
      return true;
    case ADDRESS_TYPE_USB:
      return set_usb_address (b, device, info, error);
    case ADDRESS_TYPE_ISA:
      if (info->address.isa.iobase != UINT_MAX)
        set_int (device, "iobase", info->address.isa.iobase);
      if (info->address.isa.irq != UINT_MAX && info->address.isa.irq != 0)
        set_int (device, "irq", info->address.isa.irq);
      return true;
    case ADDRESS_TYPE_VIRTIO_SERIAL:
      bus = controller_alias (b, CONTROLLER_TYPE_VIRTIO_SERIAL, info->address.virtio_serial.controller);
      if (bus == NULL)
        return unsupported (error, "device '%s' is on virtio-serial controller %u, which does not exist",
                            info->alias, info->address.virtio_serial.controller);
      set_format (device, "bus", "%s.%u", bus, info->address.virtio_serial.bus);
      set_int (device, "nr", info->address.virtio_serial.port);
      return true;
    case ADDRESS_TYPE_ABSENT:
      return true;
    default:
      return unsupported (error, "device '%s' has an address of type '%s', which is not supported for this machine",
                          info->alias, xml_enum_name (&address_type_names, info->address.type));
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

char *
virtio_driver (const Builder *b, const char *kind, const DomainDeviceInfo *info, bool transitional,
               bool modern, GError **error)
{
  g_autofree char *driver = NULL;
  g_autofree char *flavoured = NULL;

  if (info->address.type != ADDRESS_TYPE_PCI)
    {
      unsupported (error, "virtio device '%s' needs a PCI address", info->alias);
      return NULL;
    }
  driver = g_strdup_printf ("virtio-%s-pci", kind);
  if (!transitional && !modern)
    return need_type (b, driver, info->alias, error) ? g_steal_pointer (&driver) : NULL;
  flavoured = g_strconcat (driver, transitional ? "-transitional" : "-non-transitional", NULL);
  return need_type (b, flavoured, info->alias, error) ? g_steal_pointer (&flavoured) : NULL;
}

void
set_rom (json_t *device, const DomainDeviceInfo *info)
{
  set_string (device, "romfile", info->rom_enabled == TRI_NO ? "" : info->rom_file);
  if (info->rom_bar != TRI_ABSENT)
    set_int (device, "rombar", info->rom_bar == TRI_YES ? 1 : 0);
}
