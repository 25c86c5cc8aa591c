/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-pci-controller.c: which options each model of PCI controller has, and
 * what they may be. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#define ON_PORTS (1 << 0)
#define ON_BRIDGES (1 << 1)
#define ON_EXPANDERS (1 << 2)
#define ON_ROOTS (1 << 3)
#define ON_OTHERS (1 << 4)

static unsigned int
group_of (DomainControllerModel model)
{
  switch (model)
    {
    case CONTROLLER_MODEL_PCIE_ROOT_PORT: case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
      return ON_PORTS;
    case CONTROLLER_MODEL_PCI_BRIDGE:
      return ON_BRIDGES;
    case CONTROLLER_MODEL_PCI_EXPANDER_BUS: case CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
      return ON_EXPANDERS;
    case CONTROLLER_MODEL_PCI_ROOT: case CONTROLLER_MODEL_PCIE_ROOT:
      return ON_ROOTS;
    default:
      return ON_OTHERS;
    }
}

/* A number that some models have, and its range. */
typedef struct
{
  const char *name;
  int64_t value;                /* -1: absent */
  unsigned int groups;
  int min, max;
} Option;

static bool
check_option (const DomainController *controller, const Option *option, GError **error)
{
  const char *model = xml_enum_name (&controller_model_names, controller->model);

  if (option->value < 0)
    return true;
  if (!(option->groups & group_of (controller->model)))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the PCI controller with index %d and model '%s' has no option '%s'", controller->index,
                 model, option->name);
  if (option->value < option->min || option->value > option->max)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the PCI controller with index %d: %s %" G_GINT64_FORMAT " is not within %d to %d",
                 controller->index, option->name, option->value, option->min, option->max);
  return true;
}

static bool
check_options (const Domain *domain, const DomainController *controller, GError **error)
{
  bool has_host_bridges = domain_machine (domain)->has_many_roots;
  const Option options[] = {
    { "chassisNr", controller->pci.chassis_nr, ON_BRIDGES, 1, 255 },
    { "chassis", controller->pci.chassis, ON_PORTS, 0, 255 },
    { "port", controller->pci.port == UINT_MAX ? -1 : (int64_t) controller->pci.port, ON_PORTS, 0, 255 },
    { "busNr", controller->pci.bus_nr, ON_EXPANDERS, 1, 254 },
    { "target index", controller->pci.target_index, has_host_bridges ? ON_ROOTS : 0, 0, 30 },
    { "hotplug", controller->pci.hotplug == TRI_ABSENT ? -1 : 0,
      ON_PORTS | (controller->model == CONTROLLER_MODEL_PCI_ROOT ? ON_ROOTS : 0), 0, 0 },
    { "node", controller->pci.node, ON_EXPANDERS | (has_host_bridges ? ON_ROOTS : 0), 0, INT_MAX },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (options); i++)
    if (!check_option (controller, &options[i], error))
      return false;
  return true;
}

static bool
check_model_name (const DomainController *controller, GError **error)
{
  static const struct { DomainPciModelName name; DomainControllerModel model; } names[] = {
    { PCI_MODEL_NAME_PCI_BRIDGE, CONTROLLER_MODEL_PCI_BRIDGE },
    { PCI_MODEL_NAME_I82801B11_BRIDGE, CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE },
    { PCI_MODEL_NAME_IOH3420, CONTROLLER_MODEL_PCIE_ROOT_PORT },
    { PCI_MODEL_NAME_X3130_UPSTREAM, CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT },
    { PCI_MODEL_NAME_XIO3130_DOWNSTREAM, CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT },
    { PCI_MODEL_NAME_PXB, CONTROLLER_MODEL_PCI_EXPANDER_BUS },
    { PCI_MODEL_NAME_PXB_PCIE, CONTROLLER_MODEL_PCIE_EXPANDER_BUS },
    { PCI_MODEL_NAME_PCIE_ROOT_PORT, CONTROLLER_MODEL_PCIE_ROOT_PORT },
    { PCI_MODEL_NAME_SPAPR_PCI_HOST_BRIDGE, CONTROLLER_MODEL_PCI_ROOT },
    { PCI_MODEL_NAME_PCIE_PCI_BRIDGE, CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    if (controller->pci.model_name == names[i].name && controller->model != names[i].model)
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "the PCI controller with index %d and model '%s' is no '%s'", controller->index,
                   xml_enum_name (&controller_model_names, controller->model),
                   xml_enum_name (&pci_model_name_names, controller->pci.model_name));
  return true;
}

static bool
check_node (const Domain *domain, const DomainController *controller, GError **error)
{
  unsigned int cells = domain->cpu != NULL && domain->cpu->numa != NULL ? domain->cpu->numa->cells.n : 0;

  if (controller->pci.node >= (int) cells)
    REFUSE (XML_ERROR, "the PCI controller with index %d belongs to NUMA node %d, but the guest has %u", controller->index,
            controller->pci.node, cells);
  return true;
}

#define MAX_HOST_BRIDGE 30

/* The first host bridge of a pSeries guest is the first in both ways of counting. */
static bool
check_host_bridge (const Domain *domain, const DomainController *controller, GError **error)
{
  if (controller->model != CONTROLLER_MODEL_PCI_ROOT || !domain_machine (domain)->has_many_roots
      || controller->pci.target_index < 0)
    return true;
  if (controller->pci.target_index > MAX_HOST_BRIDGE)
    REFUSE (CONFIG_UNSUPPORTED, "the PCI controller with index %d has target index %d, above %d", controller->index,
            controller->pci.target_index, MAX_HOST_BRIDGE);
  if ((controller->index == 0) != (controller->pci.target_index == 0))
    REFUSE (CONFIG_UNSUPPORTED, "the PCI controller with index %d has target index %d: one of them is 0",
                 controller->index, controller->pci.target_index);
  return true;
}

bool
domain_check_pci_controller (const Domain *domain, const DomainController *controller, GError **error)
{
  const char *model = xml_enum_name (&controller_model_names, controller->model);
  const DomainAddress *address = &controller->info.address;

  if ((controller->model == CONTROLLER_MODEL_PCIE_EXPANDER_BUS && !domain_has_pcie (domain))
      || (controller->model == CONTROLLER_MODEL_PCI_EXPANDER_BUS && !domain_is_i440fx (domain)))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has no '%s'", domain->os.machine, model);
  if (group_of (controller->model) == ON_BRIDGES && address->type == ADDRESS_TYPE_PCI
      && (int) address->pci.bus >= controller->index)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the PCI controller with index %d sits on bus %u, which is not below it",
                 controller->index, address->pci.bus);
  return check_model_name (controller, error) && check_host_bridge (domain, controller, error)
         && check_node (domain, controller, error) && check_options (domain, controller, error);
}

static bool
check_emulator (const Domain *domain, const DomainPlatform *platform, const DomainController *controller, GError **error)
{
  DomainTarget target = domain_target (domain);
  const char *device = xml_enum_name (&pci_model_name_names, controller->pci.model_name);

  if (device != NULL && !platform->has_device (platform, &target, device))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the PCI controller with index %d: the emulator has no device '%s'", controller->index,
                 device);
  if (controller->model == CONTROLLER_MODEL_PCI_ROOT && controller->pci.hotplug != TRI_ABSENT
      && !platform->has_capability (platform, &target, "piix4.acpi-root-pci-hotplug"))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the PCI controller with index %d: the emulator cannot turn off hotplug of 'pci-root'",
                 controller->index);
  return true;
}

bool
domain_validate_pci_emulation (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI
        && !check_emulator (domain, platform, domain->controllers.items[i], error))
      return false;
  return true;
}
