/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/stream.h"

#include <string.h>

#include "rpc/peer.h"
#include "util/error.h"
#include "util/fiber.h"

#define PACKET_MAX VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX
/* Data of the client's that nobody has received yet holds the client beyond this. */
#define UNREAD_MAX (1024 * 1024)

typedef struct
{
  int64_t hole;            /* > 0: a hole, without bytes */
  size_t length, taken;
  uint8_t bytes[];
} Packet;

struct Stream
{
  unsigned int refs;
  Peer *peer;              /* NULL once closed */
  RpcHeader header;
  bool live, holes;
  bool finished;           /* the client has said that no more comes */
  bool finish_wanted;      /* our side has finished */
  bool held;
  GQueue early;            /* GBytes *: frames that wait for the call's answer */
  GQueue unread;           /* Packet * */
  size_t unread_bytes;
  Wait readable;
  GQueue senders;          /* Wait *, for the peer's output to drain */
  void (*closed_func) (void *data);
  void *closed_data;
};

Stream *
stream_ref (Stream *stream)
{
  stream->refs++;
  return stream;
}

void
stream_unref (Stream *stream)
{
  if (--stream->refs > 0)
    return;
  g_queue_clear_full (&stream->unread, g_free);
  g_queue_clear_full (&stream->early, (GDestroyNotify) g_bytes_unref);
  g_free (stream);
}

Stream *
stream_new (Peer *peer, const RpcHeader *call, const RpcProc *proc)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->refs = 1;
  stream->peer = peer;
  stream->header = *call;
  stream->header.type = VIR_NET_STREAM;
  g_queue_init (&stream->early);
  g_queue_init (&stream->unread);
  g_queue_init (&stream->senders);
  if (peer_is_closed (peer))
    {
      stream->peer = NULL;
      return stream;
    }
  if (peer->streams == NULL)
    peer->streams = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (peer->streams, GUINT_TO_POINTER (call->serial), stream_ref (stream));
  return stream;
}

static void
wake_all (Stream *stream)
{
  Wait *wait;

  while ((wait = g_queue_pop_head (&stream->senders)) != NULL)
    wait_done (wait);
  wait_done (&stream->readable);
}

/* Takes the stream out of its peer; the fibers that use it find it closed. */
static void
stream_close (Stream *stream)
{
  G_GNUC_UNUSED g_autoptr (Stream) keep = stream_ref (stream);
  void (*func) (void *) = g_steal_pointer (&stream->closed_func);
  Peer *peer = g_steal_pointer (&stream->peer);

  if (peer == NULL)
    return;
  if (stream->held)
    peer_release (peer);
  stream->held = false;
  if (peer->streams != NULL && g_hash_table_remove (peer->streams, GUINT_TO_POINTER (stream->header.serial)))
    stream_unref (stream);
  wake_all (stream);
  if (func != NULL)
    func (stream->closed_data);
}

void
streams_close (Peer *peer)
{
  g_autoptr (GHashTable) streams = g_steal_pointer (&peer->streams);
  GHashTableIter iter;
  Stream *stream;

  if (streams == NULL)
    return;
  g_hash_table_iter_init (&iter, streams);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &stream))
    {
      stream_close (stream);
      stream_unref (stream);
    }
}

void
streams_drained (Peer *peer)
{
  GHashTableIter iter;
  Stream *stream;

  if (peer->streams == NULL)
    return;
  g_hash_table_iter_init (&iter, peer->streams);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &stream))
    for (Wait *wait; (wait = g_queue_pop_head (&stream->senders)) != NULL;)
      wait_done (wait);
}

/* Sends a frame, or keeps it until the opening call is answered. */
static void
emit (Stream *stream, const uint8_t *frame, size_t length)
{
  if (stream->live)
    peer_send (stream->peer, frame, length, NULL, 0);
  else
    g_queue_push_tail (&stream->early, g_bytes_new (frame, length));
}

static void
emit_packet (Stream *stream, RpcMessageStatus status, const void *bytes, size_t length)
{
  const uint8_t *frame;
  size_t frame_length;

  stream->header.type = VIR_NET_STREAM;
  stream->header.status = status;
  frame = frame_encode_raw (&stream->header, bytes, length, &frame_length);
  emit (stream, frame, frame_length);
}

/* The client's finish is confirmed once both sides are done. */
static void
confirm (Stream *stream)
{
  if (stream->peer == NULL || !stream->live || !stream->finished || !stream->finish_wanted)
    return;
  emit_packet (stream, VIR_NET_OK, NULL, 0);
  stream_close (stream);
}

void
stream_activate (Stream *stream)
{
  GBytes *bytes;

  stream->live = true;
  while (stream->peer != NULL && (bytes = g_queue_pop_head (&stream->early)) != NULL)
    {
      gsize length;
      const void *data = g_bytes_get_data (bytes, &length);

      peer_send (stream->peer, data, length, NULL, 0);
      g_bytes_unref (bytes);
    }
  confirm (stream);
}

void
stream_drop (Stream *stream)
{
  stream_close (stream);
}

static void
receive_packet (Stream *stream, int64_t hole, const uint8_t *bytes, size_t length)
{
  Packet *packet = g_malloc (sizeof *packet + length);

  *packet = (Packet) { .hole = hole, .length = length };
  if (length > 0)
    memcpy (packet->bytes, bytes, length);
  stream->unread_bytes += sizeof *packet + length;
  g_queue_push_tail (&stream->unread, packet);
  if (!stream->held && stream->unread_bytes > UNREAD_MAX)
    {
      stream->held = true;
      peer_hold (stream->peer);
    }
  wait_done (&stream->readable);
}

static void
receive_hole (Stream *stream, RpcFrame *frame)
{
  g_autoptr (GError) error = NULL;
  RpcStreamHole hole = { 0 };

  if (!stream->holes)
    fail (&error, VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "the stream was not opened for holes");
  else if (frame_decode (frame, &rpc_frame_types, rpc_stream_hole_type, &hole, "a hole", &error)
           && (hole.length <= 0 || hole.flags != 0))
    fail (&error, VIR_FROM_STREAMS, VIR_ERR_INVALID_ARG, "a hole of %" G_GINT64_FORMAT " bytes", hole.length);
  if (error != NULL)
    stream_fail (stream, error);
  else
    receive_packet (stream, hole.length, NULL, 0);
}

bool
stream_receive (Peer *peer, RpcFrame *frame)
{
  Stream *stream = peer->streams != NULL
    ? g_hash_table_lookup (peer->streams, GUINT_TO_POINTER (frame->header.serial)) : NULL;

  if (stream == NULL || frame->header.proc != stream->header.proc || frame->header.prog != stream->header.prog)
    return false;
  if (frame->header.type == VIR_NET_STREAM_HOLE)
    receive_hole (stream, frame);
  else if (frame->header.status == VIR_NET_CONTINUE)
    receive_packet (stream, 0, frame->payload, frame->payload_length);
  else if (frame->header.status == VIR_NET_OK)
    {
      stream->finished = true;
      wait_done (&stream->readable);
      confirm (stream);
    }
  else
    {
      emit_packet (stream, VIR_NET_OK, NULL, 0);
      stream_close (stream);
    }
  return true;
}

static bool
check_open (const Stream *stream, GError **error)
{
  if (stream->peer != NULL)
    return true;
  return fail (error, VIR_FROM_STREAMS, VIR_ERR_OPERATION_ABORTED, "the stream was closed by its client");
}

/* One packet at a time: the next is not sent before the last has left. */
static bool
await_room (Stream *stream, GError **error)
{
  while (stream->peer != NULL && (!stream->live ? stream->early.length > 0 : link_queued (stream->peer->link) > 0))
    {
      Wait wait = { 0 };

      g_queue_push_tail (&stream->senders, &wait);
      if (!wait_for (&wait, FOREVER, "a client that reads its stream", error))
        {
          g_queue_remove (&stream->senders, &wait);
          return false;
        }
    }
  return check_open (stream, error);
}

bool
stream_send (Stream *stream, const void *data, size_t length, GError **error)
{
  for (size_t sent = 0; sent < length;)
    {
      size_t piece = MIN (length - sent, PACKET_MAX);

      if (!await_room (stream, error))
        return false;
      emit_packet (stream, VIR_NET_CONTINUE, (const uint8_t *) data + sent, piece);
      sent += piece;
    }
  return check_open (stream, error);
}

bool
stream_send_hole (Stream *stream, int64_t length, GError **error)
{
  RpcStreamHole hole = { .length = length };
  const uint8_t *frame;
  size_t frame_length;

  if (!await_room (stream, error))
    return false;
  stream->header.type = VIR_NET_STREAM_HOLE;
  stream->header.status = VIR_NET_CONTINUE;
  frame = frame_encode (&stream->header, -1, &rpc_frame_types, rpc_stream_hole_type, &hole, &frame_length);
  emit (stream, frame, frame_length);
  return true;
}

void
stream_send_eof (Stream *stream)
{
  if (stream->peer != NULL)
    emit_packet (stream, VIR_NET_CONTINUE, NULL, 0);
}

void
stream_allow_holes (Stream *stream)
{
  stream->holes = true;
}

ssize_t
stream_recv (Stream *stream, void *buffer, size_t size, int64_t *ret_hole, GError **error)
{
  Packet *packet;
  size_t piece;

  if (ret_hole != NULL)
    *ret_hole = 0;
  while ((packet = g_queue_peek_head (&stream->unread)) == NULL)
    {
      if (stream->finished)
        return 0;
      if (!check_open (stream, error) || !wait_for (&stream->readable, FOREVER, "a client's stream", error))
        return -1;
    }
  if (packet->hole > 0 && ret_hole != NULL)
    *ret_hole = packet->hole;
  piece = MIN (size, packet->length - packet->taken);
  memcpy (buffer, packet->bytes + packet->taken, piece);
  packet->taken += piece;
  if (packet->taken < packet->length)
    return (ssize_t) piece;

  stream->unread_bytes -= sizeof *packet + packet->length;
  g_free (g_queue_pop_head (&stream->unread));
  if (stream->held && stream->unread_bytes <= UNREAD_MAX / 2)
    {
      stream->held = false;
      peer_release (stream->peer);
    }
  if (piece == 0 && (ret_hole == NULL || *ret_hole == 0))
    return stream_recv (stream, buffer, size, ret_hole, error);
  return (ssize_t) piece;
}

void
stream_finish (Stream *stream)
{
  stream->finish_wanted = true;
  confirm (stream);
}

void
stream_fail (Stream *stream, const GError *error)
{
  size_t length;
  const uint8_t *frame;

  if (stream->peer == NULL)
    return;
  stream->header.type = VIR_NET_STREAM;
  stream->header.status = VIR_NET_ERROR;
  frame = frame_encode_error (&stream->header, error, &length);
  emit (stream, frame, length);
  if (stream->live)
    stream_close (stream);
  else
    stream->finish_wanted = stream->finished = true;
}

bool
stream_is_closed (const Stream *stream)
{
  return stream->peer == NULL;
}

void
stream_on_close (Stream *stream, void (*func) (void *data), void *data)
{
  stream->closed_func = func;
  stream->closed_data = data;
}
