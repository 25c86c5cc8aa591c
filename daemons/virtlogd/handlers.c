/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers.h"

#include <string.h>

#include "guest-log.h"
#include "rpc/call.h"
#include "util/error.h"

/* Fails with VIR_ERR_INVALID_ARG if @flags has others than @known. */
static bool
check_flags (Call *call, unsigned int flags, unsigned int known, GError **error)
{
  if ((flags & ~known) == 0)
    return true;
  return fail (error, VIR_FROM_LOGGING, VIR_ERR_INVALID_ARG, "flags 0x%x are not known to %s",
               flags & ~known, rpc_proc_name (&log_program, call_proc (call)));
}

/* The one name of the file that @path means; NULL unless it is absolute. Caller frees. */
static char *
normal_path (const char *path, GError **error)
{
  if (path[0] != '/')
    return fail_errno_null (error, VIR_FROM_NONE, ENOENT, "log path '%s' is not absolute", path);
  return g_canonicalize_filename (path, "/");
}

static void
fill_position (LogLogFilePosition *position, LogPlace place)
{
  position->inode = place.inode;
  position->offset = place.offset;
}

static bool
domain_open_log_file (Call *call, const LogDomainOpenLogFileArgs *args, LogDomainOpenLogFileRet *ret,
                      GError **error)
{
  const unsigned int truncate = VIR_LOG_MANAGER_PROTOCOL_DOMAIN_OPEN_LOG_FILE_TRUNCATE;
  g_autofree char *path = NULL;
  LogOwner owner = { .driver = args->driver, .guest = args->dom.name };
  LogPlace place;
  int fd;

  if (!check_flags (call, args->flags, truncate, error) || (path = normal_path (args->path, error)) == NULL)
    return false;
  memcpy (owner.uuid, args->dom.uuid, sizeof owner.uuid);
  fd = guest_log_open (&owner, path, (args->flags & truncate) != 0, &place, error);
  if (fd < 0)
    return false;
  call_return_fd (call, fd);
  fill_position (&ret->pos, place);
  return true;
}

static bool
domain_get_log_file_position (Call *call, const LogDomainGetLogFilePositionArgs *args,
                              LogDomainGetLogFilePositionRet *ret, GError **error)
{
  g_autofree char *path = NULL;
  LogPlace place;

  if (!check_flags (call, args->flags, 0, error) || (path = normal_path (args->path, error)) == NULL
      || !guest_log_place (path, &place, error))
    return false;
  fill_position (&ret->pos, place);
  return true;
}

static bool
domain_read_log_file (Call *call, const LogDomainReadLogFileArgs *args, LogDomainReadLogFileRet *ret,
                      GError **error)
{
  const LogPlace from = { args->pos.inode, args->pos.offset };
  g_autofree char *path = NULL;
  size_t length;

  if (!check_flags (call, args->flags, 0, error) || (path = normal_path (args->path, error)) == NULL)
    return false;
  if (args->maxlen > VIR_LOG_MANAGER_PROTOCOL_STRING_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR,
                 "%" G_GUINT64_FORMAT " bytes of log '%s' are more than one reply carries (%d)",
                 args->maxlen, path, VIR_LOG_MANAGER_PROTOCOL_STRING_MAX);
  if (!guest_log_read (path, from, args->maxlen, &ret->data, &length, error))
    return false;
  /* The wire has strings only. */
  for (size_t i = 0; i < length; i++)
    if (ret->data[i] == '\0')
      ret->data[i] = ' ';
  return true;
}

static bool
domain_append_log_file (Call *call, const LogDomainAppendLogFileArgs *args, LogDomainAppendLogFileRet *ret,
                        GError **error)
{
  g_autofree char *path = NULL;

  if (!check_flags (call, args->flags, 0, error) || (path = normal_path (args->path, error)) == NULL)
    return false;
  ret->ret = 0;
  return guest_log_append (path, args->message, error);
}

const LogHandlers log_handlers = {
  .domain_open_log_file = domain_open_log_file,
  .domain_get_log_file_position = domain_get_log_file_position,
  .domain_read_log_file = domain_read_log_file,
  .domain_append_log_file = domain_append_log_file,
};
