/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "util/cleanup.h"
#include "util/log.h"
#include "util/worker.h"

#define LOG_CATEGORY "virtlogd.sweep"

typedef struct
{
  const char *root;
  time_t oldest;
  GHashTable *in_use;           /* paths; the names of backups are not in it */
} Sweep;

/* The length of @name up to the end of ".log" if it is NAME.log or NAME.log.N, else 0. */
static size_t
log_name_length (const char *name)
{
  const char *end = g_strrstr (name, ".log");
  const char *rest = end != NULL ? end + strlen (".log") : NULL;

  if (end == NULL || end == name)
    return 0;
  if (rest[0] == '.' && rest[1] != '\0')
    rest += 1 + strspn (rest + 1, "0123456789");
  return *rest == '\0' ? (size_t) (end - name) + strlen (".log") : 0;
}

static bool
is_in_use (const Sweep *sweep, const char *directory, const char *name, size_t length)
{
  g_autofree char *path = g_strdup_printf ("%s/%.*s", directory, (int) length, name);

  return name[length] == '\0' && g_hash_table_contains (sweep->in_use, path);
}

static DIR *
open_dir (int parent, const char *name)
{
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;

  if (dir == NULL && fd >= 0)
    close (fd);
  return dir;
}

static void
sweep_dir (const Sweep *sweep, DIR *dir, const char *path, bool with_subdirs)
{
  const struct dirent *entry;

  while ((entry = readdir (dir)) != NULL)
    {
      size_t length = log_name_length (entry->d_name);
      struct stat info;

      if (entry->d_name[0] == '.' || fstatat (dirfd (dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        continue;
      if (with_subdirs && S_ISDIR (info.st_mode))
        {
          g_autofree char *below = g_build_filename (path, entry->d_name, NULL);
          DIR *subdir = open_dir (dirfd (dir), entry->d_name);

          if (subdir != NULL)
            {
              sweep_dir (sweep, subdir, below, false);
              closedir (subdir);
            }
        }
      else if (length > 0 && S_ISREG (info.st_mode) && info.st_mtime < sweep->oldest
               && !is_in_use (sweep, path, entry->d_name, length)
               && unlinkat (dirfd (dir), entry->d_name, 0) < 0)
        log_warning ("old log '%s/%s' cannot be removed: %s", path, entry->d_name, g_strerror (errno));
    }
}

static bool
sweep_all (void *data, GError **error)
{
  const Sweep *sweep = data;
  DIR *dir = opendir (sweep->root);

  if (dir == NULL)
    return true;
  sweep_dir (sweep, dir, sweep->root, true);
  closedir (dir);
  return true;
}

void
sweep_logs (const char *root, unsigned int max_age_days, GPtrArray *in_use)
{
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *directory = g_canonicalize_filename (root, "/");
  Sweep sweep = {
    .root = directory, .oldest = time (NULL) - (time_t) max_age_days * 24 * 60 * 60, .in_use = paths,
  };

  for (unsigned int i = 0; i < in_use->len; i++)
    g_hash_table_add (paths, g_strdup (in_use->pdata[i]));
  worker_run ("remove old logs", sweep_all, &sweep, NULL);
}
