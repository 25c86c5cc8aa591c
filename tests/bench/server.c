/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.c: the servers that ours are compared with: one thread on epoll, a read and a write
 * a message, nothing checked, nothing kept. One answers with canned replies, one echoes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "floor.h"
#include "support.h"
#include "wire.h"

#define BUFFER (64 * 1024)

typedef struct
{
  int fd;
  size_t length;
  uint8_t bytes[BUFFER];
} Client;

/* Takes what it can of the @client's bytes; returns how many. */
typedef size_t (*Serve) (Client *client);

static size_t
echo (Client *client)
{
  wire_write (client->fd, client->bytes, client->length);
  return client->length;
}

/* The reply with all definitions, made once. */
static struct
{
  uint8_t *list;
  size_t list_length;
  uint32_t count;
} canned;

static void
can_list (uint32_t count)
{
  Frame frame;

  canned.count = count;
  canned.list = make (count + 8, 64);
  frame = wire_begin (canned.list, WIRE_REMOTE, WIRE_LIST_DOMAINS, 1, 0, 0);
  wire_put (&frame, count);
  for (uint32_t i = 0; i < count; i++)
    {
      char name[32];

      snprintf (name, sizeof name, "bench-%05u", i);
      wire_put_string (&frame, name);
      for (uint32_t word = 0; word < 4; word++)
        wire_put (&frame, i + word + 1);
      wire_put (&frame, UINT32_MAX);
    }
  wire_put (&frame, count);
  canned.list_length = wire_end (&frame);
}

static void
reply (Client *client)
{
  uint8_t bytes[256];
  uint32_t proc = wire_word (client->bytes + 12), serial = wire_word (client->bytes + 20);
  Frame frame = wire_begin (bytes, WIRE_REMOTE, proc, 1, serial, 0);

  switch (proc)
    {
    case WIRE_AUTH_LIST:
    case WIRE_SUPPORTS_FEATURE:
      wire_put (&frame, 1);
      if (proc == WIRE_AUTH_LIST)
        wire_put (&frame, 0);
      break;
    case WIRE_LIB_VERSION:
      wire_put (&frame, 0);
      wire_put (&frame, 9000000);
      break;
    case WIRE_NUM_DEFINED:
      wire_put (&frame, canned.count);
      break;
    case WIRE_LIST_DOMAINS:
      memcpy (canned.list + 20, client->bytes + 20, 4);
      wire_write (client->fd, canned.list, canned.list_length);
      return;
    default:    /* OPEN, CLOSE and the like have nothing to say */
      break;
    }
  wire_write (client->fd, bytes, wire_end (&frame));
}

static size_t
answer (Client *client)
{
  size_t length;

  if (client->length < 4 || (length = wire_word (client->bytes)) > client->length)
    return 0;
  if (wire_word (client->bytes + 4) == WIRE_REMOTE)
    reply (client);
  return length;
}

static void
serve_client (Client *client, Serve serve)
{
  ssize_t n = read (client->fd, client->bytes + client->length, BUFFER - client->length);
  size_t used;

  if (n <= 0)
    {
      close (client->fd);
      free (client);
      return;
    }
  client->length += (size_t) n;
  while (client->length > 0 && (used = serve (client)) > 0)
    {
      client->length -= used;
      memmove (client->bytes, client->bytes + used, client->length);
    }
}

static void
accept_client (int poll, int listener)
{
  Client *client = malloc (sizeof *client);
  struct epoll_event event = { EPOLLIN, { .ptr = client } };

  if (client == NULL)
    die ("out of memory");
  client->fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  client->length = 0;
  if (client->fd < 0 || epoll_ctl (poll, EPOLL_CTL_ADD, client->fd, &event) < 0)
    die ("cannot accept: %s", strerror (errno));
}

static void
run_server (const char *path, Serve serve)
{
  int listener = wire_listen (path), poll = epoll_create1 (EPOLL_CLOEXEC);
  struct epoll_event events[64] = { { EPOLLIN, { .ptr = NULL } } };

  epoll_ctl (poll, EPOLL_CTL_ADD, listener, events);
  for (;;)
    {
      int n = epoll_wait (poll, events, 64, -1);

      for (int i = 0; i < n; i++)
        if (events[i].data.ptr == NULL)
          accept_client (poll, listener);
        else
          serve_client (events[i].data.ptr, serve);
    }
}

void
floor_echo (int argc, char **argv)
{
  run_server (argv[0], echo);
}

void
floor_stub (int argc, char **argv)
{
  if (argc > 2)
    read_folder (argv[2]);
  can_list ((uint32_t) argument (argc, argv, 1, 0));
  run_server (argv[0], answer);
}
