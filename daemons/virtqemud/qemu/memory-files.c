/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/memory-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "args/args.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.memory"
#define NOTE "memory-folders"
#define NOTE_LIMIT (64u << 10)

/* --- huge pages ------------------------------------------------------------------------- */

static void
hugepages_clear (void *data)
{
  g_free (((QemuHugepages *) data)->mount);
}

GArray *
qemu_hugepages_new (void)
{
  GArray *list = g_array_new (FALSE, TRUE, sizeof (QemuHugepages));

  g_array_set_clear_func (list, hugepages_clear);
  return list;
}

/* KiB; 0: the kernel does not say. */
static uint64_t
default_page_size (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    return 0;
  line = strstr (text, "\nHugepagesize:");
  return line != NULL ? g_ascii_strtoull (line + strlen ("\nHugepagesize:"), NULL, 10) : 0;
}

/* False: @mount is no hugetlbfs. */
static bool
add_mount (GArray *list, const char *mount, uint64_t preferred)
{
  QemuHugepages pages = { 0 };
  struct statfs fs;

  if (statfs (mount, &fs) < 0 || fs.f_type != HUGETLBFS_MAGIC)
    return false;
  pages.mount = g_strdup (mount);
  pages.size = (uint64_t) fs.f_bsize / 1024;
  pages.is_default = pages.size == preferred;
  g_array_append_val (list, pages);
  return true;
}

static void
add_mounted (GArray *list, uint64_t preferred)
{
  FILE *file = setmntent ("/proc/mounts", "r");
  const struct mntent *entry;

  while (file != NULL && (entry = getmntent (file)) != NULL)
    if (strcmp (entry->mnt_type, "hugetlbfs") == 0)
      add_mount (list, entry->mnt_dir, preferred);
  if (file != NULL)
    endmntent (file);
}

typedef struct
{
  const QemuConfig *config;
  GArray *list;
} ListWork;

static bool
list_work (void *args, GError **error)
{
  const ListWork *work = args;
  char **named = work->config->hugetlbfs_mount;
  uint64_t preferred = default_page_size ();

  if (named == NULL)
    add_mounted (work->list, preferred);
  for (unsigned int i = 0; named != NULL && named[i] != NULL; i++)
    if (*named[i] != '\0' && !add_mount (work->list, named[i], preferred))
      return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                   "qemu.conf: hugetlbfs_mount: no hugetlbfs is mounted at '%s'", named[i]);
  return true;
}

GArray *
qemu_hugepages_list (const QemuConfig *config, GError **error)
{
  g_autoptr (GArray) list = qemu_hugepages_new ();
  ListWork work = { config, list };

  return worker_run ("look for huge pages", list_work, &work, error) ? g_steal_pointer (&list) : NULL;
}

/* --- folders ------------------------------------------------------------------------------ */

char *
qemu_hugepages_folder (const QemuHugepages *pages, int id, const char *name)
{
  g_autofree char *guest = qemu_short_name (id, name);

  return g_build_filename (pages->mount, "libvirt", "qemu", guest, NULL);
}

/* A folder of other things, as one of the configuration may be, gets one of ours. */
char *
qemu_memory_folder (const QemuConfig *config, int id, const char *name)
{
  g_autofree char *guest = qemu_short_name (id, name);
  g_autofree char *usual = path_driver (PATH_LIB, "qemu", "ram");

  if (g_str_equal (config->memory_backing_dir, usual))
    return g_build_filename (usual, guest, NULL);
  return g_build_filename (config->memory_backing_dir, "libvirt", "qemu", guest, NULL);
}

typedef struct
{
  const char *home;
  char **folders;
  uid_t uid;
  gid_t gid;
} FolderWork;

static bool
make_folder (const FolderWork *work, const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (!state_dir_make_now (parent, 0751, error))
    return false;
  if ((mkdir (path, 0700) < 0 && errno != EEXIST) || (work->uid != (uid_t) -1 && chown (path, work->uid, work->gid) < 0))
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make folder '%s'", path);
  return true;
}

static bool
make_work (void *args, GError **error)
{
  const FolderWork *work = args;
  g_autofree char *note = g_build_filename (work->home, NOTE, NULL);
  g_autofree char *text = g_strjoinv ("\n", work->folders);

  if (!state_file_write_now (note, text, strlen (text), 0600, error))
    return false;
  for (unsigned int i = 0; work->folders[i] != NULL; i++)
    if (!make_folder (work, work->folders[i], error))
      return false;
  return true;
}

bool
qemu_memory_folders_make (const char *home, char **folders, uid_t uid, gid_t gid, GError **error)
{
  FolderWork work = { home, folders, uid, gid };

  return folders[0] == NULL || worker_run ("make folders for memory", make_work, &work, error);
}

/* What is in it are files only; QEMU leaves them where it was killed. */
static void
remove_folder (const char *path)
{
  DIR *dir = opendir (path);
  const struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      unlinkat (dirfd (dir), entry->d_name, 0);
  if (dir != NULL)
    closedir (dir);
  if (rmdir (path) < 0 && errno != ENOENT)
    log_warning ("cannot remove '%s': %s", path, g_strerror (errno));
}

void
qemu_memory_folders_remove_now (const char *home)
{
  g_autofree char *note = g_build_filename (home, NOTE, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) folders = NULL;
  size_t length;

  if (!state_file_read_now (note, NOTE_LIMIT, &text, &length, NULL))
    return;
  folders = g_strsplit (text, "\n", -1);
  for (unsigned int i = 0; folders[i] != NULL; i++)
    remove_folder (folders[i]);
}
