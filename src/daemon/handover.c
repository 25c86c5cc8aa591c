/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The proxy's way out: on a local socket it gives the client's socket itself, with the
 * call that opens the connection, to the daemon that serves the URI. What cannot be
 * handed over (TCP, a daemon of another kind) is forwarded. */
#define LOG_CATEGORY "daemon.handover"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "protocol/remote.h"
#include "protocol/swarm-calls.h"
#include "rpc/client.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"

/* An unused connection to a daemon would keep it from its idle exit. */
#define IDLE_MS 2000

/* ---- the proxy's side ---- */

/* The connection that clients are handed over through. */
typedef struct
{
  char *scheme;
  RpcClient *client;            /* NULL until needed */
  unsigned int users;
  uint64_t used_at;
  bool expiring, refuses;       /* @refuses: no swarm daemon, forward instead */
} Channel;

static GPtrArray *channels;

static Channel *
channel_for (const char *scheme)
{
  Channel *channel;

  if (channels == NULL)
    channels = g_ptr_array_new ();
  for (unsigned int i = 0; i < channels->len; i++)
    if (g_str_equal (((Channel *) g_ptr_array_index (channels, i))->scheme, scheme))
      return g_ptr_array_index (channels, i);
  channel = g_new0 (Channel, 1);
  channel->scheme = g_strdup (scheme);
  g_ptr_array_add (channels, channel);
  return channel;
}

static void
expire_main (void *data)
{
  Channel *channel = data;

  while (channel->client != NULL && (channel->users > 0 || loop_now () < channel->used_at + IDLE_MS * 1000))
    if (!fiber_sleep (IDLE_MS, NULL))
      break;
  channel->expiring = false;
  g_clear_pointer (&channel->client, rpc_client_free);
}

/* Connects if needed. Awaits. */
static bool
channel_open (Channel *channel, GError **error)
{
  g_autofree char *daemon = g_strdup_printf ("virt%sd", channel->scheme);
  g_autofree char *path = daemon_socket_path (daemon, SOCKET_MAIN);

  if (channel->client != NULL && !rpc_client_is_open (channel->client) && channel->users == 0)
    g_clear_pointer (&channel->client, rpc_client_free);
  if (channel->client != NULL)
    return true;
  channel->client = rpc_client_connect (path, error);
  if (channel->client == NULL)
    {
      daemon_fail_absent (daemon, path, VIR_ERR_NO_CONNECT, error);
      return false;
    }
  channel->refuses = false;
  return true;
}

/* Gives the peer away. True: it is gone. False without @error: it is to be
 * forwarded. Awaits. */
static bool
hand_over (Peer *peer, Channel *channel, RpcFrame *frame, bool readonly, GError **error)
{
  g_auto (SwarmAdoptClientArgs) args = { 0 };
  g_autoptr (GError) local = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const GByteArray *unread = link_unread (peer_link (peer));
  int fd = link_fd (peer_link (peer));
  bool ok;

  g_byte_array_append (bytes, frame->raw, (unsigned int) frame->raw_length);
  if (unread != NULL)
    g_byte_array_append (bytes, unread->data, unread->len);
  args.params = identity_to_params (peer_identity (peer), NULL, &args.n_params);
  args.n_frame = bytes->len;
  args.frame = g_memdup2 (bytes->data, bytes->len);
  args.flags = (readonly ? SWARM_ADOPT_READONLY : 0) | (peer_keepalive (peer) ? SWARM_ADOPT_KEEPALIVE : 0);

  channel->users++;
  ok = rpc_client_call_fds (channel->client, &swarm_program, SWARM_PROC_ADOPT_CLIENT, &args, &fd, 1,
                            NULL, NULL, 0, NULL, &local);
  channel->users--;
  channel->used_at = loop_now ();
  if (!channel->expiring)
    {
      channel->expiring = true;
      fiber_start ("drop an idle connection", channel->scheme, expire_main, channel);
    }
  if (ok)
    return true;
  /* One that is full takes forwarded clients from its socket when another leaves. */
  if (virt_error_is (local, VIR_ERR_RPC) && rpc_client_is_open (channel->client))
    channel->refuses = true;
  else if (!virt_error_is (local, VIR_ERR_RESOURCE_BUSY))
    g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

/* The scheme whose daemon gets a client that names none: the first that is there. */
static const char *
probe_scheme (void)
{
  static const char *const schemes[] = { "xen", "qemu", "lxc", "vbox", "bhyve", "vz" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      g_autofree char *daemon = g_strdup_printf ("virt%sd", schemes[i]);
      g_autofree char *path = daemon_socket_path (daemon, SOCKET_MAIN);

      if (access (path, F_OK) == 0)
        return schemes[i];
    }
  return NULL;
}

static bool
known_scheme (const char *scheme)
{
  static const char *const schemes[] = { "qemu", "lxc", "xen", "vbox", "bhyve", "ch", "vz", "network",
                                         "storage", "nodedev", "secret", "nwfilter", "interface" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (scheme, schemes[i]))
      return true;
  return false;
}

/* Chooses the daemon for @name. */
static char *
choose_scheme (const char *name, GError **error)
{
  g_auto (ConnectUri) uri = { 0 };
  g_autofree char *daemon = NULL, *path = NULL;

  if (name == NULL)
    return fail_null (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "a URI is needed to open a connection");
  if (*name == '\0')
    {
      if (probe_scheme () == NULL)
        return fail_null (error, VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "no hypervisor's daemon is there");
      return g_strdup (probe_scheme ());
    }
  if (!connect_uri_parse (&uri, name, error))
    return NULL;
  daemon = g_strdup_printf ("virt%sd", uri.scheme);
  path = daemon_socket_path (daemon, SOCKET_MAIN);
  /* A daemon that nobody installed is the same to a client as a scheme nobody knows. */
  if (!known_scheme (uri.scheme) || (access (path, F_OK) < 0 && !g_str_equal (uri.scheme, "qemu")))
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_NO_CONNECT,
                      "no daemon serves '%s': %s has no socket at '%s'", name, daemon, path);
  return g_strdup (uri.scheme);
}

/* Passes the peer on by forwarding, and answers its call. Awaits. */
static bool
forward_instead (Peer *peer, const char *scheme, const char *name, RpcFrame *frame, GError **error)
{
  Connection *connection;
  RpcHeader reply = frame->header;
  const uint8_t *bytes;
  size_t length;

  if (!forward_open (peer, scheme, name, error))
    return false;
  connection = peer_connection (peer);
  connection->open = true;
  connection->uri = *name != '\0' ? g_strdup (name)
    : g_strdup_printf ("%s:///%s", scheme, path_is_session () ? "session" : "system");
  reply.type = VIR_NET_REPLY;
  bytes = frame_encode (&reply, -1, NULL, 0, NULL, &length);
  link_send (peer_link (peer), bytes, length, NULL, 0);
  return true;
}

static bool
open_for_peer (Peer *peer, RpcFrame *frame, GError **error)
{
  g_auto (ConnectOpenArgs) args = { 0 };
  g_autofree char *scheme = NULL;
  Channel *channel;
  bool readonly, local;

  if (!frame_decode (frame, &remote_types, connect_open_args_type, &args, "connect_open", error))
    return false;
  scheme = choose_scheme (args.name, error);
  if (scheme == NULL)
    return false;
  readonly = peer_readonly (peer) || (args.flags & 1u) != 0;
  local = peer_transport (peer) == PEER_UNIX && peer_calls (peer) == 0;
  channel = channel_for (scheme);
  if (!channel_open (channel, error))
    return false;
  /* What the peer sent behind its call is kept by its link once the present dispatch is over. */
  if (!fiber_yield (error) || peer_is_closed (peer))
    return true;
  if (local && !channel->refuses && link_queued (peer_link (peer)) == 0)
    {
      GByteArray *rest = NULL;

      if (hand_over (peer, channel, frame, readonly, error))
        {
          if (!peer_is_closed (peer))
            {
              close (peer_detach (peer, &rest));
              g_byte_array_unref (rest);
            }
          return true;
        }
      if (error != NULL && *error != NULL)
        return false;
    }
  if (readonly)
    peer_set_readonly (peer);
  return peer_is_closed (peer) || forward_instead (peer, scheme, args.name, frame, error);
}

typedef struct
{
  Peer *peer;
  RpcFrame *frame;
} Open;

static void
open_main (void *data)
{
  g_autofree Open *open = data;
  g_autoptr (Peer) peer = open->peer;
  g_autoptr (RpcFrame) frame = open->frame;
  g_autoptr (GError) error = NULL;

  if (!open_for_peer (peer, frame, &error))
    {
      log_info ("client %" G_GUINT64_FORMAT ": %s", peer_id (peer), error->message);
      peer_reply_error (peer, &frame->header, error);
    }
  if (!peer_is_closed (peer))
    peer_release (peer);
}

void
handover_open (Peer *peer, RpcFrame *frame)
{
  Open *open = g_new (Open, 1);

  *open = (Open) { peer_ref (peer), frame_steal (frame) };
  peer_hold (peer);
  fiber_start ("connect_open", NULL, open_main, open);
}

/* ---- the driver's side ---- */

static bool
adopt_client (Call *call, const SwarmAdoptClientArgs *args, GError **error)
{
  Peer *proxy = call_peer (call);
  const char *token;
  Identity identity;
  fd_auto int fd = call_take_fd (call, 0);
  int type = 0;
  socklen_t length = sizeof type;

  if (peer_readonly (proxy) || peer_transport (proxy) != PEER_UNIX
      || peer_credentials (proxy)->uid != (int64_t) geteuid ())
    return fail (error, VIR_FROM_IDENTITY, VIR_ERR_ACCESS_DENIED, "process %" G_GINT64_FORMAT " may not hand clients over",
                 peer_credentials (proxy)->pid);
  if (!server_has_room (peer_server (proxy)))
    return fail (error, VIR_FROM_RPC, VIR_ERR_RESOURCE_BUSY, "there are as many clients as there may be");
  if (fd < 0 || getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INVALID_ARG, "the client that is handed over has no stream socket");
  if (!identity_from_params (&identity, args->params, args->n_params, &token, error))
    return false;
  server_adopt (peer_server (proxy), fd_steal (&fd), &identity, (args->flags & SWARM_ADOPT_READONLY) != 0,
                (args->flags & SWARM_ADOPT_KEEPALIVE) != 0, args->frame, args->n_frame);
  identity_clear (&identity);
  return true;
}

const SwarmHandlers daemon_swarm_handlers = {
  .adopt_client = adopt_client,
};
