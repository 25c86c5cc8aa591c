/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* peer.h: the inside of a server's client, for the files of rpc/ alone. */
#pragma once

#include "rpc/server.h"

struct Peer
{
  unsigned int refs;
  uint64_t id;
  Server *server;               /* NULL once closed */
  Link *link;                   /* NULL once closed */
  GList node;                   /* in the server's list */
  ListenRole role;
  Identity identity, credentials;
  char *address;
  int64_t connected_at;
  bool authenticated, closing;

  unsigned int holds;           /* reasons not to read */
  bool held_for_output, held_for_calls;
  unsigned int running;
  GQueue waiting;               /* RpcFrame *, calls over the limit */
  size_t waiting_bytes;

  bool keepalive;
  uint64_t heard_at;            /* monotonic, microseconds */
  unsigned int unanswered;      /* intervals in silence */

  GHashTable *streams;          /* serial → Stream, borrowed; NULL if none ever */
  GSList *data;                 /* PeerData * */
};

/* The server's part of a peer's life. */
Peer *peer_new (Server *server, int fd, ListenRole role);
const ServerOps *server_ops (const Server *server);
void server_forget_peer (Server *server, Peer *peer);
void server_count_calls (Server *server, int running, int queued);

/* A call frame of a known procedure: starts or queues it. */
void peer_begin_call (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame);
/* A call of @peer ended: the next one may begin. */
void peer_call_ended (Peer *peer);
/* Sends @frame and minds the queue. */
void peer_send (Peer *peer, const uint8_t *frame, size_t length, const int *fds, unsigned int n_fds);

/* One keepalive interval has passed. May close @peer. */
void peer_keepalive_tick (Peer *peer, uint64_t interval_us, unsigned int count);

/* Decodes @frame and runs the handler on a fiber. */
void call_start (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame);

/* A stream frame of @peer; false if no stream of ours has its serial. */
bool stream_receive (Peer *peer, RpcFrame *frame);
/* The peer is gone: wakes everybody. */
void streams_close (Peer *peer);
/* All output of the peer is sent: senders go on. */
void streams_drained (Peer *peer);
/* A stream for a call that is running, not yet live. */
Stream *stream_new (Peer *peer, const RpcHeader *call, const RpcProc *proc);
/* The call has been answered: live, or dropped. */
void stream_activate (Stream *stream);
void stream_drop (Stream *stream);
