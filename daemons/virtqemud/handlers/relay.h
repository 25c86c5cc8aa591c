/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/relay.h: a client's stream tied to a descriptor, both ways. */
#pragma once

#include "rpc/stream.h"

/* Copies between @stream and @fd (a terminal or socket; taken over) until either ends: what the
 * client no longer wants to send or hear closes @fd, the end of @fd finishes the stream. @ended (may be
 * NULL) is then called once with @data, on the loop or a fiber; it must not await. @subject (copied)
 * names whose it is. Returns at once. Takes a reference on @stream. */
void relay_start (Stream *stream, int fd, const char *subject, void (*ended) (Stream *stream, void *data), void *data);
