/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-condition.c: the attributes of each protocol; protocols share groups of
 * rows. */
#include "model/nwfilter/nwfilter.h"
#include "model/nwfilter/values.h"

XML_ENUM_DEFINE (nwfilter_protocol, NWFILTER_PROTOCOLS)

static const XmlField mac_address_rows[] = {
  NWFILTER_VALUE (src_mac, "@srcmacaddr", nwfilter_mac),
  NWFILTER_VALUE (mac.src_mac_mask, "@srcmacmask", nwfilter_mac_mask),
  NWFILTER_VALUE (mac.dst_mac, "@dstmacaddr", nwfilter_mac),
  NWFILTER_VALUE (mac.dst_mac_mask, "@dstmacmask", nwfilter_mac_mask),
  XML_END
};

static const XmlField comment_rows[] = { NWFILTER_VALUE (comment, "@comment", nwfilter_comment), XML_END };
#define COMMENT XML_PART ("", comment_rows)

static const XmlField mac_rows[] = {
  XML_PART ("", mac_address_rows),
  NWFILTER_VALUE (ether.protocol_id, "@protocolid", nwfilter_ether_type),
  COMMENT,
  XML_END
};

static const XmlField vlan_rows[] = {
  XML_PART ("", mac_address_rows),
  NWFILTER_VALUE (vlan.id, "@vlanid", nwfilter_vlan_id),
  NWFILTER_VALUE (vlan.encapsulated, "@encap-protocol", nwfilter_encapsulated),
  COMMENT,
  XML_END
};

static const XmlField stp_rows[] = {
  NWFILTER_VALUE (src_mac, "@srcmacaddr", nwfilter_mac),
  NWFILTER_VALUE (mac.src_mac_mask, "@srcmacmask", nwfilter_mac_mask),
  NWFILTER_VALUE (stp.type, "@type", nwfilter_uint8),
  NWFILTER_VALUE (stp.flags, "@flags", nwfilter_uint8),
  NWFILTER_VALUE (stp.root_priority, "@root-priority", nwfilter_uint16),
  NWFILTER_VALUE (stp.root_priority_hi, "@root-priority-hi", nwfilter_uint16),
  NWFILTER_VALUE (stp.root_address, "@root-address", nwfilter_mac),
  NWFILTER_VALUE (stp.root_address_mask, "@root-address-mask", nwfilter_mac_mask),
  NWFILTER_VALUE (stp.root_cost, "@root-cost", nwfilter_uint32),
  NWFILTER_VALUE (stp.root_cost_hi, "@root-cost-hi", nwfilter_uint32),
  NWFILTER_VALUE (stp.sender_priority, "@sender-priority", nwfilter_uint16),
  NWFILTER_VALUE (stp.sender_priority_hi, "@sender-priority-hi", nwfilter_uint16),
  NWFILTER_VALUE (stp.sender_address, "@sender-address", nwfilter_mac),
  NWFILTER_VALUE (stp.sender_address_mask, "@sender-address-mask", nwfilter_mac_mask),
  NWFILTER_VALUE (stp.port, "@port", nwfilter_uint16),
  NWFILTER_VALUE (stp.port_hi, "@port-hi", nwfilter_uint16),
  NWFILTER_VALUE (stp.age, "@age", nwfilter_uint16),
  NWFILTER_VALUE (stp.age_hi, "@age-hi", nwfilter_uint16),
  NWFILTER_VALUE (stp.max_age, "@max-age", nwfilter_uint16),
  NWFILTER_VALUE (stp.max_age_hi, "@max-age-hi", nwfilter_uint16),
  NWFILTER_VALUE (stp.hello_time, "@hello-time", nwfilter_uint16),
  NWFILTER_VALUE (stp.hello_time_hi, "@hello-time-hi", nwfilter_uint16),
  NWFILTER_VALUE (stp.forward_delay, "@forward-delay", nwfilter_uint16),
  NWFILTER_VALUE (stp.forward_delay_hi, "@forward-delay-hi", nwfilter_uint16),
  COMMENT,
  XML_END
};

static const XmlField arp_rows[] = {
  XML_PART ("", mac_address_rows),
  NWFILTER_VALUE (arp.hwtype, "@hwtype", nwfilter_uint16),
  NWFILTER_VALUE (arp.protocol_type, "@protocoltype", nwfilter_uint16),
  NWFILTER_VALUE (arp.opcode, "@opcode", nwfilter_opcode),
  NWFILTER_VALUE (arp.src_mac, "@arpsrcmacaddr", nwfilter_mac),
  NWFILTER_VALUE (arp.dst_mac, "@arpdstmacaddr", nwfilter_mac),
  NWFILTER_VALUE (arp.src_ip, "@arpsrcipaddr", nwfilter_ipv4),
  NWFILTER_VALUE (arp.src_ip_mask, "@arpsrcipmask", nwfilter_ipv4_mask),
  NWFILTER_VALUE (arp.dst_ip, "@arpdstipaddr", nwfilter_ipv4),
  NWFILTER_VALUE (arp.dst_ip_mask, "@arpdstipmask", nwfilter_ipv4_mask),
  NWFILTER_VALUE (arp.gratuitous, "@gratuitous", nwfilter_bool),
  COMMENT,
  XML_END
};

#define IP_ADDRESSES(ip_) \
  NWFILTER_VALUE (ip.src_ip, "@srcipaddr", ip_), NWFILTER_VALUE (ip.src_ip_mask, "@srcipmask", ip_##_mask), \
  NWFILTER_VALUE (ip.dst_ip, "@dstipaddr", ip_), NWFILTER_VALUE (ip.dst_ip_mask, "@dstipmask", ip_##_mask)

static const XmlField port_rows[] = {
  NWFILTER_VALUE (ip.src_port, "@srcportstart", nwfilter_uint16),
  NWFILTER_VALUE (ip.src_port_end, "@srcportend", nwfilter_uint16),
  NWFILTER_VALUE (ip.dst_port, "@dstportstart", nwfilter_uint16),
  NWFILTER_VALUE (ip.dst_port_end, "@dstportend", nwfilter_uint16),
  XML_END
};

static const XmlField ip_rows[] = {
  XML_PART ("", mac_address_rows),
  IP_ADDRESSES (nwfilter_ipv4),
  NWFILTER_VALUE (ip.protocol, "@protocol", nwfilter_ip_protocol),
  XML_PART ("", port_rows),
  NWFILTER_VALUE (ip.dscp, "@dscp", nwfilter_dscp),
  COMMENT,
  XML_END
};

static const XmlField ipv6_rows[] = {
  XML_PART ("", mac_address_rows),
  IP_ADDRESSES (nwfilter_ipv6),
  NWFILTER_VALUE (ip.protocol, "@protocol", nwfilter_ip_protocol),
  XML_PART ("", port_rows),
  NWFILTER_VALUE (ip.type, "@type", nwfilter_uint8),
  NWFILTER_VALUE (ip.type_end, "@typeend", nwfilter_uint8),
  NWFILTER_VALUE (ip.code, "@code", nwfilter_uint8),
  NWFILTER_VALUE (ip.code_end, "@codeend", nwfilter_uint8),
  COMMENT,
  XML_END
};

/* The protocols above IP */

#define INET(ip_) \
  NWFILTER_VALUE (src_mac, "@srcmacaddr", nwfilter_mac), \
  IP_ADDRESSES (ip_), \
  NWFILTER_VALUE (range.src_ip_from, "@srcipfrom", ip_), \
  NWFILTER_VALUE (range.src_ip_to, "@srcipto", ip_), \
  NWFILTER_VALUE (range.dst_ip_from, "@dstipfrom", ip_), \
  NWFILTER_VALUE (range.dst_ip_to, "@dstipto", ip_), \
  NWFILTER_VALUE (ip.dscp, "@dscp", nwfilter_dscp), \
  NWFILTER_VALUE (ip.connection_limit, "@connlimit-above", nwfilter_connections), \
  NWFILTER_VALUE (ip.state, "@state", nwfilter_states), \
  NWFILTER_VALUE (ip.ipset, "@ipset", nwfilter_ipset), \
  NWFILTER_VALUE (ip.ipset_flags, "@ipsetflags", nwfilter_ipset_flags)

static const XmlField icmp_rows[] = {
  NWFILTER_VALUE (ip.type, "@type", nwfilter_uint8),
  NWFILTER_VALUE (ip.code, "@code", nwfilter_uint8),
  XML_END
};

#define TCP_OPTION NWFILTER_VALUE (ip.tcp_option, "@option", nwfilter_uint8)

static const XmlField inet4_rows[] = { INET (nwfilter_ipv4), COMMENT, XML_END };
static const XmlField inet4_port_rows[] = { INET (nwfilter_ipv4), XML_PART ("", port_rows), COMMENT, XML_END };
static const XmlField inet4_icmp_rows[] = { INET (nwfilter_ipv4), XML_PART ("", icmp_rows), COMMENT, XML_END };
static const XmlField inet4_tcp_rows[] = {
  INET (nwfilter_ipv4), XML_PART ("", port_rows), TCP_OPTION, NWFILTER_VALUE (ip.tcp_flags, "@flags", nwfilter_tcp_flags),
  COMMENT, XML_END
};
static const XmlField inet6_rows[] = { INET (nwfilter_ipv6), COMMENT, XML_END };
static const XmlField inet6_port_rows[] = { INET (nwfilter_ipv6), XML_PART ("", port_rows), COMMENT, XML_END };
static const XmlField inet6_icmp_rows[] = { INET (nwfilter_ipv6), XML_PART ("", icmp_rows), COMMENT, XML_END };
static const XmlField inet6_tcp_rows[] = { INET (nwfilter_ipv6), XML_PART ("", port_rows), TCP_OPTION, COMMENT, XML_END };

static const XmlField *const rows_by_protocol[] = {
  [NWFILTER_MAC] = mac_rows,
  [NWFILTER_VLAN] = vlan_rows,
  [NWFILTER_STP] = stp_rows,
  [NWFILTER_ARP] = arp_rows,
  [NWFILTER_RARP] = arp_rows,
  [NWFILTER_IP] = ip_rows,
  [NWFILTER_IPV6] = ipv6_rows,
  [NWFILTER_TCP] = inet4_tcp_rows,
  [NWFILTER_UDP] = inet4_port_rows,
  [NWFILTER_UDPLITE] = inet4_rows,
  [NWFILTER_ESP] = inet4_rows,
  [NWFILTER_AH] = inet4_rows,
  [NWFILTER_SCTP] = inet4_port_rows,
  [NWFILTER_ICMP] = inet4_icmp_rows,
  [NWFILTER_IGMP] = inet4_rows,
  [NWFILTER_ALL] = inet4_rows,
  [NWFILTER_TCP_IPV6] = inet6_tcp_rows,
  [NWFILTER_UDP_IPV6] = inet6_port_rows,
  [NWFILTER_UDPLITE_IPV6] = inet6_rows,
  [NWFILTER_ESP_IPV6] = inet6_rows,
  [NWFILTER_AH_IPV6] = inet6_rows,
  [NWFILTER_SCTP_IPV6] = inet6_port_rows,
  [NWFILTER_ICMPV6] = inet6_icmp_rows,
  [NWFILTER_ALL_IPV6] = inet6_rows,
};

const XmlCases nwfilter_condition_cases = XML_CASES_OF (NwFilterCondition, protocol, nwfilter_protocol, rows_by_protocol);
