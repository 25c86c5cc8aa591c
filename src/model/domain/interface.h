/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interface.h: network interfaces of a guest. */
#pragma once

#include "model/domain/info.h"
#include "model/network/common.h"

#define DOMAIN_MAC_LENGTH 6

#define INTERFACE_TYPE_LIST(X) X (INTERFACE_TYPE_USER, "user") X (INTERFACE_TYPE_ETHERNET, "ethernet") \
  X (INTERFACE_TYPE_VHOSTUSER, "vhostuser") X (INTERFACE_TYPE_SERVER, "server") X (INTERFACE_TYPE_CLIENT, "client") \
  X (INTERFACE_TYPE_MCAST, "mcast") X (INTERFACE_TYPE_NETWORK, "network") X (INTERFACE_TYPE_BRIDGE, "bridge") \
  X (INTERFACE_TYPE_INTERNAL, "internal") X (INTERFACE_TYPE_DIRECT, "direct") X (INTERFACE_TYPE_HOSTDEV, "hostdev") \
  X (INTERFACE_TYPE_UDP, "udp") X (INTERFACE_TYPE_VDPA, "vdpa") X (INTERFACE_TYPE_NULL, "null") X (INTERFACE_TYPE_VDS, "vds")
XML_ENUM_DECLARE (DomainInterfaceType, INTERFACE_TYPE_, interface_type, INTERFACE_TYPE_LIST)

#define LINK_STATE_LIST(X) X (LINK_STATE_UP, "up") X (LINK_STATE_DOWN, "down")
XML_ENUM_DECLARE (DomainLinkState, LINK_STATE_, link_state, LINK_STATE_LIST)

#define MAC_TYPE_LIST(X) X (MAC_TYPE_GENERATED, "generated") X (MAC_TYPE_STATIC, "static")
XML_ENUM_DECLARE (DomainMacType, MAC_TYPE_, mac_type, MAC_TYPE_LIST)

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
