/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-pci.h: which devices are on PCI, and what each can be plugged into. */
#pragma once

#include "model/domain/machine.h"
#include "model/domain/rules.h"

/* What a device can be plugged into. */
typedef enum
{
  CONNECT_NOT,
  CONNECT_PCI,                  /* a conventional slot where devices come and go */
  CONNECT_BRIDGE,               /* any conventional slot */
  CONNECT_EXPANDER,             /* a slot of the conventional root bus */
  CONNECT_PCIE,                 /* a root port or a switch's downstream port */
  CONNECT_ROOT,                 /* the root complex itself */
  CONNECT_ROOT_PORT,            /* the same, many in one slot */
  CONNECT_DOWNSTREAM,           /* a switch's upstream port */
} PciConnect;

typedef struct
{
  DomainDeviceInfo *info;
  PciConnect connect;
  bool is_bus;                  /* a controller of PCI itself */
  const DomainController *usb;  /* one of the functions of an ICH9 USB controller */
  unsigned int isolation;       /* shares buses only with devices of the same group; 0: emulated */
} PciDevice;

/* All devices of @domain on PCI, whether they have a place or not, in the order
 * in which they get one; ended by one without info. Freed with g_free(). */
PciDevice *domain_pci_devices (Domain *domain, const DomainPlatform *platform);

/* Whether @info names a place. An address of type='pci' without numbers asks for
 * any place on PCI. */
bool domain_has_place (const DomainDeviceInfo *info);

/* Whether @controller is one of the functions of an ICH9 USB 2 controller. */
bool domain_is_ich9_usb (const DomainController *controller);

/* Whether @video is a card with a place on PCI. */
bool domain_video_is_on_pci (const DomainVideo *video);

/* The largest number of PCI buses. */
#define PCI_MAX_BUSES 256

/* Numbers that the guest sees of PCI controllers and that follow from their places. */
void domain_complete_pci_controllers (Domain *domain);
