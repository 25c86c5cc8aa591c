/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nwfilter.h: network filters: rules about the frames of an interface, and
 * references to other filters; and bindings of filters to interfaces. */
#pragma once

#include "xml/xml.h"

#define NWFILTER_PROTOCOLS(X) \
  X (NWFILTER_MAC, "mac") X (NWFILTER_VLAN, "vlan") X (NWFILTER_STP, "stp") X (NWFILTER_ARP, "arp") X (NWFILTER_RARP, "rarp") \
  X (NWFILTER_IP, "ip") X (NWFILTER_IPV6, "ipv6") \
  X (NWFILTER_TCP, "tcp") X (NWFILTER_UDP, "udp") X (NWFILTER_UDPLITE, "udplite") X (NWFILTER_ESP, "esp") X (NWFILTER_AH, "ah") \
  X (NWFILTER_SCTP, "sctp") X (NWFILTER_ICMP, "icmp") X (NWFILTER_IGMP, "igmp") X (NWFILTER_ALL, "all") \
  X (NWFILTER_TCP_IPV6, "tcp-ipv6") X (NWFILTER_UDP_IPV6, "udp-ipv6") X (NWFILTER_UDPLITE_IPV6, "udplite-ipv6") \
  X (NWFILTER_ESP_IPV6, "esp-ipv6") X (NWFILTER_AH_IPV6, "ah-ipv6") X (NWFILTER_SCTP_IPV6, "sctp-ipv6") \
  X (NWFILTER_ICMPV6, "icmpv6") X (NWFILTER_ALL_IPV6, "all-ipv6")
XML_ENUM_DECLARE (NwFilterProtocol, NWFILTER_PROTOCOL_, nwfilter_protocol, NWFILTER_PROTOCOLS)

#define NWFILTER_ACTIONS(X) \
  X (NWFILTER_DROP, "drop") X (NWFILTER_ACCEPT, "accept") X (NWFILTER_REJECT, "reject") X (NWFILTER_RETURN, "return") \
  X (NWFILTER_CONTINUE, "continue")
XML_ENUM_DECLARE (NwFilterAction, NWFILTER_ACTION_, nwfilter_action, NWFILTER_ACTIONS)

#define NWFILTER_DIRECTIONS(X) X (NWFILTER_IN, "in") X (NWFILTER_OUT, "out") X (NWFILTER_INOUT, "inout")
XML_ENUM_DECLARE (NwFilterDirection, NWFILTER_DIRECTION_, nwfilter_direction, NWFILTER_DIRECTIONS)

#define NWFILTER_ENTRIES(X) X (NWFILTER_RULE, "rule") X (NWFILTER_REFERENCE, "filterref")
XML_ENUM_DECLARE (NwFilterEntryKind, NWFILTER_ENTRY_, nwfilter_entry, NWFILTER_ENTRIES)

#define NWFILTER_MATCHES(X) X (NWFILTER_MATCH_NOT, "no")
XML_ENUM_DECLARE (NwFilterMatch, NWFILTER_MATCH_, nwfilter_match, NWFILTER_MATCHES)

#define NWFILTER_STATE_MATCHES(X) X (NWFILTER_STATELESS, "false") X (NWFILTER_STATEFUL, "true")
XML_ENUM_DECLARE (NwFilterStateMatch, NWFILTER_STATE_MATCH_, nwfilter_state_match, NWFILTER_STATE_MATCHES)

#define NWFILTER_PRIORITY_MIN -1000
#define NWFILTER_PRIORITY_MAX 1000
#define NWFILTER_RULE_PRIORITY 500

typedef struct { char *name, *value; } NwFilterParameter;

/* A reference to a filter, its parameters in the order of their names. */
typedef struct
{
  char *filter;
  XML_LIST (NwFilterParameter) parameters;
} NwFilterRef;

/* What frames must be, or not be, for a rule to apply. Each value is text in its
 * canonical form (addresses and numbers in hexadecimal if they were given so,
 * masks of IP addresses as a number of bits), or "$NAME" or "$NAME[...]": a
 * variable; NULL: any. The protocol says which of the unions' members count. */
typedef struct
{
  NwFilterProtocol protocol;
  NwFilterMatch match;
  char *src_mac, *comment;
  union
  {
    struct { char *src_mac_mask, *dst_mac, *dst_mac_mask; } mac;        /* mac, vlan, arp, rarp, ip, ipv6; stp: its own mask */
    struct { char *src_ip_from, *src_ip_to, *dst_ip_from, *dst_ip_to; } range;  /* the protocols above IP */
  };
  union
  {
    struct { char *protocol_id; } ether;                                /* mac */
    struct { char *id, *encapsulated; } vlan;
    struct
    {
      char *type, *flags, *root_priority, *root_priority_hi, *root_address, *root_address_mask, *root_cost, *root_cost_hi,
        *sender_priority, *sender_priority_hi, *sender_address, *sender_address_mask, *port, *port_hi, *age, *age_hi, *max_age,
        *max_age_hi, *hello_time, *hello_time_hi, *forward_delay, *forward_delay_hi;
    } stp;
    struct
    {
      char *hwtype, *protocol_type, *opcode, *src_mac, *dst_mac, *src_ip, *src_ip_mask, *dst_ip, *dst_ip_mask, *gratuitous;
    } arp;
    struct
    {
      char *src_ip, *src_ip_mask, *dst_ip, *dst_ip_mask, *protocol, *src_port, *src_port_end, *dst_port, *dst_port_end, *dscp;
      char *type, *type_end, *code, *code_end;                          /* ICMP; only ipv6 has ends */
      char *connection_limit, *state, *ipset, *ipset_flags;             /* the protocols above IP */
      char *tcp_option, *tcp_flags;
    } ip;
  };
} NwFilterCondition;

/* A rule or a reference. */
typedef struct
{
  NwFilterEntryKind kind;
  NwFilterRef reference;
  NwFilterAction action;
  NwFilterDirection direction;
  int priority;                 /* NWFILTER_PRIORITY_MIN to _MAX; lower ones come first */
  NwFilterStateMatch state_match;       /* NWFILTER_STATELESS or absent */
  /* All of one protocol; a value that is given twice counts the second time. */
  XML_LIST (NwFilterCondition) conditions;
} NwFilterEntry;

typedef struct
{
  char *name;
  char *chain;                  /* "root", or a name that begins with a protocol */
  int priority;                 /* of the chain */
  uint8_t uuid[16];
  XML_LIST (NwFilterEntry) entries;
} NwFilter;

typedef struct
{
  struct { char *name; uint8_t uuid[16]; } owner;       /* the domain */
  char *port_dev, *link_dev;    /* link_dev may be NULL */
  uint8_t mac[6];
  NwFilterRef *reference;
} NwFilterBinding;

extern const XmlSchema nwfilter_schema, nwfilter_binding_schema;

/* Of a <filterref> anywhere; its filter may be NULL. */
extern const XmlSchema nwfilter_ref_schema;

/* The rows of the conditions of each protocol. */
extern const XmlCases nwfilter_condition_cases;
