/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest-log.h"

#include <fcntl.h>
#include <string.h>

#include "guest-log-private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/worker.h"

#define LOG_CATEGORY "virtlogd.log"

/* How long a call waits for a slow disk. */
#define CALL_WAIT_MS 10000
/* How long a question waits for the newest output to be written. */
#define SETTLE_MS 500
/* Best effort: room for bursts while the disk is slow, for 256 logs before the kernel's limit for a
 * user without CAP_SYS_RESOURCE makes pipes small. */
#define PIPE_SIZE (256 * 1024)

LogLimits guest_log_limits;
char *guest_log_root, *guest_log_state_dir;

/* Path to GuestLog; an entry lives as long as somebody has a reference. */
static GHashTable *logs;

void
guest_logs_init (const char *root, const LogLimits *limits, const char *state_dir)
{
  g_free (guest_log_root);
  g_free (guest_log_state_dir);
  guest_log_root = g_strdup (root);
  guest_log_state_dir = g_strdup (state_dir);
  guest_log_limits = *limits;
  if (logs == NULL)
    logs = g_hash_table_new (g_str_hash, g_str_equal);
}

void
guest_logs_set_limits (const LogLimits *limits)
{
  guest_log_limits = *limits;
}

/* ---- GuestLog ---- */

GuestLog *
guest_log_ref (GuestLog *log)
{
  log->refs++;
  return log;
}

void
guest_log_unref (GuestLog *log)
{
  if (--log->refs > 0)
    return;
  g_hash_table_remove (logs, log->path);
  sd_event_source_disable_unref (log->slow_timer);
  g_byte_array_unref (log->held);
  log_file_free (log->file);
  g_free (log->path);
  g_free (log);
}

GuestLog *
guest_log_get (const char *path)
{
  GuestLog *log = g_hash_table_lookup (logs, path);

  if (log != NULL)
    return guest_log_ref (log);
  log = g_new0 (GuestLog, 1);
  log->refs = 1;
  log->path = g_strdup (path);
  log->pipe = log->mark_fd = -1;
  log->held = g_byte_array_new ();
  g_hash_table_insert (logs, log->path, log);
  return log;
}

bool
guest_logs_busy (void)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, logs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((GuestLog *) value)->pipe >= 0 || ((GuestLog *) value)->draining)
      return true;
  return guest_logs_forgetting ();
}

GPtrArray *
guest_logs_paths (void)
{
  GPtrArray *paths = g_ptr_array_new ();
  GHashTableIter iter;
  void *key;

  g_hash_table_iter_init (&iter, logs);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (paths, key);
  return paths;
}

/* ---- Work on the file, as functions of values ---- */

typedef struct
{
  const char *path;
  const char *root;
  LogFile *file;
  LogLimits limits;
  const char *text;
  LogPlace from;
  size_t max_bytes;
  char *data;
  size_t length;
} FileArgs;

static bool
open_file (void *data, GError **error)
{
  FileArgs *args = data;

  args->file = log_file_open (args->root, args->path, error);
  return args->file != NULL;
}

static bool
truncate_file (void *data, GError **error)
{
  return log_file_truncate (((FileArgs *) data)->file, error);
}

static bool
append_to_file (void *data, GError **error)
{
  FileArgs *args = data;

  return log_file_append (args->file, &args->limits, args->text, strlen (args->text), error);
}

static bool
read_file (void *data, GError **error)
{
  FileArgs *args = data;

  return log_file_read (args->root, args->path, args->limits.max_backups, args->from, args->max_bytes,
                        &args->data, &args->length, error);
}

bool
guest_log_need_file (GuestLog *log, GError **error)
{
  FileArgs args = { .path = log->path, .root = guest_log_root };

  if (log->file != NULL)
    return true;
  if (!worker_run ("open a log", open_file, &args, error))
    return false;
  log->file = args.file;
  return true;
}

/* ---- Calls ---- */

/* Lets what the guest wrote so far queue up for the job before the caller does. Awaits. */
static void
let_guest_first (GuestLog *log)
{
  guest_log_kick (log);
  if (log->draining)
    fiber_yield (NULL);
}

/* Takes the job and opens the file: what every change begins with. */
static bool
begin (GuestLog *log, JobGuard *guard, const char *what, GError **error)
{
  let_guest_first (log);
  return job_guard (guard, &log->job, what, log->path, deadline_in_ms (CALL_WAIT_MS), error)
         && guest_log_need_file (log, error);
}

/* Makes room for a new writer. */
static bool
end_old_pipe (GuestLog *log, GError **error)
{
  if (log->pipe < 0)
    return true;
  if (!guest_log_writers_are_gone (log))
    return fail_errno (error, VIR_FROM_LOGGING, EBUSY, "log '%s' is open already", log->path);
  guest_log_detach (log);
  return true;
}

static bool
empty (GuestLog *log, GError **error)
{
  FileArgs args = { .file = log->file };

  guest_log_forget_held (log);
  return worker_run ("empty a log", truncate_file, &args, error);
}

int
guest_log_open (const LogOwner *owner, const char *path, bool truncate, LogPlace *ret_place,
                GError **error)
{
  g_autoptr (GuestLog) log = guest_log_get (path);
  g_auto (JobGuard) guard = { 0 };
  fd_auto int reader = -1;
  fd_auto int writer = -1;
  int ends[2];

  if (!begin (log, &guard, "open", error) || !end_old_pipe (log, error)
      || (truncate && !empty (log, error)))
    return -1;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      fail_errno (error, VIR_FROM_LOGGING, errno, "making a pipe for log '%s'", path);
      return -1;
    }
  reader = ends[0];
  writer = ends[1];
  fcntl (reader, F_SETFL, O_NONBLOCK);
  fcntl (reader, F_SETPIPE_SZ, PIPE_SIZE);
  guest_log_remember (log, owner, reader);
  guest_log_attach (log, fd_steal (&reader));
  *ret_place = log_file_place (log->file);
  log_info ("log '%s' of %s guest '%s' is open", path, owner->driver, owner->guest);
  return fd_steal (&writer);
}

bool
guest_log_append (const char *path, const char *text, GError **error)
{
  g_autoptr (GuestLog) log = guest_log_get (path);
  g_auto (JobGuard) guard = { 0 };
  FileArgs args = { .limits = guest_log_limits, .text = text };

  if (!begin (log, &guard, "append", error))
    return false;
  args.file = log->file;
  return worker_run ("append to a log", append_to_file, &args, error);
}

/* Gives what is in the pipe a chance to be written. Awaits. */
static void
settle (GuestLog *log, JobGuard *guard)
{
  g_autoptr (GError) ignored = NULL;

  let_guest_first (log);
  job_guard (guard, &log->job, "settle", log->path, deadline_in_ms (SETTLE_MS), &ignored);
}

bool
guest_log_place (const char *path, LogPlace *ret_place, GError **error)
{
  GuestLog *known = g_hash_table_lookup (logs, path);
  g_autoptr (GuestLog) log = known != NULL ? guest_log_ref (known) : NULL;
  g_auto (JobGuard) guard = { 0 };

  if (log == NULL || log->pipe < 0 || log->file == NULL)
    return fail (error, VIR_FROM_LOGGING, VIR_ERR_INTERNAL_ERROR, "log '%s' is not open", path);
  settle (log, &guard);
  *ret_place = log_file_place (log->file);
  return true;
}

bool
guest_log_read (const char *path, LogPlace from, size_t max_bytes, char **ret_data,
                size_t *ret_length, GError **error)
{
  GuestLog *known = g_hash_table_lookup (logs, path);
  g_autoptr (GuestLog) log = known != NULL ? guest_log_ref (known) : NULL;
  g_auto (JobGuard) guard = { 0 };
  FileArgs args = {
    .path = path, .root = guest_log_root, .limits = guest_log_limits,
    .from = from, .max_bytes = max_bytes,
  };

  if (log != NULL)
    settle (log, &guard);
  if (!worker_run ("read a log", read_file, &args, error))
    return false;
  *ret_data = args.data;
  *ret_length = args.length;
  return true;
}
