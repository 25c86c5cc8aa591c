/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.h: a server, its listening sockets and its clients (peers).
 *
 * The server does framing, limits, authentication state, keepalive, streams and
 * the life of a call; what a call means is its owner's, who hands it ServerOps.
 * Nothing here awaits. */
#pragma once

#include "protocol/protocol.h"
#include "rpc/call.h"
#include "rpc/link.h"

typedef struct Server Server;

typedef struct
{
  unsigned int max_clients, max_anonymous_clients, max_client_requests;
  unsigned int max_queued_clients;
  /* What virt-admin calls the thread pool: kept and shown, nothing waits for it. */
  unsigned int min_workers, max_workers, prio_workers;
  int keepalive_interval;       /* seconds; <= 0: never ask */
  unsigned int keepalive_count;
} ServerLimits;

typedef enum { PEER_UNIX, PEER_TCP, PEER_TLS } PeerTransport;   /* = VIR_CLIENT_TRANS_* */

typedef struct
{
  /* The programs spoken here, NULL-terminated. */
  const RpcProgram *const *programs;
  /* The handlers struct that serves @proc; NULL: answered VIR_ERR_NO_SUPPORT. */
  const void *(*handlers) (Peer *peer, const RpcProgram *program, const RpcProc *proc);
  /* Whether the call may go on, with its decoded arguments. May be NULL. */
  bool (*check) (Call *call, const void *args, GError **error);
  /* Offered every call of a known procedure and every stream frame without a stream
   * of ours, before decoding (@program and @proc NULL for the latter). True: it took
   * care of it. May be NULL. */
  bool (*intercept) (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame);
  /* The peer has read all that was sent to it. May be NULL. */
  void (*drained) (Peer *peer);
  /* A peer came or went. May be NULL. */
  void (*changed) (Server *server);
} ServerOps;

/* @name is copied: "virtqemud", "admin". */
Server *server_new (const char *name, const ServerOps *ops, const ServerLimits *limits);
const char *server_name (const Server *server);

/* What peers of a listening socket may do. */
typedef struct
{
  bool readonly;
  bool tcp;
  bool owner_only;      /* only peers of this process' effective uid */
  bool needs_auth;      /* authentication has to be completed by a handler: peer_set_authenticated */
} ListenRole;

/* Takes over the listening socket @fd. */
void server_listen (Server *server, int fd, ListenRole role);
/* Stops listening, closes the sockets; peers stay. */
void server_stop_listening (Server *server);

/* Whether the limits allow one more client. */
bool server_has_room (Server *server);

/* Takes over a connected socket whose client was accepted elsewhere, with what it sent
 * that nobody answered yet. @identity is copied. */
void server_adopt (Server *server, int fd, const Identity *identity, bool readonly, bool keepalive,
                   const void *bytes, size_t length);

/* Present limits. Setting takes effect for the next accept; no client is dropped. */
const ServerLimits *server_limits (const Server *server);
void server_set_limits (Server *server, const ServerLimits *limits);

typedef struct
{
  unsigned int clients;         /* connected, authenticated or not */
  unsigned int anonymous;       /* connected, authentication not complete */
  unsigned int running;         /* calls that have a handler fiber now */
  unsigned int queued;          /* calls that wait for one of theirs to end */
} ServerUse;
ServerUse server_use (const Server *server);

/* Peers in ascending order of id. @visit may not close peers. */
void server_foreach_peer (Server *server, void (*visit) (Peer *peer, void *data), void *data);
/* The peer with @id, borrowed; NULL if there is none. */
Peer *server_find_peer (Server *server, uint64_t id);

/* ---- peers ---- */

Peer *peer_ref (Peer *peer);
void peer_unref (Peer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_unref)

uint64_t peer_id (const Peer *peer);
Server *peer_server (const Peer *peer);
bool peer_readonly (const Peer *peer);
void peer_set_readonly (Peer *peer);
bool peer_is_closed (const Peer *peer);
const Identity *peer_identity (const Peer *peer);
/* The credentials of the process at the other end of the socket, whoever it
 * speaks for. */
const Identity *peer_credentials (const Peer *peer);
/* Replaces who the peer acts for; copied. */
void peer_set_identity (Peer *peer, const Identity *identity);
bool peer_authenticated (const Peer *peer);
void peer_set_authenticated (Peer *peer);
bool peer_keepalive (const Peer *peer);
/* Starts asking an idle peer whether it is alive. */
void peer_set_keepalive (Peer *peer);
/* CLOCK_REALTIME seconds since the epoch. */
int64_t peer_connected_at (const Peer *peer);
PeerTransport peer_transport (const Peer *peer);
/* "ADDRESS:PORT" of a TCP peer, borrowed; NULL for a UNIX peer. */
const char *peer_address (const Peer *peer);

/* Calls of this peer that run or wait. */
unsigned int peer_calls (const Peer *peer);

/* Disconnects; calls that run end without a reply. Safe from the peer's own handler. */
void peer_close (Peer *peer);
/* Disconnects once everything queued, the present call's reply included, is sent. */
void peer_close_later (Peer *peer);

/* Data that a driver keeps for a peer: freed when it disconnects. One value a key;
 * @key is the address of anything static. Setting again frees the old value. */
void peer_set_data (Peer *peer, const void *key, void *data, GDestroyNotify free_data);
void *peer_get_data (Peer *peer, const void *key);

/* Sends event @proc of @program with the generated struct @msg. A peer whose queue of
 * unread data is over its limit is disconnected, with a warning that names it. */
void peer_send_event (Peer *peer, const RpcProgram *program, unsigned int proc, const void *msg);

/* Sends an error as the reply to @frame, a call. */
void peer_reply_error (Peer *peer, const RpcHeader *call, const GError *error);

/* For forwarding: the raw connection. link_pause and link_resume on it nest with the
 * server's own back-pressure through these two. */
Link *peer_link (Peer *peer);
void peer_hold (Peer *peer);
void peer_release (Peer *peer);
/* Gives up the socket to another process: the peer is forgotten without its socket being
 * shut down. Caller closes the result; unread bytes are in *@ret_rest (caller frees). */
int peer_detach (Peer *peer, GByteArray **ret_rest);
