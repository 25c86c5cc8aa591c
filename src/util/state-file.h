/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state-file.h: files that must be whole after any crash.
 *
 * A file is written beside its place under a name of its own (".new-PID-N"), flushed,
 * renamed over it, and the folder flushed: when a function returned true, the change survives a power
 * cut; when it returned false or never, the old state is there, or the new one, whole.
 * Functions that end in _now block: for workers and for start-up. The others
 * await a worker that does the same.
 * Failures are VIR_ERR_SYSTEM_ERROR with errno in int1, naming the path. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Replaces the file at @path. The folder must exist. @mode is exact (no umask). Awaits. */
bool state_file_write (const char *path, const char *data, size_t length, mode_t mode, GError **error);
bool state_file_write_now (const char *path, const char *data, size_t length, mode_t mode, GError **error);

/* Removes a file or link; one that is not there is fine. Awaits. */
bool state_file_remove (const char *path, GError **error);
bool state_file_remove_now (const char *path, GError **error);

/* Makes or replaces the symbolic link @path → @target. The link's folder is made if
 * needed (mode 0700). Awaits. */
bool state_file_link (const char *target, const char *path, GError **error);
bool state_file_link_now (const char *target, const char *path, GError **error);

/* Moves a file within its file system, replacing what is at @to. Awaits. */
bool state_file_rename (const char *from, const char *to, GError **error);
bool state_file_rename_now (const char *from, const char *to, GError **error);

/* Several of the above in one go, in order, by one hop to a worker; stops at the
 * first failure. What was done before it stays done. */
typedef enum
{
  STATE_WRITE,        /* path, data, length, mode */
  STATE_REMOVE,       /* path */
  STATE_LINK,         /* path, target */
  STATE_RENAME,       /* path (from), target (to) */
  STATE_MKDIR,        /* path, mode: with missing parents */
} StateOp;
typedef struct
{
  StateOp op;
  const char *path;
  const char *target;
  const char *data;
  size_t length;
  mode_t mode;
} StateStep;
/* The steps' strings must stay valid until it returns. Awaits. */
bool state_apply (const StateStep *steps, unsigned int n_steps, GError **error);
bool state_apply_now (const StateStep *steps, unsigned int n_steps, GError **error);

/* Makes a folder and its missing parents, all with @mode (exact). One that exists
 * is left as it is. Awaits. */
bool state_dir_make (const char *path, mode_t mode, GError **error);
bool state_dir_make_now (const char *path, mode_t mode, GError **error);

/* Reads a regular file (links are followed) of at most @limit bytes; a larger one is
 * an error with EFBIG, another kind with EINVAL. @ret_data gets a NUL after its
 * end; caller frees. @ret_length may be NULL. Awaits. */
bool state_file_read (const char *path, size_t limit, char **ret_data, size_t *ret_length, GError **error);
bool state_file_read_now (const char *path, size_t limit, char **ret_data, size_t *ret_length, GError **error);

/* True if @error says that a file or folder does not exist (ENOENT). */
bool state_error_is_missing (const GError *error);

/* The names in a folder that end in @suffix (NULL: all), sorted; without the hidden
 * ones. Leftovers of interrupted writes are removed. A missing folder is
 * empty. Caller frees with g_strfreev. Awaits. */
bool state_dir_list (const char *path, const char *suffix, char ***ret_names, GError **error);
bool state_dir_list_now (const char *path, const char *suffix, char ***ret_names, GError **error);

/* A file of a folder. A file that could not be read has data NULL and error set. */
typedef struct
{
  char *name;         /* without the folder */
  char *data;
  size_t length;
  GError *error;
} StateFile;

/* Reads all regular files of a folder that state_dir_list would name, of at most
 * @limit bytes each: an array of StateFile, in the order of names, that frees its
 * elements. Awaits. */
bool state_dir_load (const char *path, const char *suffix, size_t limit, GPtrArray **ret_files, GError **error);
bool state_dir_load_now (const char *path, const char *suffix, size_t limit, GPtrArray **ret_files, GError **error);
