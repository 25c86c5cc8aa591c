/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.h: a server, its listening sockets and its clients.
 *
 * A Server has limits and a list of peers. It decodes nothing itself: for each
 * complete call frame it asks its owner's table what to do. */
#pragma once

#include "protocol/protocol.h"
#include "rpc/call.h"

typedef struct Server Server;

typedef struct
{
  unsigned int max_clients, max_anonymous_clients, max_client_requests;
  unsigned int max_queued_clients;
  int keepalive_interval;       /* seconds; <= 0: never ask */
  unsigned int keepalive_count;
} ServerLimits;

/* Data that a driver keeps for a peer: freed with it. One value a key; @key is the
 * address of anything static. */
void peer_set_data (Peer *peer, const void *key, void *data, GDestroyNotify free_data);
void *peer_get_data (Peer *peer, const void *key);

Peer *peer_ref (Peer *peer);
void peer_unref (Peer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_unref)

uint64_t peer_id (const Peer *peer);
bool peer_readonly (const Peer *peer);
bool peer_is_closed (const Peer *peer);
const Identity *peer_identity (const Peer *peer);

/* Sends event @proc of @program with the generated struct @msg. Never awaits: a
 * peer whose queue of unread events is over its limit is disconnected, with a
 * warning that names it. */
void peer_send_event (Peer *peer, const RpcProgram *program, unsigned int proc, const void *msg);
