/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.h: one connected socket that carries frames, for either side of a call.
 *
 * Knows framing and descriptor passing and nothing of calls. Reads and writes
 * never block: what the far side does not take is queued, and the owner looks at
 * link_queued before it makes more. Single-threaded; nothing here awaits. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "protocol/protocol.h"
#include "protocol/rpc-frame.h"

typedef struct Link Link;

/* One frame as it arrived. All pointers are valid only during the callback;
 * descriptors that nobody took (frame_take_fd) are closed afterwards. */
typedef struct
{
  RpcHeader header;
  const uint8_t *raw;           /* the whole frame, its length word included */
  size_t raw_length;
  const uint8_t *payload;       /* behind the header and the count of descriptors */
  size_t payload_length;
  int *fds;
  unsigned int n_fds;
} RpcFrame;

/* Takes descriptor @index; -1 if it is not there. Caller closes. */
int frame_take_fd (RpcFrame *frame, unsigned int index);
/* A copy that owns its bytes and takes over all descriptors of @frame. */
RpcFrame *frame_steal (RpcFrame *frame);
/* Closes the descriptors of @frame that nobody took. */
void frame_drop_fds (RpcFrame *frame);
void frame_free (RpcFrame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RpcFrame, frame_free)

typedef struct
{
  void (*frame) (Link *link, RpcFrame *frame, void *data);
  /* The far side closed (@reason NULL) or broke the rules; the link is closed.
   * Not called after the owner's own link_free. */
  void (*closed) (Link *link, const GError *reason, void *data);
  /* All that was queued is sent. May be NULL. */
  void (*drained) (Link *link, void *data);
} LinkOps;

/* Takes over the connected non-blocking socket @fd. @name is static: what the
 * stall meter calls its work. */
Link *link_new (int fd, const char *name, const LinkOps *ops, void *data);
/* Closes and frees; fine inside its own callbacks. NULL is fine. */
void link_free (Link *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Link, link_free)

/* Changes who is called back. */
void link_set_ops (Link *link, const LinkOps *ops, void *data);
/* Frames longer than @length bytes break the connection. Default: the protocol's maximum. */
void link_set_max_frame (Link *link, size_t length);

/* Sends a whole frame; copies what cannot be sent at once. @fds stay the caller's. */
void link_send (Link *link, const void *frame, size_t length, const int *fds, unsigned int n_fds);
/* Bytes that wait to be sent. */
size_t link_queued (const Link *link);

/* Stops or resumes reading and delivering frames. */
void link_pause (Link *link);
void link_resume (Link *link);

/* Delivers @bytes as if they had been received before all else. */
void link_feed (Link *link, const void *bytes, size_t length);
/* Gives up the socket, with the bytes that were read but not delivered in
 * *@ret_rest (caller frees). The link remains to be freed. */
int link_release (Link *link, GByteArray **ret_rest);
int link_fd (const Link *link);
/* What was read but not delivered; NULL if nothing. Borrowed. */
const GByteArray *link_unread (const Link *link);

/* Encodes frames. @value may be NULL for an empty payload; @n_fds < 0: a type
 * without descriptors. Returns bytes in a buffer that the next call reuses, their
 * number in *@ret_length; NULL if the value breaks the protocol's bounds. */
const uint8_t *frame_encode (const RpcHeader *header, int n_fds, const RpcTypes *types,
                             unsigned int type, const void *value, size_t *ret_length);
/* The same with raw bytes as payload. */
const uint8_t *frame_encode_raw (const RpcHeader *header, const void *bytes, size_t length,
                                 size_t *ret_length);
/* An error as the wire carries it. */
const uint8_t *frame_encode_error (const RpcHeader *header, const GError *error, size_t *ret_length);
/* The error in an ERROR frame's payload; an RPC error if it cannot be decoded. Caller frees. */
GError *frame_decode_error (const RpcFrame *frame);
/* Decodes a payload; VIR_ERR_RPC naming @what on garbage. Bytes behind it are ignored:
 * newer peers may send more. */
bool frame_decode (const RpcFrame *frame, const RpcTypes *types, unsigned int type, void *value,
                   const char *what, GError **error);
