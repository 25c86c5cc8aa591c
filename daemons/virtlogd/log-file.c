/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log-file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/error.h"

#define LOG_MODE 0600

LogFileHost log_file_host = { write, renameat };

struct LogFile
{
  char *path;
  const char *name;             /* the last component, within path */
  int dir, fd;                  /* fd is -1 until there was space to make it */
  LogPlace place;
};

/* ---- Opening ---- */

/* @path relative to @root, or NULL: it is not below it. */
static const char *
below (const char *root, const char *path)
{
  size_t length = strlen (root);

  while (length > 0 && root[length - 1] == '/')
    length--;
  if (strncmp (path, root, length) != 0 || path[length] != '/' || path[length + 1] == '\0')
    return NULL;
  return path + length + 1;
}

/* Opens the directory of @relative (below @root), component by component, so that no link
 * leads out. Returns -1 with errno. */
static int
walk (const char *root, const char *relative)
{
  g_auto (GStrv) names = g_strsplit (relative, "/", -1);
  fd_auto int dir = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);

  for (unsigned int i = 0; dir >= 0 && names[i + 1] != NULL; i++)
    {
      int next;

      if (names[i][0] == '\0')
        continue;
      next = openat (dir, names[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      fd_clear (&dir);
      dir = next;
    }
  return fd_steal (&dir);
}

static int
open_directory (const char *root, const char *path, GError **error)
{
  const char *relative = below (root, path);
  int dir;

  if (relative == NULL)
    {
      fail (error, VIR_FROM_LOGGING, VIR_ERR_OPERATION_DENIED,
            "log '%s' is not below '%s' (log_root in virtlogd.conf)", path, root);
      return -1;
    }
  dir = walk (root, relative);
  if (dir < 0)
    fail_errno (error, VIR_FROM_NONE, errno, "opening the directory of log '%s'", path);
  return dir;
}

static bool
space_is_missing (int errnum)
{
  return errnum == ENOSPC || errnum == EDQUOT;
}

/* Opens the file anew under its name. */
static bool
reopen (LogFile *file, GError **error)
{
  fd_auto int fd = openat (file->dir, file->name,
                           O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                           LOG_MODE);
  struct stat info;

  if (fd < 0 || fstat (fd, &info) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "opening log '%s'", file->path);
  if (!S_ISREG (info.st_mode))
    return fail_errno (error, VIR_FROM_NONE, EINVAL, "log '%s' is not a regular file", file->path);
  fd_clear (&file->fd);
  file->fd = fd_steal (&fd);
  file->place = (LogPlace) { info.st_ino, (uint64_t) info.st_size };
  return true;
}

LogFile *
log_file_open (const char *root, const char *path, GError **error)
{
  g_autoptr (LogFile) file = g_new0 (LogFile, 1);
  g_autoptr (GError) failure = NULL;

  file->fd = -1;
  file->path = g_strdup (path);
  file->dir = open_directory (root, path, error);
  if (file->dir < 0)
    return NULL;
  file->name = strrchr (file->path, '/') + 1;
  if (!reopen (file, &failure) && !space_is_missing (virt_error_detail (failure)->int1))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  return g_steal_pointer (&file);
}

void
log_file_free (LogFile *file)
{
  if (file == NULL)
    return;
  fd_clear (&file->fd);
  fd_clear (&file->dir);
  g_free (file->path);
  g_free (file);
}

LogPlace
log_file_place (const LogFile *file)
{
  return file->place;
}

/* ---- Writing ---- */

/* Makes sure that the open file is the one that has the name, and learns its size. */
static bool
refresh (LogFile *file, GError **error)
{
  struct stat info;

  if (file->fd < 0 || fstatat (file->dir, file->name, &info, AT_SYMLINK_NOFOLLOW) < 0
      || info.st_ino != file->place.inode)
    return reopen (file, error);
  file->place.offset = (uint64_t) info.st_size;
  return true;
}

bool
log_file_truncate (LogFile *file, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!refresh (file, &failure))
    {
      if (space_is_missing (virt_error_detail (failure)->int1))
        return true;            /* there is no file: nothing to empty */
      g_propagate_error (error, g_steal_pointer (&failure));
      return false;
    }
  if (ftruncate (file->fd, 0) < 0)
    return fail_errno (error, VIR_FROM_LOGGING, errno, "emptying log '%s'", file->path);
  file->place.offset = 0;
  return true;
}

static char *
backup_name (const char *name, unsigned int number)
{
  return g_strdup_printf ("%s.%u", name, number);
}

static bool
rotate (LogFile *file, unsigned int max_backups, GError **error)
{
  if (max_backups == 0)
    return log_file_truncate (file, error);
  for (unsigned int i = max_backups; i > 0; i--)
    {
      g_autofree char *from = i > 1 ? backup_name (file->name, i - 2) : g_strdup (file->name);
      g_autofree char *to = backup_name (file->name, i - 1);

      if (log_file_host.renameat (file->dir, from, file->dir, to) < 0 && errno != ENOENT)
        return fail_errno (error, VIR_FROM_LOGGING, errno, "renaming log '%s' to '%s'", from, to);
    }
  return reopen (file, error);
}

static void
mark_set (int mark_fd, LogPlace place, uint64_t length)
{
  LogMark mark = { place, length };

  /* A mark that cannot be kept costs the certainty after a crash, nothing else. */
  if (mark_fd >= 0 && pwrite (mark_fd, &mark, sizeof mark, 0) != sizeof mark)
    errno = 0;
}

void
log_mark_clear (int mark_fd)
{
  mark_set (mark_fd, (LogPlace) { 0, 0 }, 0);
}

ssize_t
log_file_write (LogFile *file, const LogLimits *limits, int mark_fd,
                const void *data, size_t length, GError **error)
{
  ssize_t written;

  if (!refresh (file, error))
    return -1;
  if (limits->max_size != 0 && file->place.offset >= limits->max_size
      && !rotate (file, limits->max_backups, error))
    return -1;
  if (limits->max_size != 0)
    length = MIN (length, limits->max_size - MIN (file->place.offset, limits->max_size - 1));
  mark_set (mark_fd, file->place, length);
  written = log_file_host.write (file->fd, data, length);
  if (written > 0)
    {
      file->place.offset += (uint64_t) written;
      return written;
    }
  fail_errno (error, VIR_FROM_LOGGING, written < 0 ? errno : ENOSPC, "writing log '%s'", file->path);
  log_mark_clear (mark_fd);
  return -1;
}

bool
log_file_append (LogFile *file, const LogLimits *limits, const char *text, size_t length, GError **error)
{
  while (length > 0)
    {
      ssize_t written = log_file_write (file, limits, -1, text, length, error);

      if (written < 0)
        return false;
      text += written;
      length -= (size_t) written;
    }
  return true;
}

/* ---- Reading ---- */

static int
open_for_reading (int dir, const char *name, uint64_t *ret_inode)
{
  fd_auto int fd = openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat info;

  if (fd < 0 || fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
    return -1;
  *ret_inode = info.st_ino;
  return fd_steal (&fd);
}

size_t
log_file_recover (LogFile *file, const LogMark *mark, const void *data, size_t length)
{
  size_t wanted = MIN (length, mark->length);
  g_autofree char *there = NULL;
  uint64_t inode;
  fd_auto int fd = open_for_reading (file->dir, file->name, &inode);
  ssize_t n;

  if (wanted == 0 || fd < 0 || inode != mark->place.inode)
    return 0;
  there = g_malloc (wanted);
  n = pread (fd, there, wanted, (off_t) mark->place.offset);
  return n > 0 && memcmp (there, data, (size_t) n) == 0 ? (size_t) n : 0;
}

/* Adds what @fd holds from @offset on, at most until @data has @max_bytes. */
static bool
read_part (int fd, uint64_t offset, size_t max_bytes, GByteArray *data, const char *name, GError **error)
{
  while (data->len < max_bytes)
    {
      unsigned int had = data->len, want = (unsigned int) MIN (max_bytes - had, 256 * 1024);
      ssize_t n;

      g_byte_array_set_size (data, had + want);
      n = pread (fd, data->data + had, want, (off_t) offset);
      g_byte_array_set_size (data, had + (n > 0 ? (unsigned int) n : 0));
      if (n < 0)
        return fail_errno (error, VIR_FROM_NONE, errno, "reading log '%s'", name);
      if (n == 0)
        return true;
      offset += (uint64_t) n;
    }
  return true;
}

bool
log_file_read (const char *root, const char *path, unsigned int max_backups, LogPlace from,
               size_t max_bytes, char **ret_data, size_t *ret_length, GError **error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  const char *name = strrchr (path, '/') + 1;
  fd_auto int dir = open_directory (root, path, error);
  bool found = false;

  if (dir < 0)
    return false;
  for (unsigned int i = max_backups + 1; i > 0 && data->len < max_bytes; i--)
    {
      g_autofree char *part = i > 1 ? backup_name (name, i - 2) : g_strdup (name);
      uint64_t inode, offset = found ? 0 : from.offset;
      fd_auto int fd = open_for_reading (dir, part, &inode);

      if (fd < 0 || (!found && inode != from.inode))
        continue;
      found = true;
      if (!read_part (fd, offset, max_bytes, data, part, error))
        return false;
    }
  if (!found && max_bytes > 0)
    return fail_errno (error, VIR_FROM_NONE, EBADF, "log '%s' has no file with inode %" G_GUINT64_FORMAT,
                       path, from.inode);
  *ret_length = data->len;
  g_byte_array_append (data, (const uint8_t *) "", 1);
  *ret_data = (char *) g_byte_array_free (g_steal_pointer (&data), false);
  return true;
}
