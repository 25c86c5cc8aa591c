/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* call.h: what a handler sees of the call it serves.
 *
 * A handler runs on a fiber of its own: it gets decoded arguments that are its
 * own until it returns, fills @ret (all strings and arrays from g_malloc) and
 * returns true, or sets @error and returns false. The Call is valid until then. */
#pragma once

#include "protocol/protocol.h"
#include "rpc/identity.h"
#include "rpc/stream.h"

typedef struct Call Call;
typedef struct Peer Peer;      /* the client at the other end: see rpc/server.h */

Peer *call_peer (Call *call);
const RpcProc *call_proc (const Call *call);
const RpcProgram *call_program (const Call *call);
/* The real client's identity, also behind a proxy. Borrowed. */
const Identity *call_identity (Call *call);
/* The client may only read. The skeleton has refused what such a client must not
 * call at all; handlers check flags and details (e.g. VIR_DOMAIN_XML_SECURE). */
bool call_readonly (const Call *call);

/* Number of descriptors that came with the call, and taking one of them
 * (-1 if there is none at @index or it was taken). Caller closes. */
unsigned int call_n_fds (const Call *call);
int call_take_fd (Call *call, unsigned int index);
/* Sends @fd with the reply; takes it over, also if the call fails. */
void call_return_fd (Call *call, int fd);

/* Opens the stream of a call whose procedure has one. It becomes live when the
 * handler returns true; until then sends are queued. A reference for the caller. */
Stream *call_open_stream (Call *call);
