/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/walk.h: the ways that packets take through the chains of a ruleset. Pure functions over the JSON of
 * libnftables-json(5). */
#pragma once

#include "firewall/packet.h"

typedef struct Ruleset Ruleset;

/* A place where a packet ends. */
typedef struct
{
  const char *family, *table, *chain, *base;    /* base: the chain where its way began */
  int64_t handle;               /* of the rule; 0: the chain's policy */
  bool is_sure;                 /* nothing before it that cannot be judged might let it through */
} WalkEnd;

/* What @objects, an array of nft's, have of tables other than ours. Borrows them. */
Ruleset *ruleset_new (json_t *objects);
void ruleset_free (Ruleset *ruleset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ruleset, ruleset_free)

/* Calls @found for each base chain in which @packet is dropped or rejected. */
typedef void (*WalkFound) (const Packet *packet, const WalkEnd *end, void *user);
void ruleset_walk (Ruleset *ruleset, const Packet *packet, WalkFound found, void *user);
