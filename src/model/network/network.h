/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.h: virtual networks: their document, the rules of a definition, and
 * updates of one section.
 *
 * The tables are in table-*.c; reading with network_schema checks what a
 * document must always be, network_validate() what a definition must be
 * besides. */
#pragma once

#include "model/network/common.h"

#define NETWORK_FORWARD_MODES(X) \
  X (NETWORK_FORWARD_NAT, "nat") X (NETWORK_FORWARD_ROUTE, "route") X (NETWORK_FORWARD_OPEN, "open") \
  X (NETWORK_FORWARD_BRIDGE, "bridge") X (NETWORK_FORWARD_PRIVATE, "private") X (NETWORK_FORWARD_VEPA, "vepa") \
  X (NETWORK_FORWARD_PASSTHROUGH, "passthrough") X (NETWORK_FORWARD_HOSTDEV, "hostdev") X (NETWORK_FORWARD_NONE, "none")
/* Absent: an isolated network; NETWORK_FORWARD_NONE is only read. */
XML_ENUM_DECLARE (NetworkForwardMode, NETWORK_FORWARD_, network_forward_mode, NETWORK_FORWARD_MODES)

#define NETWORK_FORWARD_DRIVERS(X) X (NETWORK_FORWARD_DRIVER_KVM, "kvm") X (NETWORK_FORWARD_DRIVER_VFIO, "vfio")
XML_ENUM_DECLARE (NetworkForwardDriver, NETWORK_FORWARD_DRIVER_, network_forward_driver, NETWORK_FORWARD_DRIVERS)

#define NETWORK_LEASE_UNITS(X) \
  X (NETWORK_LEASE_SECONDS, "seconds") X (NETWORK_LEASE_MINUTES, "minutes") X (NETWORK_LEASE_HOURS, "hours")
XML_ENUM_DECLARE (NetworkLeaseUnit, NETWORK_LEASE_, network_lease_unit, NETWORK_LEASE_UNITS)

#define NETWORK_ADDRESS_TYPES(X) X (NETWORK_ADDRESS_PCI, "pci")
XML_ENUM_DECLARE (NetworkAddressType, NETWORK_ADDRESS_, network_address_type, NETWORK_ADDRESS_TYPES)

typedef struct
{
  char *dev;
  unsigned int connections;     /* live */
} NetworkForwardInterface;

typedef struct
{
  NetworkAddressType type;
  PciAddress pci;
  unsigned int connections;     /* live */
} NetworkForwardAddress;

typedef struct { IpAddress start, end; } NetworkAddressRange;
typedef struct { unsigned int start, end; } NetworkPortRange;

typedef struct
{
  Tristate ipv6;
  NetworkAddressRange *addresses;       /* NULL: any */
  NetworkPortRange *ports;              /* NULL: any */
} NetworkNat;

/* Of `pf`, `interfaces` and `addresses` a document has one; a running network with a PF lists what came of it too. */
typedef struct
{
  NetworkForwardMode mode;
  Tristate managed;
  NetworkForwardDriver driver;
  NetworkNat *nat;
  struct { char *dev; unsigned int connections; } pf;
  XML_LIST (NetworkForwardInterface) interfaces;
  XML_LIST (NetworkForwardAddress) addresses;
} NetworkForward;

typedef struct { char *domain; IpAddress address; } NetworkDnsForwarder;
typedef struct { char *name, *value; } NetworkDnsTxt;

typedef struct
{
  char *service, *protocol, *domain, *target;
  unsigned int port, priority, weight;  /* 0: absent */
} NetworkDnsSrv;

typedef struct { char *name; } NetworkDnsHostname;

typedef struct
{
  IpAddress ip;
  XML_LIST (NetworkDnsHostname) hostnames;
} NetworkDnsHost;

typedef struct
{
  Tristate enable, forward_plain_names;
  XML_LIST (NetworkDnsForwarder) forwarders;
  XML_LIST (NetworkDnsTxt) txts;
  XML_LIST (NetworkDnsSrv) srvs;
  XML_LIST (NetworkDnsHost) hosts;
} NetworkDns;

typedef struct
{
  int64_t expiry;               /* in units; 0: never, -1: absent */
  NetworkLeaseUnit unit;
} NetworkLease;

typedef struct
{
  IpAddress start, end;
  NetworkLease lease;
} NetworkDhcpRange;

typedef struct
{
  char *id, *mac, *name;
  IpAddress ip;
  NetworkLease lease;
} NetworkDhcpHost;

typedef struct
{
  NetworkFamily family;         /* absent: ipv4 */
  IpAddress address, netmask;
  unsigned int prefix;          /* 0: absent */
  Tristate local_ptr;
  char *tftp_root;
  XML_LIST (NetworkDhcpRange) ranges;
  XML_LIST (NetworkDhcpHost) hosts;
  struct { char *file; IpAddress server; } bootp;
} NetworkIp;

typedef struct
{
  char *name;
  Tristate is_default;          /* TRI_YES or absent */
  Tristate trust_guest_rx_filters;
  NetworkVlan *vlan;
  NetworkVirtualPort *virtual_port;
  NetworkBandwidth *bandwidth;
} NetworkPortGroup;

typedef struct { char *value; } NetworkDnsmasqOption;

typedef struct
{
  unsigned int connections;     /* live */
  Tristate ipv6;                /* TRI_YES or absent */
  Tristate trust_guest_rx_filters;
  char *name;
  uint8_t uuid[16];
  char *title, *description;
  XmlForeigns metadata;
  NetworkForward forward;
  struct
  {
    char *name, *zone;
    Tristate stp;               /* absent: on */
    unsigned int delay;         /* seconds */
    NetworkMacTableManager mac_table_manager;
  } bridge;
  unsigned int mtu;             /* 0: absent */
  uint8_t mac[6];
  struct { char *name; Tristate local_only, register_guests; } domain;
  NetworkDns dns;
  NetworkVlan *vlan;
  NetworkBandwidth *bandwidth;
  Tristate port_isolated;
  XML_LIST (NetworkIp) ips;
  XML_LIST (NetworkRoute) routes;
  NetworkVirtualPort *virtual_port;
  XML_LIST (NetworkPortGroup) port_groups;
  XML_LIST (NetworkDnsmasqOption) dnsmasq_options;
} Network;

extern const XmlSchema network_schema;

/* The limit of a network's document, in bytes. */
#define NETWORK_MAX_BYTES (4 * 1024 * 1024)

void network_free (Network *network);   /* NULL is fine */
Network *network_copy (const Network *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Network, network_free)

/* Of a network's parts, for updates of one of them. Those of `part` take what
 * only names an element to be removed. */
extern const XmlSchema network_dhcp_range_schema, network_dhcp_host_schema, network_forward_interface_schema,
  network_port_group_schema, network_dns_host_schema, network_dns_host_part_schema, network_dns_txt_schema,
  network_dns_txt_part_schema, network_dns_srv_schema, network_dns_srv_part_schema;

/* Rows of a NetworkDns and of a NetworkForward, of elements of those names. */
extern const XmlField network_dns_rows[], network_forward_rows[];
extern const XmlSchema network_ip_schema;

/* Whether libvirt makes the bridge itself: isolated, nat, route and open. */
bool network_has_own_bridge (const Network *network);

/* The bits of @ip's network: by its prefix, its netmask or its kind of address;
 * -1 if its netmask has holes. */
int network_ip_prefix (const NetworkIp *ip);

/* Whether @start to @end are addresses for guests of @network (which may be
 * NULL) and at most 65535. Errors: VIR_ERR_INTERNAL_ERROR of VIR_FROM_NONE. */
bool network_range_check (const IpAddress *start, const IpAddress *end, const NetworkIp *network, GError **error);

/* What is wrong with @host in a network of IPv6 or IPv4, NULL if nothing is;
 * @partial: it only names one that is there. */
const char *network_dhcp_host_problem (const NetworkDhcpHost *host, bool is_v6, bool partial);

/* What is wrong with @network in itself, and with which of its elements; NULL if
 * nothing is. Reading it checks this. */
const char *network_problem (const Network *network, const char **ret_element);

/* Whether @network may be defined: what its mode does not allow, names and
 * defaults that appear twice. Errors: mostly VIR_ERR_CONFIG_UNSUPPORTED of
 * VIR_FROM_NETWORK. */
bool network_validate (const Network *network, GError **error);

/* Changes one element of a section of @network, as net-update does.
 * @command: VIR_NETWORK_UPDATE_COMMAND_*; @section: VIR_NETWORK_SECTION_*;
 * @parent_index: the <ip> that is meant, -1: the one that has DHCP or else the
 * first; @xml: the element. @network does not change if it fails; whether the
 * whole is still right, network_problem() says. Errors:
 * VIR_ERR_OPERATION_INVALID (there is no such, there is one already),
 * VIR_ERR_OPERATION_UNSUPPORTED (command, section), those of reading the
 * element, all of VIR_FROM_NETWORK. */
bool network_update (Network *network, unsigned int command, unsigned int section, int parent_index, const char *xml,
                     GError **error);
