/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interface.h: the host's own network interfaces. */
#pragma once

#include "model/network/common.h"

#define HOST_INTERFACE_TYPES(X) \
  X (HOST_INTERFACE_ETHERNET, "ethernet") X (HOST_INTERFACE_BRIDGE, "bridge") X (HOST_INTERFACE_BOND, "bond") \
  X (HOST_INTERFACE_VLAN, "vlan")
XML_ENUM_DECLARE (HostInterfaceType, HOST_INTERFACE_, host_interface_type, HOST_INTERFACE_TYPES)

#define HOST_INTERFACE_STARTS(X) \
  X (HOST_INTERFACE_START_NONE, "none") X (HOST_INTERFACE_START_ONBOOT, "onboot") X (HOST_INTERFACE_START_HOTPLUG, "hotplug")
XML_ENUM_DECLARE (HostInterfaceStart, HOST_INTERFACE_START_, host_interface_start, HOST_INTERFACE_STARTS)

#define HOST_INTERFACE_LINKS(X) \
  X (HOST_INTERFACE_LINK_UNKNOWN, "unknown") X (HOST_INTERFACE_LINK_NOT_PRESENT, "notpresent") \
  X (HOST_INTERFACE_LINK_DOWN, "down") X (HOST_INTERFACE_LINK_LOWER_LAYER_DOWN, "lowerlayerdown") \
  X (HOST_INTERFACE_LINK_TESTING, "testing") X (HOST_INTERFACE_LINK_DORMANT, "dormant") X (HOST_INTERFACE_LINK_UP, "up")
XML_ENUM_DECLARE (HostInterfaceLink, HOST_INTERFACE_LINK_, host_interface_link, HOST_INTERFACE_LINKS)

#define HOST_BOND_MODES(X) \
  X (HOST_BOND_BALANCE_RR, "balance-rr") X (HOST_BOND_ACTIVE_BACKUP, "active-backup") X (HOST_BOND_BALANCE_XOR, "balance-xor") \
  X (HOST_BOND_BROADCAST, "broadcast") X (HOST_BOND_802_3AD, "802.3ad") X (HOST_BOND_BALANCE_TLB, "balance-tlb") \
  X (HOST_BOND_BALANCE_ALB, "balance-alb")
XML_ENUM_DECLARE (HostBondMode, HOST_BOND_, host_bond_mode, HOST_BOND_MODES)

#define HOST_BOND_CARRIERS(X) X (HOST_BOND_CARRIER_IOCTL, "ioctl") X (HOST_BOND_CARRIER_NETIF, "netif")
XML_ENUM_DECLARE (HostBondCarrier, HOST_BOND_CARRIER_, host_bond_carrier, HOST_BOND_CARRIERS)

#define HOST_BOND_VALIDATES(X) \
  X (HOST_BOND_VALIDATE_ACTIVE, "active") X (HOST_BOND_VALIDATE_BACKUP, "backup") X (HOST_BOND_VALIDATE_ALL, "all")
XML_ENUM_DECLARE (HostBondValidate, HOST_BOND_VALIDATE_, host_bond_validate, HOST_BOND_VALIDATES)

/* Addresses and numbers that the host's own tools judge are kept as they are given. */
typedef struct
{
  char *address;
  unsigned int prefix;          /* 0: absent */
} HostInterfaceIp;

typedef struct { Tristate peer_dns; } HostInterfaceDhcp;

typedef struct
{
  NetworkFamily family;
  bool autoconf;                /* ipv6 */
  HostInterfaceDhcp *dhcp;
  XML_LIST (HostInterfaceIp) ips;
  char *gateway;
} HostInterfaceProtocol;

typedef struct HostInterface HostInterface;

typedef struct
{
  Tristate stp;
  char *delay;
  XML_LIST (HostInterface) members;
} HostBridge;

typedef struct
{
  unsigned int freq, down_delay, up_delay;      /* milliseconds; delays 0: absent */
  HostBondCarrier carrier;
} HostBondMii;

typedef struct
{
  unsigned int interval;        /* milliseconds */
  char *target;
  HostBondValidate validate;
} HostBondArp;

/* At most one of the two monitors. */
typedef struct
{
  HostBondMode mode;
  HostBondMii *mii;
  HostBondArp *arp;
  XML_LIST (HostInterface) members;
} HostBond;

/* Members of bridges and bonds have only type, name, link, mac and what their
 * type says. */
struct HostInterface
{
  HostInterfaceType type;       /* says which of mac, bridge, bond and vlan is meant */
  char *name;
  HostInterfaceStart start;
  unsigned int mtu;             /* 0: absent */
  XML_LIST (HostInterfaceProtocol) protocols;
  struct { unsigned int speed; HostInterfaceLink state; } link;         /* speed: Mbit/s, 0: absent */
  char *mac;
  HostBridge *bridge;
  HostBond *bond;
  struct { char *tag, *dev; } vlan;
};

extern const XmlSchema host_interface_schema;
