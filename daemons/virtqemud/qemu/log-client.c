/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/log-client.h"

#include <fcntl.h>
#include <string.h>

#include "protocol/log.h"
#include "rpc/client.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/paths.h"
#include "util/worker.h"

/* virtlogd may wait for a slow disk, for so long at most. */
#define CALL_TIMEOUT_MS 30000
#define IDLE_US (5 * G_USEC_PER_SEC)

/* ---- The connection ---- */

typedef struct
{
  RpcClient *client;
  unsigned int calls;           /* under way on it */
} LogLink;

/* What new calls use; a broken one is replaced and goes with the last of its calls. */
static LogLink *current;
static Job connecting;
static sd_event_source *idle_timer;

static void
drop_if_unused (LogLink *link)
{
  if (link->calls > 0)
    return;
  rpc_client_free (link->client);
  g_free (link);
}

static void
drop_current (void)
{
  LogLink *link = g_steal_pointer (&current);

  if (link != NULL)
    drop_if_unused (link);
}

static int
link_is_idle (sd_event_source *source, uint64_t now, void *data)
{
  if (current != NULL && current->calls == 0)
    drop_current ();
  return 0;
}

/* Starts the count of idle time anew. */
static void
watch_idle (void)
{
  if (idle_timer == NULL
      && sd_event_add_time_relative (loop_event (), &idle_timer, CLOCK_MONOTONIC, IDLE_US, 0, link_is_idle, NULL) >= 0)
    sd_event_source_set_description (idle_timer, "idle connection to virtlogd");
  if (idle_timer != NULL)
    {
      sd_event_source_set_time_relative (idle_timer, IDLE_US);
      sd_event_source_set_enabled (idle_timer, SD_EVENT_ONESHOT);
    }
}

/* The connection, with one more call on it; NULL if it cannot be made. Awaits. */
static LogLink *
link_begin (bool *ret_is_new, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *path = path_make (PATH_RUN, "virtlogd-sock");
  RpcClient *client;

  if (!job_guard (&guard, &connecting, "connect", "the connection to virtlogd", FOREVER, error))
    return NULL;
  if (current != NULL && !rpc_client_is_open (current->client))
    drop_current ();
  *ret_is_new = current == NULL;
  if (current == NULL)
    {
      client = rpc_client_connect (path, error);
      if (client == NULL)
        {
          g_prefix_error (error, "virtlogd (virtlogd.socket) keeps the logs of guests and cannot be reached: ");
          return NULL;
        }
      rpc_client_set_timeout (client, CALL_TIMEOUT_MS);
      current = g_new0 (LogLink, 1);
      current->client = client;
    }
  current->calls++;
  return current;
}

static void
link_end (LogLink *link)
{
  link->calls--;
  if (link != current)
    drop_if_unused (link);
  watch_idle ();
}

/* A call to virtlogd; @ret_fd (may be NULL) gets the descriptor that came with the reply or -1.
 * Sets *@ret_broken if the connection was an old one and turned out to be broken. Awaits. */
static bool
call_once (unsigned int proc, const void *args, void *ret, int *ret_fd, bool *ret_broken, GError **error)
{
  unsigned int n_fds = 0;
  bool is_new, done;
  LogLink *link = link_begin (&is_new, error);

  if (link == NULL)
    return false;
  done = rpc_client_call_fds (link->client, &log_program, proc, args, NULL, 0, ret,
                              ret_fd, ret_fd != NULL ? 1 : 0, &n_fds, error);
  if (!done)
    *ret_broken = !is_new && !rpc_client_is_open (link->client);
  link_end (link);
  if (done && ret_fd != NULL && n_fds == 0)
    *ret_fd = -1;
  return done;
}

static bool
call (unsigned int proc, const void *args, void *ret, int *ret_fd, GError **error)
{
  g_autoptr (GError) failure = NULL;
  bool broken = false;

  if (call_once (proc, args, ret, ret_fd, &broken, &failure))
    return true;
  if (broken)
    return call_once (proc, args, ret, ret_fd, &broken, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

/* ---- Calls ---- */

static void
fill_domain (LogDomain *domain, const char *guest, const uint8_t *uuid)
{
  domain->name = (char *) guest;
  if (uuid != NULL)
    memcpy (domain->uuid, uuid, sizeof domain->uuid);
}

int
log_client_open (const char *driver, const char *guest, const uint8_t *uuid,
                 const char *path, bool truncate, LogPosition *ret_position, GError **error)
{
  LogDomainOpenLogFileArgs args = {
    .driver = (char *) driver, .path = (char *) path,
    .flags = truncate ? VIR_LOG_MANAGER_PROTOCOL_DOMAIN_OPEN_LOG_FILE_TRUNCATE : 0,
  };
  LogDomainOpenLogFileRet ret = { 0 };
  int fd = -1;

  fill_domain (&args.dom, guest, uuid);
  if (!call (LOG_PROC_DOMAIN_OPEN_LOG_FILE, &args, &ret, &fd, error))
    return -1;
  if (fd < 0)
    {
      fail (error, VIR_FROM_LOGGING, VIR_ERR_RPC, "virtlogd opened log '%s' but sent no descriptor", path);
      return -1;
    }
  if (ret_position != NULL)
    *ret_position = (LogPosition) { ret.pos.inode, ret.pos.offset };
  return fd;
}

bool
log_client_append (const char *driver, const char *guest, const uint8_t *uuid,
                   const char *path, const char *message, GError **error)
{
  LogDomainAppendLogFileArgs args = {
    .driver = (char *) driver, .path = (char *) path, .message = (char *) message,
  };
  LogDomainAppendLogFileRet ret = { 0 };

  fill_domain (&args.dom, guest, uuid);
  return call (LOG_PROC_DOMAIN_APPEND_LOG_FILE, &args, &ret, NULL, error);
}

bool
log_client_position (const char *path, LogPosition *ret_position, GError **error)
{
  LogDomainGetLogFilePositionArgs args = { .path = (char *) path };
  LogDomainGetLogFilePositionRet ret = { 0 };

  if (!call (LOG_PROC_DOMAIN_GET_LOG_FILE_POSITION, &args, &ret, NULL, error))
    return false;
  *ret_position = (LogPosition) { ret.pos.inode, ret.pos.offset };
  return true;
}

bool
log_client_read (const char *path, const LogPosition *from, size_t max_bytes, char **ret_text,
                 GError **error)
{
  LogDomainReadLogFileArgs args = {
    .path = (char *) path, .pos = { from->inode, from->offset }, .maxlen = max_bytes,
  };
  LogDomainReadLogFileRet ret = { 0 };

  if (!call (LOG_PROC_DOMAIN_READ_LOG_FILE, &args, &ret, NULL, error))
    return false;
  *ret_text = ret.data;
  return true;
}

/* ---- Without virtlogd ---- */

typedef struct
{
  const char *path, *message;   /* message: NULL to open only */
  bool truncate;
  int fd;
} FileArgs;

static bool
write_all (int fd, const char *text)
{
  size_t length = strlen (text);

  while (length > 0)
    {
      ssize_t n = write (fd, text, length);

      if (n <= 0)
        return false;
      text += n;
      length -= (size_t) n;
    }
  return true;
}

static bool
open_file (void *data, GError **error)
{
  FileArgs *args = data;
  fd_auto int fd = open (args->path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC
                                       | (args->truncate ? O_TRUNC : 0), 0600);

  if (fd < 0)
    return fail_errno (error, VIR_FROM_LOGGING, errno, "opening log '%s'", args->path);
  if (args->message != NULL && !write_all (fd, args->message))
    return fail_errno (error, VIR_FROM_LOGGING, errno, "writing log '%s'", args->path);
  args->fd = fd_steal (&fd);
  return true;
}

int
log_file_open (const char *path, bool truncate, GError **error)
{
  FileArgs args = { .path = path, .truncate = truncate, .fd = -1 };

  return worker_run ("open a log", open_file, &args, error) ? args.fd : -1;
}

bool
log_file_append (const char *path, const char *message, GError **error)
{
  FileArgs args = { .path = path, .message = message, .fd = -1 };
  bool done = worker_run ("append to a log", open_file, &args, error);

  fd_clear (&args.fd);
  return done;
}
