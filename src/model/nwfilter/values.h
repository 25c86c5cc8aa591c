/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* values.h: the kinds of values that conditions hold, each read from its
 * spellings and kept as text in one of them. */
#pragma once

#include "xml/xml.h"

typedef struct NwFilterKind NwFilterKind;

/* A name for a number. */
typedef struct { const char *name; unsigned int number; } NwFilterName;

struct NwFilterKind
{
  const char *name;             /* for people */
  /* Appends the canonical form of @text; false: it is no such value. */
  bool (*read) (const NwFilterKind *kind, const char *text, GString *out);
  unsigned int min, max;        /* of numbers */
  bool is_decimal;              /* no hexadecimal numbers */
  bool is_text;                 /* a '$' means nothing */
  const NwFilterName *names;    /* of numbers or bits, the last without a name */
};

extern const NwFilterKind nwfilter_mac, nwfilter_mac_mask, nwfilter_ipv4, nwfilter_ipv4_mask, nwfilter_ipv6, nwfilter_ipv6_mask,
  nwfilter_uint8, nwfilter_uint16, nwfilter_uint32, nwfilter_dscp, nwfilter_vlan_id, nwfilter_connections, nwfilter_ether_type,
  nwfilter_encapsulated, nwfilter_opcode, nwfilter_ip_protocol, nwfilter_bool, nwfilter_states, nwfilter_tcp_flags,
  nwfilter_ipset, nwfilter_ipset_flags, nwfilter_comment;

/* A char * that holds a value of the kind in the row's aux. */
extern const XmlType nwfilter_type_value;
#define NWFILTER_VALUE(m_, path_, kind_) \
  XML_SCALAR_ (&nwfilter_type_value, path_, XML_AT_ (NwFilterCondition, m_, char *), .aux = &(kind_))
