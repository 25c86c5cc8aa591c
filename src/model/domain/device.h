/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.h: the devices of a domain, as structs that the tables in
 * devices.c describe. See types.h for what the members may be; an enumeration
 * that is 0 and a string that is NULL are absent from the document. Every
 * device struct starts with its DomainDeviceInfo. */
#pragma once

#include "model/domain/chardev.h"
#include "model/domain/controller.h"
#include "model/domain/enums.h"
#include "model/domain/graphics.h"
#include "model/domain/input.h"
#include "model/domain/small-device.h"
#include "model/domain/sound.h"
#include "model/domain/video.h"

#define DOMAIN_MAC_LENGTH 6

/* A layer of a disk's image. A chain ends with NULL (unknown) or with a source
 * whose type is STORAGE_TYPE_ABSENT (known to have no backing file). */
typedef struct DomainStorageSource DomainStorageSource;
struct DomainStorageSource
{
  DomainStorageType type;
  DomainStorageFormat format;
  char *path;                   /* file= or dev=, by type; NULL: no medium */
  DomainDiskStartupPolicy startup_policy;
  unsigned int index;           /* live: node number, 0: absent */
  DomainStorageSource *backing;
};

typedef struct
{
  DomainDeviceInfo info;
  DomainDiskDevice device;
  DomainVirtioModel model;
  Tristate rawio;
  DomainDiskSnapshot snapshot;
  DomainStorageSource source;
  struct
  {
    char *name;                 /* "qemu" */
    DomainDiskCache cache;
    DomainDiskErrorPolicy error_policy, rerror_policy;
    DomainDiskIo io;
    Tristate ioeventfd, event_idx, copy_on_read;
    DomainDiskDiscard discard;
    DomainDiskDetectZeroes detect_zeroes;
    unsigned int iothread;      /* 0: absent */
    unsigned int queues, queue_size;
    DomainVirtioOptions virtio;
  } driver;
  struct { unsigned int cylinders, heads, sectors; DomainDiskTrans trans; } geometry;
  struct { unsigned int logical_block_size, physical_block_size; } blockio;   /* bytes */
  struct
  {
    char *dev;                  /* "vda" */
    DomainDiskBus bus;
    DomainDiskTray tray;
    Tristate removable;
    unsigned int rotation_rate;
  } target;
  bool readonly, shareable;
  char *serial, *wwn, *vendor, *product;
} DomainDisk;

typedef struct
{
  DomainDeviceInfo info;
  DomainInterfaceType type;
  uint8_t mac[DOMAIN_MAC_LENGTH];   /* all zero: to be generated */
  DomainMacType mac_type;
  Tristate mac_check;
  char *model;                  /* "virtio", "e1000", ...; NULL: default */
  char *bridge;                 /* INTERFACE_TYPE_BRIDGE: the host's bridge */
  char *network, *portgroup;    /* INTERFACE_TYPE_NETWORK; portgroup may be NULL */
  char *target_dev;
  DomainLinkState link;
  unsigned int mtu;             /* 0: absent */
} DomainInterface;
