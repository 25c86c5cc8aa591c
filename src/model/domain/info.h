/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* info.h: what all devices have: a name, a place on a bus. */
#pragma once

#include "xml/types.h"

#define DOMAIN_USB_PORT_DEPTH 4

#define ADDRESS_TYPE_LIST(X) X (ADDRESS_TYPE_PCI, "pci") X (ADDRESS_TYPE_DRIVE, "drive") \
  X (ADDRESS_TYPE_VIRTIO_SERIAL, "virtio-serial") X (ADDRESS_TYPE_CCID, "ccid") X (ADDRESS_TYPE_USB, "usb") \
  X (ADDRESS_TYPE_SPAPR_VIO, "spapr-vio") X (ADDRESS_TYPE_VIRTIO_S390, "virtio-s390") X (ADDRESS_TYPE_CCW, "ccw") \
  X (ADDRESS_TYPE_VIRTIO_MMIO, "virtio-mmio") X (ADDRESS_TYPE_ISA, "isa") X (ADDRESS_TYPE_DIMM, "dimm") \
  X (ADDRESS_TYPE_UNASSIGNED, "unassigned")
XML_ENUM_DECLARE (DomainAddressType, ADDRESS_TYPE_, address_type, ADDRESS_TYPE_LIST)

/* Devices that come in the three flavours of virtio. */
#define VIRTIO_MODEL_LIST(X) X (VIRTIO_MODEL_VIRTIO, "virtio") X (VIRTIO_MODEL_TRANSITIONAL, "virtio-transitional") \
  X (VIRTIO_MODEL_NON_TRANSITIONAL, "virtio-non-transitional")
XML_ENUM_DECLARE (DomainVirtioModel, VIRTIO_MODEL_, virtio_model, VIRTIO_MODEL_LIST)

/* A number of which 0 is a value like others. */
typedef struct
{
  uint32_t value;
  bool is_given;
} DomainNumber;

/* Where a device sits on its bus. `type` says which part is meant. All of it is
 * 0 if absent, as it is a union. */
typedef struct
{
  DomainAddressType type;
  union
  {
    struct
    {
      unsigned int domain, bus, slot, function;
      Tristate multifunction;
      DomainNumber zpci_uid, zpci_fid;
    } pci;
    struct { unsigned int controller, bus, target, unit; } drive;
    struct { unsigned int controller, bus, port; } virtio_serial;
    struct { unsigned int controller, slot; } ccid;
    struct { unsigned int bus; uint8_t port[DOMAIN_USB_PORT_DEPTH]; } usb;   /* port 1.2 is {1, 2, 0, 0}; {0} is none yet */
    struct { unsigned int iobase, irq; } isa;   /* 0: absent */
    struct { DomainNumber cssid, ssid, devno; } ccw;
    struct { DomainNumber reg; } spapr_vio;
    struct { unsigned int slot; uint64_t base; } dimm;
  };
} DomainAddress;

/* What all devices have. */
typedef struct
{
  char *alias;
  DomainAddress address;
  unsigned int boot_order;      /* 0: absent */
  char *loadparm;               /* for the boot loader of s390 */
  Tristate rom_bar;
  Tristate rom_enabled;
  char *rom_file;
  unsigned int acpi_index;      /* 0: absent */
  unsigned int line;            /* of the document it was read from, for errors; 0: none */
} DomainDeviceInfo;

typedef struct
{
  Tristate iommu, ats, packed, page_per_vq;
} DomainVirtioOptions;

/* How the host's security driver treats one resource of a device. */
typedef struct
{
  char *model;                  /* "dac", "selinux"; NULL: of every driver */
  Tristate relabel, labelskip;  /* labelskip: live */
  char *label;
} DomainDeviceSeclabel;
typedef XML_LIST (DomainDeviceSeclabel) DomainDeviceSeclabels;
