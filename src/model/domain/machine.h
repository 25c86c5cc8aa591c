/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* machine.h: the families of machine types, and what follows from each of them.
 *
 * Rules that differ by architecture are columns of one table here, so that no
 * other file needs to know which architectures there are. */
#pragma once

#include "model/domain/domain.h"

typedef enum
{
  MACHINE_OTHER,
  MACHINE_I440FX,
  MACHINE_Q35,
  MACHINE_ISAPC,
  MACHINE_MICROVM,
  MACHINE_ARM_VIRT,
  MACHINE_VERSATILEPB,
  MACHINE_VEXPRESS,
  MACHINE_RISCV_VIRT,
  MACHINE_PSERIES,
  MACHINE_POWERNV,
  MACHINE_S390_CCW,
  MACHINE_MALTA,
  MACHINE_LOONGARCH_VIRT,
} DomainMachineKind;

/* Where virtio devices go that name no place. */
typedef enum
{
  VIRTIO_BUS_PCI,
  VIRTIO_BUS_MMIO,              /* unless there is PCI */
  VIRTIO_BUS_CCW,
} DomainVirtioBus;

#define MACHINE_MODELS 4

typedef struct
{
  DomainMachineKind kind;
  const char *archs;            /* globs, separated by spaces */
  const char *names;            /* of machine types, as well */

  DomainControllerModel root;   /* what PCI bus 0 is; absent: none is added */
  const char *root_needs;       /* the device without which there is no root; NULL: none */
  bool is_without_pci;          /* devices of PCI stay without a place */
  bool has_many_roots;          /* a new bus is a host bridge of its own */
  DomainVirtioBus virtio;

  bool adds_usb, adds_ps2;
  DomainBalloonModel adds_balloon;
  bool adds_usb_input;          /* keyboard and mouse, if there is a display */
  DomainPanicModel adds_panic;
  DomainPanicModel panic;       /* what model='' means */

  DomainControllerModel usb[MACHINE_MODELS];      /* the first that QEMU has; NONE: USB is off */
  DomainControllerModel new_usb[MACHINE_MODELS];  /* tried before, for new guests */
  DomainControllerModel scsi[MACHINE_MODELS];
  DomainChardevTarget serial;
  DomainSerialModel serial_model;                 /* of that target */
  DomainInputBus input;         /* of mice and keyboards */
  DomainVideoType video;        /* absent: what QEMU has */
  const char *nic;              /* NULL: what QEMU has */
  bool has_gic, has_ide;
  uint64_t memory_block;        /* KiB: memory modules come in multiples of it; 0: any */
  bool has_tcg_cpu_only;        /* the default CPU is named for emulated guests only */
} DomainMachine;

/* The family of @domain's machine; never NULL. */
const DomainMachine *domain_machine (const Domain *domain);

/* The first of @models that QEMU has a device for; absent if none. */
DomainControllerModel domain_first_model (const Domain *domain, const DomainPlatform *platform,
                                          const DomainControllerModel models[MACHINE_MODELS]);

/* The device that QEMU has for a PCI controller, as documents name it; absent if
 * the model needs none. */
DomainPciModelName domain_pci_model_name (const Domain *domain, const DomainPlatform *platform, DomainControllerModel model);

/* Whether the emulator of @domain has the device, by QEMU's name. */
bool domain_has_device (const Domain *domain, const DomainPlatform *platform, const char *device);

/* What a network interface is that names no model. */
const char *domain_default_nic (const Domain *domain, const DomainPlatform *platform);

/* What a video card is that names no model. */
DomainVideoType domain_default_video (const Domain *domain, const DomainPlatform *platform);
