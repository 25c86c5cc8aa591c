/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-log-private.h: between the calls on a log, its draining and its recovery. */
#pragma once

#include <stdatomic.h>
#include <systemd/sd-event.h>

#include "guest-log.h"

/* Bytes between pipe and file. */
typedef struct
{
  uint8_t *data;
  size_t length;
  size_t loss_line;             /* how many of them, first, are a line about a loss */
  uint64_t lost;                /* the loss that it reports */
  bool in_pipe;                 /* the pipe still has them */
  atomic_bool claimed;          /* who takes them out of the pipe: the first to set it */
} LogChunk;

typedef struct
{
  unsigned int refs;
  char *path;
  LogFile *file;                /* NULL: nobody has needed it yet */
  Job job;                      /* held by who uses @file */

  int pipe, mark_fd;            /* -1: none */
  unsigned int pipe_size;
  char *store_name;             /* of the pipe in the descriptor store and of its state; NULL: none */
  sd_event_source *source, *slow_timer;

  bool draining;                /* a fiber does */
  bool slow;                    /* the present write takes long */
  LogChunk *chunk;              /* what the worker writes now, or NULL */
  GByteArray *held;             /* out of the pipe and not in the file, oldest first */
  uint64_t lost;                /* bytes dropped before the first of @held */
  int failure;                  /* errno of the last write; 0: it succeeded */
  uint64_t failing_since;       /* loop_now of the first failure in a row */
} GuestLog;

extern LogLimits guest_log_limits;
extern char *guest_log_root, *guest_log_state_dir;

GuestLog *guest_log_ref (GuestLog *log);
void guest_log_unref (GuestLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestLog, guest_log_unref)

/* The log @path, made and entered into the table if need be. A reference. */
GuestLog *guest_log_get (const char *path);

/* Opens log->file if it is not. Hold the job. Awaits. */
bool guest_log_need_file (GuestLog *log, GError **error);

/* ---- guest-log-drain.c ---- */

/* Makes @pipe (taken over) the log's, and starts draining. */
void guest_log_attach (GuestLog *log, int pipe);
/* Takes what is left out of the pipe and closes it. Hold the job. */
void guest_log_detach (GuestLog *log);
/* No process has a write end of its pipe. */
bool guest_log_writers_are_gone (const GuestLog *log);
/* Starts draining unless it runs or there is nothing to do. */
void guest_log_kick (GuestLog *log);
/* Drops what is held in memory. */
void guest_log_forget_held (GuestLog *log);
/* Copies at most @size bytes from the front of the pipe, which keeps them. Returns how many, 0 at its
 * end (no writer is left), -1 with errno. */
ssize_t guest_log_peek (int pipe, void *data, size_t size);
/* Takes @length bytes, which must be there, out of the pipe into @sink. */
void guest_log_consume (int pipe, void *sink, size_t length);

/* ---- guest-log-state.c ---- */

/* Writes down that a pipe is open and gives it to the descriptor store. Failure is
 * logged: the log works, but does not outlive a crash of this process. Awaits. */
void guest_log_remember (GuestLog *log, const LogOwner *owner, int pipe);
/* The opposite; the files go a little later. */
void guest_log_forget (GuestLog *log);
/* True while there are files to go. */
bool guest_logs_forgetting (void);
