/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support.h"

#define BUFFER (64 * 1024)

uint32_t
wire_word (const uint8_t *bytes)
{
  uint32_t word;

  memcpy (&word, bytes, sizeof word);
  return ntohl (word);
}

void
wire_put (Frame *frame, uint32_t word)
{
  word = htonl (word);
  memcpy (frame->bytes + frame->length, &word, sizeof word);
  frame->length += sizeof word;
}

void
wire_put_string (Frame *frame, const char *text)
{
  size_t length = strlen (text), padded = (length + 3) & ~(size_t) 3;

  wire_put (frame, (uint32_t) length);
  memset (frame->bytes + frame->length, 0, padded);
  memcpy (frame->bytes + frame->length, text, length);
  frame->length += padded;
}

Frame
wire_begin (uint8_t *bytes, uint32_t program, uint32_t proc, uint32_t type, uint32_t serial, uint32_t status)
{
  const uint32_t words[] = { 0, program, 1, proc, type, serial, status };
  Frame frame = { bytes, 0 };

  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    wire_put (&frame, words[i]);
  return frame;
}

size_t
wire_end (Frame *frame)
{
  Frame start = { frame->bytes, 0 };

  wire_put (&start, (uint32_t) frame->length);
  return frame->length;
}

static int
make_socket (const char *path, struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  if (fd < 0 || strlen (path) >= sizeof address->sun_path)
    die ("cannot make a socket for %s", path);
  strcpy (address->sun_path, path);
  return fd;
}

int
wire_connect (const char *path)
{
  struct sockaddr_un address;
  int fd = make_socket (path, &address);

  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

int
wire_listen (const char *path)
{
  struct sockaddr_un address;
  int fd = make_socket (path, &address);

  unlink (path);
  if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, 1024) < 0)
    die ("cannot listen on %s: %s", path, strerror (errno));
  return fd;
}

bool
wire_write (int fd, const void *bytes, size_t length)
{
  for (size_t done = 0; done < length;)
    {
      ssize_t n = send (fd, (const char *) bytes + done, length - done, MSG_NOSIGNAL);

      if (n <= 0)
        return false;
      done += (size_t) n;
    }
  return true;
}

bool
wire_read (int fd, void *bytes, size_t length)
{
  for (size_t done = 0; done < length;)
    {
      ssize_t n = recv (fd, (char *) bytes + done, length - done, 0);

      if (n <= 0)
        return false;
      done += (size_t) n;
    }
  return true;
}

/* Sends @frame and reads the reply into the same buffer; its length, 0 on any failure. */
static size_t
exchange (int fd, Frame *frame)
{
  size_t length;

  if (!wire_write (fd, frame->bytes, wire_end (frame)) || !wire_read (fd, frame->bytes, 4))
    return 0;
  length = wire_word (frame->bytes);
  if (length < WIRE_HEADER || length > BUFFER || !wire_read (fd, frame->bytes + 4, length - 4))
    return 0;
  return wire_word (frame->bytes + 24) == 0 ? length : 0;
}

long
wire_call (int fd, uint32_t proc, unsigned int index)
{
  uint8_t bytes[BUFFER];
  Frame frame = wire_begin (bytes, WIRE_REMOTE, proc, 0, 1, 0);

  if (exchange (fd, &frame) < WIRE_HEADER + 4 * (index + 1))
    return -1;
  return (long) wire_word (bytes + WIRE_HEADER + 4 * index);
}

bool
wire_open (int fd, const char *uri)
{
  uint8_t bytes[BUFFER];
  Frame frame;

  if (wire_call (fd, WIRE_AUTH_LIST, 0) < 0)
    return false;
  frame = wire_begin (bytes, WIRE_REMOTE, WIRE_OPEN, 0, 2, 0);
  wire_put (&frame, 1);
  wire_put_string (&frame, uri);
  wire_put (&frame, 0);
  return exchange (fd, &frame) > 0;
}
