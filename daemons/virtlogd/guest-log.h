/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-log.h: the logs that are open, and the pipes that are drained into them.
 *
 * A guest that writes faster than a healthy disk waits for some milliseconds, as for any pipe.
 * It must not wait for a disk that is full, slow or gone. Its pipe, of 256 KiB where the
 * system allows, is therefore emptied in one of two ways:
 *
 * - As long as files can be written promptly, a chunk of the pipe is copied with
 *   tee(2), written by a worker, and only then taken out of the pipe. So at any moment each byte
 *   is in the pipe or in the file: if this process is killed and its successor gets the
 *   pipe from the descriptor store, nothing is lost. A LogMark says how far an interrupted
 *   write came, so that nothing is doubled either.
 *   (splice(2) straight into the file would hold the pipe's lock while the disk works, and
 *   with it the guest.)
 * - When a write takes longer than 50 ms or has failed, and more than three eighths of the
 *   pipe are used, the loop takes everything out into memory. A log holds at most
 *   GUEST_LOG_HELD_MAX bytes there: beyond it the oldest are dropped and
 *   counted, and a line in the log says so once it can be written.
 *
 * A failed write is tried again each second. A log whose guest is gone is given up after
 * a minute of that. */
#pragma once

#include "log-file.h"
#include "util/fiber.h"

#define GUEST_LOG_HELD_MAX (256 * 1024)

/* Who writes the log; all parts copied. */
typedef struct
{
  const char *driver, *guest;
  uint8_t uuid[16];
} LogOwner;

/* Called once, before anything else: where logs may be (copied), how they rotate,
 * and where the state of open logs is kept. */
void guest_logs_init (const char *root, const LogLimits *limits, const char *state_dir);

/* Other limits from the next write on. */
void guest_logs_set_limits (const LogLimits *limits);

/* Opens @path and starts draining. Returns the write end; the place where the log stands
 * goes into @ret_place. -1 on failure: VIR_ERR_SYSTEM_ERROR with EBUSY if another writer
 * still has it. Awaits. */
int guest_log_open (const LogOwner *owner, const char *path, bool truncate, LogPlace *ret_place,
                    GError **error);

/* Adds @text to the log, after what its guest wrote before. Awaits. */
bool guest_log_append (const char *path, const char *text, GError **error);

/* Where the open log @path ends, what its guest wrote before included. VIR_ERR_INTERNAL_ERROR
 * if it is not open. Awaits. */
bool guest_log_place (const char *path, LogPlace *ret_place, GError **error);

/* See log_file_read; what an open log's guest wrote before is included. Awaits. */
bool guest_log_read (const char *path, LogPlace from, size_t max_bytes, char **ret_data,
                     size_t *ret_length, GError **error);

/* True while a pipe is open, bytes are unwritten or state has to go. */
bool guest_logs_busy (void);
/* The paths of all logs in use; borrowed strings. */
GPtrArray *guest_logs_paths (void);

/* Takes over a descriptor from the store, before guest_logs_recover. */
void guest_logs_restore_fd (const char *name, int fd);
/* Goes on with the logs whose descriptors were restored, forgets the others. Awaits. */
void guest_logs_recover (void);
