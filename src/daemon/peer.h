/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon/peer.h: calling another daemon of this host. */
#pragma once

#include "protocol/protocol.h"
#include "rpc/client.h"
#include "util/error.h"
#include "util/fiber.h"

typedef struct DaemonLink DaemonLink;

/* A daemon; a static one for each, with the first members set. */
typedef struct
{
  const char *daemon;           /* "virtlogd": its socket is PATH_RUN/virtlogd-sock, its unit virtlogd.socket */
  const char *scheme;           /* "secret": opened as secret:///system, or ...session; NULL: it is not opened */
  const char *purpose;          /* "keeps the logs of guests", for errors */
  virErrorNumber absent;        /* it is not on this host; 0: VIR_ERR_SYSTEM_ERROR, as if it does not answer */
  /*< private >*/
  DaemonLink *current;
  Job connecting;
  void *idle_timer;
} DaemonPeer;

/* A connection of the caller's own, on which calls fail after @ms. Errors of VIR_FROM_RPC name the daemon, its unit and its
 * socket. Awaits. */
RpcClient *daemon_peer_connect (const DaemonPeer *peer, uint64_t ms, GError **error);

/* Calls procedure @proc of @program on a connection that is made on demand, shared by all fibers, and dropped a few seconds
 * after its last call, so that it keeps neither daemon from its idle exit; a call that finds it broken tries once
 * more on a new one. @ret_fd (may be NULL) gets the descriptor that came with the answer, or -1. Fails as
 * daemon_peer_connect(), else with what was answered. Awaits. */
bool daemon_peer_call (DaemonPeer *peer, const RpcProgram *program, unsigned int proc, const void *args, void *ret, int *ret_fd,
                       GError **error);
