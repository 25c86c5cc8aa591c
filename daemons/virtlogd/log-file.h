/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log-file.h: a log and its rotated backups on disk.
 *
 * NAME is written until it holds max_size bytes, then becomes NAME.0, what was
 * NAME.0 becomes NAME.1 and so on; the oldest of max_backups is replaced. A file that somebody
 * else moved, removed or cut meanwhile is noticed before each write.
 *
 * Everything here blocks: it is called on workers, one caller a LogFile at a time. A path is
 * opened below a root directory only, and none of its components below it may be a
 * symbolic link. Failures are VIR_ERR_SYSTEM_ERROR of VIR_FROM_LOGGING unless said otherwise,
 * name the path and carry errno as int1. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct
{
  uint64_t max_size;            /* bytes; 0: never rotate */
  unsigned int max_backups;
} LogLimits;

/* A place: the file's inode and bytes into it. */
typedef struct
{
  uint64_t inode;
  uint64_t offset;
} LogPlace;

typedef struct LogFile LogFile;

/* Opens @path, absolute and below @root, mode 0600 if it is made now. Where only space is
 * missing to make it, the LogFile is returned all the same and later writes try again.
 * The directories must exist: errors about them are of VIR_FROM_NONE. */
LogFile *log_file_open (const char *root, const char *path, GError **error);
void log_file_free (LogFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogFile, log_file_free)

/* Where the next byte goes, as of the last operation; inode 0: there is no file. */
LogPlace log_file_place (const LogFile *file);

/* Empties the file; backups stay. */
bool log_file_truncate (LogFile *file, GError **error);

/* A note of the write that is under way, kept where a crash of the process leaves it:
 * recovery can tell how much of it reached the file. */
typedef struct
{
  LogPlace place;
  uint64_t length;              /* 0: none is under way */
} LogMark;

/* Writes as many of the @length bytes as fit before the next rotation, rotating first if the
 * file is full. If @mark_fd is not negative, the LogMark is kept in that file: set
 * before the write; the caller clears it with log_mark_clear. Returns how many
 * bytes were written, at least 1; -1 on failure. */
ssize_t log_file_write (LogFile *file, const LogLimits *limits, int mark_fd,
                        const void *data, size_t length, GError **error);
/* The whole text, over rotations as needed. */
bool log_file_append (LogFile *file, const LogLimits *limits, const char *text, size_t length,
                      GError **error);

void log_mark_clear (int mark_fd);

/* How many of the bytes that start with @data (@length of them) were written by the
 * interrupted write that @mark describes: 0 if none or if they differ. */
size_t log_file_recover (LogFile *file, const LogMark *mark, const void *data, size_t length);

/* Reads at most @max_bytes from @from on, through backups up to the present file, into
 * @ret_data (NUL-terminated; caller frees) and @ret_length. Fails with
 * VIR_FROM_NONE if no file has that inode. */
bool log_file_read (const char *root, const char *path, unsigned int max_backups, LogPlace from,
                    size_t max_bytes, char **ret_data, size_t *ret_length, GError **error);

/* The system calls whose failure a test wants to see. */
typedef struct
{
  ssize_t (*write) (int fd, const void *data, size_t length);
  int (*renameat) (int old_dir, const char *old_name, int new_dir, const char *new_name);
} LogFileHost;
extern LogFileHost log_file_host;
