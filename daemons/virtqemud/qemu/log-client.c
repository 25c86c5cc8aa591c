/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/log-client.h"

#include <fcntl.h>
#include <string.h>

#include "daemon/peer.h"
#include "protocol/log.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/worker.h"

static DaemonPeer virtlogd = { "virtlogd", NULL, "keeps the logs of guests" };

static bool
call (unsigned int proc, const void *args, void *ret, int *ret_fd, GError **error)
{
  return daemon_peer_call (&virtlogd, &log_program, proc, args, ret, ret_fd, error);
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
