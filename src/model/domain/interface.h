/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interface.h: network interfaces of a guest. */
#pragma once

#include "model/domain/hostdev.h"
#include "model/nwfilter/nwfilter.h"

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

#define INTERFACE_DIRECT_LIST(X) X (INTERFACE_DIRECT_VEPA, "vepa") X (INTERFACE_DIRECT_PRIVATE, "private") \
  X (INTERFACE_DIRECT_BRIDGE, "bridge") X (INTERFACE_DIRECT_PASSTHROUGH, "passthrough")
XML_ENUM_DECLARE (DomainInterfaceDirect, INTERFACE_DIRECT_, interface_direct, INTERFACE_DIRECT_LIST)

#define INTERFACE_HOST_BUS_LIST(X) X (INTERFACE_HOST_BUS_PCI, "pci") X (INTERFACE_HOST_BUS_USB, "usb")
XML_ENUM_DECLARE (DomainInterfaceHostBus, INTERFACE_HOST_BUS_, interface_host_bus, INTERFACE_HOST_BUS_LIST)

#define VHOSTUSER_TYPE_LIST(X) X (VHOSTUSER_TYPE_UNIX, "unix")
XML_ENUM_DECLARE (DomainVhostuserType, VHOSTUSER_TYPE_, vhostuser_type, VHOSTUSER_TYPE_LIST)

#define VHOSTUSER_MODE_LIST(X) X (VHOSTUSER_MODE_SERVER, "server") X (VHOSTUSER_MODE_CLIENT, "client")
XML_ENUM_DECLARE (DomainVhostuserMode, VHOSTUSER_MODE_, vhostuser_mode, VHOSTUSER_MODE_LIST)

#define INTERFACE_DRIVER_LIST(X) X (INTERFACE_DRIVER_QEMU, "qemu") X (INTERFACE_DRIVER_VHOST, "vhost")
XML_ENUM_DECLARE (DomainInterfaceDriverName, INTERFACE_DRIVER_, interface_driver, INTERFACE_DRIVER_LIST)

#define INTERFACE_TXMODE_LIST(X) X (INTERFACE_TXMODE_IOTHREAD, "iothread") X (INTERFACE_TXMODE_TIMER, "timer")
XML_ENUM_DECLARE (DomainInterfaceTxmode, INTERFACE_TXMODE_, interface_txmode, INTERFACE_TXMODE_LIST)

#define INTERFACE_BACKEND_LIST(X) X (INTERFACE_BACKEND_PASST, "passt")
XML_ENUM_DECLARE (DomainInterfaceBackendType, INTERFACE_BACKEND_, interface_backend, INTERFACE_BACKEND_LIST)

#define PORT_FORWARD_LIST(X) X (PORT_FORWARD_TCP, "tcp") X (PORT_FORWARD_UDP, "udp")
XML_ENUM_DECLARE (DomainPortForwardProtocol, PORT_FORWARD_, port_forward, PORT_FORWARD_LIST)

/* The host's end of a server, client, mcast or udp interface. */
typedef struct
{
  char *address, *local_address;
  int port, local_port;         /* -1: absent */
} DomainInterfaceSocket;

typedef struct
{
  DomainVhostuserType type;
  char *path;
  DomainVhostuserMode mode;
  Tristate reconnect;
  unsigned int reconnect_timeout;   /* seconds, UINT_MAX: absent */
} DomainInterfaceVhostuser;

/* A port of a VMware distributed switch. */
typedef struct
{
  uint8_t switch_id[16];
  int64_t port_id, connection_id;
  char *portgroup_id;
} DomainInterfaceVds;

/* A device of the host that is the interface. */
typedef struct
{
  DomainInterfaceHostBus bus;
  PciAddress pci;
  DomainHostdevUsb usb;
} DomainInterfaceHost;

/* What a network made of an interface that is on it; of a running guest. */
typedef struct
{
  DomainInterfaceType type;
  Tristate managed, trust_rx_filters;
  char *bridge;                 /* network, bridge */
  NetworkMacTableManager mac_table_manager;
  char *dev;                    /* direct */
  DomainInterfaceDirect mode;   /* direct */
  DomainHostdevDriver host_driver;  /* hostdev */
  DomainInterfaceHost *host;    /* hostdev */
  NetworkVlan *vlan;
  NetworkVirtualPort *virtual_port;
  NetworkBandwidth *bandwidth;
  Tristate isolated;
} DomainInterfaceActual;

/* Ports of the host that are passed on; 0: absent. */
typedef struct
{
  unsigned int start, end, to;
  Tristate exclude;
} DomainPortRange;

typedef struct
{
  DomainPortForwardProtocol protocol;
  IpAddress address;
  char *dev;
  XML_LIST (DomainPortRange) ranges;
} DomainPortForward;

/* How a virtio card works. */
typedef struct
{
  DomainInterfaceDriverName name;
  DomainInterfaceTxmode txmode;
  Tristate ioeventfd, event_idx;
  unsigned int queues, rx_queue_size, tx_queue_size;    /* 0: absent */
  Tristate rss, rss_hash_report;
  DomainVirtioOptions virtio;
  struct { Tristate csum, gso, tso4, tso6, ecn, ufo, mrg_rxbuf; } host;
  struct { Tristate csum, tso4, tso6, ecn, ufo; } guest;
} DomainInterfaceDriver;

typedef struct
{
  DomainInterfaceBackendType type;
  char *tap, *vhost;            /* paths of devices of the host */
  char *log_file;
} DomainInterfaceBackend;

typedef struct
{
  DomainDeviceInfo info;
  DomainInterfaceType type;
  Tristate trust_rx_filters;
  uint8_t mac[DOMAIN_MAC_LENGTH];   /* all zero: to be generated */
  DomainMacType mac_type;
  Tristate mac_check;
  char *model;                  /* "virtio", "e1000", ...; NULL: default */
  char *bridge;                 /* INTERFACE_TYPE_BRIDGE: the host's bridge */
  char *network, *portgroup;    /* INTERFACE_TYPE_NETWORK; portgroup may be NULL */
  uint8_t port_id[16];          /* network, live */
  char *dev;                    /* direct, vdpa; user with passt: whose addresses it takes */
  DomainInterfaceDirect direct_mode;
  char *internal_name;          /* internal */
  DomainInterfaceSocket *socket;        /* server, client, mcast, udp */
  DomainInterfaceVhostuser *vhostuser;
  DomainInterfaceVds *vds;
  Tristate managed;             /* hostdev */
  DomainHostdevDriver host_driver;      /* hostdev */
  DomainInterfaceHost *host;    /* hostdev */
  XML_LIST (DomainIp) host_ips; /* ethernet: of the host's end */
  XML_LIST (NetworkRoute) host_routes;
  NetworkVlan *vlan;
  NetworkVirtualPort *virtual_port;
  NetworkBandwidth *bandwidth;
  Tristate isolated;
  DomainInterfaceActual *actual;        /* network, live */
  XML_LIST (DomainIp) ips;      /* of the guest's end */
  XML_LIST (NetworkRoute) routes;
  XML_LIST (DomainPortForward) port_forwards;
  char *script, *downscript, *backend_domain;
  char *target_dev;
  Tristate target_managed;
  char *guest_dev, *guest_actual;
  DomainInterfaceDriver *driver;
  DomainInterfaceBackend *backend;
  NwFilterRef *filterref;
  uint64_t sndbuf;              /* bytes; UINT64_MAX: absent */
  DomainTeaming *teaming;
  DomainLinkState link;
  unsigned int mtu;             /* 0: absent */
  unsigned int coalesce_frames; /* 0: absent */
} DomainInterface;
