/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/state-file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/paths.h"
#include "util/worker.h"

/* What is being written has a hidden name that no definition can have and that
 * tells who writes it, so that what a dead process left is recognised. */
#define TEMPORARY_PREFIX ".new-"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

/* -- Steps, on whatever thread ---------------------------------------------------- */

static char *
temporary_name (const char *path)
{
  static unsigned int counter;
  g_autofree char *folder = g_path_get_dirname (path);

  return g_strdup_printf ("%s/" TEMPORARY_PREFIX "%d-%u", folder, getpid (),
                          __atomic_add_fetch (&counter, 1, __ATOMIC_RELAXED));
}

/* What lies below /run does not outlive the machine anyway: it has to survive its writer, not a
 * power cut. */
static bool
outlives_power (const char *path)
{
  g_autofree char *run = path_make (PATH_RUN, "%s", "");

  return !g_str_has_prefix (path, run);
}

/* Makes what happened to the names in @path's folder last. */
static bool
flush_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  fd_auto int fd = -1;

  if (!outlives_power (path))
    return true;
  fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open folder '%s'", folder);
  if (fsync (fd) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot flush folder '%s'", folder);
  return true;
}

static bool
write_all (int fd, const char *data, size_t length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);

      if (n < 0 && errno != EINTR)
        return false;
      if (n > 0)
        {
          data += n;
          length -= (size_t) n;
        }
    }
  return true;
}

static bool
write_temporary (const char *temporary, const StateStep *step, GError **error)
{
  fd_auto int fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, step->mode);

  if (fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot make a new file for '%s'", step->path);
  if (!write_all (fd, step->data, step->length) || fchmod (fd, step->mode) < 0
      || (outlives_power (step->path) && fsync (fd) < 0))
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot write the new file for '%s'", step->path);
  return true;
}

static bool
replace_by (const char *temporary, const char *path, GError **error)
{
  if (rename (temporary, path) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot replace '%s'", path);
  return true;
}

static bool
step_write (const StateStep *step, GError **error)
{
  g_autofree char *temporary = temporary_name (step->path);

  if (!write_temporary (temporary, step, error))
    {
      unlink (temporary);
      return false;
    }
  crash_point ("state-file:before-rename");
  if (!replace_by (temporary, step->path, error))
    {
      unlink (temporary);
      return false;
    }
  return flush_folder (step->path, error);
}

static bool
step_remove (const StateStep *step, GError **error)
{
  if (unlink (step->path) == 0)
    return flush_folder (step->path, error);
  if (errno == ENOENT)
    return true;
  return fail_errno (error, VIR_FROM_NONE, errno, "cannot remove '%s'", step->path);
}

static bool
step_link (const StateStep *step, GError **error)
{
  g_autofree char *temporary = temporary_name (step->path);
  g_autofree char *folder = g_path_get_dirname (step->path);

  if (!state_dir_make_now (folder, 0700, error))
    return false;
  if (symlink (step->target, temporary) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot make a new link for '%s'", step->path);
  if (!replace_by (temporary, step->path, error))
    {
      unlink (temporary);
      return false;
    }
  return flush_folder (step->path, error);
}

static bool
step_rename (const StateStep *step, GError **error)
{
  g_autofree char *from_folder = g_path_get_dirname (step->path);
  g_autofree char *to_folder = g_path_get_dirname (step->target);

  if (rename (step->path, step->target) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot rename '%s' to '%s'", step->path, step->target);
  return flush_folder (step->target, error)
         && (strcmp (from_folder, to_folder) == 0 || flush_folder (step->path, error));
}

/* What to say of a folder that could not be made because something is there. */
static bool
accept_existing (const char *path, GError **error)
{
  struct stat info;

  if (stat (path, &info) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot look at '%s'", path);
  if (!S_ISDIR (info.st_mode))
    return fail_errno (error, VIR_FROM_NONE, ENOTDIR, "cannot make folder '%s'", path);
  return true;
}

static bool
step_mkdir (const StateStep *step, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (step->path);
  int made = mkdir (step->path, step->mode);

  if (made < 0 && errno == ENOENT && strcmp (parent, step->path) != 0)
    {
      if (!state_dir_make_now (parent, step->mode, error))
        return false;
      made = mkdir (step->path, step->mode);
    }
  if (made < 0 && errno == EEXIST)
    return accept_existing (step->path, error);
  if (made < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot make folder '%s'", step->path);
  if (chmod (step->path, step->mode) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot set the mode of folder '%s'", step->path);
  return flush_folder (step->path, error);
}

static bool (*const step_functions[]) (const StateStep *, GError **) = {
  [STATE_WRITE] = step_write,
  [STATE_REMOVE] = step_remove,
  [STATE_LINK] = step_link,
  [STATE_RENAME] = step_rename,
  [STATE_MKDIR] = step_mkdir,
};

bool
state_apply_now (const StateStep *steps, unsigned int n_steps, GError **error)
{
  for (unsigned int i = 0; i < n_steps; i++)
    {
      if (!step_functions[steps[i].op](&steps[i], error))
        return false;
      crash_point ("state-file:step");
    }
  return true;
}

/* -- The same, awaited --------------------------------------------------------------- */

typedef struct
{
  const StateStep *steps;
  unsigned int n_steps;
} ApplyWork;

static bool
apply_worker (void *args, GError **error)
{
  const ApplyWork *work = args;

  return state_apply_now (work->steps, work->n_steps, error);
}

bool
state_apply (const StateStep *steps, unsigned int n_steps, GError **error)
{
  ApplyWork work = { steps, n_steps };

  return worker_run ("state files", apply_worker, &work, error);
}

/* The awaiting and the blocking form of one step. */
#define STEP_FUNCTIONS(name_, parameters_, ...)                                    \
  bool                                                                             \
  name_ parameters_                                                                \
  {                                                                                \
    StateStep step = { __VA_ARGS__ };                                              \
    return state_apply (&step, 1, error);                                          \
  }                                                                                \
                                                                                   \
  bool                                                                             \
  name_##_now parameters_                                                          \
  {                                                                                \
    StateStep step = { __VA_ARGS__ };                                              \
    return state_apply_now (&step, 1, error);                                      \
  }

STEP_FUNCTIONS (state_file_write,
                (const char *path, const char *data, size_t length, mode_t mode, GError **error),
                .op = STATE_WRITE, .path = path, .data = data, .length = length, .mode = mode)
STEP_FUNCTIONS (state_file_remove, (const char *path, GError **error), .op = STATE_REMOVE, .path = path)
STEP_FUNCTIONS (state_file_link, (const char *target, const char *path, GError **error),
                .op = STATE_LINK, .path = path, .target = target)
STEP_FUNCTIONS (state_file_rename, (const char *from, const char *to, GError **error),
                .op = STATE_RENAME, .path = from, .target = to)
STEP_FUNCTIONS (state_dir_make, (const char *path, mode_t mode, GError **error),
                .op = STATE_MKDIR, .path = path, .mode = mode)

/* -- Reading ------------------------------------------------------------------------- */

static bool
read_all (int fd, char *data, size_t room, size_t *ret_length)
{
  size_t length = 0;

  while (length < room)
    {
      ssize_t n = read (fd, data + length, room - length);

      if (n == 0)
        break;
      if (n < 0 && errno != EINTR)
        return false;
      if (n > 0)
        length += (size_t) n;
      /* A read cut short is the end of a regular file: saves the call that says so. */
      if (n > 0 && length < room)
        break;
    }
  *ret_length = length;
  return true;
}

/* @shown is what errors call the file. */
static bool
read_at (int folder, const char *name, const char *shown, size_t limit,
         char **ret_data, size_t *ret_length, GError **error)
{
  fd_auto int fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autofree char *data = NULL;
  struct stat info;
  size_t length;

  if (fd < 0 || fstat (fd, &info) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open '%s'", shown);
  if (!S_ISREG (info.st_mode))
    return fail_errno (error, VIR_FROM_NONE, S_ISDIR (info.st_mode) ? EISDIR : EINVAL,
                       "cannot read '%s', which is no regular file", shown);
  if (info.st_size < 0 || (uint64_t) info.st_size > limit)
    return fail_errno (error, VIR_FROM_NONE, EFBIG, "cannot read '%s', which is larger than %zu bytes",
                       shown, limit);
  data = g_malloc ((gsize) info.st_size + 2);
  /* One byte more than there should be shows a file that grew. */
  if (!read_all (fd, data, (size_t) info.st_size + 1, &length))
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot read '%s'", shown);
  if (length > (size_t) info.st_size)
    return fail_errno (error, VIR_FROM_NONE, EAGAIN, "cannot read '%s', which is growing", shown);
  data[length] = '\0';
  *ret_data = g_steal_pointer (&data);
  if (ret_length != NULL)
    *ret_length = length;
  return true;
}

bool
state_file_read_now (const char *path, size_t limit, char **ret_data, size_t *ret_length, GError **error)
{
  return read_at (AT_FDCWD, path, path, limit, ret_data, ret_length, error);
}

bool
state_error_is_missing (const GError *error)
{
  return virt_error_is (error, VIR_ERR_SYSTEM_ERROR) && virt_error_detail (error)->int1 == ENOENT;
}

/* Removes @name if it is a leftover: the process that wrote it is no more. */
static void
remove_leftover (int folder, const char *name)
{
  int pid;
  unsigned int number;

  if (sscanf (name, TEMPORARY_PREFIX "%d-%u", &pid, &number) == 2
      && pid > 0 && kill (pid, 0) < 0 && errno == ESRCH)
    unlinkat (folder, name, 0);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names, and the open folder if it is there. */
static bool
list_folder (const char *path, const char *suffix, DIR **ret_dir, char ***ret_names, GError **error)
{
  g_autoptr (DIR) dir = opendir (path);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const struct dirent *item = NULL;

  if (dir == NULL && errno != ENOENT)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open folder '%s'", path);
  for (;;)
    {
      errno = 0;
      item = dir != NULL ? readdir (dir) : NULL;
      if (item == NULL)
        break;
      if (item->d_name[0] == '.')
        remove_leftover (dirfd (dir), item->d_name);
      else if (suffix == NULL || g_str_has_suffix (item->d_name, suffix))
        g_ptr_array_add (names, g_strdup (item->d_name));
    }
  if (errno != 0 && dir != NULL)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot list folder '%s'", path);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  *ret_names = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  *ret_dir = g_steal_pointer (&dir);
  return true;
}

bool
state_dir_list_now (const char *path, const char *suffix, char ***ret_names, GError **error)
{
  g_autoptr (DIR) dir = NULL;

  return list_folder (path, suffix, &dir, ret_names, error);
}

static void
state_file_free (StateFile *file)
{
  g_free (file->name);
  g_free (file->data);
  g_clear_error (&file->error);
  g_free (file);
}

bool
state_dir_load_now (const char *path, const char *suffix, size_t limit, GPtrArray **ret_files, GError **error)
{
  g_autoptr (DIR) dir = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) state_file_free);

  if (!list_folder (path, suffix, &dir, &names, error))
    return false;
  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *shown = g_build_filename (path, *name, NULL);
      StateFile *file = g_new0 (StateFile, 1);

      file->name = g_strdup (*name);
      if (read_at (dirfd (dir), *name, shown, limit, &file->data, &file->length, &file->error)
          || !(virt_error_detail (file->error)->int1 == EISDIR || state_error_is_missing (file->error)))
        g_ptr_array_add (files, file);
      else
        state_file_free (file);     /* a folder, or gone meanwhile */
    }
  *ret_files = g_steal_pointer (&files);
  return true;
}

typedef struct
{
  const char *path, *suffix;
  size_t limit;
  char **data;
  size_t *length;
  char ***names;
  GPtrArray **files;
} ReadWork;

static bool
read_worker (void *args, GError **error)
{
  const ReadWork *work = args;

  if (work->names != NULL)
    return state_dir_list_now (work->path, work->suffix, work->names, error);
  if (work->files != NULL)
    return state_dir_load_now (work->path, work->suffix, work->limit, work->files, error);
  return state_file_read_now (work->path, work->limit, work->data, work->length, error);
}

bool
state_file_read (const char *path, size_t limit, char **ret_data, size_t *ret_length, GError **error)
{
  ReadWork work = { .path = path, .limit = limit, .data = ret_data, .length = ret_length };

  return worker_run ("reading a file", read_worker, &work, error);
}

bool
state_dir_list (const char *path, const char *suffix, char ***ret_names, GError **error)
{
  ReadWork work = { .path = path, .suffix = suffix, .names = ret_names };

  return worker_run ("listing a folder", read_worker, &work, error);
}

bool
state_dir_load (const char *path, const char *suffix, size_t limit, GPtrArray **ret_files, GError **error)
{
  ReadWork work = { .path = path, .suffix = suffix, .limit = limit, .files = ret_files };

  return worker_run ("loading a folder", read_worker, &work, error);
}
