/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/peers.h: the daemons beside this one that guests need something of. */
#pragma once

#include "protocol/remote.h"
#include "rpc/client.h"

typedef enum
{
  PEER_NETWORK,                 /* virtnetworkd: networks and their ports */
  PEER_STORAGE,                 /* virtstoraged: volumes of pools */
  PEER_SECRET,                  /* virtsecretd: passphrases and keys */
  PEER_NWFILTER,                /* virtnwfilterd: filters and their bindings */
  PEER_N
} PeerKind;

/* Connects to the daemon of @kind on its own socket and opens it; to be closed by rpc_client_free(). Its calls
 * (rpc_client_call with remote_program) fail after 30 seconds. Errors of VIR_FROM_RPC name
 * it, its unit and its socket: VIR_ERR_NO_SUPPORT if it is not on this host, VIR_ERR_SYSTEM_ERROR if it does not
 * answer. Awaits. */
RpcClient *peer_connect (PeerKind kind, GError **error);
/* The same with calls that fail after @ms. */
RpcClient *peer_connect_within (PeerKind kind, uint64_t ms, GError **error);
