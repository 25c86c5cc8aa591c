/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* port.h: a network's port: what an interface of a guest is plugged into. */
#pragma once

#include "model/network/network.h"

#define NETWORK_PLUG_TYPES(X) \
  X (NETWORK_PLUG_NONE, "none") X (NETWORK_PLUG_NETWORK, "network") X (NETWORK_PLUG_BRIDGE, "bridge") \
  X (NETWORK_PLUG_DIRECT, "direct") X (NETWORK_PLUG_HOSTDEV_PCI, "hostdev-pci")
XML_ENUM_DECLARE (NetworkPlugType, NETWORK_PLUG_, network_plug_type, NETWORK_PLUG_TYPES)

#define NETWORK_PLUG_MODES(X) \
  X (NETWORK_PLUG_MODE_VEPA, "vepa") X (NETWORK_PLUG_MODE_PRIVATE, "private") X (NETWORK_PLUG_MODE_BRIDGE, "bridge") \
  X (NETWORK_PLUG_MODE_PASSTHROUGH, "passthrough")
XML_ENUM_DECLARE (NetworkPlugMode, NETWORK_PLUG_MODE_, network_plug_mode, NETWORK_PLUG_MODES)

typedef struct
{
  uint8_t uuid[16];
  struct { char *name; uint8_t uuid[16]; } owner;       /* the domain */
  char *group;                  /* port group */
  uint8_t mac[6];
  NetworkVirtualPort *virtual_port;
  NetworkBandwidth *bandwidth;
  NetworkVlan *vlan;
  Tristate isolated, trust_guest_rx_filters;
  struct
  {
    NetworkPlugType type;       /* says which of the rest are meant */
    char *bridge;               /* network, bridge */
    NetworkMacTableManager mac_table_manager;
    char *dev;                  /* direct */
    NetworkPlugMode mode;
    Tristate managed;           /* hostdev-pci */
    NetworkForwardDriver driver;
    PciAddress *address;
  } plug;
} NetworkPort;

extern const XmlSchema network_port_schema;

void network_port_free (NetworkPort *port);     /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetworkPort, network_port_free)
