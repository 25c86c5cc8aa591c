/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/log-client.h: guests' logs, kept by virtlogd.
 *
 * virtlogd drains a pipe into each log, rotates it by size, and outlives the
 * daemon that asked. One connection is made on demand, shared by all fibers,
 * and dropped a few seconds after its last call, so that it keeps neither daemon
 * from its idle exit. A call that finds the connection broken tries once more
 * on a new one.
 *
 * Paths are absolute and carry the prefix of --root. Errors: VIR_ERR_SYSTEM_ERROR
 * naming the socket and its unit when virtlogd cannot be reached; else what
 * virtlogd answered. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a log: the file (a rotation changes it) and bytes into it. */
typedef struct
{
  uint64_t inode;
  uint64_t offset;
} LogPosition;

/* Has virtlogd open the log @path of the guest @guest with @uuid (16 bytes) of
 * the driver @driver ("qemu"), emptied first if @truncate, and drain a new pipe
 * into it. Returns the pipe's write end (close-on-exec; caller closes) and, if
 * @ret_position is not NULL, where the log stands; -1 on failure. Draining ends
 * when the last write end is closed. Awaits. */
int log_client_open (const char *driver, const char *guest, const uint8_t *uuid,
                     const char *path, bool truncate, LogPosition *ret_position,
                     GError **error);

/* Adds @message (no newline is added) to the log @path, which may be open or not.
 * @uuid may be NULL. Awaits. */
bool log_client_append (const char *driver, const char *guest, const uint8_t *uuid,
                        const char *path, const char *message, GError **error);

/* Stores where the open log @path ends now. Fails with VIR_ERR_INTERNAL_ERROR if
 * virtlogd has no such log open. Awaits. */
bool log_client_position (const char *path, LogPosition *ret_position, GError **error);

/* Stores in @ret_text (caller frees) at most @max_bytes of the log @path from
 * @from on, going through rotated files up to the present one. NUL bytes come
 * out as spaces. Awaits. */
bool log_client_read (const char *path, const LogPosition *from, size_t max_bytes,
                      char **ret_text, GError **error);

/* The same as log_client_open without virtlogd (qemu.conf: stdio_handler = "file"):
 * opens @path itself, mode 0600, for appending; a guest writes to it directly and
 * nothing limits its size. Caller closes; -1 on failure. Awaits. */
int log_file_open (const char *path, bool truncate, GError **error);

/* The same as log_client_append without virtlogd. Awaits. */
bool log_file_append (const char *path, const char *message, GError **error);
