/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stream.h: a byte stream beside a call, as its server sees it.
 *
 * Counted. A fiber that serves it holds a reference and reads or writes in
 * straight lines; a client that does not read suspends the writer once a packet
 * is queued. A client that disconnects or aborts makes every later send and
 * receive fail with VIR_ERR_OPERATION_ABORTED. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Stream Stream;
Stream *stream_ref (Stream *stream);
void stream_unref (Stream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stream, stream_unref)

/* Sends @length bytes to the client in packets of fitting size. Awaits. */
bool stream_send (Stream *stream, const void *data, size_t length, GError **error);
/* Sends a hole of @length zero bytes; only if the client asked for holes. Awaits. */
bool stream_send_hole (Stream *stream, int64_t length, GError **error);
/* Says that no more data comes (an empty packet). */
void stream_send_eof (Stream *stream);
/* The opening call's flags asked for holes; without it they are refused both ways. */
void stream_allow_holes (Stream *stream);

/* Receives up to @size bytes: >0 data; 0 the client finished (confirm with
 * stream_finish); -1 error. A hole sets *@ret_hole (may be NULL: then holes are
 * refused) to its length and returns 0 with *@ret_hole > 0. Awaits. */
ssize_t stream_recv (Stream *stream, void *buffer, size_t size, int64_t *ret_hole, GError **error);

/* Ends the stream: confirms the client's finish, now or when it comes. */
void stream_finish (Stream *stream);
/* Ends the stream with an error packet. */
void stream_fail (Stream *stream, const GError *error);
/* The client is gone or has aborted, or the stream was ended. */
bool stream_is_closed (const Stream *stream);
/* Called once when the stream closes, from the loop; NULL removes it. For users
 * that must release something at once (a console that another client takes over). */
void stream_on_close (Stream *stream, void (*func) (void *data), void *data);
