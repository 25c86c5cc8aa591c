/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a swarm process that was killed leaves behind: daemons with their sockets and with what
 * they had put into its store.
 *
 * A daemon is recognised by the environment it was started with: our notification socket, its
 * own pid. Its sockets, and the stored descriptors that it still has open, are taken from it by
 * pidfd_getfd. Where that is not allowed the daemon is ended: its successor serves as well. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "launch.h"
#include "swarm.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/process.h"
#include "util/state-file.h"

#define LOG_CATEGORY "swarm.adopt"
#define FILE_LIMIT (4 * 1024 * 1024)
#define END_GRACE_MS 10000

/* A daemon found in the process table. */
typedef struct
{
  pid_t pid;
  int pidfd;
  char *name;
  char **fd_names;      /* of descriptors 3, 4, ... */
} Survivor;

static void
survivor_clear (Survivor *survivor)
{
  fd_clear (&survivor->pidfd);
  g_free (survivor->name);
  g_strfreev (survivor->fd_names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Survivor, survivor_clear)

static const char *
environ_get (const char *environ_text, size_t length, const char *name)
{
  size_t name_length = strlen (name);

  for (const char *at = environ_text; at < environ_text + length; at += strlen (at) + 1)
    if (strncmp (at, name, name_length) == 0 && at[name_length] == '=')
      return at + name_length + 1;
  return NULL;
}

static bool
survivor_recognise (pid_t pid, Survivor *ret)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/environ", (int) pid);
  g_autofree char *notify_path = swarm_path (swarm.options->root, "notify");
  g_autofree char *text = NULL;
  gsize length;
  const char *name, *listen_pid, *names;

  if (!g_file_get_contents (path, &text, &length, NULL)
      || g_strcmp0 (environ_get (text, length, "NOTIFY_SOCKET"), notify_path) != 0)
    return false;
  name = environ_get (text, length, LAUNCH_MARK);
  listen_pid = environ_get (text, length, "LISTEN_PID");
  names = environ_get (text, length, "LISTEN_FDNAMES");
  if (name == NULL || names == NULL || listen_pid == NULL || atoi (listen_pid) != pid
      || !process_pidfd_open (pid, 0, &ret->pidfd, NULL))
    return false;
  ret->pid = pid;
  ret->name = g_strdup (name);
  ret->fd_names = g_strsplit (names, ":", -1);
  return true;
}

static int
fetch_fd (int pidfd, int number)
{
  return syscall (SYS_pidfd_getfd, pidfd, number, 0);
}

static bool
is_listening_at (int fd, const char *path)
{
  struct sockaddr_un address = { 0 };
  socklen_t length = sizeof address, flag_length = sizeof (int);
  int accepts = 0;

  if (getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &flag_length) < 0 || !accepts)
    return false;
  return path == NULL
         || (getsockname (fd, (struct sockaddr *) &address, &length) == 0 && strcmp (address.sun_path, path) == 0);
}

/* The file at the path may have been removed or replaced: then clients would not reach it. */
static bool
is_there (const char *path)
{
  struct stat info;

  return path == NULL || (lstat (path, &info) == 0 && S_ISSOCK (info.st_mode));
}

/* Every socket of the service, taken from the daemon; all or none. */
static bool
take_listeners (Service *service, Survivor *survivor)
{
  g_autofree int *fds = g_new (int, service->listeners->len);
  unsigned int taken = 0;

  for (; taken < service->listeners->len; taken++)
    {
      Listener *listener = g_ptr_array_index (service->listeners, taken);

      fds[taken] = -1;
      for (int i = 0; survivor->fd_names[i] != NULL && fds[taken] < 0; i++)
        if (strcmp (survivor->fd_names[i], listener->name) == 0)
          fds[taken] = fetch_fd (survivor->pidfd, 3 + i);
      if (fds[taken] < 0 || !is_listening_at (fds[taken], listener->path) || !is_there (listener->path))
        break;
    }
  if (taken < service->listeners->len)
    {
      for (unsigned int i = 0; i <= taken; i++)
        fd_clear (&fds[i]);
      return false;
    }
  for (unsigned int i = 0; i < taken; i++)
    ((Listener *) g_ptr_array_index (service->listeners, i))->fd = fds[i];
  return true;
}

/* What a stored descriptor is known by: its file, and how it was opened (the two ends of a
 * pipe are one file). */
static json_t *
describe_fd (const StoredFd *stored)
{
  struct stat info;

  if (fstat (stored->fd, &info) < 0)
    return NULL;
  return json_pack ("{ss, sb, sI, sI, si}", "name", stored->name, "poll", stored->poll,
                    "dev", (json_int_t) info.st_dev, "ino", (json_int_t) info.st_ino,
                    "access", fcntl (stored->fd, F_GETFL) & O_ACCMODE);
}

static bool
is_described (int fd, const json_t *entry)
{
  struct stat info;

  return fstat (fd, &info) == 0 && (json_int_t) info.st_dev == json_get_int (entry, "dev", -1)
         && (json_int_t) info.st_ino == json_get_int (entry, "ino", -1)
         && (fcntl (fd, F_GETFL) & O_ACCMODE) == json_get_int (entry, "access", -1);
}

static void
take_stored (Service *service, Survivor *survivor, const json_t *entries)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) survivor->pid);
  DIR *dir = json_array_size (entries) > 0 ? opendir (path) : NULL;
  struct dirent *item;

  while (dir != NULL && (item = readdir (dir)) != NULL)
    {
      fd_auto int fd = g_ascii_isdigit (item->d_name[0]) ? fetch_fd (survivor->pidfd, atoi (item->d_name)) : -1;
      size_t i;
      json_t *entry;

      json_array_foreach (entries, i, entry)
        if (fd >= 0 && is_described (fd, entry))
          store_add (&service->store, json_get_string (entry, "name", "stored"), fd_steal (&fd),
                     json_get_bool (entry, "poll", true));
    }
  if (dir != NULL)
    closedir (dir);
}

static json_t *
load_state (const char *root)
{
  g_autofree char *path = swarm_path (root, "state.json");
  g_autofree char *text = NULL;
  size_t length;
  json_t *saved = NULL;

  if (state_file_read_now (path, FILE_LIMIT, &text, &length, NULL))
    saved = json_from_text (text, length, path, NULL);
  return saved != NULL ? saved : json_object ();
}

/* Not on a fiber: the swarm is not up yet, and nothing else has to go on. */
static void
end_survivor (Survivor *survivor)
{
  Deadline deadline = deadline_in_ms (END_GRACE_MS);

  log_warning ("%s (process %d) cannot be taken over: ending it", survivor->name, (int) survivor->pid);
  process_kill (survivor->pidfd, SIGTERM, NULL);
  while (!process_ended (survivor->pidfd) && loop_now () < deadline)
    g_usleep (5000);
  process_kill (survivor->pidfd, SIGKILL, NULL);
  while (!process_ended (survivor->pidfd))
    g_usleep (5000);
}

bool
swarm_adopt (GError **error)
{
  g_autoptr (json_t) saved = load_state (swarm.options->root);
  DIR *proc = opendir ("/proc");
  struct dirent *item;

  if (proc == NULL)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot read /proc");
  while ((item = readdir (proc)) != NULL)
    {
      g_auto (Survivor) survivor = { .pidfd = -1 };
      Service *service;

      if (!g_ascii_isdigit (item->d_name[0]) || !survivor_recognise (atoi (item->d_name), &survivor))
        continue;
      service = swarm_find (survivor.name);
      if (service == NULL || service->pid != 0 || !take_listeners (service, &survivor))
        {
          end_survivor (&survivor);
          continue;
        }
      take_stored (service, &survivor, json_object_get (json_object_get (saved, "stores"), service->name));
      service_adopt (service, survivor.pid, fd_steal (&survivor.pidfd));
      log_info ("%s: took over process %d", service->name, (int) service->pid);
    }
  closedir (proc);
  return true;
}

bool
swarm_recall_dirs (const char *root, char **ret_unit_dir, char **ret_bin_dir)
{
  g_autoptr (json_t) saved = load_state (root);
  const char *unit_dir = json_get_string (saved, "unit_dir", NULL);

  if (unit_dir == NULL)
    return false;
  *ret_unit_dir = g_strdup (unit_dir);
  *ret_bin_dir = g_strdup (json_get_string (saved, "bin_dir", NULL));
  return true;
}

static json_t *
describe_state (void)
{
  json_t *stores = json_object ();

  for (unsigned int i = 0; i < swarm.services->len; i++)
    {
      Service *service = g_ptr_array_index (swarm.services, i);
      json_t *entries = json_array ();

      for (unsigned int j = 0; j < service->store.entries->len; j++)
        json_array_append_new (entries, describe_fd (g_ptr_array_index (service->store.entries, j)));
      json_object_set_new (stores, service->name, entries);
    }
  return json_pack ("{ss, ss?, so}", "unit_dir", swarm.options->unit_dir, "bin_dir", swarm.options->bin_dir,
                    "stores", stores);
}

/* One writer; changes that come while it writes are written together afterwards. */
static void
save (void *data)
{
  g_autofree char *path = swarm_path (swarm.options->root, "state.json");

  do
    {
      g_autoptr (json_t) all = describe_state ();
      g_autofree char *text = json_to_text (all);
      g_autoptr (GError) error = NULL;

      swarm.save_again = false;
      if (!state_file_write (path, text, strlen (text), 0600, &error))
        log_warning ("%s", error->message);
    }
  while (swarm.save_again);
  swarm.saving = false;
}

void
swarm_save_soon (void)
{
  swarm.save_again = true;
  if (swarm.saving)
    return;
  swarm.saving = true;
  fiber_start ("save state", NULL, save, NULL);
}
