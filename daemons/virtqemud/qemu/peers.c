/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/peers.h"

#include <errno.h>

#include "protocol/remote-calls.h"
#include "util/error.h"
#include "util/paths.h"

#define CALL_TIMEOUT_MS 30000

static const struct { const char *daemon, *scheme, *what; } peers[PEER_N] = {
  [PEER_NETWORK] = { "virtnetworkd", "network", "networks" },
  [PEER_STORAGE] = { "virtstoraged", "storage", "storage pools" },
  [PEER_SECRET] = { "virtsecretd", "secret", "secrets" },
  [PEER_NWFILTER] = { "virtnwfilterd", "nwfilter", "network filters" },
};

RpcClient *
peer_connect_within (PeerKind kind, uint64_t ms, GError **error)
{
  const char *daemon = peers[kind].daemon;
  g_autofree char *path = path_make (PATH_RUN, "%s-sock", daemon);
  g_autofree char *uri = g_strdup_printf ("%s:///%s", peers[kind].scheme, path_is_session () ? "session" : "system");
  g_autoptr (GError) local = NULL;
  g_autoptr (RpcClient) client = rpc_client_connect (path, &local);
  ConnectOpenArgs open = { .name = uri };
  g_auto (AuthListRet) methods = { 0 };

  if (client == NULL)
    return fail_null (error, VIR_FROM_RPC, virt_error_detail (local)->int1 == ENOENT ? VIR_ERR_NO_SUPPORT : VIR_ERR_SYSTEM_ERROR,
                      "%s (%s.socket) keeps the %s and is not reached: %s", daemon, daemon, peers[kind].what, local->message);
  rpc_client_set_timeout (client, ms);
  /* A daemon that wants to know who we are finds out when it is asked how. */
  if (remote_call_auth_list (client, &methods, error) && remote_call_connect_open (client, &open, error))
    return g_steal_pointer (&client);
  if (error != NULL)
    g_prefix_error (error, "%s (%s.socket), which keeps the %s: ", daemon, daemon, peers[kind].what);
  return NULL;
}

RpcClient *
peer_connect (PeerKind kind, GError **error)
{
  return peer_connect_within (kind, CALL_TIMEOUT_MS, error);
}
