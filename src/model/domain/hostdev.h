/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostdev.h: devices of the host that a guest gets for itself. */
#pragma once

#include "model/common/auth.h"
#include "model/domain/info.h"
#include "model/network/common.h"

#define HOSTDEV_MODE_LIST(X) X (HOSTDEV_MODE_SUBSYSTEM, "subsystem") X (HOSTDEV_MODE_CAPABILITIES, "capabilities")
XML_ENUM_DECLARE (DomainHostdevMode, HOSTDEV_MODE_, hostdev_mode, HOSTDEV_MODE_LIST)

/* Of a subsystem up to mdev; the others are of capabilities. */
#define HOSTDEV_TYPE_LIST(X) X (HOSTDEV_TYPE_USB, "usb") X (HOSTDEV_TYPE_PCI, "pci") X (HOSTDEV_TYPE_SCSI, "scsi") \
  X (HOSTDEV_TYPE_SCSI_HOST, "scsi_host") X (HOSTDEV_TYPE_MDEV, "mdev") X (HOSTDEV_TYPE_STORAGE, "storage") \
  X (HOSTDEV_TYPE_MISC, "misc") X (HOSTDEV_TYPE_NET, "net")
XML_ENUM_DECLARE (DomainHostdevType, HOSTDEV_TYPE_, hostdev_type, HOSTDEV_TYPE_LIST)

/* Of a scsi_host up to the three of virtio; the others are of an mdev. */
#define HOSTDEV_MODEL_LIST(X) X (HOSTDEV_MODEL_DEFAULT, "default") X (HOSTDEV_MODEL_VIRTIO, "virtio") \
  X (HOSTDEV_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional") \
  X (HOSTDEV_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional") X (HOSTDEV_MODEL_VFIO_PCI, "vfio-pci") \
  X (HOSTDEV_MODEL_VFIO_CCW, "vfio-ccw") X (HOSTDEV_MODEL_VFIO_AP, "vfio-ap")
XML_ENUM_DECLARE (DomainHostdevModel, HOSTDEV_MODEL_, hostdev_model, HOSTDEV_MODEL_LIST)

#define HOSTDEV_DRIVER_LIST(X) X (HOSTDEV_DRIVER_KVM, "kvm") \
  X (HOSTDEV_DRIVER_VFIO, "vfio") X (HOSTDEV_DRIVER_XEN, "xen")
XML_ENUM_DECLARE (DomainHostdevDriver, HOSTDEV_DRIVER_, hostdev_driver, HOSTDEV_DRIVER_LIST)

#define HOSTDEV_SGIO_LIST(X) X (HOSTDEV_SGIO_FILTERED, "filtered") \
  X (HOSTDEV_SGIO_UNFILTERED, "unfiltered")
XML_ENUM_DECLARE (DomainHostdevSgio, HOSTDEV_SGIO_, hostdev_sgio, HOSTDEV_SGIO_LIST)

#define HOSTDEV_STARTUP_LIST(X) X (HOSTDEV_STARTUP_MANDATORY, "mandatory") \
  X (HOSTDEV_STARTUP_REQUISITE, "requisite") X (HOSTDEV_STARTUP_OPTIONAL, "optional")
XML_ENUM_DECLARE (DomainHostdevStartup, HOSTDEV_STARTUP_, hostdev_startup, HOSTDEV_STARTUP_LIST)

/* Whether a USB device is reset when the guest resets it. */
#define HOSTDEV_GUEST_RESET_LIST(X) X (HOSTDEV_GUEST_RESET_OFF, "off") \
  X (HOSTDEV_GUEST_RESET_UNINITIALIZED, "uninitialized") X (HOSTDEV_GUEST_RESET_ON, "on")
XML_ENUM_DECLARE (DomainHostdevGuestReset, HOSTDEV_GUEST_RESET_, hostdev_guest_reset, HOSTDEV_GUEST_RESET_LIST)

#define HOSTDEV_SCSI_LIST(X) X (HOSTDEV_SCSI_ADAPTER, "adapter") X (HOSTDEV_SCSI_ISCSI, "iscsi")
XML_ENUM_DECLARE (DomainHostdevScsi, HOSTDEV_SCSI_, hostdev_scsi, HOSTDEV_SCSI_LIST)

#define HOSTDEV_VHOST_LIST(X) X (HOSTDEV_VHOST_VHOST, "vhost")
XML_ENUM_DECLARE (DomainHostdevVhost, HOSTDEV_VHOST_, hostdev_vhost, HOSTDEV_VHOST_LIST)

/* What interfaces share with them. */
#define TEAMING_TYPE_LIST(X) X (TEAMING_TYPE_PERSISTENT, "persistent") X (TEAMING_TYPE_TRANSIENT, "transient")
XML_ENUM_DECLARE (DomainTeamingType, TEAMING_TYPE_, teaming_type, TEAMING_TYPE_LIST)

/* Two network cards of which one stays while the other is away. */
typedef struct
{
  DomainTeamingType type;
  char *persistent;             /* transient: the other's alias */
} DomainTeaming;

/* An address of an interface, set by whoever makes that end of it. */
typedef struct
{
  IpAddress address, peer;      /* peer may be absent */
  NetworkFamily family;
  unsigned int prefix;          /* 0: absent */
} DomainIp;

/* A USB device of the host by its ids or its place, or both. */
typedef struct
{
  DomainHostdevStartup startup_policy;
  DomainHostdevGuestReset guest_reset;
  Tristate missing;             /* live */
  unsigned int vendor, product; /* 0: absent */
  unsigned int bus, device;     /* UINT_MAX: absent */
} DomainHostdevUsb;

typedef struct
{
  PciAddress address;
  Tristate write_filtering;
  bool unbind, removeslot, reprobe;     /* status: what is to be undone afterwards */
} DomainHostdevPci;

typedef struct
{
  char *name;
  unsigned int port;            /* 0: absent */
} DomainHostdevIscsiHost;

typedef struct
{
  DomainHostdevScsi protocol;
  char *adapter;                /* "scsi_host0" */
  unsigned int bus, target;     /* UINT_MAX: absent */
  uint64_t unit;                /* UINT64_MAX: absent */
  char *name;                   /* iscsi: "iqn.1992-01.com.example:storage/1" */
  XML_LIST (DomainHostdevIscsiHost) hosts;      /* one */
  Auth *auth;
  char *initiator;
  char *node_name, *secret_alias;       /* status */
} DomainHostdevScsiSource;

typedef struct
{
  DomainHostdevVhost protocol;
  char *wwpn;                   /* "naa.5123456789abcde0" */
} DomainHostdevScsiHost;

typedef struct
{
  DomainDeviceInfo info;
  DomainHostdevMode mode;
  DomainHostdevType type;
  Tristate managed;
  DomainHostdevSgio sgio;       /* scsi */
  Tristate rawio;               /* scsi */
  DomainHostdevModel model;     /* scsi_host, mdev */
  Tristate display, ramfb;      /* mdev */
  DomainHostdevDriver driver;   /* pci */
  DomainHostdevUsb usb;
  DomainHostdevPci pci;
  uint8_t mdev[16];             /* UUID */
  DomainHostdevScsiSource *scsi;    /* not NULL if the type is scsi */
  DomainHostdevScsiHost scsi_host;
  char *path;                   /* storage, misc: of the device; net: name of the interface */
  DomainTeaming *teaming;       /* pci */
  XML_LIST (DomainIp) ips;      /* net */
  XML_LIST (NetworkRoute) routes;   /* net */
  bool readonly, shareable;     /* scsi */
} DomainHostdev;
