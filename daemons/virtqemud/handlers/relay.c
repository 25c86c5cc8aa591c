/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"

#define RELAY_BUFFER 32768

/* Shared by the fibers of both directions; the last one frees it. */
typedef struct
{
  Stream *stream;
  int in, out;                  /* the descriptor, once to wait for reading, once for writing */
  unsigned int shares;          /* of the two fibers and of relay_start */
  Fiber *reader, *writer;       /* NULL: not started, or ended */
  bool over;                    /* one of them has ended */
  void (*ended) (Stream *stream, void *data);
  void *data;
} Relay;

static void
relay_leave (Relay *relay)
{
  if (--relay->shares > 0)
    return;
  stream_on_close (relay->stream, NULL, NULL);
  fd_clear (&relay->in);
  fd_clear (&relay->out);
  if (relay->ended != NULL)
    relay->ended (relay->stream, relay->data);
  stream_unref (relay->stream);
  g_free (relay);
}

/* The client has gone: whatever the fibers wait for, a guest that does not read too, is of no use any more. */
static void
relay_closed (void *data)
{
  Relay *relay = data;

  relay->over = true;
  if (relay->reader != NULL)
    fiber_cancel (relay->reader);
  if (relay->writer != NULL)
    fiber_cancel (relay->writer);
}

static bool
again (void)
{
  return errno == EAGAIN || errno == EINTR;
}

/* From the descriptor to the client, until either ends. */
static void
relay_to_client (Relay *relay)
{
  g_autofree char *buffer = g_malloc (RELAY_BUFFER);

  for (;;)
    {
      ssize_t n = read (relay->in, buffer, RELAY_BUFFER);

      if (n > 0 ? !stream_send (relay->stream, buffer, (size_t) n, NULL)
                : n == 0 || !again () || !fiber_wait_fd (relay->in, EPOLLIN, FOREVER, "output of a guest", NULL))
        return;
    }
}

static bool
write_all (int fd, const char *data, size_t length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);

      if (n < 0 && (!again () || !fiber_wait_fd (fd, EPOLLOUT, FOREVER, "a guest that reads", NULL)))
        return false;
      if (n > 0)
        {
          data += n;
          length -= (size_t) n;
        }
    }
  return true;
}

static void
reader_fiber (void *data)
{
  Relay *relay = data;

  relay->reader = fiber_self ();
  /* The client may have gone before this began. */
  if (!relay->over)
    relay_to_client (relay);
  relay->reader = NULL;
  relay->over = true;
  if (!stream_is_closed (relay->stream))
    {
      stream_send_eof (relay->stream);
      stream_finish (relay->stream);
    }
  if (relay->writer != NULL)
    fiber_cancel (relay->writer);
  relay_leave (relay);
}

static void
writer_fiber (void *data)
{
  Relay *relay = data;
  g_autofree char *buffer = g_malloc (RELAY_BUFFER);
  ssize_t n;

  relay->writer = fiber_self ();
  while ((n = stream_recv (relay->stream, buffer, RELAY_BUFFER, NULL, NULL)) > 0)
    if (!write_all (relay->out, buffer, (size_t) n))
      break;
  relay->writer = NULL;
  relay->over = true;
  if (n == 0)
    stream_finish (relay->stream);
  if (relay->reader != NULL)
    fiber_cancel (relay->reader);
  relay_leave (relay);
}

void
relay_start (Stream *stream, int fd, const char *subject, void (*ended) (Stream *stream, void *data), void *data)
{
  Relay *relay = g_new (Relay, 1);

  *relay = (Relay) { .stream = stream_ref (stream), .in = fd, .out = fcntl (fd, F_DUPFD_CLOEXEC, 3), .shares = 3,
                     .ended = ended, .data = data };
  stream_on_close (stream, relay_closed, relay);
  /* Either fiber may end before the other is started. */
  fiber_start ("stream from a client", subject, writer_fiber, relay);
  fiber_start ("stream to a client", subject, reader_fiber, relay);
  relay_leave (relay);
}
