/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-devices.c: rules that bind devices to each other and to the machine.
 * They change nothing. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#include <string.h>

static bool
is_virtio_scsi (const DomainController *controller)
{
  return controller->type == CONTROLLER_TYPE_SCSI
         && (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI || controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
             || controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL);
}

static bool
check_driver (const Domain *domain, const DomainController *controller, GError **error)
{
  const struct { const char *name; bool is_given; } options[] = {
    { "queues", controller->driver.queues != 0 }, { "cmd_per_lun", controller->driver.cmd_per_lun != 0 },
    { "max_sectors", controller->driver.max_sectors != 0 }, { "ioeventfd", controller->driver.ioeventfd != TRI_ABSENT },
    { "iothread", controller->driver.iothread != 0 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (options) && !is_virtio_scsi (controller); i++)
    if (options[i].is_given)
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "the controller of type '%s' with index %d has no option '%s', one of model "
                   "'virtio-scsi' has", xml_enum_name (&controller_type_names, controller->type), controller->index,
                   options[i].name);
  if (controller->driver.iothread != 0 && !domain_has_iothread (domain, controller->driver.iothread))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the controller of type 'scsi' with index %d: there is no iothread %u", controller->index,
                 controller->driver.iothread);
  return true;
}

/* What QEMU has none of. */
static bool
check_availability (const Domain *domain, const DomainController *controller, GError **error)
{
  const char *model = xml_enum_name (&controller_model_names, controller->model);

  if (controller->type == CONTROLLER_TYPE_ISA || controller->type == CONTROLLER_TYPE_XENBUS)
    REFUSE_QEMU (INTERNAL_ERROR, "QEMU has no controllers of type '%s'",
                 xml_enum_name (&controller_type_names, controller->type));
  if (controller->model == CONTROLLER_MODEL_BUSLOGIC || controller->model == CONTROLLER_MODEL_QUSB1
      || controller->model == CONTROLLER_MODEL_QUSB2)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "QEMU has no controller of model '%s'", model);
  if (controller->model == CONTROLLER_MODEL_NCR53C90 && domain_is_x86 (domain))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has no controller of model '%s'", domain->os.machine, model);
  return true;
}

/* The first controller of the machine's own chip is where the chip is. */
static bool
check_own_place (const DomainController *controller, unsigned int slot, unsigned int function, GError **error)
{
  const DomainAddress *address = &controller->info.address;

  if (controller->index != 0 || address->type != ADDRESS_TYPE_PCI)
    return true;
  if (address->pci.domain != 0 || address->pci.bus != 0 || address->pci.slot != slot || address->pci.function != function)
    if (address->pci.bus != 0 || address->pci.slot != 0 || address->pci.function != 0)
      REFUSE_QEMU (INTERNAL_ERROR, "the first controller of type '%s' has the PCI address 0000:00:%02x.%x",
                   xml_enum_name (&controller_type_names, controller->type), slot, function);
  return true;
}

static bool
check_own_places (const Domain *domain, const DomainController *controller, GError **error)
{
  if (domain_is_q35 (domain) && controller->type == CONTROLLER_TYPE_SATA)
    return check_own_place (controller, 0x1f, 2, error);
  if (domain_is_i440fx (domain) && controller->type == CONTROLLER_TYPE_IDE)
    return check_own_place (controller, 1, 1, error);
  return true;
}

/* The models of each controller type are neighbours in the enumeration, but
 * for those that types share. */
static bool
model_fits (const DomainController *controller)
{
  DomainControllerModel model = controller->model;
  bool is_virtio = model == CONTROLLER_MODEL_VIRTIO || model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
                   || model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;

  if (model == CONTROLLER_MODEL_ABSENT)
    return true;
  switch (controller->type)
    {
    case CONTROLLER_TYPE_PCI:
      return model <= CONTROLLER_MODEL_PCIE_EXPANDER_BUS;
    case CONTROLLER_TYPE_USB:
      return model >= CONTROLLER_MODEL_PIIX3_UHCI && model <= CONTROLLER_MODEL_NONE;
    case CONTROLLER_TYPE_SCSI:
      return (model >= CONTROLLER_MODEL_AUTO && model <= CONTROLLER_MODEL_AM53C974)
             || (is_virtio && model != CONTROLLER_MODEL_VIRTIO);
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
      return is_virtio;
    case CONTROLLER_TYPE_IDE:
      return model >= CONTROLLER_MODEL_PIIX3 && model <= CONTROLLER_MODEL_ICH6;
    default:
      return false;
    }
}

static bool
is_usb_pair (const DomainController *a, const DomainController *b)
{
  return a->type == CONTROLLER_TYPE_USB && (a->master_startport >= 0 || b->master_startport >= 0);
}

static bool
check_pci_root (const Domain *domain, const DomainController *controller, GError **error)
{
  bool is_root = controller->model == CONTROLLER_MODEL_PCI_ROOT || controller->model == CONTROLLER_MODEL_PCIE_ROOT;
  DomainControllerModel root = domain_has_pcie (domain) ? CONTROLLER_MODEL_PCIE_ROOT : CONTROLLER_MODEL_PCI_ROOT;

  if (is_root && controller->info.address.type != ADDRESS_TYPE_ABSENT)
    REFUSE (CONFIG_UNSUPPORTED, "a controller with model '%s' has no address",
            xml_enum_name (&controller_model_names, controller->model));
  if (controller->model == CONTROLLER_MODEL_ABSENT)
    REFUSE (XML_ERROR, "the PCI controller with index %d has no model", controller->index);
  if (is_root && controller->index != 0 && !domain_machine (domain)->has_many_roots)
    REFUSE_QEMU (XML_ERROR, "a controller with model '%s' has index 0, not %d",
                 xml_enum_name (&controller_model_names, controller->model), controller->index);
  if (controller->index == 0 && domain_has_pci (domain) && controller->model != root)
    REFUSE_QEMU (XML_ERROR, "the PCI controller with index 0 of machine type '%s' is a '%s', not a '%s'", domain->os.machine,
                 xml_enum_name (&controller_model_names, root), xml_enum_name (&controller_model_names, controller->model));
  return true;
}

/* A companion controller shares the ports of its master. */
static bool
check_usb (const Domain *domain, const DomainController *controller, GError **error)
{
  bool is_companion = controller->model >= CONTROLLER_MODEL_ICH9_UHCI1 && controller->model <= CONTROLLER_MODEL_ICH9_UHCI3;
  bool is_xhci = controller->model == CONTROLLER_MODEL_NEC_XHCI || controller->model == CONTROLLER_MODEL_QEMU_XHCI;
  bool has_master = false;

  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      const DomainController *other = domain->controllers.items[i];

      if (other->type != CONTROLLER_TYPE_USB || other == controller)
        continue;
      if (controller->model == CONTROLLER_MODEL_NONE)
        REFUSE (XML_DETAIL, "a USB controller beside one with model 'none'");
      has_master = has_master || (other->index == controller->index && other->model == CONTROLLER_MODEL_ICH9_EHCI1);
    }
  if (is_companion && !has_master)
    REFUSE (XML_DETAIL, "the USB controller '%s' with index %d has no master: none has model 'ich9-ehci1'",
            xml_enum_name (&controller_model_names, controller->model), controller->index);
  if (is_xhci && controller->ports > 15)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "a USB controller '%s' has at most 15 ports, not %d",
                 xml_enum_name (&controller_model_names, controller->model), controller->ports);
  return true;
}

static bool
check_controller (const Domain *domain, const DomainController *controller, GError **error)
{
  const char *type = xml_enum_name (&controller_type_names, controller->type);

  if (!model_fits (controller))
    REFUSE (CONFIG_UNSUPPORTED, "a controller of type '%s' has no model '%s'", type,
            xml_enum_name (&controller_model_names, controller->model));
  if (!check_availability (domain, controller, error) || !check_driver (domain, controller, error)
      || !check_own_places (domain, controller, error))
    return false;
  if (controller->type == CONTROLLER_TYPE_PCI
      && (!check_pci_root (domain, controller, error) || !domain_check_pci_controller (domain, controller, error)))
    return false;
  if (controller->type == CONTROLLER_TYPE_USB && !check_usb (domain, controller, error))
    return false;
  if (controller->type == CONTROLLER_TYPE_IDE && domain_is_q35 (domain))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has no IDE controllers", domain->os.machine);
  return true;
}

static bool
check_controller_index (int64_t index, const char *what, const char *name, GError **error)
{
  if (index < 0 || index > DOMAIN_CONTROLLER_INDEX_MAX)
    REFUSE (XML_ERROR, "%s '%s' asks for a controller with index %" G_GINT64_FORMAT ", above %d", what, name, index,
            DOMAIN_CONTROLLER_INDEX_MAX);
  return true;
}

static bool
check_serial_indices (const ChardevList *list, GError **error)
{
  for (unsigned int i = 0; i < list->n; i++)
    if (list->items[i]->info.address.type == ADDRESS_TYPE_VIRTIO_SERIAL
        && !check_controller_index (list->items[i]->info.address.virtio_serial.controller, "virtio port",
                                    list->items[i]->name ?: "console", error))
      return false;
  return true;
}

/* The controllers that devices ask for, by name or by address. */
static bool
check_indices (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i]->info.address.type == ADDRESS_TYPE_DRIVE
        && !check_controller_index (domain->disks.items[i]->info.address.drive.controller, "disk",
                                    domain->disks.items[i]->target.dev, error))
      return false;
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (!check_controller_index (domain->controllers.items[i]->index, "controller type",
                                 xml_enum_name (&controller_type_names, domain->controllers.items[i]->type), error))
      return false;
  return check_serial_indices ((const ChardevList *) &domain->channels, error)
         && check_serial_indices ((const ChardevList *) &domain->consoles, error);
}

bool
domain_validate_controllers (const Domain *domain, GError **error)
{
  if (!check_indices (domain, error))
    return false;
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      const DomainController *controller = domain->controllers.items[i];

      if (!check_controller (domain, controller, error))
        return domain_blame (domain, &controller->info, error);
      for (unsigned int j = 0; j < i; j++)
        {
          const DomainController *other = domain->controllers.items[j];

          if (other->type == controller->type && other->index == controller->index && !is_usb_pair (other, controller))
            REFUSE_AT ("controller", i, XML_ERROR, "there are two controllers of type '%s' with index %d",
                    xml_enum_name (&controller_type_names, controller->type), controller->index);
        }
    }
  return true;
}

/* Only after the disks, whose places make controllers. */
static bool
check_ide (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_IDE && domain->controllers.items[i]->index > 0)
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has a single IDE controller", domain->os.machine);
  return true;
}

bool
domain_validate_devices (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  return domain_validate_disks (domain, platform, error) && check_ide (domain, error)
         && domain_validate_pci_emulation (domain, platform, error) && domain_validate_chardevs (domain, error)
         && domain_validate_displays (domain, error) && domain_validate_interfaces (domain, error)
         && domain_validate_hostdevs (domain, error) && domain_validate_memories (domain, error) && domain_validate_small_devices (domain, platform, error);
}
