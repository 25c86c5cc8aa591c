/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_CATEGORY "rpc.server"
#include "rpc/server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/peer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"

#define REST_MS 500

typedef struct
{
  Server *server;
  int fd;
  ListenRole role;
  sd_event_source *source;
  bool paused;
} Listener;

struct Server
{
  char *name;
  const ServerOps *ops;
  ServerLimits limits;
  GPtrArray *listeners;
  GQueue peers;            /* Peer.node, ascending ids */
  uint64_t last_id;
  int running, queued;
  sd_event_source *keepalive_timer;
};

static void
listener_free (Listener *listener)
{
  sd_event_source_disable_unref (listener->source);
  fd_clear (&listener->fd);
  g_free (listener);
}

Server *
server_new (const char *name, const ServerOps *ops, const ServerLimits *limits)
{
  Server *server = g_new0 (Server, 1);

  server->name = g_strdup (name);
  server->ops = ops;
  server->limits = *limits;
  server->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) listener_free);
  g_queue_init (&server->peers);
  return server;
}

const char *
server_name (const Server *server)
{
  return server->name;
}

const ServerOps *
server_ops (const Server *server)
{
  return server->ops;
}

const ServerLimits *
server_limits (const Server *server)
{
  return &server->limits;
}

static void
count_anonymous (Peer *peer, void *data)
{
  if (!peer_authenticated (peer))
    ++*(unsigned int *) data;
}

ServerUse
server_use (const Server *server)
{
  ServerUse use = { .clients = server->peers.length, .running = (unsigned int) server->running,
                    .queued = (unsigned int) server->queued };

  server_foreach_peer ((Server *) server, count_anonymous, &use.anonymous);
  return use;
}

void
server_foreach_peer (Server *server, void (*visit) (Peer *peer, void *data), void *data)
{
  for (GList *l = server->peers.head, *next; l != NULL; l = next)
    {
      next = l->next;
      visit (l->data, data);
    }
}

Peer *
server_find_peer (Server *server, uint64_t id)
{
  for (GList *l = server->peers.head; l != NULL; l = l->next)
    if (((Peer *) l->data)->id == id)
      return l->data;
  return NULL;
}

void
server_count_calls (Server *server, int running, int queued)
{
  server->running += running;
  server->queued += queued;
}

/* The authentication of anonymous clients is the only thing that counts them, so the
 * count is made only where it can matter. */
bool
server_has_room (Server *server)
{
  const ServerLimits *limits = &server->limits;

  if (limits->max_clients > 0 && server->peers.length >= limits->max_clients)
    return false;
  if (limits->max_anonymous_clients == 0 || server->peers.length < limits->max_anonymous_clients)
    return true;
  return server_use (server).anonymous < limits->max_anonymous_clients;
}

/* Clients over the limit wait in the sockets' backlogs. */
static void
update_listeners (Server *server)
{
  bool pause = !server_has_room (server);

  for (unsigned int i = 0; i < server->listeners->len; i++)
    {
      Listener *listener = g_ptr_array_index (server->listeners, i);

      if (listener->paused == pause)
        continue;
      listener->paused = pause;
      sd_event_source_set_enabled (listener->source, pause ? SD_EVENT_OFF : SD_EVENT_ON);
      if (pause)
        log_warning ("server %s has %u clients: no more are accepted until one leaves",
                     server->name, server->peers.length);
    }
}

void
server_set_limits (Server *server, const ServerLimits *limits)
{
  server->limits = *limits;
  update_listeners (server);
}

static int
on_keepalive (sd_event_source *source, uint64_t usec, void *data)
{
  Server *server = data;
  uint64_t interval = (uint64_t) server->limits.keepalive_interval * G_USEC_PER_SEC;

  for (GList *l = server->peers.head, *next; l != NULL; l = next)
    {
      next = l->next;
      peer_keepalive_tick (l->data, interval, server->limits.keepalive_count);
    }
  if (server->peers.length == 0)
    {
      server->keepalive_timer = sd_event_source_disable_unref (source);
      return 0;
    }
  sd_event_source_set_time (source, loop_now () + interval);
  sd_event_source_set_enabled (source, SD_EVENT_ONESHOT);
  return 0;
}

static void
start_keepalive (Server *server)
{
  if (server->keepalive_timer != NULL || server->limits.keepalive_interval <= 0)
    return;
  sd_event_add_time (loop_event (), &server->keepalive_timer, CLOCK_MONOTONIC,
                     loop_now () + (uint64_t) server->limits.keepalive_interval * G_USEC_PER_SEC,
                     100 * 1000, on_keepalive, server);
  sd_event_source_set_description (server->keepalive_timer, "keepalive");
}

static Peer *
add_peer (Server *server, int fd, ListenRole role)
{
  Peer *peer = peer_new (server, fd, role);

  peer->id = ++server->last_id;
  peer->node.data = peer;
  g_queue_push_tail_link (&server->peers, &peer->node);
  start_keepalive (server);
  update_listeners (server);
  if (server->ops->changed != NULL)
    server->ops->changed (server);
  return peer;
}

void
server_forget_peer (Server *server, Peer *peer)
{
  g_queue_unlink (&server->peers, &peer->node);
  update_listeners (server);
  if (server->ops->changed != NULL)
    server->ops->changed (server);
}

static char *
socket_address (int fd)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];

  if (getpeername (fd, (struct sockaddr *) &address, &length) < 0
      || getnameinfo ((struct sockaddr *) &address, length, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return NULL;
  return g_strdup_printf (address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static void
accept_tcp (Server *server, int fd, ListenRole role)
{
  const int on = 1;
  Peer *peer;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  peer = add_peer (server, fd, role);
  peer->address = socket_address (fd);
}

static void
accept_unix (Server *server, int fd, ListenRole role)
{
  g_autoptr (GError) error = NULL;
  Identity identity;
  Peer *peer;

  if (!identity_from_socket (&identity, fd, &error))
    {
      log_warning ("%s", error->message);
      close (fd);
      return;
    }
  if (role.owner_only && identity.uid != (int64_t) geteuid ())
    {
      log_warning ("server %s: user %" G_GINT64_FORMAT " (pid %" G_GINT64_FORMAT ") may not use this socket",
                   server->name, identity.uid, identity.pid);
      identity_clear (&identity);
      close (fd);
      return;
    }
  peer = add_peer (server, fd, role);
  peer->identity = identity;
  identity_copy (&peer->credentials, &identity);
}

static void
rest_main (void *data)
{
  fiber_sleep (REST_MS, NULL);
  update_listeners (data);
}

/* No descriptor is left for the next client, who stays in the backlog: asking again at once
 * would only spin. */
static void
rest (Listener *listener)
{
  log_error ("server %s is out of descriptors", listener->server->name);
  listener->paused = true;
  sd_event_source_set_enabled (listener->source, SD_EVENT_OFF);
  fiber_start ("wait for descriptors", listener->server->name, rest_main, listener->server);
}

static int
on_connection (sd_event_source *source, int listening, uint32_t events, void *data)
{
  Listener *listener = data;
  int fd = accept4 (listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  loop_note ("accepting a client");
  if (fd < 0)
    {
      if (errno == EMFILE || errno == ENFILE)
        rest (listener);
      return 0;
    }
  if (listener->role.tcp)
    accept_tcp (listener->server, fd, listener->role);
  else
    accept_unix (listener->server, fd, listener->role);
  return 0;
}

void
server_listen (Server *server, int fd, ListenRole role)
{
  Listener *listener = g_new0 (Listener, 1);

  *listener = (Listener) { .server = server, .fd = fd, .role = role };
  g_ptr_array_add (server->listeners, listener);
  if (sd_event_add_io (loop_event (), &listener->source, fd, EPOLLIN, on_connection, listener) < 0)
    g_error ("cannot watch a listening socket");
  sd_event_source_set_description (listener->source, server->name);
}

void
server_stop_listening (Server *server)
{
  g_ptr_array_set_size (server->listeners, 0);
}

void
server_adopt (Server *server, int fd, const Identity *identity, bool readonly, bool keepalive,
              const void *bytes, size_t length)
{
  Peer *peer = add_peer (server, fd, (ListenRole) { .readonly = readonly });

  identity_copy (&peer->identity, identity);
  identity_copy (&peer->credentials, identity);
  peer->keepalive = keepalive;
  link_feed (peer->link, bytes, length);
}
