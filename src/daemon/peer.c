/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/peer.h"

#include <errno.h>

#include "protocol/remote.h"
#include "util/loop.h"
#include "util/paths.h"

/* The other daemon may wait for a slow disk, for so long at most. */
#define CALL_TIMEOUT_MS 30000
#define IDLE_US (5 * G_USEC_PER_SEC)

/* What new calls use; a broken one is replaced and goes with the last of its calls. */
struct DaemonLink
{
  RpcClient *client;
  unsigned int calls;           /* under way on it */
};

static void
drop_if_unused (DaemonLink *link)
{
  if (link->calls > 0)
    return;
  rpc_client_free (link->client);
  g_free (link);
}

static void
drop_current (DaemonPeer *peer)
{
  DaemonLink *link = g_steal_pointer (&peer->current);

  if (link != NULL)
    drop_if_unused (link);
}

static int
link_is_idle (sd_event_source *source, uint64_t now, void *data)
{
  DaemonPeer *peer = data;

  if (peer->current != NULL && peer->current->calls == 0)
    drop_current (peer);
  return 0;
}

/* Starts the count of idle time anew. */
static void
watch_idle (DaemonPeer *peer)
{
  sd_event_source *timer = peer->idle_timer;

  if (timer == NULL
      && sd_event_add_time_relative (loop_event (), &timer, CLOCK_MONOTONIC, IDLE_US, 0, link_is_idle, peer) >= 0)
    {
      sd_event_source_set_description (timer, "idle connection to another daemon");
      peer->idle_timer = timer;
    }
  if (timer != NULL)
    {
      sd_event_source_set_time_relative (timer, IDLE_US);
      sd_event_source_set_enabled (timer, SD_EVENT_ONESHOT);
    }
}

/* What a driver's daemon wants to hear first; one that wants to know who we are finds out when it is asked how. */
static bool
open_driver (const DaemonPeer *peer, RpcClient *client, GError **error)
{
  g_autofree char *uri = g_strdup_printf ("%s:///%s", peer->scheme, path_is_session () ? "session" : "system");
  ConnectOpenArgs args = { .name = uri };
  AuthListRet auth = { 0 };

  if (!rpc_client_call (client, &remote_program, REMOTE_PROC_AUTH_LIST, NULL, &auth, error))
    return false;
  g_free (auth.types);
  return rpc_client_call (client, &remote_program, REMOTE_PROC_CONNECT_OPEN, &args, NULL, error);
}

RpcClient *
daemon_peer_connect (const DaemonPeer *peer, uint64_t ms, GError **error)
{
  g_autofree char *path = path_make (PATH_RUN, "%s-sock", peer->daemon);
  g_autoptr (GError) local = NULL;
  g_autoptr (RpcClient) client = rpc_client_connect (path, &local);

  if (client == NULL)
    {
      g_prefix_error (&local, "%s (%s.socket) %s and cannot be reached: ", peer->daemon, peer->daemon, peer->purpose);
      if (peer->absent != VIR_ERR_OK && virt_error_detail (local)->int1 == ENOENT)
        return fail_null (error, VIR_FROM_RPC, peer->absent, "%s", local->message);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  rpc_client_set_timeout (client, ms);
  if (peer->scheme == NULL || open_driver (peer, client, error))
    return g_steal_pointer (&client);
  if (error != NULL)
    g_prefix_error (error, "%s (%s.socket), which %s: ", peer->daemon, peer->daemon, peer->purpose);
  return NULL;
}

/* The connection, with one more call on it; NULL if it cannot be made. Awaits. */
static DaemonLink *
link_begin (DaemonPeer *peer, bool *ret_is_new, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  RpcClient *client;

  if (!job_guard (&guard, &peer->connecting, "connect", peer->daemon, FOREVER, error))
    return NULL;
  if (peer->current != NULL && !rpc_client_is_open (peer->current->client))
    drop_current (peer);
  *ret_is_new = peer->current == NULL;
  if (peer->current == NULL)
    {
      client = daemon_peer_connect (peer, CALL_TIMEOUT_MS, error);
      if (client == NULL)
        return NULL;
      peer->current = g_new0 (DaemonLink, 1);
      peer->current->client = client;
    }
  peer->current->calls++;
  return peer->current;
}

static void
link_end (DaemonPeer *peer, DaemonLink *link)
{
  link->calls--;
  if (link != peer->current)
    drop_if_unused (link);
  watch_idle (peer);
}

/* Sets *@ret_broken if the connection was an old one and turned out to be broken. */
static bool
call_once (DaemonPeer *peer, const RpcProgram *program, unsigned int proc, const void *args, void *ret, int *ret_fd,
           bool *ret_broken, GError **error)
{
  unsigned int n_fds = 0;
  bool is_new, done;
  DaemonLink *link = link_begin (peer, &is_new, error);

  if (link == NULL)
    return false;
  done = rpc_client_call_fds (link->client, program, proc, args, NULL, 0, ret, ret_fd, ret_fd != NULL ? 1 : 0, &n_fds, error);
  if (!done)
    *ret_broken = !is_new && !rpc_client_is_open (link->client);
  link_end (peer, link);
  if (done && ret_fd != NULL && n_fds == 0)
    *ret_fd = -1;
  return done;
}

bool
daemon_peer_call (DaemonPeer *peer, const RpcProgram *program, unsigned int proc, const void *args, void *ret, int *ret_fd,
                  GError **error)
{
  g_autoptr (GError) failure = NULL;
  bool broken = false;

  if (call_once (peer, program, proc, args, ret, ret_fd, &broken, &failure))
    return true;
  if (broken)
    return call_once (peer, program, proc, args, ret, ret_fd, &broken, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}
