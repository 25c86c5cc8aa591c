/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <string.h>

#include "rpc/link.h"
#include "util/cleanup.h"
#include "util/error.h"

#define WORD 4
#define HEADER_LENGTH (WORD + VIR_NET_MESSAGE_HEADER_MAX)
/* A buffer that grew beyond this is given back after use. */
#define KEEP_SIZE (1024 * 1024)

static struct
{
  uint8_t *bytes;
  size_t size;
} scratch;

static void
scratch_resize (size_t size)
{
  g_free (scratch.bytes);
  scratch.bytes = g_malloc (size);
  scratch.size = size;
}

static void
put_word (uint8_t *bytes, uint32_t value)
{
  uint32_t word = htonl (value);

  memcpy (bytes, &word, sizeof word);
}

static void
put_header (const RpcHeader *header, size_t length)
{
  const uint32_t words[] = { (uint32_t) length, header->prog, header->vers, (uint32_t) header->proc,
                             header->type, header->serial, header->status };

  for (unsigned int i = 0; i < G_N_ELEMENTS (words); i++)
    put_word (scratch.bytes + i * WORD, words[i]);
}

/* Encodes @value at @start of the buffer; the end, or 0 if it does not fit. */
static size_t
encode_at (size_t start, const RpcTypes *types, unsigned int type, const void *value)
{
  XDR xdrs;

  if (value == NULL)
    return start;
  xdrmem_create (&xdrs, (char *) scratch.bytes + start, (unsigned int) (scratch.size - start), XDR_ENCODE);
  return rpc_xdr (&xdrs, types, type, (void *) value) ? start + xdr_getpos (&xdrs) : 0;
}

const uint8_t *
frame_encode (const RpcHeader *header, int n_fds, const RpcTypes *types, unsigned int type,
              const void *value, size_t *ret_length)
{
  size_t start = HEADER_LENGTH + (n_fds >= 0 ? WORD : 0), end;

  if (scratch.bytes == NULL || scratch.size > KEEP_SIZE)
    scratch_resize (VIR_NET_MESSAGE_INITIAL);
  while ((end = encode_at (start, types, type, value)) == 0)
    {
      size_t size;

      if (scratch.size > VIR_NET_MESSAGE_MAX
          || !rpc_wire_size (types, type, value, &size) || start + size > VIR_NET_MESSAGE_MAX + WORD)
        return NULL;
      scratch_resize (MAX (scratch.size * 2, start + size));
    }
  if (n_fds >= 0)
    put_word (scratch.bytes + HEADER_LENGTH, (uint32_t) n_fds);
  put_header (header, end);
  *ret_length = end;
  return scratch.bytes;
}

const uint8_t *
frame_encode_raw (const RpcHeader *header, const void *bytes, size_t length, size_t *ret_length)
{
  if (scratch.size < HEADER_LENGTH + length)
    scratch_resize (MAX (HEADER_LENGTH + length, VIR_NET_MESSAGE_INITIAL));
  if (length > 0)
    memcpy (scratch.bytes + HEADER_LENGTH, bytes, length);
  put_header (header, HEADER_LENGTH + length);
  *ret_length = HEADER_LENGTH + length;
  return scratch.bytes;
}

const uint8_t *
frame_encode_error (const RpcHeader *header, const GError *error, size_t *ret_length)
{
  const VirtErrorDetail *detail = virt_error_detail (error);
  g_autofree char *message = g_strndup (error->message, VIR_NET_MESSAGE_STRING_MAX);
  RpcError wire = {
    .code = (int32_t) virt_error_code (error),
    .domain = (int32_t) detail->from,
    .message = message,
    .level = (int32_t) detail->level,
    .str1 = detail->str1 != NULL ? detail->str1 : (char *) "%s",
    .str2 = detail->str2 != NULL ? detail->str2 : message,
    .str3 = detail->str3,
    .int1 = detail->int1,
    .int2 = detail->int2,
  };

  return frame_encode (header, -1, &rpc_frame_types, rpc_error_type, &wire, ret_length);
}

GError *
frame_decode_error (const RpcFrame *frame)
{
  g_auto (RpcError) wire = { 0 };
  GError *error = NULL;

  if (!frame_decode (frame, &rpc_frame_types, rpc_error_type, &wire, "an error", &error))
    return error;
  return virt_error_new_remote ((virErrorNumber) wire.code, (virErrorDomain) wire.domain,
                                (virErrorLevel) wire.level, wire.message,
                                wire.str1, wire.str2, wire.str3, wire.int1, wire.int2);
}

bool
frame_decode (const RpcFrame *frame, const RpcTypes *types, unsigned int type, void *value,
              const char *what, GError **error)
{
  XDR xdrs;

  xdrmem_create (&xdrs, (char *) frame->payload, (unsigned int) frame->payload_length, XDR_DECODE);
  if (!rpc_xdr (&xdrs, types, type, value))
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "cannot decode %s: not what its %zu bytes should hold",
                 what, frame->payload_length);
  return true;
}

void
frame_drop_fds (RpcFrame *frame)
{
  for (unsigned int i = 0; i < frame->n_fds; i++)
    fd_clear (&frame->fds[i]);
  g_clear_pointer (&frame->fds, g_free);
}

int
frame_take_fd (RpcFrame *frame, unsigned int index)
{
  return frame->fds != NULL && index < frame->n_fds ? fd_steal (&frame->fds[index]) : -1;
}

RpcFrame *
frame_steal (RpcFrame *frame)
{
  RpcFrame *copy = g_malloc (sizeof *copy + frame->raw_length);
  uint8_t *bytes = (uint8_t *) (copy + 1);

  memcpy (bytes, frame->raw, frame->raw_length);
  *copy = *frame;
  copy->raw = bytes;
  copy->payload = bytes + (frame->payload - frame->raw);
  copy->fds = g_steal_pointer (&frame->fds);
  return copy;
}

void
frame_free (RpcFrame *frame)
{
  if (frame == NULL)
    return;
  if (frame->fds != NULL)
    frame_drop_fds (frame);
  g_free (frame);
}
