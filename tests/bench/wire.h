/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wire.h: enough of the RPC protocol, written by hand, for a bare client and a
 * bare server. Nothing is shared with what is measured. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WIRE_REMOTE 0x20008086u
#define WIRE_KEEPALIVE 0x6b656570u
#define WIRE_HEADER 28          /* bytes: length word and six words of header */

enum
{
  WIRE_OPEN = 1,
  WIRE_CLOSE = 2,
  WIRE_NUM_DEFINED = 25,
  WIRE_SUPPORTS_FEATURE = 60,
  WIRE_AUTH_LIST = 66,
  WIRE_LIB_VERSION = 157,
  WIRE_LIST_DOMAINS = 273,
};

/* A frame being written; @bytes is the caller's and large enough. */
typedef struct
{
  uint8_t *bytes;
  size_t length;
} Frame;

uint32_t wire_word (const uint8_t *bytes);
Frame wire_begin (uint8_t *bytes, uint32_t program, uint32_t proc, uint32_t type, uint32_t serial, uint32_t status);
void wire_put (Frame *frame, uint32_t word);
void wire_put_string (Frame *frame, const char *text);
/* Fills in the length; returns it. */
size_t wire_end (Frame *frame);

/* Connected or listening UNIX stream sockets; connecting gives -1 if nobody listens. */
int wire_connect (const char *path);
int wire_listen (const char *path);

/* Whole buffers; false at the end of the connection. */
_Bool wire_write (int fd, const void *bytes, size_t length);
_Bool wire_read (int fd, void *bytes, size_t length);

/* One call without arguments; the first word of an OK reply's payload that is @index words in,
 * -1 if it failed or the connection ended. */
long wire_call (int fd, uint32_t proc, unsigned int index);
/* What every client says first. False if the server did not agree. */
_Bool wire_open (int fd, const char *uri);
