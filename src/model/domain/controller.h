/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* controller.h: controllers of all buses. */
#pragma once

#include "model/domain/info.h"

#define CONTROLLER_TYPE_LIST(X) X (CONTROLLER_TYPE_IDE, "ide") X (CONTROLLER_TYPE_FDC, "fdc") X (CONTROLLER_TYPE_SCSI, "scsi") \
  X (CONTROLLER_TYPE_SATA, "sata") X (CONTROLLER_TYPE_VIRTIO_SERIAL, "virtio-serial") X (CONTROLLER_TYPE_CCID, "ccid") \
  X (CONTROLLER_TYPE_USB, "usb") X (CONTROLLER_TYPE_PCI, "pci") X (CONTROLLER_TYPE_XENBUS, "xenbus") \
  X (CONTROLLER_TYPE_ISA, "isa") X (CONTROLLER_TYPE_NVME, "nvme")
XML_ENUM_DECLARE (DomainControllerType, CONTROLLER_TYPE_, controller_type, CONTROLLER_TYPE_LIST)

/* The models of all controller types; which fit which type is a rule of
 * domain_validate(). */
#define CONTROLLER_MODEL_LIST(X) \
  X (CONTROLLER_MODEL_PCI_ROOT, "pci-root") X (CONTROLLER_MODEL_PCIE_ROOT, "pcie-root") \
  X (CONTROLLER_MODEL_PCI_BRIDGE, "pci-bridge") X (CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, "dmi-to-pci-bridge") \
  X (CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, "pcie-to-pci-bridge") X (CONTROLLER_MODEL_PCIE_ROOT_PORT, "pcie-root-port") \
  X (CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, "pcie-switch-upstream-port") \
  X (CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, "pcie-switch-downstream-port") \
  X (CONTROLLER_MODEL_PCI_EXPANDER_BUS, "pci-expander-bus") X (CONTROLLER_MODEL_PCIE_EXPANDER_BUS, "pcie-expander-bus") \
  X (CONTROLLER_MODEL_PIIX3_UHCI, "piix3-uhci") X (CONTROLLER_MODEL_PIIX4_UHCI, "piix4-uhci") \
  X (CONTROLLER_MODEL_EHCI, "ehci") X (CONTROLLER_MODEL_ICH9_EHCI1, "ich9-ehci1") \
  X (CONTROLLER_MODEL_ICH9_UHCI1, "ich9-uhci1") X (CONTROLLER_MODEL_ICH9_UHCI2, "ich9-uhci2") \
  X (CONTROLLER_MODEL_ICH9_UHCI3, "ich9-uhci3") X (CONTROLLER_MODEL_VT82C686B_UHCI, "vt82c686b-uhci") \
  X (CONTROLLER_MODEL_PCI_OHCI, "pci-ohci") X (CONTROLLER_MODEL_NEC_XHCI, "nec-xhci") \
  X (CONTROLLER_MODEL_QUSB1, "qusb1") X (CONTROLLER_MODEL_QUSB2, "qusb2") X (CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci") \
  X (CONTROLLER_MODEL_NONE, "none") X (CONTROLLER_MODEL_AUTO, "auto") X (CONTROLLER_MODEL_BUSLOGIC, "buslogic") \
  X (CONTROLLER_MODEL_LSILOGIC, "lsilogic") X (CONTROLLER_MODEL_LSISAS1068, "lsisas1068") \
  X (CONTROLLER_MODEL_VMPVSCSI, "vmpvscsi") X (CONTROLLER_MODEL_IBMVSCSI, "ibmvscsi") \
  X (CONTROLLER_MODEL_VIRTIO_SCSI, "virtio-scsi") X (CONTROLLER_MODEL_LSISAS1078, "lsisas1078") \
  X (CONTROLLER_MODEL_NCR53C90, "ncr53c90") X (CONTROLLER_MODEL_DC390, "dc390") X (CONTROLLER_MODEL_AM53C974, "am53c974") \
  X (CONTROLLER_MODEL_VIRTIO, "virtio") X (CONTROLLER_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional") \
  X (CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional") \
  X (CONTROLLER_MODEL_PIIX3, "piix3") X (CONTROLLER_MODEL_PIIX4, "piix4") X (CONTROLLER_MODEL_ICH6, "ich6")
XML_ENUM_DECLARE (DomainControllerModel, CONTROLLER_MODEL_, controller_model, CONTROLLER_MODEL_LIST)

#define PCI_MODEL_NAME_LIST(X) X (PCI_MODEL_NAME_PCI_BRIDGE, "pci-bridge") X (PCI_MODEL_NAME_I82801B11_BRIDGE, "i82801b11-bridge") \
  X (PCI_MODEL_NAME_IOH3420, "ioh3420") X (PCI_MODEL_NAME_X3130_UPSTREAM, "x3130-upstream") \
  X (PCI_MODEL_NAME_XIO3130_DOWNSTREAM, "xio3130-downstream") X (PCI_MODEL_NAME_PXB, "pxb") \
  X (PCI_MODEL_NAME_PXB_PCIE, "pxb-pcie") X (PCI_MODEL_NAME_PCIE_ROOT_PORT, "pcie-root-port") \
  X (PCI_MODEL_NAME_SPAPR_PCI_HOST_BRIDGE, "spapr-pci-host-bridge") X (PCI_MODEL_NAME_PCIE_PCI_BRIDGE, "pcie-pci-bridge")
XML_ENUM_DECLARE (DomainPciModelName, PCI_MODEL_NAME_, pci_model_name, PCI_MODEL_NAME_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainControllerType type;
  int index;                    /* -1: to be chosen */
  DomainControllerModel model;
  int ports, vectors;           /* virtio-serial, usb; -1: absent */
  int master_startport;         /* usb companion; -1: absent */
  int max_grant_frames, max_event_channels;     /* xenbus; -1: absent */
  char *serial;                 /* nvme */
  struct
  {
    unsigned int queues, cmd_per_lun, max_sectors, iothread;
    Tristate ioeventfd;
    DomainVirtioOptions virtio;
  } driver;
  struct
  {
    DomainPciModelName model_name;
    int chassis_nr, chassis, bus_nr, node, target_index;   /* -1: absent */
    unsigned int port;          /* UINT_MAX: absent */
    Tristate hotplug;
    uint64_t hole64;            /* KiB; UINT64_MAX: absent */
    uint64_t mem_reserve;       /* KiB; 0: absent */
  } pci;
} DomainController;
