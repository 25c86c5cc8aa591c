/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Passing frames to the daemon that serves them, undecoded.
 *
 * For each peer and daemon there is one upstream connection, opened on first need in
 * the peer's name. Serials, bodies and descriptors go through as they are: the peer
 * chose the serials, and our own set-up calls have been answered before the first of its
 * frames passes. */
#define LOG_CATEGORY "daemon.forward"
#include <errno.h>
#include <string.h>

#include "daemon/daemon-private.h"
#include "protocol/keepalive.h"
#include "protocol/qemu.h"
#include "protocol/remote-calls.h"
#include "rpc/client-private.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/paths.h"

/* One side is not read while the other has this much unsent. */
#define QUEUE_MAX (256 * 1024)

typedef struct
{
  struct Forward *forward;
  char *scheme;                 /* "network": virtnetworkd at network:///system */
  Link *link;                   /* NULL while it is being opened */
  bool opening, holds_peer;
  GQueue early;                 /* RpcFrame *: came while it was being opened */
  size_t early_bytes;
  GHashTable *calls;            /* serial → RpcHeader *, unanswered */
  GHashTable *streams;          /* serials whose stream packets go here */
} Upstream;

struct Forward
{
  Peer *peer;                   /* borrowed: owns us */
  GPtrArray *upstreams;
  char *primary;                /* the scheme of the URI, in the proxy */
};

static void
upstream_free (Upstream *upstream)
{
  g_free (upstream->scheme);
  g_clear_pointer (&upstream->link, link_free);
  g_queue_clear_full (&upstream->early, (GDestroyNotify) frame_free);
  g_hash_table_unref (upstream->calls);
  g_hash_table_unref (upstream->streams);
  g_free (upstream);
}

void
forward_free (struct Forward *forward)
{
  g_ptr_array_unref (forward->upstreams);
  g_free (forward->primary);
  g_free (forward);
}

static struct Forward *
peer_forward (Peer *peer)
{
  Connection *connection = peer_connection (peer);

  if (connection->forward == NULL)
    {
      connection->forward = g_new0 (struct Forward, 1);
      connection->forward->peer = peer;
      connection->forward->upstreams = g_ptr_array_new_with_free_func ((GDestroyNotify) upstream_free);
    }
  return connection->forward;
}

static Upstream *
find_upstream (struct Forward *forward, const char *scheme)
{
  for (unsigned int i = 0; i < forward->upstreams->len; i++)
    if (g_str_equal (((Upstream *) g_ptr_array_index (forward->upstreams, i))->scheme, scheme))
      return g_ptr_array_index (forward->upstreams, i);
  return NULL;
}

static void
hold_peer (Upstream *upstream, bool hold)
{
  if (hold == upstream->holds_peer)
    return;
  upstream->holds_peer = hold;
  if (hold)
    peer_hold (upstream->forward->peer);
  else
    peer_release (upstream->forward->peer);
}

/* Keeps one side from filling the other's queue. */
static void
balance (Upstream *upstream)
{
  Link *down = peer_link (upstream->forward->peer);

  if (upstream->link == NULL || down == NULL)
    return;
  hold_peer (upstream, link_queued (upstream->link) > QUEUE_MAX);
  if (link_queued (down) > QUEUE_MAX)
    link_pause (upstream->link);
}

void
forward_drained (Peer *peer)
{
  struct Forward *forward = peer_connection (peer)->forward;

  for (unsigned int i = 0; forward != NULL && i < forward->upstreams->len; i++)
    {
      Upstream *upstream = g_ptr_array_index (forward->upstreams, i);

      if (upstream->link != NULL)
        link_resume (upstream->link);
    }
}

static void
pass_up (Upstream *upstream, const RpcProc *proc, RpcFrame *frame)
{
  void *serial = GUINT_TO_POINTER (frame->header.serial);

  if (frame->header.type == VIR_NET_CALL || frame->header.type == VIR_NET_CALL_WITH_FDS)
    g_hash_table_replace (upstream->calls, serial, g_memdup2 (&frame->header, sizeof frame->header));
  if (proc != NULL && proc->stream != RPC_STREAM_NONE)
    g_hash_table_add (upstream->streams, serial);
  link_send (upstream->link, frame->raw, frame->raw_length, frame->fds, frame->n_fds);
  balance (upstream);
}

/* Answers what will not be answered any more. */
static void
fail_calls (Upstream *upstream, const GError *error)
{
  GHashTableIter iter;
  RpcHeader *header;
  RpcFrame *frame;

  g_hash_table_iter_init (&iter, upstream->calls);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &header))
    peer_reply_error (upstream->forward->peer, header, error);
  while ((frame = g_queue_pop_head (&upstream->early)) != NULL)
    {
      peer_reply_error (upstream->forward->peer, &frame->header, error);
      frame_free (frame);
    }
}

/* The daemon that a connection was opened to is gone, and with it all that the client
 * has registered there: it hears of it, and connects anew. */
static void
primary_gone (Peer *peer)
{
  ConnectEventConnectionClosedMsg msg = { .reason = VIR_CONNECT_CLOSE_REASON_EOF };

  if (peer_connection (peer)->close_callback)
    peer_send_event (peer, &remote_program, REMOTE_PROC_CONNECT_EVENT_CONNECTION_CLOSED, &msg);
  peer_close_later (peer);
}

static void
on_closed (Link *link, const GError *reason, void *data)
{
  Upstream *upstream = data;
  struct Forward *forward = upstream->forward;
  Peer *peer = forward->peer;
  bool primary = g_strcmp0 (forward->primary, upstream->scheme) == 0;
  g_autoptr (GError) error = NULL;

  fail (&error, VIR_FROM_RPC, VIR_ERR_RPC, "the connection to virt%sd broke%s%s", upstream->scheme,
        reason != NULL ? ": " : "", reason != NULL ? reason->message : "");
  fail_calls (upstream, error);
  hold_peer (upstream, false);
  g_ptr_array_remove (forward->upstreams, upstream);
  if (primary)
    primary_gone (peer);
}

static void
on_frame (Link *link, RpcFrame *frame, void *data)
{
  Upstream *upstream = data;
  Link *down = peer_link (upstream->forward->peer);
  void *serial = GUINT_TO_POINTER (frame->header.serial);

  if (frame->header.prog == KEEPALIVE_PROGRAM || down == NULL)
    return;
  if (frame->header.type == VIR_NET_REPLY || frame->header.type == VIR_NET_REPLY_WITH_FDS)
    {
      g_hash_table_remove (upstream->calls, serial);
      if (frame->header.status == VIR_NET_ERROR)
        g_hash_table_remove (upstream->streams, serial);
    }
  else if (frame->header.type == VIR_NET_STREAM && frame->header.status != VIR_NET_CONTINUE)
    g_hash_table_remove (upstream->streams, serial);
  link_send (down, frame->raw, frame->raw_length, frame->fds, frame->n_fds);
  balance (upstream);
}

static void
on_drained (Link *link, void *data)
{
  balance (data);
}

static const LinkOps upstream_ops = { on_frame, on_closed, on_drained };

void
daemon_fail_absent (const char *daemon, const char *path, virErrorNumber code, GError **error)
{
  if (error == NULL || virt_error_detail (*error)->int1 != ENOENT)
    {
      g_prefix_error (error, "%s (%s.socket) cannot be reached: ", daemon, daemon);
      return;
    }
  g_clear_error (error);
  fail (error, VIR_FROM_RPC, code, "%s is not there: nothing is at '%s' (is its unit %s.socket enabled?)",
        daemon, path, daemon);
}

/* Connects to virt@scheme@d in the peer's name. Awaits. */
static Link *
connect_upstream (const char *scheme, const char *uri, bool readonly, const Identity *identity, GError **error)
{
  g_autofree char *daemon = g_strdup_printf ("virt%sd", scheme);
  g_autofree char *path = daemon_socket_path (daemon, readonly && !path_is_session () ? SOCKET_RO : SOCKET_MAIN);
  g_autofree char *token = system_token (error);
  g_autoptr (RpcClient) client = NULL;
  g_auto (ConnectSetIdentityArgs) who = { 0 };
  ConnectOpenArgs open = { .name = (char *) uri, .flags = readonly };

  if (token == NULL)
    return NULL;
  client = rpc_client_connect (path, error);
  if (client == NULL)
    {
      /* To a client, a host without the daemon is one that cannot do these things. */
      daemon_fail_absent (daemon, path, VIR_ERR_NO_SUPPORT, error);
      return NULL;
    }
  who.params = identity_to_params (identity, token, &who.n_params);
  if (!remote_call_connect_open (client, &open, error) || !remote_call_connect_set_identity (client, &who, error))
    return NULL;
  return rpc_client_steal_link (client);
}

typedef struct
{
  Peer *peer;
  char *scheme;
} Opening;

/* Opens an upstream connection, then passes on what has come meanwhile. */
static void
open_main (void *data)
{
  g_autofree Opening *opening = data;
  g_autoptr (Peer) peer = opening->peer;
  g_autofree char *scheme = opening->scheme;
  g_autofree char *uri = g_strdup_printf ("%s:///%s", scheme, path_is_session () ? "session" : "system");
  g_autoptr (GError) error = NULL;
  g_autoptr (Link) link = NULL;
  Identity identity;
  Upstream *upstream;
  RpcFrame *frame;

  identity_copy (&identity, peer_identity (peer));
  link = connect_upstream (scheme, uri, peer_readonly (peer), &identity, &error);
  identity_clear (&identity);
  if (peer_is_closed (peer))
    return;
  upstream = find_upstream (peer_forward (peer), scheme);
  if (link == NULL)
    {
      fail_calls (upstream, error);
      hold_peer (upstream, false);
      g_ptr_array_remove (upstream->forward->upstreams, upstream);
      return;
    }
  upstream->link = g_steal_pointer (&link);
  link_set_ops (upstream->link, &upstream_ops, upstream);
  while (upstream->link != NULL && (frame = g_queue_pop_head (&upstream->early)) != NULL)
    {
      const RpcProgram *program = frame->header.prog == remote_program.number ? &remote_program : &qemu_program;

      pass_up (upstream, rpc_program_proc (program, frame->header.proc), frame);
      frame_free (frame);
    }
}

static Upstream *
add_upstream (struct Forward *forward, const char *scheme)
{
  Upstream *upstream = g_new0 (Upstream, 1);

  upstream->forward = forward;
  upstream->scheme = g_strdup (scheme);
  g_queue_init (&upstream->early);
  upstream->calls = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  upstream->streams = g_hash_table_new (NULL, NULL);
  g_ptr_array_add (forward->upstreams, upstream);
  return upstream;
}

static void
forward_to (Peer *peer, const char *scheme, const RpcProc *proc, RpcFrame *frame)
{
  struct Forward *forward = peer_forward (peer);
  Upstream *upstream = find_upstream (forward, scheme);
  Opening *opening;

  if (upstream != NULL && upstream->link != NULL)
    {
      pass_up (upstream, proc, frame);
      return;
    }
  if (upstream == NULL)
    {
      upstream = add_upstream (forward, scheme);
      opening = g_new (Opening, 1);
      *opening = (Opening) { peer_ref (peer), g_strdup (scheme) };
      g_queue_push_tail (&upstream->early, frame_steal (frame));
      fiber_start ("open a connection to another daemon", scheme, open_main, opening);
      return;
    }
  upstream->early_bytes += frame->raw_length;
  g_queue_push_tail (&upstream->early, frame_steal (frame));
  hold_peer (upstream, upstream->early_bytes > QUEUE_MAX);
}

/* The scheme whose daemon serves @proc for a driver that does not. */
static const char *
scheme_of (const RpcProc *proc)
{
  static const char *const schemes[] = {
    [RPC_DAEMON_VIRTINTERFACED] = "interface", [RPC_DAEMON_VIRTNETWORKD] = "network",
    [RPC_DAEMON_VIRTNODEDEVD] = "nodedev",     [RPC_DAEMON_VIRTNWFILTERD] = "nwfilter",
    [RPC_DAEMON_VIRTSECRETD] = "secret",       [RPC_DAEMON_VIRTSTORAGED] = "storage",
  };

  return proc->daemon < G_N_ELEMENTS (schemes) ? schemes[proc->daemon] : NULL;
}

static bool
forward_stream (Peer *peer, RpcFrame *frame)
{
  struct Forward *forward = peer_connection (peer)->forward;

  for (unsigned int i = 0; forward != NULL && i < forward->upstreams->len; i++)
    {
      Upstream *upstream = g_ptr_array_index (forward->upstreams, i);

      if (upstream->link == NULL
          || !g_hash_table_contains (upstream->streams, GUINT_TO_POINTER (frame->header.serial)))
        continue;
      pass_up (upstream, NULL, frame);
      return true;
    }
  return false;
}

/* Whether the proxy answers @proc itself, with its arguments still encoded. */
static bool
is_local (const RpcProc *proc, const RpcFrame *frame)
{
  if (proc->number == REMOTE_PROC_CONNECT_SUPPORTS_FEATURE)
    {
      g_auto (ConnectSupportsFeatureArgs) args = { 0 };

      return !frame_decode (frame, &remote_types, proc->args, &args, "a feature", NULL)
        || args.feature == VIR_DRV_FEATURE_FD_PASSING || args.feature == VIR_DRV_FEATURE_PROGRAM_KEEPALIVE
        || args.feature == VIR_DRV_FEATURE_REMOTE_EVENT_CALLBACK
        || args.feature == VIR_DRV_FEATURE_REMOTE_CLOSE_CALLBACK;
    }
  return proc->route == RPC_ROUTE_LOCAL || proc->route == RPC_ROUTE_SPLIT;
}

bool
forward_intercept (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame)
{
  const DaemonSpec *spec = daemon_spec ();
  Connection *connection;
  const char *scheme;

  if (proc == NULL)
    return forward_stream (peer, frame);
  if (program->number != remote_program.number && !spec->proxy)
    return false;

  connection = peer_connection (peer);
  if (spec->proxy)
    {
      bool open = program == &remote_program && proc->number == REMOTE_PROC_CONNECT_OPEN;

      if (open && !connection->open)
        handover_open (peer, frame);
      else if (connection->open && !open && !(program == &remote_program && is_local (proc, frame)))
        forward_to (peer, connection->forward->primary, proc, frame);
      else
        return false;
      return true;
    }

  scheme = scheme_of (proc);
  if (scheme == NULL || !connection->open || g_strcmp0 (scheme, spec->scheme) == 0
      || (spec->families & (1u << proc->family)) != 0)
    return false;
  /* Only a hypervisor's connection speaks of everything. */
  if ((spec->families & (1u << RPC_FAMILY_DOMAIN)) == 0 && !g_str_equal (scheme, "secret"))
    return false;
  forward_to (peer, scheme, proc, frame);
  return true;
}

bool
forward_open (Peer *peer, const char *scheme, const char *uri, GError **error)
{
  struct Forward *forward = peer_forward (peer);
  g_autoptr (Link) link = NULL;
  Identity identity;

  identity_copy (&identity, peer_identity (peer));
  link = connect_upstream (scheme, uri, peer_readonly (peer), &identity, error);
  identity_clear (&identity);
  if (link == NULL)
    return false;
  if (peer_is_closed (peer))
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "the client has left");
  forward->primary = g_strdup (scheme);
  add_upstream (forward, scheme)->link = link;
  link_set_ops (link, &upstream_ops, find_upstream (forward, scheme));
  g_steal_pointer (&link);
  return true;
}
