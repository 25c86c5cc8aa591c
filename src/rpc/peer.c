/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_CATEGORY "rpc.peer"
#include "rpc/peer.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "protocol/keepalive.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"

/* A peer with more unread output than this is not read from. */
#define OUTPUT_HOLD (256 * 1024)
/* And with more than this, events make it lose its connection. */
#define OUTPUT_MAX ((size_t) 64 * 1024 * 1024)
/* Calls that wait for their turn may take this many bytes before reading stops. */
#define WAITING_MAX (1024 * 1024)
/* Before authentication there is no reason for more. */
#define ANONYMOUS_FRAME_MAX (256 * 1024)

typedef struct
{
  const void *key;
  void *data;
  GDestroyNotify free_data;
} PeerData;

static void
peer_data_free (PeerData *entry)
{
  if (entry->free_data != NULL && entry->data != NULL)
    entry->free_data (entry->data);
  g_free (entry);
}

Peer *
peer_ref (Peer *peer)
{
  peer->refs++;
  return peer;
}

void
peer_unref (Peer *peer)
{
  if (--peer->refs > 0)
    return;
  identity_clear (&peer->identity);
  identity_clear (&peer->credentials);
  g_free (peer->address);
  g_free (peer);
}

void
peer_hold (Peer *peer)
{
  if (peer->holds++ == 0 && peer->link != NULL)
    link_pause (peer->link);
}

void
peer_release (Peer *peer)
{
  if (--peer->holds == 0 && peer->link != NULL)
    link_resume (peer->link);
}

static void
hold_if (Peer *peer, bool *held, bool wanted)
{
  if (*held == wanted)
    return;
  *held = wanted;
  if (wanted)
    peer_hold (peer);
  else
    peer_release (peer);
}

/* What both ends of a peer's life share: it no longer belongs to the server. */
static void
peer_forget (Peer *peer)
{
  Server *server = peer->server;
  RpcFrame *frame;

  peer->server = NULL;
  while ((frame = g_queue_pop_head (&peer->waiting)) != NULL)
    {
      frame_free (frame);
      server_count_calls (server, 0, -1);
    }
  server_count_calls (server, -(int) peer->running, 0);
  streams_close (peer);
  g_slist_free_full (g_steal_pointer (&peer->data), (GDestroyNotify) peer_data_free);
  g_clear_pointer (&peer->link, link_free);
  server_forget_peer (server, peer);
  peer_unref (peer);
}

void
peer_close (Peer *peer)
{
  if (peer->server != NULL)
    peer_forget (peer);
}

static void
close_deferred (void *data)
{
  g_autoptr (Peer) peer = data;

  if (peer->link != NULL && link_queued (peer->link) == 0)
    peer_close (peer);
}

void
peer_close_later (Peer *peer)
{
  peer->closing = true;
  if (peer->running == 0)
    loop_defer (close_deferred, peer_ref (peer));
}

int
peer_detach (Peer *peer, GByteArray **ret_rest)
{
  int fd = link_release (peer->link, ret_rest);

  peer_forget (peer);
  return fd;
}

void
peer_send (Peer *peer, const uint8_t *frame, size_t length, const int *fds, unsigned int n_fds)
{
  if (peer->link == NULL)
    return;
  link_send (peer->link, frame, length, fds, n_fds);
  hold_if (peer, &peer->held_for_output, link_queued (peer->link) > OUTPUT_HOLD);
}

void
peer_reply_error (Peer *peer, const RpcHeader *call, const GError *error)
{
  RpcHeader header = *call;
  const uint8_t *frame;
  size_t length;

  header.type = VIR_NET_REPLY;
  header.status = VIR_NET_ERROR;
  frame = frame_encode_error (&header, error, &length);
  if (frame == NULL)
    {
      g_autoptr (GError) garbled = NULL;

      fail (&garbled, VIR_FROM_RPC, VIR_ERR_RPC, "the error of procedure %d cannot be sent as it is", call->proc);
      frame = frame_encode_error (&header, garbled, &length);
    }
  peer_send (peer, frame, length, NULL, 0);
}

void
peer_send_event (Peer *peer, const RpcProgram *program, unsigned int proc, const void *msg)
{
  const RpcProc *row = rpc_program_proc (program, proc);
  RpcHeader header = { program->number, program->version, (int) proc, VIR_NET_MESSAGE, 1, VIR_NET_OK };
  const uint8_t *frame;
  size_t length;

  if (peer->link == NULL)
    return;
  if (link_queued (peer->link) > OUTPUT_MAX)
    {
      log_warning ("client %" G_GUINT64_FORMAT " (pid %" G_GINT64_FORMAT ") does not read its events: disconnected",
                   peer->id, peer->identity.pid);
      peer_close (peer);
      return;
    }
  frame = frame_encode (&header, -1, program->types, row->args, msg, &length);
  if (frame == NULL)
    log_warning ("event %s cannot be encoded", rpc_proc_name (program, row));
  else
    peer_send (peer, frame, length, NULL, 0);
}

static void
send_keepalive (Peer *peer, int proc)
{
  RpcHeader header = { KEEPALIVE_PROGRAM, KEEPALIVE_PROTOCOL_VERSION, proc, VIR_NET_MESSAGE, 0, VIR_NET_OK };
  size_t length;
  const uint8_t *frame = frame_encode (&header, -1, NULL, 0, NULL, &length);

  peer_send (peer, frame, length, NULL, 0);
}

/* Called each interval: asks an idle peer, gives up a dead one. */
void
peer_keepalive_tick (Peer *peer, uint64_t interval_us, unsigned int count)
{
  if (!peer->keepalive || loop_now () - peer->heard_at < interval_us)
    return;
  if (peer->unanswered++ > count)
    {
      log_info ("client %" G_GUINT64_FORMAT " does not answer: disconnected", peer->id);
      peer_close (peer);
      return;
    }
  send_keepalive (peer, KEEPALIVE_PROC_PING);
}

void
peer_begin_call (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame)
{
  unsigned int limit = server_limits (peer->server)->max_client_requests;

  if (limit == 0 || peer->running < limit)
    {
      call_start (peer, program, proc, frame);
      return;
    }
  peer->waiting_bytes += frame->raw_length;
  g_queue_push_tail (&peer->waiting, frame_steal (frame));
  server_count_calls (peer->server, 0, 1);
  hold_if (peer, &peer->held_for_calls, peer->waiting_bytes > WAITING_MAX);
}

void
peer_call_ended (Peer *peer)
{
  g_autoptr (RpcFrame) frame = NULL;
  const RpcProgram *program;

  peer->running--;
  if (peer->server == NULL)
    return;
  server_count_calls (peer->server, -1, 0);
  if (peer->closing)
    peer_close_later (peer);
  frame = g_queue_pop_head (&peer->waiting);
  if (frame == NULL)
    return;
  peer->waiting_bytes -= frame->raw_length;
  server_count_calls (peer->server, 0, -1);
  hold_if (peer, &peer->held_for_calls, peer->waiting_bytes > WAITING_MAX);
  program = rpc_program_find (server_ops (peer->server)->programs, frame->header.prog);
  call_start (peer, program, rpc_program_proc (program, frame->header.proc), frame);
}

/* The procedure that @frame calls, or what is wrong with it. */
static const RpcProc *
find_proc (Peer *peer, const RpcHeader *header, const RpcProgram **ret_program, GError **error)
{
  const RpcProgram *program = rpc_program_find (server_ops (peer->server)->programs, header->prog);
  const RpcProc *proc;

  if (header->status != VIR_NET_OK)
    return fail_null (error, VIR_FROM_RPC, VIR_ERR_RPC, "a call has status %u", header->status);
  if (program == NULL)
    return fail_null (error, VIR_FROM_RPC, VIR_ERR_RPC, "unknown program %#x", header->prog);
  if (header->vers != program->version)
    return fail_null (error, VIR_FROM_RPC, VIR_ERR_RPC, "program %s has version %u, not %u",
                      program->name, program->version, header->vers);
  proc = rpc_program_proc (program, header->proc);
  if (proc == NULL || proc->kind != RPC_PROC_CALL)
    return fail_null (error, VIR_FROM_RPC, VIR_ERR_RPC, "unknown procedure: %d", header->proc);
  if (proc->needs_auth && !peer->authenticated)
    return fail_null (error, VIR_FROM_RPC, VIR_ERR_RPC, "authentication is needed before %s",
                      rpc_proc_name (program, proc));
  *ret_program = program;
  return proc;
}

static void
handle_call (Peer *peer, RpcFrame *frame)
{
  g_autoptr (GError) error = NULL;
  const RpcProgram *program = NULL;
  const RpcProc *proc = find_proc (peer, &frame->header, &program, &error);
  const ServerOps *ops = server_ops (peer->server);

  if (proc == NULL)
    peer_reply_error (peer, &frame->header, error);
  else if (ops->intercept == NULL || !ops->intercept (peer, program, proc, frame))
    peer_begin_call (peer, program, proc, frame);
}

static void
on_frame (Link *link, RpcFrame *frame, void *data)
{
  Peer *peer = data;
  const ServerOps *ops = server_ops (peer->server);

  peer->heard_at = loop_now ();
  peer->unanswered = 0;
  switch (frame->header.type)
    {
    case VIR_NET_CALL:
    case VIR_NET_CALL_WITH_FDS:
      handle_call (peer, frame);
      break;
    case VIR_NET_STREAM:
    case VIR_NET_STREAM_HOLE:
      /* One that nobody has is late, and dropped. */
      if (!stream_receive (peer, frame) && ops->intercept != NULL)
        ops->intercept (peer, NULL, NULL, frame);
      break;
    case VIR_NET_MESSAGE:
      if (frame->header.prog == KEEPALIVE_PROGRAM && frame->header.proc == KEEPALIVE_PROC_PING)
        send_keepalive (peer, KEEPALIVE_PROC_PONG);
      break;
    default:
      break;
    }
}

static void
on_closed (Link *link, const GError *reason, void *data)
{
  Peer *peer = data;

  if (reason != NULL)
    log_info ("client %" G_GUINT64_FORMAT " (pid %" G_GINT64_FORMAT "): %s",
              peer->id, peer->identity.pid, reason->message);
  peer_close (peer);
}

static void
on_drained (Link *link, void *data)
{
  g_autoptr (Peer) peer = peer_ref (data);

  hold_if (peer, &peer->held_for_output, false);
  streams_drained (peer);
  if (peer->server != NULL && server_ops (peer->server)->drained != NULL)
    server_ops (peer->server)->drained (peer);
  if (peer->closing && peer->running == 0)
    peer_close (peer);
}

Peer *
peer_new (Server *server, int fd, ListenRole role)
{
  static const LinkOps ops = { on_frame, on_closed, on_drained };
  Peer *peer = g_new0 (Peer, 1);

  peer->refs = 1;
  peer->server = server;
  peer->role = role;
  peer->authenticated = !role.needs_auth;
  peer->connected_at = time (NULL);
  peer->heard_at = loop_now ();
  g_queue_init (&peer->waiting);
  peer->identity = peer->credentials = (Identity) { .uid = -1, .gid = -1, .pid = -1 };
  peer->link = link_new (fd, "a client's connection", &ops, peer);
  if (role.needs_auth)
    link_set_max_frame (peer->link, ANONYMOUS_FRAME_MAX);
  return peer;
}

uint64_t
peer_id (const Peer *peer)
{
  return peer->id;
}

Server *
peer_server (const Peer *peer)
{
  return peer->server;
}

bool
peer_readonly (const Peer *peer)
{
  return peer->role.readonly;
}

void
peer_set_readonly (Peer *peer)
{
  peer->role.readonly = true;
}

bool
peer_is_closed (const Peer *peer)
{
  return peer->server == NULL;
}

const Identity *
peer_identity (const Peer *peer)
{
  return &peer->identity;
}

const Identity *
peer_credentials (const Peer *peer)
{
  return &peer->credentials;
}

void
peer_set_identity (Peer *peer, const Identity *identity)
{
  identity_clear (&peer->identity);
  identity_copy (&peer->identity, identity);
}

bool
peer_authenticated (const Peer *peer)
{
  return peer->authenticated;
}

void
peer_set_authenticated (Peer *peer)
{
  peer->authenticated = true;
  if (peer->link != NULL)
    link_set_max_frame (peer->link, VIR_NET_MESSAGE_MAX + sizeof (uint32_t));
}

bool
peer_keepalive (const Peer *peer)
{
  return peer->keepalive;
}

void
peer_set_keepalive (Peer *peer)
{
  peer->keepalive = true;
}

int64_t
peer_connected_at (const Peer *peer)
{
  return peer->connected_at;
}

PeerTransport
peer_transport (const Peer *peer)
{
  return peer->role.tcp ? PEER_TCP : PEER_UNIX;
}

const char *
peer_address (const Peer *peer)
{
  return peer->address;
}

unsigned int
peer_calls (const Peer *peer)
{
  return peer->running + peer->waiting.length;
}

Link *
peer_link (Peer *peer)
{
  return peer->link;
}

void
peer_set_data (Peer *peer, const void *key, void *data, GDestroyNotify free_data)
{
  PeerData *entry;

  for (GSList *l = peer->data; l != NULL; l = l->next)
    if (((PeerData *) l->data)->key == key)
      {
        peer_data_free (l->data);
        peer->data = g_slist_delete_link (peer->data, l);
        break;
      }
  entry = g_new (PeerData, 1);
  *entry = (PeerData) { key, data, free_data };
  peer->data = g_slist_prepend (peer->data, entry);
}

void *
peer_get_data (Peer *peer, const void *key)
{
  for (GSList *l = peer->data; l != NULL; l = l->next)
    if (((PeerData *) l->data)->key == key)
      return ((PeerData *) l->data)->data;
  return NULL;
}
