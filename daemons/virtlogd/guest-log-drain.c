/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "guest-log-private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/worker.h"

#define LOG_CATEGORY "virtlogd.drain"

#define CHUNK_MAX (64 * 1024)
#define RETRY_MS 1000
#define SLOW_WRITE_US (50 * 1000)
#define GIVE_UP_US (60 * G_USEC_PER_SEC)

/* ---- The pipe ---- */

/* A pipe that is empty between calls: the way of tee'd bytes into memory. */
static const int *
spare_pipe (void)
{
  static int spare[2] = { -1, -1 };

  if (spare[0] < 0 && pipe2 (spare, O_CLOEXEC | O_NONBLOCK) < 0)
    g_error ("cannot make a pipe: %s", g_strerror (errno));
  return spare;
}

ssize_t
guest_log_peek (int pipe, void *data, size_t size)
{
  const int *spare = spare_pipe ();
  ssize_t n = tee (pipe, spare[1], MIN (size, CHUNK_MAX), SPLICE_F_NONBLOCK);

  return n > 0 ? read (spare[0], data, (size_t) n) : n;
}

void
guest_log_consume (int pipe, void *sink, size_t length)
{
  /* One call, so that no kill comes between two halves. */
  if (length > 0 && read (pipe, sink, length) != (ssize_t) length)
    log_error ("the pipe of a log has another reader");
}

static unsigned int
bytes_in_pipe (const GuestLog *log)
{
  int n = 0;

  return log->pipe >= 0 && ioctl (log->pipe, FIONREAD, &n) == 0 ? (unsigned int) n : 0;
}

bool
guest_log_writers_are_gone (const GuestLog *log)
{
  struct pollfd poll_fd = { .fd = log->pipe, .events = POLLIN };

  return poll (&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLHUP) != 0;
}

/* ---- Bytes in memory ---- */

/* Drops the oldest beyond the limit. */
static void
trim_held (GuestLog *log)
{
  unsigned int excess = log->held->len - MIN (log->held->len, GUEST_LOG_HELD_MAX);

  g_byte_array_remove_range (log->held, 0, excess);
  log->lost += excess;
}

void
guest_log_forget_held (GuestLog *log)
{
  g_byte_array_set_size (log->held, 0);
  log->lost = 0;
}

/* Takes everything out of the pipe, so that the guest can go on writing. What the worker writes
 * now comes first in it and is in memory already. */
static void
spill (GuestLog *log)
{
  static char buffer[CHUNK_MAX];
  ssize_t n;

  if (log->pipe < 0)
    return;
  if (log->chunk != NULL && log->chunk->in_pipe)
    {
      if (atomic_exchange (&log->chunk->claimed, true))
        return;                 /* written: the worker is taking it out right now */
      guest_log_consume (log->pipe, buffer, log->chunk->length);
      log->chunk->in_pipe = false;
    }
  while ((n = read (log->pipe, buffer, sizeof buffer)) > 0)
    {
      g_byte_array_append (log->held, (const uint8_t *) buffer, (unsigned int) n);
      trim_held (log);
    }
}

/* Before the guest has to wait. Writes of more than half a page may use a page each, so that
 * a pipe can be full with little in it. */
static void
relieve (GuestLog *log)
{
  if (bytes_in_pipe (log) > log->pipe_size * 3 / 8)
    spill (log);
}

/* ---- Chunks ---- */

static char *
loss_line (const GuestLog *log)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d %H:%M:%S");

  return g_strdup_printf ("\n%s.%03d+0000: virtlogd: %" G_GUINT64_FORMAT " bytes of this log are lost: %s\n",
                          time, g_date_time_get_microsecond (now) / 1000, log->lost,
                          log->failure != 0 ? g_strerror (log->failure) : "the disk was too slow");
}

static void
take_held (GuestLog *log, LogChunk *chunk)
{
  size_t length;

  chunk->lost = log->lost;
  if (log->lost > 0)
    {
      g_autofree char *line = loss_line (log);

      chunk->length = chunk->loss_line = strlen (line);
      memcpy (chunk->data, line, chunk->length);
      log->lost = 0;
    }
  length = MIN (log->held->len, CHUNK_MAX - chunk->length);
  memcpy (chunk->data + chunk->length, log->held->data, length);
  chunk->length += length;
  g_byte_array_remove_range (log->held, 0, (unsigned int) length);
}

/* What is not written of a chunk that only memory has goes back to the front. */
static void
put_back (GuestLog *log, const LogChunk *chunk, size_t written)
{
  size_t keep_from = MAX (written, chunk->loss_line);

  if (chunk->in_pipe)
    return;
  if (written < chunk->loss_line)
    log->lost += chunk->lost;
  g_byte_array_prepend (log->held, chunk->data + keep_from, (unsigned int) (chunk->length - keep_from));
  trim_held (log);
}

/* Fills @chunk with the next bytes to write; false if there are none for now. */
static bool
take_chunk (GuestLog *log, LogChunk *chunk)
{
  uint8_t *data = chunk->data;
  ssize_t n;

  *chunk = (LogChunk) { .data = data };
  if (log->held->len > 0)
    {
      take_held (log, chunk);
      return true;
    }
  if (log->pipe < 0)
    return false;
  n = guest_log_peek (log->pipe, data, CHUNK_MAX);
  if (n == 0)
    guest_log_detach (log);
  if (n <= 0)
    return false;
  chunk->length = (size_t) n;
  chunk->in_pipe = true;
  return true;
}

/* ---- Writing ---- */

typedef struct
{
  LogFile *file;
  LogLimits limits;
  LogChunk *chunk;
  int pipe, mark_fd;
  size_t written;
} WriteArgs;

static bool
write_chunk (void *data, GError **error)
{
  WriteArgs *args = data;
  LogChunk *chunk = args->chunk;
  bool in_pipe = args->pipe >= 0;
  ssize_t n = log_file_write (args->file, &args->limits, in_pipe ? args->mark_fd : -1,
                              chunk->data, chunk->length, error);

  if (n < 0)
    return false;
  args->written = (size_t) n;
  if (in_pipe && !atomic_exchange (&chunk->claimed, true))
    guest_log_consume (args->pipe, chunk->data, args->written);
  if (in_pipe)
    log_mark_clear (args->mark_fd);
  return true;
}

static int
write_is_slow (sd_event_source *source, uint64_t now, void *data)
{
  GuestLog *log = data;

  log->slow = true;
  relieve (log);
  sd_event_source_set_time_relative (source, SLOW_WRITE_US);
  return 0;
}

/* From SLOW_WRITE_US on, the guest is not made to wait for a write. It is looked after by the
 * timer too, since a guest that waits in the middle of one long write causes no event. */
static void
watch_slow (GuestLog *log, bool on)
{
  if (log->slow_timer == NULL
      && (sd_event_add_time_relative (loop_event (), &log->slow_timer, CLOCK_MONOTONIC, SLOW_WRITE_US, 0,
                                      write_is_slow, log) < 0
          || sd_event_source_set_description (log->slow_timer, "slow write of a log") < 0))
    g_error ("cannot make a timer for log '%s'", log->path);
  log->slow = false;
  if (on)
    sd_event_source_set_time_relative (log->slow_timer, SLOW_WRITE_US);
  sd_event_source_set_enabled (log->slow_timer, on ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* Writes the front of @chunk and takes it out of the pipe. Awaits. */
static bool
write_front (GuestLog *log, LogChunk *chunk, GError **error)
{
  WriteArgs args = { log->file, guest_log_limits, chunk, chunk->in_pipe ? log->pipe : -1, log->mark_fd, 0 };
  bool written;

  log->chunk = chunk;
  watch_slow (log, true);
  written = worker_run ("write a guest's log", write_chunk, &args, error);
  watch_slow (log, false);
  log->chunk = NULL;
  put_back (log, chunk, args.written);
  return written;
}

static void
note_success (GuestLog *log, const LogChunk *chunk)
{
  if (log->failure != 0)
    log_warning ("log '%s' can be written again; %" G_GUINT64_FORMAT " bytes are lost", log->path,
                 chunk->lost + log->lost);
  log->failure = 0;
}

/* False: give up. Awaits. */
static bool
note_failure (GuestLog *log, const GError *failure)
{
  if (log->failure == 0)
    {
      log_warning ("%s; trying again, with the newest %d KiB of output kept", failure->message,
                   GUEST_LOG_HELD_MAX / 1024);
      log->failing_since = loop_now ();
    }
  log->failure = virt_error_detail (failure)->int1 > 0 ? virt_error_detail (failure)->int1 : EIO;
  relieve (log);
  if (log->pipe >= 0 && guest_log_writers_are_gone (log))
    guest_log_detach (log);
  if (log->pipe < 0 && loop_now () - log->failing_since > GIVE_UP_US)
    {
      log_warning ("log '%s' is given up with %u bytes unwritten", log->path, log->held->len);
      guest_log_forget_held (log);
      return false;
    }
  return true;
}

/* One chunk, with the log's job: false if there is none. Awaits. */
static bool
drain_once (GuestLog *log, LogChunk *chunk, bool *ret_failed)
{
  g_autoptr (GError) failure = NULL;
  g_auto (JobGuard) guard = { 0 };

  *ret_failed = false;
  if (!job_guard (&guard, &log->job, "drain", log->path, FOREVER, NULL) || !take_chunk (log, chunk))
    return false;
  if (guest_log_need_file (log, &failure) && write_front (log, chunk, &failure))
    note_success (log, chunk);
  else
    {
      *ret_failed = true;
      return note_failure (log, failure);
    }
  return true;
}

static void
drain (void *data)
{
  g_autoptr (GuestLog) log = data;
  g_autofree uint8_t *buffer = g_malloc (CHUNK_MAX);
  LogChunk chunk = { .data = buffer };
  bool failed = false;

  while (drain_once (log, &chunk, &failed))
    if (failed && !fiber_sleep (RETRY_MS, NULL))
      break;
  log->draining = false;
}

void
guest_log_kick (GuestLog *log)
{
  if (log->draining
      || (log->held->len == 0 && bytes_in_pipe (log) == 0 && (log->pipe < 0 || !guest_log_writers_are_gone (log))))
    return;
  log->draining = true;
  fiber_start ("drain a log", log->path, drain, guest_log_ref (log));
}

/* ---- Attaching ---- */

/* Edge-triggered: called for each write of the guest, and when the last writer goes. */
static int
pipe_ready (sd_event_source *source, int fd, uint32_t events, void *data)
{
  GuestLog *log = data;

  if (log->slow || log->failure != 0)
    relieve (log);
  guest_log_kick (log);
  return 0;
}

void
guest_log_attach (GuestLog *log, int pipe)
{
  int size = fcntl (pipe, F_GETPIPE_SZ);

  guest_log_ref (log);
  log->pipe = pipe;
  log->pipe_size = size > 0 ? (unsigned int) size : CHUNK_MAX;
  if (sd_event_add_io (loop_event (), &log->source, pipe, EPOLLIN | EPOLLET, pipe_ready, log) < 0)
    g_error ("cannot watch the pipe of log '%s'", log->path);
  sd_event_source_set_description (log->source, "pipe of a log");
  guest_log_kick (log);
}

void
guest_log_detach (GuestLog *log)
{
  if (log->pipe < 0)
    return;
  spill (log);
  log->source = sd_event_source_disable_unref (log->source);
  fd_clear (&log->pipe);
  guest_log_forget (log);
  guest_log_unref (log);
}
