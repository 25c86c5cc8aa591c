/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"

#define LOG_CATEGORY "security.namespace"
#define DEV "/dev/"

static void
mount_clear (void *data)
{
  ProcessMount *mount = data;

  fd_clear (&mount->fd);
  g_free ((char *) mount->path);
}

void
security_namespace_clear (SecurityNamespace *space)
{
  g_clear_pointer (&space->mounts, g_array_unref);
}

static void
add_mount (SecurityNamespace *space, int *fd, const char *path)
{
  ProcessMount mount = { .fd = fd_steal (fd), .path = g_strdup (path) };

  g_array_append_val (space->mounts, mount);
}

/* --- whether it can be -------------------------------------------------------------------------- */

/* A thread of its own tries: only the thread leaves the namespace, and it ends here. */
static void *
try_unshare (void *data)
{
  int *errnum = data;

  *errnum = unshare (CLONE_NEWNS) < 0 ? errno : 0;
  return NULL;
}

static bool
can_unshare (GError **error)
{
  static int known;
  pthread_t thread;
  int errnum;

  if (__atomic_load_n (&known, __ATOMIC_RELAXED) != 0)
    return true;
  errnum = pthread_create (&thread, NULL, try_unshare, &errnum);
  if (errnum == 0)
    pthread_join (thread, NULL);
  if (errnum == 0)
    __atomic_store_n (&known, 1, __ATOMIC_RELAXED);
  return errnum == 0 || fail_errno (error, VIR_FROM_SECURITY, errnum, "this host does not let guests have mount namespaces");
}

/* --- nodes ----------------------------------------------------------------------------------------- */

/* The folders on the way to @path, below @dev. */
static bool
make_folders (int dev, const char *path, GError **error)
{
  g_autofree char *copy = g_strdup (path);

  for (char *slash = strchr (copy, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      if (mkdirat (dev, copy, 0755) < 0 && errno != EEXIST)
        return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot make '" DEV "%s' for a guest", copy);
      *slash = '/';
    }
  return true;
}

/* Where there is SELinux, a new node has the context of its file system. */
static bool
set_context (int dev, const char *path, const char *context)
{
  fd_auto int fd = openat (dev, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  char link[40];

  if (context == NULL)
    return true;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  return setxattr (link, "security.selinux", context, strlen (context) + 1, 0) == 0 || errno == EOPNOTSUPP;
}

/* One that is there already stays: it is the same, or somebody else's to say. */
static bool
make_node (int dev, const SecurityNode *node, GError **error)
{
  const char *path;
  int made;

  if (node->path == NULL)
    return true;
  path = node->path + strlen (DEV);
  if (!make_folders (dev, path, error))
    return false;
  made = node->target != NULL ? symlinkat (node->target, dev, path)
                              : mknodat (dev, path, node->mode & ~(mode_t) 0077, makedev (node->major, node->minor));
  if (made < 0)
    return errno == EEXIST || fail_errno (error, VIR_FROM_SECURITY, errno, "cannot make '%s' for a guest", node->path);
  /* Its permissions last: nobody is to open it before it is whose it is to be. */
  if (node->target == NULL && (fchownat (dev, path, node->uid, node->gid, AT_SYMLINK_NOFOLLOW) < 0
                               || fchmodat (dev, path, node->mode & 07777, 0) < 0
                               || !set_context (dev, path, node->context)))
    return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot set the owner and label of '%s' for a guest", node->path);
  return true;
}

static bool
make_nodes (int dev, const GArray *nodes, GError **error)
{
  for (unsigned int i = 0; i < nodes->len; i++)
    if (!make_node (dev, &g_array_index (nodes, SecurityNode, i), error))
      return false;
  return true;
}

/* --- before the start --------------------------------------------------------------------------------- */

static bool
make_dev (SecurityNamespace *space, const GArray *nodes, int *ret_dev, GError **error)
{
  static const struct { const char *name, *to; } links[] = {
    { "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
  };
  fd_auto int fs = fsopen ("tmpfs", FSOPEN_CLOEXEC);
  fd_auto int dev = -1;

  if (fs < 0 || fsconfig (fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0
      || fsconfig (fs, FSCONFIG_SET_STRING, "size", "64k", 0) < 0
      || fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0
      || (dev = fsmount (fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)) < 0)
    return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot make a /dev for a guest");
  for (unsigned int i = 0; i < G_N_ELEMENTS (links); i++)
    if (symlinkat (links[i].to, dev, links[i].name) < 0)
      return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot make '" DEV "%s' for a guest", links[i].name);
  if (!make_nodes (dev, nodes, error))
    return false;
  *ret_dev = fcntl (dev, F_DUPFD_CLOEXEC, 3);
  add_mount (space, &dev, "/dev");
  return *ret_dev >= 0 || fail_errno (error, VIR_FROM_SECURITY, errno, "cannot make a /dev for a guest");
}

/* A folder of the host's /dev that guests see as it is. */
static bool
keep_folder (SecurityNamespace *space, int dev, const char *path, GError **error)
{
  g_autofree char *with_slash = g_strconcat (path + strlen (DEV), "/", NULL);
  fd_auto int tree = -1;

  for (unsigned int i = 0; i < space->mounts->len; i++)
    if (strcmp (g_array_index (space->mounts, ProcessMount, i).path, path) == 0)
      return true;
  tree = open_tree (AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0)
    return errno == ENOENT || fail_errno (error, VIR_FROM_SECURITY, errno, "cannot keep '%s' for a guest", path);
  if (!make_folders (dev, with_slash, error))
    return false;
  add_mount (space, &tree, path);
  return true;
}

/* Terminals, shared memory, and whatever else is mounted there. */
static bool
keep_folders (SecurityNamespace *space, int dev, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!keep_folder (space, dev, "/dev/shm", error))
    return false;
  if (!g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL))
    return true;
  lines = g_strsplit (text, "\n", -1);
  for (unsigned int i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], " ", 6);
      g_autofree char *path = g_strv_length (fields) == 6 ? g_strcompress (fields[4]) : NULL;

      if (path != NULL && g_str_has_prefix (path, DEV) && g_file_test (path, G_FILE_TEST_IS_DIR)
          && !keep_folder (space, dev, path, error))
        return false;
    }
  return true;
}

static bool
make_space (const GArray *nodes, SecurityNamespace *space, GError **error)
{
  fd_auto int dev = -1;

  return can_unshare (error) && make_dev (space, nodes, &dev, error) && keep_folders (space, dev, error);
}

bool
security_namespace_make_now (const GArray *nodes, const QemuConfig *config, SecurityNamespace *ret_space, GError **error)
{
  static int refused;
  g_auto (SecurityNamespace) space = { 0 };
  g_autoptr (GError) local = NULL;

  if (path_is_session () || (config->namespaces != NULL && config->namespaces[0] == NULL)
      || (config->namespaces == NULL && __atomic_load_n (&refused, __ATOMIC_RELAXED) != 0))
    return true;
  space.mounts = g_array_new (FALSE, TRUE, sizeof (ProcessMount));
  g_array_set_clear_func (space.mounts, mount_clear);
  if (make_space (nodes, &space, &local))
    {
      *ret_space = space;
      space.mounts = NULL;
      return true;
    }
  if (config->namespaces != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  if (__atomic_exchange_n (&refused, 1, __ATOMIC_RELAXED) == 0)
    log_info ("guests see the host's /dev: %s", local->message);
  return true;
}

/* --- while it runs ---------------------------------------------------------------------------------------- */

/* The guest's /dev, if it is its own. */
static int
open_dev (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/root/dev", (int) pid);
  fd_auto int dev = pid > 0 ? open (path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  struct stat its, host;

  if (dev < 0 || fstat (dev, &its) < 0 || stat ("/dev", &host) < 0
      || (its.st_dev == host.st_dev && its.st_ino == host.st_ino))
    return -1;
  return fd_steal (&dev);
}

bool
security_namespace_add_now (pid_t pid, const GArray *nodes, GError **error)
{
  fd_auto int dev = open_dev (pid);

  return dev < 0 || make_nodes (dev, nodes, error);
}

void
security_namespace_remove_now (pid_t pid, const GArray *nodes, const GArray *kept)
{
  fd_auto int dev = open_dev (pid);

  for (unsigned int i = 0; dev >= 0 && i < nodes->len; i++)
    {
      const SecurityNode *node = &g_array_index (nodes, SecurityNode, i);
      bool keep = node->path == NULL;

      for (unsigned int k = 0; k < kept->len; k++)
        keep |= g_strcmp0 (g_array_index (kept, SecurityNode, k).path, node->path) == 0;
      if (!keep && unlinkat (dev, node->path + strlen (DEV), 0) < 0 && errno != ENOENT)
        log_warning ("cannot remove '%s' from a guest's /dev: %s", node->path, g_strerror (errno));
    }
}
