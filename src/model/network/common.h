/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* common.h: what networks, their ports and the interfaces of domains share:
 * virtual ports, VLANs, bandwidth, routes.
 *
 * Each is an element with a schema. A schema's own rules hold everywhere it
 * appears; what differs from place to place is a check to be called by the
 * `finish` of the element around it. */
#pragma once

#include "model/common/values.h"

#define NETWORK_VIRTUAL_PORT_TYPES(X) \
  X (NETWORK_VIRTUAL_PORT_QBG, "802.1Qbg") X (NETWORK_VIRTUAL_PORT_QBH, "802.1Qbh") \
  X (NETWORK_VIRTUAL_PORT_OPENVSWITCH, "openvswitch") X (NETWORK_VIRTUAL_PORT_MIDONET, "midonet")
XML_ENUM_DECLARE (NetworkVirtualPortType, NETWORK_VIRTUAL_PORT_, network_virtual_port_type, NETWORK_VIRTUAL_PORT_TYPES)

/* <virtualport>: how a switch is told about an interface. */
typedef struct
{
  NetworkVirtualPortType type;
  unsigned int manager_id, type_id, type_id_version;    /* UINT_MAX: absent */
  uint8_t instance_id[16], interface_id[16];            /* all 0: absent */
  char *profile_id;
} NetworkVirtualPort;

extern const XmlSchema network_virtual_port_schema;

/* What a place asks of its <virtualport> besides. */
typedef enum
{
  NETWORK_VIRTUAL_PORT_TYPED = 1 << 0,          /* type= must be there */
  NETWORK_VIRTUAL_PORT_COMPLETE = 1 << 1,       /* and all that a port of the type needs */
  NETWORK_VIRTUAL_PORT_GENERATE = 1 << 2,       /* instance and interface ids are made if they are missing */
} NetworkVirtualPortNeeds;

/* To be called by the finish of what has a <virtualport>, @port, below @parent:
 * asks @needs of it and drops it if it says nothing. @port may point to NULL.
 * Errors: VIR_ERR_XML_ERROR of VIR_FROM_NONE (no type) or VIR_FROM_NET (a
 * missing or superfluous parameter). */
bool network_virtual_port_check (xmlNode *parent, NetworkVirtualPort **port, unsigned int needs, GError **error);

/* Adds to *@port, which may be NULL, what @other (NULL: nothing) says besides: of a port with its network's and its port group's.
 * VIR_ERR_XML_ERROR of VIR_FROM_NET: they contradict each other. */
bool network_virtual_port_merge (NetworkVirtualPort **port, const NetworkVirtualPort *other, GError **error);

/* Makes the ids that @port lacks, and drops the parameters that its type does not have. VIR_ERR_XML_ERROR of VIR_FROM_NET: another
 * one is missing. */
bool network_virtual_port_complete (NetworkVirtualPort *port, GError **error);

#define NETWORK_NATIVE_VLAN_MODES(X) X (NETWORK_NATIVE_VLAN_TAGGED, "tagged") X (NETWORK_NATIVE_VLAN_UNTAGGED, "untagged")
XML_ENUM_DECLARE (NetworkNativeVlanMode, NETWORK_NATIVE_VLAN_, network_native_vlan_mode, NETWORK_NATIVE_VLAN_MODES)

typedef struct
{
  unsigned int id;              /* 0 to 4095 */
  NetworkNativeVlanMode native_mode;
} NetworkVlanTag;

/* <vlan>: at least one tag; `trunk` is TRI_YES or absent once it is read. */
typedef struct
{
  Tristate trunk;
  XML_LIST (NetworkVlanTag) tags;
} NetworkVlan;

extern const XmlSchema network_vlan_schema;

/* KiB a second, bursts in KiB; 0: absent. */
typedef struct
{
  uint64_t average, peak, floor, burst;
} NetworkRate;

/* <bandwidth>: either direction may be NULL. */
typedef struct
{
  NetworkRate *inbound, *outbound;
  unsigned int class_id;        /* 0: absent; only of ports and running interfaces */
} NetworkBandwidth;

/* Without and with the class id. */
extern const XmlSchema network_bandwidth_schema, network_class_bandwidth_schema;

/* To be called by the finish of what has a @bandwidth (which may be NULL) below
 * @parent: drops it if it says nothing, and refuses a floor if @with_floor is
 * false. Errors: VIR_ERR_CONFIG_UNSUPPORTED of VIR_FROM_NONE. */
bool network_bandwidth_check (xmlNode *parent, NetworkBandwidth **bandwidth, bool with_floor, GError **error);

#define NETWORK_FAMILIES(X) X (NETWORK_FAMILY_IPV4, "ipv4") X (NETWORK_FAMILY_IPV6, "ipv6")
XML_ENUM_DECLARE (NetworkFamily, NETWORK_FAMILY_, network_family, NETWORK_FAMILIES)

/* <route>; all addresses are of one family, and `family` says which if it is
 * not absent. */
typedef struct
{
  NetworkFamily family;
  IpAddress address, netmask, gateway;  /* netmask may be absent */
  unsigned int prefix;          /* UINT_MAX: absent */
  unsigned int metric;          /* 0: absent */
} NetworkRoute;

extern const XmlSchema network_route_schema;

/* The bits of @route's network, by its prefix or its netmask; 0 if it has
 * neither, as the default route. -1 if its netmask has holes. */
int network_route_prefix (const NetworkRoute *route);

/* The prefix that an address has whose document says none: by its class, 64 for IPv6. */
unsigned int ip_address_usual_prefix (const IpAddress *address);

#define NETWORK_MAC_TABLE_MANAGERS(X) X (NETWORK_MAC_TABLE_KERNEL, "kernel") X (NETWORK_MAC_TABLE_LIBVIRT, "libvirt")
XML_ENUM_DECLARE (NetworkMacTableManager, NETWORK_MAC_TABLE_, network_mac_table_manager, NETWORK_MAC_TABLE_MANAGERS)

/* The child of @parent named @name, NULL if there is none. */
xmlNode *network_child (xmlNode *parent, const char *name);

/* The child that is number @index, from 0, of those named @name; @parent itself if there are fewer. */
xmlNode *network_nth_child (xmlNode *parent, const char *name, unsigned int index);
