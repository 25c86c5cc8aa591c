/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "args/args.h"
#include "qemu/firmware.h"
#include "qemu/memory-files.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.home"
#define KEY_BYTES 32
/* On a socket that QEMU serves one after the other. */
#define CLIENTS_WAITING 8
#define NVRAM_LIMIT (64u << 20)

QemuHome
qemu_home_of (int id, const char *name)
{
  g_autofree char *short_name = qemu_short_name (id, name);
  QemuHome home = {
    .dir = path_driver (PATH_LIB, "qemu", "domain-%s", short_name),
    .channel_dir = path_driver (PATH_LIB, "qemu", "channel/target/domain-%s", short_name),
    .record = path_driver (PATH_RUN, "qemu", "domain-%s.owners", short_name),
    .pid = path_driver (PATH_RUN, "qemu", "%s.pid", name),
    .log = path_driver (PATH_LOG, "qemu", "%s.log", name),
  };

  home.monitor = g_strconcat (home.dir, "/monitor.sock", NULL);
  return home;
}

void
qemu_home_clear (QemuHome *home)
{
  g_free (home->dir);
  g_free (home->channel_dir);
  g_free (home->monitor);
  g_free (home->record);
  g_free (home->pid);
  g_free (home->log);
  *home = (QemuHome) { 0 };
}

void
qemu_home_note_pid (const QemuHome *home, pid_t pid)
{
  fd_auto int fd = open (home->pid, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

  if (fd < 0 || dprintf (fd, "%d\n", (int) pid) < 0)
    log_warning ("cannot write '%s': %s", home->pid, g_strerror (errno));
}

static void
listener_clear (void *data)
{
  QemuListener *listener = data;

  g_free (listener->path);
  fd_clear (&listener->fd);
}

GArray *
qemu_listeners_new (void)
{
  GArray *listeners = g_array_new (FALSE, TRUE, sizeof (QemuListener));

  g_array_set_clear_func (listeners, listener_clear);
  return listeners;
}

void
qemu_listeners_add (GArray *listeners, const char *path)
{
  QemuListener listener = { .path = g_strdup (path), .fd = -1 };

  g_array_append_val (listeners, listener);
}

/* --- removing (on a worker) ---------------------------------------------------------------- */

/* The folder @name in @parent with all below it; never follows a link. */
static void
remove_tree (int parent, const char *name)
{
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  const struct dirent *entry;

  if (dir == NULL)
    {
      fd_clear (&fd);
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      if (unlinkat (dirfd (dir), entry->d_name, 0) < 0 && (errno == EISDIR || errno == EPERM))
        remove_tree (dirfd (dir), entry->d_name);
    }
  closedir (dir);
  if (unlinkat (parent, name, AT_REMOVEDIR) < 0)
    log_warning ("cannot remove '%s': %s", name, g_strerror (errno));
}

void
qemu_remove_tree_now (const char *path)
{
  remove_tree (AT_FDCWD, path);
}

static void
remove_now (const QemuHome *home)
{
  security_give_all_now (home->record);
  unlink (home->pid);
  qemu_memory_folders_remove_now (home->dir);
  remove_tree (AT_FDCWD, home->dir);
  remove_tree (AT_FDCWD, home->channel_dir);
}

static bool
remove_home (void *args, GError **error)
{
  remove_now (args);
  return true;
}

void
qemu_home_remove (const QemuHome *home)
{
  worker_run ("remove a guest's folder", remove_home, (void *) home, NULL);
}

/* --- making (on a worker) --------------------------------------------------------------------- */

typedef struct
{
  const QemuHome *home;
  const QemuOwner *owner;
  const GPtrArray *files;
  GArray *listeners;
  const char *nvram, *nvram_template;
  bool reset_nvram;
  bool channel_dir;
} Making;

/* A folder that belongs to us, where the guest's user may add files but not touch ours. */
static bool
make_dir (const QemuOwner *owner, const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (!state_dir_make_now (parent, 0751, error))
    return false;
  remove_tree (AT_FDCWD, path);         /* of a guest that used the id before a reboot */
  if (mkdir (path, 0700) < 0 || (owner->user && chown (path, 0, owner->gid) < 0)
      || (owner->user && chmod (path, 01770) < 0))
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make folder '%s'", path);
  return security_label_own_now (owner, path, error);
}

static bool
make_key (const Making *making, GError **error)
{
  g_autofree char *path = g_strconcat (making->home->dir, "/master-key.aes", NULL);
  fd_auto int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  uint8_t key[KEY_BYTES];

  if (fd < 0 || getrandom (key, sizeof key, 0) != sizeof key || write (fd, key, sizeof key) != sizeof key
      || (making->owner->user && fchown (fd, making->owner->uid, making->owner->gid) < 0))
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot write '%s'", path);
  explicit_bzero (key, sizeof key);
  return security_label_own_now (making->owner, path, error);
}

static bool
make_nvram (const Making *making, GError **error)
{
  g_autofree char *folder = NULL, *data = NULL;
  size_t length;

  if (making->nvram == NULL || (!making->reset_nvram && access (making->nvram, F_OK) == 0))
    return true;
  if (making->nvram_template == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "there is no template for the firmware's variables in '%s'", making->nvram);
  folder = g_path_get_dirname (making->nvram);
  return state_dir_make_now (folder, 0711, error)
         && state_file_read_now (making->nvram_template, NVRAM_LIMIT, &data, &length, error)
         && state_file_write_now (making->nvram, data, length, 0600, error);
}

/* The folder's descriptor stands for its path, which may be longer than a socket's address holds. */
bool
qemu_listener_make_now (const QemuOwner *owner, QemuListener *listener, bool ours, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *folder = g_path_get_dirname (listener->path);
  g_autofree char *name = g_path_get_basename (listener->path);
  fd_auto int dir = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  fd_auto int fd = -1;

  if (!security_sockets_begin_now (owner, error))
    return false;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  security_sockets_end_now (owner);
  if (dir < 0 || fd < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make socket '%s'", listener->path);
  if (snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir, name)
      >= (int) sizeof address.sun_path)
    return fail_errno (error, VIR_FROM_QEMU, ENAMETOOLONG, "cannot make socket '%s'", listener->path);
  unlinkat (dir, name, 0);
  if (bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, CLIENTS_WAITING) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot listen on socket '%s'", listener->path);
  if (fchmodat (dir, name, ours ? 0700 : 0775, 0) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot set the mode of socket '%s'", listener->path);
  if (!ours && owner->user && fchownat (dir, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot give socket '%s' to the guest's user", listener->path);
  listener->fd = fd_steal (&fd);
  return true;
}

bool
qemu_home_add_listener_now (const QemuHome *home, const QemuOwner *owner, QemuListener *listener, GError **error)
{
  if (g_str_has_prefix (listener->path, home->channel_dir) && !g_file_test (home->channel_dir, G_FILE_TEST_IS_DIR)
      && !make_dir (owner, home->channel_dir, error))
    return false;
  return qemu_listener_make_now (owner, listener, false, error);
}

static bool
make_listeners (const Making *making, GError **error)
{
  for (unsigned int i = 0; i < making->listeners->len; i++)
    if (!qemu_listener_make_now (making->owner, &g_array_index (making->listeners, QemuListener, i), i == 0, error))
      return false;
  return true;
}

static bool
make_parents (const Making *making, GError **error)
{
  g_autofree char *run = g_path_get_dirname (making->home->record);
  g_autofree char *log = g_path_get_dirname (making->home->log);

  return state_dir_make_now (run, 0755, error) && state_dir_make_now (log, 0755, error);
}

static bool
make_home (void *args, GError **error)
{
  const Making *making = args;

  if (make_parents (making, error)
      && make_dir (making->owner, making->home->dir, error)
      && qemu_owner_reach_now (making->owner, making->home->monitor, error)
      && (!making->channel_dir || make_dir (making->owner, making->home->channel_dir, error))
      && make_key (making, error)
      && make_nvram (making, error)
      && make_listeners (making, error)
      && security_take_now (making->owner, making->files, making->home->record, false, error))
    return true;
  remove_now (making->home);
  return false;
}

static bool
uses_channel_dir (const Domain *domain, const char *channel_dir)
{
  for (unsigned int i = 0; i < domain->channels.n; i++)
    if (domain->channels.items[i]->source.path != NULL
        && g_str_has_prefix (domain->channels.items[i]->source.path, channel_dir))
      return true;
  return false;
}

bool
qemu_home_make (const QemuHome *home, const Domain *domain, const QemuOwner *owner, const GPtrArray *files,
                GArray *listeners, GError **error)
{
  Making making = {
    .home = home, .owner = owner, .files = files, .listeners = listeners,
    .nvram = qemu_nvram_path (&domain->os), .reset_nvram = home->reset_nvram,
    .nvram_template = domain->os.nvram_source != NULL ? domain->os.nvram_source->template_path : domain->os.nvram_template,
    .channel_dir = uses_channel_dir (domain, home->channel_dir),
  };

  return worker_run ("make a guest's folder", make_home, &making, error);
}
