/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services of a root, from unit files to their end. */
#include "swarm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/loop.h"
#include "util/state-file.h"

Swarm swarm = { .lock_fd = -1, .notify_fd = -1, .control_fd = -1 };

char *
swarm_path (const char *root, const char *name)
{
  return g_strdup_printf ("%s/run/virt-swarm/%s", root, name);
}

bool
swarm_lock (const char *root, int *ret_fd, GError **error)
{
  g_autofree char *path = swarm_path (root, "lock");
  g_autofree char *dir = g_path_get_dirname (path);
  fd_auto int fd = -1;

  if (!state_dir_make_now (dir, 0755, error))
    return false;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open %s", path);
  if (flock (fd, LOCK_EX | LOCK_NB) < 0)
    return errno == EWOULDBLOCK ? false : fail_errno (error, VIR_FROM_NONE, errno, "cannot lock %s", path);
  *ret_fd = fd_steal (&fd);
  return true;
}

/* In DIR, or where a build tree or the root of one has it; NULL: there is no such program. */
static char *
find_binary (const char *dir, const char *name)
{
  const char *const places[][4] = { { dir, name }, { dir, name, name }, { dir, "daemons", name, name } };

  for (unsigned int i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (places[i][0], places[i][1], places[i][2],
                                                places[i][2] != NULL ? places[i][3] : NULL, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (path, G_FILE_TEST_IS_DIR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

/* *@ret_binary: the service's program, NULL if there is none. */
static bool
service_binary (const char *const *dirs, const char *name, char **ret_binary, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".service", NULL);
  g_autoptr (GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (Unit) unit = NULL;
  g_auto (GStrv) words = NULL;
  g_autofree char *base = NULL;
  const char *command;

  *ret_binary = NULL;
  if (!unit_exists (dirs, file))
    return true;
  unit = unit_load (dirs, file, error);
  if (unit == NULL)
    return false;
  command = unit_get (unit, "Service", "ExecStart");
  words = unit_expand_command (command != NULL ? command : "/", none, error);
  if (words == NULL)
    return false;
  base = g_path_get_basename (words[0] != NULL ? words[0] : "/");
  if (swarm.options->bin_dir != NULL)
    *ret_binary = find_binary (swarm.options->bin_dir, base);
  else if (words[0] != NULL && g_file_test (words[0], G_FILE_TEST_IS_EXECUTABLE))
    *ret_binary = g_strdup (words[0]);
  return true;
}

/* @binary NULL: not having it is an error. */
static bool
add_service (const char *const *dirs, const char *name, const char *binary, GError **error)
{
  g_autofree char *notify_path = swarm_path (swarm.options->root, "notify");
  Service *service;

  if (binary == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "there is no unit %s.service, or no program for it in %s",
                 name, swarm.options->bin_dir != NULL ? swarm.options->bin_dir : "its place");
  service = service_new (dirs, name, (const char *const *) swarm.options->enable, swarm.options->root, binary,
                         notify_path, error);
  if (service == NULL)
    return false;
  service->changed = swarm_save_soon;
  g_ptr_array_add (swarm.services, service);
  return true;
}

/* What a service cannot do without comes with it. */
static bool
add_with_requirements (const char *const *dirs, const char *name, GError **error)
{
  g_autofree char *binary = NULL;
  g_auto (GStrv) required = NULL;

  if (swarm_find (name) != NULL)
    return true;
  if (!service_binary (dirs, name, &binary, error) || !add_service (dirs, name, binary, error))
    return false;
  required = unit_get_words (swarm_find (name)->unit, "Unit", "Requires");
  for (char **unit = required; *unit != NULL; unit++)
    {
      char *dot = strrchr (*unit, '.');

      if (dot == NULL || (strcmp (dot, ".socket") != 0 && strcmp (dot, ".service") != 0))
        continue;
      *dot = '\0';
      if (!add_with_requirements (dirs, *unit, error))
        return false;
    }
  return true;
}

/* All daemons that have units and a program. */
static bool
add_all (const char *const *dirs, GError **error)
{
  g_auto (GStrv) names = NULL;

  if (!state_dir_list_now (swarm.options->unit_dir, "d.service", &names, error))
    return false;
  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *base = g_strndup (*name, strlen (*name) - strlen (".service"));
      g_autofree char *socket_name = g_strconcat (base, ".socket", NULL);
      g_autofree char *binary = NULL;

      if (!g_str_has_prefix (base, "virt") || !unit_exists (dirs, socket_name))
        continue;
      if (!service_binary (dirs, base, &binary, error)
          || (binary != NULL && !add_service (dirs, base, binary, error)))
        return false;
    }
  return true;
}

bool
swarm_load (const SwarmOptions *options, int lock_fd, GError **error)
{
  g_autofree char *etc = g_strconcat (options->root, "/etc/systemd/system", NULL);
  const char *const dirs[] = { etc, options->unit_dir, NULL };

  swarm.options = options;
  swarm.lock_fd = lock_fd;
  swarm.services = g_ptr_array_new_with_free_func ((GDestroyNotify) service_free);
  for (char **name = options->only; name != NULL && *name != NULL; name++)
    if (!add_with_requirements (dirs, *name, error))
      return false;
  if (options->only == NULL && !add_all (dirs, error))
    return false;
  if (swarm.services->len == 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID,
                 "there is no daemon to run: no unit files in %s whose programs exist", options->unit_dir);
  return true;
}

Service *
swarm_find (const char *name)
{
  for (unsigned int i = 0; i < swarm.services->len; i++)
    {
      Service *service = g_ptr_array_index (swarm.services, i);

      if (strcmp (service->name, name) == 0)
        return service;
    }
  return NULL;
}

Service *
swarm_find_pid (pid_t pid)
{
  for (unsigned int i = 0; i < swarm.services->len; i++)
    {
      Service *service = g_ptr_array_index (swarm.services, i);

      if (service->pid == pid)
        return service;
    }
  return NULL;
}

/* Processes that daemons left behind come to us; a main process is reaped by its service. */
static int
on_child (sd_event_source *source, const struct signalfd_siginfo *signal, void *data)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *text = NULL;
  g_auto (GStrv) pids = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  pids = g_strsplit (text, " ", -1);
  for (char **pid = pids; *pid != NULL; pid++)
    if (**pid != '\0' && swarm_find_pid (atoi (*pid)) == NULL)
      waitpid (atoi (*pid), NULL, WNOHANG);
  return 0;
}

static int
on_terminate (sd_event_source *source, const struct signalfd_siginfo *signal, void *data)
{
  swarm_end_soon ();
  return 0;
}

/* Sockets and stored descriptors of all daemons are open here. */
static void
raise_fd_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

bool
swarm_begin (GError **error)
{
  umask (022);
  raise_fd_limit ();
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  sd_event_add_signal (loop_event (), NULL, SIGCHLD | SD_EVENT_SIGNAL_PROCMASK, on_child, NULL);
  sd_event_add_signal (loop_event (), NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, on_terminate, NULL);
  sd_event_add_signal (loop_event (), NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK, on_terminate, NULL);
  swarm.since = loop_now ();
  if (!notify_listen (error) || !swarm_adopt (error))
    return false;
  for (unsigned int i = 0; i < swarm.services->len; i++)
    if (!service_open (g_ptr_array_index (swarm.services, i), error))
      return false;
  if (!control_listen (error))
    return false;
  for (unsigned int i = 0; i < swarm.services->len; i++)
    service_begin (g_ptr_array_index (swarm.services, i));
  swarm_save_soon ();
  return true;
}

void
swarm_end (void)
{
  static const char *const leftovers[] = { "control", "notify", "state.json" };

  for (unsigned int i = 0; i < swarm.services->len; i++)
    service_retire (g_ptr_array_index (swarm.services, i));
  for (unsigned int i = 0; i < swarm.services->len;)
    if (service_is_gone (g_ptr_array_index (swarm.services, i)))
      i++;
    else if (!fiber_sleep (10, NULL))
      break;
  while (swarm.saving)
    if (!fiber_sleep (5, NULL))
      break;
  for (unsigned int i = 0; i < G_N_ELEMENTS (leftovers); i++)
    {
      g_autofree char *path = swarm_path (swarm.options->root, leftovers[i]);

      unlink (path);
    }
}

static void
end_and_quit (void *data)
{
  swarm_end ();
  loop_quit (0);
}

void
swarm_end_soon (void)
{
  fiber_start ("end", NULL, end_and_quit, NULL);
}

void
swarm_clear (void)
{
  g_clear_pointer (&swarm.services, g_ptr_array_unref);
  fd_clear (&swarm.control_fd);
  fd_clear (&swarm.notify_fd);
  fd_clear (&swarm.lock_fd);
}
