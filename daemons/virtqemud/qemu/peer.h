/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/peer.h: calling another daemon of this host now and then.
 *
 * One connection is made on demand, shared by all fibers, and dropped a few seconds after its last call, so
 * that it keeps neither daemon from its idle exit. A call that finds the connection broken tries once more on a
 * new one. */
#pragma once

#include "protocol/protocol.h"
#include "util/fiber.h"

typedef struct PeerLink PeerLink;

/* A daemon; a static one for each, with the first three members set. */
typedef struct
{
  const char *daemon;           /* "virtlogd": its socket is PATH_RUN/virtlogd-sock, its unit virtlogd.socket */
  const char *scheme;           /* "secret": opened as secret:///system, or ...session; NULL: it is not opened */
  const char *purpose;          /* "keeps the logs of guests", for errors */
  /*< private >*/
  PeerLink *current;
  Job connecting;
  void *idle_timer;
} QemuPeer;

/* Calls procedure @proc of @program; @ret_fd (may be NULL) gets the descriptor that came with the answer, or -1.
 * VIR_ERR_SYSTEM_ERROR naming socket and unit if the daemon cannot be reached; else what it answered. Awaits. */
bool qemu_peer_call (QemuPeer *peer, const RpcProgram *program, unsigned int proc, const void *args, void *ret, int *ret_fd,
                     GError **error);
