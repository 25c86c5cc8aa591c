/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of groups: made, entered, removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args/args.h"
#include "cgroup/private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.cgroup"
#define DEFAULT_PARTITION "/machine"
#define REMOVE_TRIES 20
#define REMOVE_PAUSE_US 5000

static const CgroupPlace whole = { CGROUP_WHOLE, 0 };

/* --- files --------------------------------------------------------------------------------- */

bool
cgroup_write (const char *path, const char *text, GError **error)
{
  fd_auto int fd = open (path, O_WRONLY | O_CLOEXEC | O_TRUNC);

  if (fd < 0 || write (fd, text, strlen (text)) < 0)
    return fail_errno (error, VIR_FROM_CGROUP, errno, "cannot write '%s' to '%s'", text, path);
  return true;
}

char *
cgroup_read (const char *path)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  g_strchomp (text);
  return g_steal_pointer (&text);
}

/* --- names ---------------------------------------------------------------------------------- */

char *
cgroup_part_name (CgroupPlace place)
{
  switch (place.part)
    {
    case CGROUP_EMULATOR:
      return g_strdup ("emulator");
    case CGROUP_VCPU:
      return g_strdup_printf ("vcpu%u", place.index);
    case CGROUP_IOTHREAD:
      return g_strdup_printf ("iothread%u", place.index);
    default:
      return g_strdup ("");
    }
}

/* A partition's folders are told from guests by their suffix, but for the first. */
static char *
partition_path (const char *partition)
{
  g_auto (GStrv) parts = g_strsplit (partition, "/", -1);
  GString *path = g_string_new ("");
  unsigned int depth = 0;

  for (unsigned int i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_string_append_printf (path, "/%s%s", parts[i],
                              depth++ == 0 || strchr (parts[i], '.') != NULL ? "" : ".partition");
  return g_string_free (path, FALSE);
}

char *
cgroup_path (int id, const char *name, const char *partition)
{
  g_autofree char *short_name = qemu_short_name (id, name);
  g_autofree char *parent = partition_path (partition != NULL ? partition : DEFAULT_PARTITION);
  const char *root = path_root ();

  if (cgroup_under_systemd () || path_is_session ())
    return NULL;
  /* Swarms with roots of their own share the host: their ids do not differ. */
  if (root != NULL && *root != '\0')
    return g_strdup_printf ("%s/qemu-%s-%08x.libvirt-qemu", parent, short_name, g_str_hash (root));
  return g_strdup_printf ("%s/qemu-%s.libvirt-qemu", parent, short_name);
}

char *
cgroup_folder_of (CgroupController controller, const char *group, CgroupPlace place)
{
  const CgroupHierarchy *hierarchy = cgroup_hierarchy (controller);
  g_autofree char *part = cgroup_part_name (place);

  if (hierarchy->mount == NULL || group == NULL)
    return NULL;
  return g_strconcat (hierarchy->mount, group, *part != '\0' ? "/" : "", part, NULL);
}

/* --- making them ------------------------------------------------------------------------------ */

/* A new group of version 1 has neither CPUs nor nodes, and nobody can enter it. */
static bool
fill_set (const char *folder, GError **error)
{
  static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
  g_autofree char *parent = g_path_get_dirname (folder);

  for (unsigned int i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *from = g_build_filename (parent, files[i], NULL), *to = g_build_filename (folder, files[i], NULL);
      g_autofree char *text = cgroup_read (from), *now = cgroup_read (to);

      if (text != NULL && now != NULL && *now == '\0' && !cgroup_write (to, text, error))
        return false;
    }
  return true;
}

/* Hands controllers of version 2 down to the folders below; those that cannot be are missed where they are used. */
static void
hand_down (const char *folder)
{
  static const char *const names[] = { "+cpu", "+cpuset", "+memory", "+io", "+pids" };
  g_autofree char *path = g_build_filename (folder, "cgroup.subtree_control", NULL);

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    cgroup_write (path, names[i], NULL);
}

/* One folder; fine if it is there already. @is_set: of version 1's cpuset. */
static bool
make_one (const char *folder, int version, bool is_set, bool *ret_made, GError **error)
{
  *ret_made = false;
  if (version == 2)
    {
      g_autofree char *parent = g_path_get_dirname (folder);

      if (access (folder, F_OK) != 0)
        hand_down (parent);
    }
  if (mkdir (folder, 0755) == 0)
    *ret_made = true;
  else if (errno != EEXIST)
    return fail_errno (error, VIR_FROM_CGROUP, errno, "cannot make the control group '%s'", folder);
  return !is_set || fill_set (folder, error);
}

/* Makes the folder of a group. Partitions other than the default are the administrator's to make. */
static bool
make_group (const char *mount, int version, bool is_set, const char *group, bool *ret_made, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (group + 1, "/", -1);
  g_autofree char *folder = g_strdup (mount);

  for (unsigned int i = 0; parts[i] != NULL; i++)
    {
      char *next = g_strconcat (folder, "/", parts[i], NULL);
      bool ours = parts[i + 1] == NULL || i == 0 || cgroup_under_systemd ();

      g_free (folder);
      folder = next;
      if (ours && !make_one (folder, version, is_set, ret_made, error))
        return false;
    }
  return true;
}

char *
cgroup_folder (CgroupController controller, const char *group, pid_t pid, GError **error)
{
  const CgroupHierarchy *hierarchy = cgroup_hierarchy (controller);
  g_autofree char *folder = NULL;
  bool made = false;

  if (!cgroup_require (controller, error))
    return NULL;
  if (group == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the guest has no control group of its own");
  if (!make_group (hierarchy->mount, hierarchy->version, controller == CGROUP_CPUSET && hierarchy->version == 1, group,
                   &made, error))
    return NULL;
  folder = cgroup_folder_of (controller, group, whole);
  if (made && pid > 0)
    {
      g_autofree char *procs = g_build_filename (folder, "cgroup.procs", NULL), *text = g_strdup_printf ("%d", (int) pid);

      if (!cgroup_write (procs, text, error))
        {
          rmdir (folder);
          return NULL;
        }
      /* Version 2 hands nothing down from a folder that has processes, as a scope had until now. */
      if (hierarchy->version == 2)
        {
          g_autofree char *parent = g_path_get_dirname (folder);

          hand_down (parent);
        }
    }
  return g_steal_pointer (&folder);
}

char *
cgroup_birthplace (const char *group, GError **error)
{
  const char *mount = cgroup_unified ();
  g_autoptr (GError) local = NULL;
  bool made;

  if (group == NULL || mount == NULL)
    return NULL;
  if (make_group (mount, 2, false, group, &made, &local))
    return g_strconcat (mount, group, NULL);
  if (virt_error_detail (local)->int1 == ENOENT)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    log_debug ("%s", local->message);
  return NULL;
}

char **
cgroup_entrances (const char *group, const char *file)
{
  GPtrArray *found = g_ptr_array_new ();

  for (unsigned int i = 0; group != NULL && i < CGROUP_N; i++)
    {
      const CgroupHierarchy *hierarchy = cgroup_hierarchy (i);
      g_autofree char *path = NULL;

      if (hierarchy->mount == NULL || hierarchy->version != 1)
        continue;
      path = g_strconcat (hierarchy->mount, group, "/", file, NULL);
      if (access (path, W_OK) == 0)
        g_ptr_array_add (found, g_steal_pointer (&path));
    }
  if (found->len == 0)
    {
      g_ptr_array_free (found, TRUE);
      return NULL;
    }
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_free (found, FALSE);
}

/* --- threads ------------------------------------------------------------------------------------- */

CgroupPlace
cgroup_thread_place (const char *comm)
{
  unsigned int index;

  if (sscanf (comm, "CPU %u/", &index) == 1)
    return (CgroupPlace) { CGROUP_VCPU, index };
  if (sscanf (comm, "IO iothread%u", &index) == 1)
    return (CgroupPlace) { CGROUP_IOTHREAD, index };
  return (CgroupPlace) { CGROUP_EMULATOR, 0 };
}

static bool
is_same (CgroupPlace a, CgroupPlace b)
{
  return a.part == b.part && a.index == b.index;
}

bool
cgroup_threads (pid_t pid, CgroupPlace place, CgroupVisit visit, void *user, GError **error)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%d/task", (int) pid);
  g_autoptr (GDir) tasks = g_dir_open (folder, 0, NULL);
  const char *tid;

  while (tasks != NULL && (tid = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s/comm", folder, tid);
      g_autofree char *comm = cgroup_read (path);
      CgroupPlace at;

      if (comm == NULL)
        continue;
      at = cgroup_thread_place (comm);
      if ((place.part == CGROUP_WHOLE || is_same (at, place))
          && !visit ((pid_t) g_ascii_strtoll (tid, NULL, 10), at, user, error))
        return false;
    }
  return true;
}

typedef struct
{
  CgroupController controller;
  const char *group;
} Split;

/* Puts a thread where it belongs; one that has ended meanwhile belongs nowhere. */
static bool
place_thread (pid_t tid, CgroupPlace place, void *user, GError **error)
{
  const Split *split = user;
  int version = cgroup_version (split->controller);
  g_autofree char *folder = cgroup_folder_of (split->controller, split->group, place);
  g_autofree char *type = g_build_filename (folder, "cgroup.type", NULL);
  g_autofree char *file = g_build_filename (folder, version == 2 ? "cgroup.threads" : "tasks", NULL);
  g_autofree char *text = g_strdup_printf ("%d", (int) tid);
  g_autoptr (GError) local = NULL;
  bool made;

  if (!make_one (folder, 1, split->controller == CGROUP_CPUSET && version == 1, &made, error)
      || (made && version == 2 && !cgroup_write (type, "threaded", error)))
    return false;
  if (cgroup_write (file, text, &local) || virt_error_detail (local)->int1 == ESRCH)
    return true;
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

char *
cgroup_thread_folder (CgroupController controller, const char *group, pid_t pid, CgroupPlace place, GError **error)
{
  g_autofree char *parent = cgroup_folder (controller, group, pid, error);
  g_autofree char *folder = parent != NULL ? cgroup_folder_of (controller, group, place) : NULL;
  g_autofree char *emulator = parent != NULL
                              ? cgroup_folder_of (controller, group, (CgroupPlace) { CGROUP_EMULATOR, 0 }) : NULL;
  Split split = { controller, group };
  bool is_split;

  if (parent == NULL)
    return NULL;
  is_split = access (emulator, F_OK) == 0;
  if ((!is_split || access (folder, F_OK) != 0)
      && !cgroup_threads (pid, is_split ? place : whole, place_thread, &split, error))
    return NULL;
  if (!is_split && cgroup_version (controller) == 2)
    hand_down (parent);
  if (access (folder, F_OK) != 0)
    return fail_null (error, VIR_FROM_CGROUP, VIR_ERR_OPERATION_INVALID,
                      "the guest has no thread of its own that belongs in '%s'", folder);
  return g_steal_pointer (&folder);
}

typedef struct
{
  const char *group;
  pid_t pid;
  CgroupPlace place;
} Placing;

static bool
place_threads (void *args, GError **error)
{
  const Placing *placing = args;
  const CgroupController split[] = { CGROUP_CPU, CGROUP_CPUSET };

  for (unsigned int i = 0; i < G_N_ELEMENTS (split); i++)
    {
      g_autofree char *emulator = cgroup_folder_of (split[i], placing->group, (CgroupPlace) { CGROUP_EMULATOR, 0 });
      g_autofree char *folder = NULL;

      if (emulator == NULL || access (emulator, F_OK) != 0)
        continue;
      folder = cgroup_thread_folder (split[i], placing->group, placing->pid, placing->place, error);
      if (folder == NULL)
        return false;
    }
  return true;
}

bool
cgroup_place_threads (const char *group, pid_t pid, CgroupPlace place, GError **error)
{
  g_autofree char *copy = g_strdup (group);
  Placing placing = { copy, pid, place };

  return group == NULL || worker_run ("control groups", place_threads, &placing, error);
}

char *
cgroup_of_process (pid_t pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/cgroup", (int) pid);
  g_autofree char *text = cgroup_read (file);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (unsigned int i = 0; lines[i] != NULL; i++)
    {
      char *path = strrchr (lines[i], ':');

      if (path == NULL)
        continue;
      if (g_str_has_suffix (++path, "/emulator"))
        path[strlen (path) - strlen ("/emulator")] = '\0';
      if (g_str_has_suffix (path, ".libvirt-qemu") || g_str_has_suffix (path, ".scope/libvirt"))
        return g_strdup (path);
    }
  return NULL;
}

/* --- removing them --------------------------------------------------------------------------------- */

static void
remove_children (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (folder, name, NULL);

      rmdir (child);
    }
}

/* What ended a moment ago may still be counted. */
static void
remove_folder (const char *folder)
{
  for (unsigned int i = 0; i < REMOVE_TRIES; i++)
    {
      if (rmdir (folder) == 0 || errno == ENOENT)
        return;
      if (errno != EBUSY && errno != ENOTEMPTY)
        break;
      remove_children (folder);
      if (i > 0)
        g_usleep (REMOVE_PAUSE_US);
    }
  log_warning ("cannot remove the control group '%s': %s", folder, g_strerror (errno));
}

static bool
remove_all (void *args, GError **error)
{
  const char *group = args;
  const char *unified = cgroup_unified ();
  g_autofree char *born = unified != NULL ? g_strconcat (unified, group, NULL) : NULL;
  g_autofree char *scope = g_str_has_suffix (group, ".scope/libvirt") ? g_path_get_dirname (group) : NULL;

  for (unsigned int i = 0; i < CGROUP_N; i++)
    {
      const CgroupHierarchy *hierarchy = cgroup_hierarchy (i);
      g_autofree char *folder = cgroup_folder_of (i, group, whole);

      if (folder == NULL || hierarchy->version != 1)
        continue;
      remove_folder (folder);
      if (scope != NULL)
        {
          g_autofree char *parent = g_strconcat (hierarchy->mount, scope, NULL);

          rmdir (parent);
        }
    }
  if (born != NULL)
    remove_folder (born);
  return true;
}

typedef struct
{
  const char *group;
  CgroupPlace place;
} Part;

static bool
remove_part (void *args, GError **error)
{
  const Part *part = args;
  const char *unified = cgroup_unified ();
  g_autofree char *name = cgroup_part_name (part->place);
  g_autofree char *born = unified != NULL ? g_strconcat (unified, part->group, "/", name, NULL) : NULL;

  for (unsigned int i = 0; i < CGROUP_N; i++)
    {
      g_autofree char *folder = cgroup_folder_of (i, part->group, part->place);

      if (folder != NULL)
        remove_folder (folder);
    }
  if (born != NULL)
    remove_folder (born);
  return true;
}

void
cgroup_remove_part (const char *group, CgroupPlace place)
{
  g_autofree char *copy = g_strdup (group);
  Part part = { copy, place };

  if (group != NULL)
    worker_run ("removing control groups", remove_part, &part, NULL);
}

void
cgroup_remove (const char *group)
{
  g_autofree char *copy = g_strdup (group);

  if (group != NULL)
    worker_run ("removing control groups", remove_all, copy, NULL);
}
