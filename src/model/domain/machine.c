/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/machine.h"

#include "model/domain/rules.h"

#include <string.h>

#define X86 "x86_64 i686"
#define ARM "aarch64 arm*"
#define LEGACY_USB { CONTROLLER_MODEL_PIIX3_UHCI }
#define USB3 { CONTROLLER_MODEL_QEMU_XHCI, CONTROLLER_MODEL_NEC_XHCI }
#define ANY_SCSI { CONTROLLER_MODEL_LSILOGIC, CONTROLLER_MODEL_VIRTIO_SCSI }
#define PPC_USB .usb = { CONTROLLER_MODEL_PCI_OHCI }, .new_usb = USB3

/* The first row that fits counts. */
static const DomainMachine machines[] = {
  { MACHINE_Q35, X86, "q35 pc-q35*", CONTROLLER_MODEL_PCIE_ROOT, .adds_usb = true, .adds_balloon = BALLOON_MODEL_VIRTIO, .adds_ps2 = true,
    .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI, .serial = CHARDEV_TARGET_ISA_SERIAL,
    .serial_model = SERIAL_MODEL_ISA_SERIAL, .input = INPUT_BUS_PS2, .has_ide = true },
  { MACHINE_I440FX, X86, "pc pc-0.* pc-1.* pc-i440* rhel*", CONTROLLER_MODEL_PCI_ROOT, .adds_usb = true, .adds_balloon = BALLOON_MODEL_VIRTIO,
    .adds_ps2 = true, .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI, .serial = CHARDEV_TARGET_ISA_SERIAL,
    .serial_model = SERIAL_MODEL_ISA_SERIAL, .input = INPUT_BUS_PS2, .has_ide = true },
  { MACHINE_ISAPC, X86, "isapc", .adds_balloon = BALLOON_MODEL_NONE, .adds_ps2 = true, .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI,
    .serial = CHARDEV_TARGET_ISA_SERIAL, .serial_model = SERIAL_MODEL_ISA_SERIAL, .input = INPUT_BUS_PS2, .has_ide = true },
  { MACHINE_MICROVM, X86, "microvm*", .is_without_pci = true, .virtio = VIRTIO_BUS_MMIO, .adds_balloon = BALLOON_MODEL_NONE, .adds_ps2 = true,
    .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI, .serial = CHARDEV_TARGET_ISA_SERIAL,
    .serial_model = SERIAL_MODEL_ISA_SERIAL, .input = INPUT_BUS_PS2 },
  { MACHINE_OTHER, X86, "*", .adds_usb = true, .adds_balloon = BALLOON_MODEL_VIRTIO, .adds_ps2 = true, .panic = PANIC_MODEL_ISA,
    .usb = LEGACY_USB, .scsi = ANY_SCSI, .serial = CHARDEV_TARGET_ISA_SERIAL, .serial_model = SERIAL_MODEL_ISA_SERIAL,
    .input = INPUT_BUS_PS2 },
  { MACHINE_ARM_VIRT, ARM, "virt virt-*", CONTROLLER_MODEL_PCIE_ROOT, "gpex-pcihost", .virtio = VIRTIO_BUS_MMIO,
    .panic = PANIC_MODEL_ISA, .usb = USB3, .scsi = ANY_SCSI, .serial = CHARDEV_TARGET_SYSTEM_SERIAL,
    .serial_model = SERIAL_MODEL_PL011, .input = INPUT_BUS_USB, .video = VIDEO_TYPE_VIRTIO, .nic = "virtio", .has_gic = true,
    .has_tcg_cpu_only = true },
  { MACHINE_VERSATILEPB, ARM, "versatilepb", .panic = PANIC_MODEL_ISA, .usb = USB3, .scsi = ANY_SCSI, .input = INPUT_BUS_USB,
    .nic = "smc91c111", .has_tcg_cpu_only = true },
  { MACHINE_VEXPRESS, ARM, "vexpress-*", .is_without_pci = true, .virtio = VIRTIO_BUS_MMIO, .panic = PANIC_MODEL_ISA,
    .usb = LEGACY_USB, .scsi = ANY_SCSI, .input = INPUT_BUS_USB, .nic = "lan9118", .has_tcg_cpu_only = true },
  { MACHINE_OTHER, ARM, "*", .is_without_pci = true, .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI,
    .input = INPUT_BUS_USB, .nic = "lan9118", .has_tcg_cpu_only = true },
  { MACHINE_RISCV_VIRT, "riscv*", "virt virt-*", CONTROLLER_MODEL_PCIE_ROOT, "gpex-pcihost", .virtio = VIRTIO_BUS_MMIO,
    .adds_balloon = BALLOON_MODEL_VIRTIO, .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI, .serial = CHARDEV_TARGET_SYSTEM_SERIAL,
    .serial_model = SERIAL_MODEL_16550A, .input = INPUT_BUS_USB, .video = VIDEO_TYPE_VIRTIO, .nic = "virtio",
    .has_tcg_cpu_only = true },
  { MACHINE_OTHER, "riscv*", "*", .is_without_pci = true, .adds_balloon = BALLOON_MODEL_VIRTIO, .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB,
    .scsi = ANY_SCSI, .input = INPUT_BUS_USB, .has_tcg_cpu_only = true },
  { MACHINE_PSERIES, "ppc64*", "pseries pseries-*", CONTROLLER_MODEL_PCI_ROOT, .has_many_roots = true, .adds_usb = true,
    .adds_balloon = BALLOON_MODEL_VIRTIO, .adds_usb_input = true, .adds_panic = PANIC_MODEL_PSERIES, .panic = PANIC_MODEL_PSERIES, PPC_USB,
    .scsi = { CONTROLLER_MODEL_IBMVSCSI }, .serial = CHARDEV_TARGET_SPAPR_VIO_SERIAL, .serial_model = SERIAL_MODEL_SPAPR_VTY,
    .input = INPUT_BUS_USB, .video = VIDEO_TYPE_VGA, .memory_block = 256 * 1024 },
  { MACHINE_POWERNV, "ppc64*", "*", CONTROLLER_MODEL_PCI_ROOT, .adds_usb = true, .adds_balloon = BALLOON_MODEL_VIRTIO, .adds_usb_input = true,
    .panic = PANIC_MODEL_ISA, PPC_USB, .scsi = ANY_SCSI, .input = INPUT_BUS_USB },
  { MACHINE_S390_CCW, "s390*", "*", CONTROLLER_MODEL_PCI_ROOT, "zpci", .virtio = VIRTIO_BUS_CCW, .adds_balloon = BALLOON_MODEL_VIRTIO,
    .adds_panic = PANIC_MODEL_S390, .panic = PANIC_MODEL_S390, .usb = { CONTROLLER_MODEL_NONE },
    .scsi = { CONTROLLER_MODEL_VIRTIO_SCSI }, .serial = CHARDEV_TARGET_SCLP_SERIAL, .serial_model = SERIAL_MODEL_SCLPCONSOLE,
    .input = INPUT_BUS_VIRTIO, .video = VIDEO_TYPE_VIRTIO, .nic = "virtio" },
  { MACHINE_OTHER, "sparc", "*", .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .input = INPUT_BUS_USB,
    .scsi = { CONTROLLER_MODEL_NCR53C90 }, .has_tcg_cpu_only = true },
  { MACHINE_MALTA, "mips*", "malta", CONTROLLER_MODEL_PCI_ROOT, .adds_usb = true, .adds_balloon = BALLOON_MODEL_VIRTIO, .panic = PANIC_MODEL_ISA,
    .usb = LEGACY_USB, .scsi = ANY_SCSI, .input = INPUT_BUS_USB, .has_tcg_cpu_only = true, .has_ide = true },
  { MACHINE_LOONGARCH_VIRT, "loongarch64", "virt virt-*", CONTROLLER_MODEL_PCIE_ROOT, "gpex-pcihost", .adds_balloon = BALLOON_MODEL_VIRTIO,
    .panic = PANIC_MODEL_ISA, .usb = USB3, .scsi = { CONTROLLER_MODEL_VIRTIO_SCSI }, .serial = CHARDEV_TARGET_SYSTEM_SERIAL,
    .serial_model = SERIAL_MODEL_16550A, .input = INPUT_BUS_USB, .video = VIDEO_TYPE_VIRTIO, .nic = "virtio",
    .has_tcg_cpu_only = true },
  { MACHINE_OTHER, "alpha ppc ppcemb sh4* sparc64", "*", CONTROLLER_MODEL_PCI_ROOT, .adds_usb = true, .adds_balloon = BALLOON_MODEL_VIRTIO,
    .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI, .input = INPUT_BUS_USB, .has_tcg_cpu_only = true, .has_ide = true },
  { MACHINE_OTHER, "*", "*", .panic = PANIC_MODEL_ISA, .usb = LEGACY_USB, .scsi = ANY_SCSI, .input = INPUT_BUS_USB,
    .has_tcg_cpu_only = true },
};

/* Whether @name fits one of the globs in @list: a name, or a beginning and "*". */
static bool
fits (const char *list, const char *name)
{
  size_t length;

  for (const char *glob = list; *glob != '\0'; glob += length + (glob[length] == ' '))
    {
      length = strcspn (glob, " ");
      if (glob[length - 1] == '*' ? strncmp (name, glob, length - 1) == 0
                                  : strlen (name) == length && memcmp (name, glob, length) == 0)
        return true;
    }
  return false;
}

const DomainMachine *
domain_machine (const Domain *domain)
{
  const char *arch = domain->os.arch != NULL ? domain->os.arch : "x86_64";
  const char *machine = domain->os.machine != NULL ? domain->os.machine : "";

  for (unsigned int i = 0; i < G_N_ELEMENTS (machines) - 1; i++)
    if (fits (machines[i].archs, arch) && fits (machines[i].names, machine))
      return &machines[i];
  return &machines[G_N_ELEMENTS (machines) - 1];
}

bool
domain_is_q35 (const Domain *domain)
{
  return domain_machine (domain)->kind == MACHINE_Q35;
}

bool
domain_is_i440fx (const Domain *domain)
{
  return domain_machine (domain)->kind == MACHINE_I440FX;
}

bool
domain_has_device (const Domain *domain, const DomainPlatform *platform, const char *device)
{
  DomainTarget target = domain_target (domain);

  return platform->has_device (platform, &target, device);
}

/* QEMU's devices of the models that may be chosen; the rest needs none. */
static const struct { DomainControllerModel model; const char *device; } model_devices[] = {
  { CONTROLLER_MODEL_PIIX3_UHCI, "piix3-usb-uhci" },
  { CONTROLLER_MODEL_PCI_OHCI, "pci-ohci" },
  { CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci" },
  { CONTROLLER_MODEL_NEC_XHCI, "nec-usb-xhci" },
  { CONTROLLER_MODEL_ICH9_EHCI1, "ich9-usb-ehci1" },
  { CONTROLLER_MODEL_LSILOGIC, "lsi53c895a" },
  { CONTROLLER_MODEL_VIRTIO_SCSI, "virtio-scsi-pci" },
};

static bool
has_model (const Domain *domain, const DomainPlatform *platform, DomainControllerModel model)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (model_devices); i++)
    if (model_devices[i].model == model)
      return domain_has_device (domain, platform, model_devices[i].device);
  return true;
}

/* A single choice is made whether QEMU has it or not, but for USB. */
DomainControllerModel
domain_first_model (const Domain *domain, const DomainPlatform *platform, const DomainControllerModel models[MACHINE_MODELS])
{
  bool is_usb = models[0] == CONTROLLER_MODEL_PIIX3_UHCI || models[0] == CONTROLLER_MODEL_PCI_OHCI;

  for (unsigned int i = 0; i < MACHINE_MODELS && models[i] != CONTROLLER_MODEL_ABSENT; i++)
    if ((models[1] == CONTROLLER_MODEL_ABSENT && !is_usb) || has_model (domain, platform, models[i]))
      return models[i];
  return CONTROLLER_MODEL_ABSENT;
}

/* Several rows for a model: the first whose device QEMU has, else the last. */
DomainPciModelName
domain_pci_model_name (const Domain *domain, const DomainPlatform *platform, DomainControllerModel model)
{
  static const struct { DomainControllerModel model; DomainPciModelName name; const char *device; } names[] = {
    { CONTROLLER_MODEL_PCI_BRIDGE, PCI_MODEL_NAME_PCI_BRIDGE, NULL },
    { CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, PCI_MODEL_NAME_I82801B11_BRIDGE, NULL },
    { CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, PCI_MODEL_NAME_PCIE_PCI_BRIDGE, NULL },
    { CONTROLLER_MODEL_PCIE_ROOT_PORT, PCI_MODEL_NAME_PCIE_ROOT_PORT, "pcie-root-port" },
    { CONTROLLER_MODEL_PCIE_ROOT_PORT, PCI_MODEL_NAME_IOH3420, NULL },
    { CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, PCI_MODEL_NAME_X3130_UPSTREAM, NULL },
    { CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, PCI_MODEL_NAME_XIO3130_DOWNSTREAM, NULL },
    { CONTROLLER_MODEL_PCI_EXPANDER_BUS, PCI_MODEL_NAME_PXB, NULL },
    { CONTROLLER_MODEL_PCIE_EXPANDER_BUS, PCI_MODEL_NAME_PXB_PCIE, NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].model == model && (names[i].device == NULL || domain_has_device (domain, platform, names[i].device)))
      return names[i].name;
  return PCI_MODEL_NAME_ABSENT;
}

const char *
domain_default_nic (const Domain *domain, const DomainPlatform *platform)
{
  static const char *const models[][2] = { { "rtl8139", "rtl8139" }, { "e1000", "e1000" }, { "virtio", "virtio-net-pci" } };
  const DomainMachine *machine = domain_machine (domain);

  if (machine->nic != NULL)
    return machine->nic;
  for (unsigned int i = 0; i < G_N_ELEMENTS (models); i++)
    if (domain_has_device (domain, platform, models[i][1]))
      return models[i][0];
  return "rtl8139";
}

DomainVideoType
domain_default_video (const Domain *domain, const DomainPlatform *platform)
{
  const DomainMachine *machine = domain_machine (domain);

  if (machine->video != VIDEO_TYPE_ABSENT)
    return machine->video;
  if (domain_has_device (domain, platform, "cirrus-vga"))
    return VIDEO_TYPE_CIRRUS;
  return domain_has_device (domain, platform, "VGA") ? VIDEO_TYPE_VGA : VIDEO_TYPE_VIRTIO;
}
