/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/packet.h: packets as far as they are known before there are any, and whether rules of nftables match them.
 * Pure functions; rules are in the form of libnftables-json(5). */
#pragma once

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>

#include "model/common/values.h"

/* An address of which only the first bits are known; `prefix` 0: nothing of it. */
typedef struct
{
  IpAddress address;
  unsigned int prefix;
} PacketPlace;

/* What is empty or negative is not known. */
typedef struct
{
  char what[48];                /* in words, as the object of "drops" */
  bool is_v6;
  const char *hook;             /* "forward" or "input" */
  char in[IF_NAMESIZE], out[IF_NAMESIZE];
  PacketPlace source, destination;
  const char *protocol;         /* "tcp" or "udp" */
  int source_port, destination_port;
  const char *state, *direction;        /* as conntrack calls them */
  const char *cast;             /* "host" or "broadcast" */
  const char *route;            /* the kind of route of its destination */
} Packet;

typedef enum
{
  ANSWER_NO,
  ANSWER_YES,
  ANSWER_MAYBE,
} Answer;

/* Sets that have names: the array of elements, or NULL if there is no such. Borrowed. */
typedef json_t *(*PacketSets) (const char *name, void *user);

/* Whether @value, an operand, is that of the field @left of the packet. */
Answer packet_has (const Packet *packet, json_t *left, json_t *value, PacketSets sets, void *user);
/* The same of a "match" statement with its operator. */
Answer packet_matches (const Packet *packet, json_t *match, PacketSets sets, void *user);
