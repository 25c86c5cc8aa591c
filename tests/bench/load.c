/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* load.c: many connections from one thread. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "floor.h"
#include "support.h"
#include "wire.h"

#define ROOM 4096

typedef struct
{
  int fd;
  size_t length;
  double sent_at;
  uint8_t bytes[ROOM];
} Connection;

static uint8_t call[WIRE_HEADER];

static void
send_call (Connection *connection)
{
  connection->sent_at = now_us ();
  if (!wire_write (connection->fd, call, sizeof call))
    die ("the server closed a connection");
}

/* Reads; true once a whole reply is there. */
static bool
receive (Connection *connection)
{
  ssize_t n = read (connection->fd, connection->bytes + connection->length, ROOM - connection->length);

  if (n <= 0)
    die ("the server closed a connection");
  connection->length += (size_t) n;
  if (connection->length < WIRE_HEADER || connection->length < wire_word (connection->bytes))
    return false;
  if (wire_word (connection->bytes + 24) != 0)
    die ("the server answered with an error");
  connection->length = 0;
  return true;
}

static int
connect_to (const char *path, const char *uri)
{
  int fd = wire_connect (path);

  if (fd < 0 || (uri != NULL && !wire_open (fd, uri)))
    die ("cannot open a connection at %s", path);
  return fd;
}

void
floor_load (int argc, char **argv)
{
  int count = (int) argument (argc, argv, 1, 0), poll = epoll_create1 (EPOLL_CLOEXEC);
  Connection *connections = make ((size_t) count, sizeof *connections);
  double begin, end, now = 0;
  Samples samples = { 0 };
  Frame frame = wire_begin (call, WIRE_REMOTE, WIRE_LIB_VERSION, 0, 7, 0);

  wire_end (&frame);
  for (int i = 0; i < count; i++)
    {
      struct epoll_event event = { EPOLLIN, { .ptr = &connections[i] } };

      connections[i].fd = connect_to (argv[0], argc > 3 ? argv[3] : NULL);
      epoll_ctl (poll, EPOLL_CTL_ADD, connections[i].fd, &event);
    }
  begin = now_us ();
  end = begin + (double) argument (argc, argv, 2, 0) * 1000;
  for (int i = 0; i < count; i++)
    send_call (&connections[i]);
  while (now < end)
    {
      struct epoll_event events[64];
      int n = epoll_wait (poll, events, 64, 10000);

      if (n <= 0)
        die ("no reply within 10 s");
      now = now_us ();
      for (int i = 0; i < n; i++)
        if (receive (events[i].data.ptr))
          {
            samples_add (&samples, now - ((Connection *) events[i].data.ptr)->sent_at);
            send_call (events[i].data.ptr);
          }
    }
  result_number ("calls_s", (double) samples.length * 1e6 / (now - begin));
  result_samples ("call", &samples);
  result_end ();
}

void
floor_idle (int argc, char **argv)
{
  char byte;

  for (long i = argument (argc, argv, 1, 0); i > 0; i--)
    connect_to (argv[0], argv[2]);
  result_number ("connections", (double) argument (argc, argv, 1, 0));
  result_end ();
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
}
