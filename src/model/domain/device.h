/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.h: the devices of a domain, as structs that the tables in
 * devices.c describe. See types.h for what the members may be; an enumeration
 * that is 0 and a string that is NULL are absent from the document. Every
 * device struct starts with its DomainDeviceInfo. */
#pragma once

#include "model/domain/chardev.h"
#include "model/domain/controller.h"
#include "model/domain/disk.h"
#include "model/domain/enums.h"
#include "model/domain/graphics.h"
#include "model/domain/input.h"
#include "model/domain/small-device.h"
#include "model/domain/sound.h"
#include "model/domain/video.h"

#define DOMAIN_MAC_LENGTH 6

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
