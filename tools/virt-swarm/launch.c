/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command line, environment and descriptors of a daemon. */
#include "launch.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/process.h"
#include "util/state-file.h"

#define ENVIRONMENT_LIMIT (256 * 1024)

/* Only the new process knows its number, which LISTEN_PID has to carry. */
#define LISTEN_PID_SCRIPT "LISTEN_PID=$$ WATCHDOG_PID=$$; export LISTEN_PID WATCHDOG_PID; exec \"$@\""

/* What the unit sets: Environment=, then the files, which win. */
static GHashTable *
unit_environment (Service *service, GError **error)
{
  g_autoptr (GHashTable) env = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) words = unit_get_words (service->unit, "Service", "Environment");
  const char *const *files = unit_get_all (service->unit, "Service", "EnvironmentFile");

  for (char **word = words; *word != NULL; word++)
    if (!unit_parse_environment (env, unit_name (service->unit), *word, error))
      return NULL;
  for (; *files != NULL; files++)
    {
      bool optional = **files == '-';
      g_autofree char *path = g_strconcat (service->root, *files + optional, NULL);
      g_autofree char *text = NULL;
      g_autoptr (GError) inner = NULL;

      if (!state_file_read_now (path, ENVIRONMENT_LIMIT, &text, NULL, &inner))
        {
          if (optional && state_error_is_missing (inner))
            continue;
          g_propagate_error (error, g_steal_pointer (&inner));
          return NULL;
        }
      if (!unit_parse_environment (env, path, text, error))
        return NULL;
    }
  return g_steal_pointer (&env);
}

static char **
daemon_environment (Service *service, GHashTable *unit_env)
{
  static const char *const ours[] = { "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID",
                                      "WATCHDOG_USEC", "NOTIFY_SOCKET", LAUNCH_MARK, NULL };
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *count = NULL, *watchdog = g_strdup_printf ("%" G_GUINT64_FORMAT, service->settings.watchdog_us);
  char **env = g_get_environ ();
  GHashTableIter iter;
  gpointer name, value;

  for (unsigned int i = 0; i < service->listeners->len; i++)
    g_string_append_printf (names, ":%s", ((Listener *) g_ptr_array_index (service->listeners, i))->name);
  for (unsigned int i = 0; i < service->store.entries->len; i++)
    g_string_append_printf (names, ":%s", ((StoredFd *) g_ptr_array_index (service->store.entries, i))->name);
  count = g_strdup_printf ("%u", service->listeners->len + service->store.entries->len);

  for (unsigned int i = 0; ours[i] != NULL; i++)
    env = g_environ_unsetenv (env, ours[i]);
  g_hash_table_iter_init (&iter, unit_env);
  while (g_hash_table_iter_next (&iter, &name, &value))
    env = g_environ_setenv (env, name, value, TRUE);
  env = g_environ_setenv (env, LAUNCH_MARK, service->name, TRUE);
  env = g_environ_setenv (env, "LISTEN_FDS", count, TRUE);
  env = g_environ_setenv (env, "LISTEN_FDNAMES", names->len > 0 ? names->str + 1 : "", TRUE);
  env = g_environ_setenv (env, "NOTIFY_SOCKET", service->notify_path, TRUE);
  if (service->settings.watchdog_us != 0 && service->settings.watchdog_us != UINT64_MAX)
    env = g_environ_setenv (env, "WATCHDOG_USEC", watchdog, TRUE);
  return env;
}

static GPtrArray *
daemon_argv (Service *service, GHashTable *unit_env, GError **error)
{
  static const char *const start[] = { "/bin/sh", "-c", LISTEN_PID_SCRIPT, "sh" };
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  const char *command = unit_get (service->unit, "Service", "ExecStart");
  g_auto (GStrv) words = unit_expand_command (command, unit_env, error);

  if (words == NULL)
    return NULL;
  for (unsigned int i = 0; i < G_N_ELEMENTS (start); i++)
    g_ptr_array_add (argv, g_strdup (start[i]));
  g_ptr_array_add (argv, g_strdup (service->binary));
  for (unsigned int i = 1; words[0] != NULL && words[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup (words[i]));
  if (*service->root != '\0')
    {
      g_ptr_array_add (argv, g_strdup ("--root"));
      g_ptr_array_add (argv, g_strdup (service->root));
    }
  g_ptr_array_add (argv, NULL);
  return g_steal_pointer (&argv);
}

static GArray *
daemon_fds (Service *service, int log_fd)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (ProcessFd));
  ProcessFd next = { .child = 1, .fd = log_fd };

  g_array_append_val (fds, next);
  next.child = 2;
  g_array_append_val (fds, next);
  for (unsigned int i = 0; i < service->listeners->len; i++)
    {
      next = (ProcessFd) { next.child + 1, ((Listener *) g_ptr_array_index (service->listeners, i))->fd };
      g_array_append_val (fds, next);
    }
  for (unsigned int i = 0; i < service->store.entries->len; i++)
    {
      next = (ProcessFd) { next.child + 1, ((StoredFd *) g_ptr_array_index (service->store.entries, i))->fd };
      g_array_append_val (fds, next);
    }
  return fds;
}

/* In a container the limits of units may be out of reach: then it is what can be had. */
static unsigned int
daemon_limits (Service *service, ProcessLimit *limit)
{
  rlim_t wanted = service->settings.nofile == UINT64_MAX ? RLIM_INFINITY : service->settings.nofile;

  if (service->settings.nofile == 0 || getrlimit (RLIMIT_NOFILE, &limit->limit) < 0)
    return 0;
  limit->resource = RLIMIT_NOFILE;
  if (wanted > limit->limit.rlim_max && !capng_have_capability (CAPNG_EFFECTIVE, CAP_SYS_RESOURCE))
    wanted = limit->limit.rlim_max;
  limit->limit = (struct rlimit) { wanted, wanted };
  return 1;
}

bool
launch_service (Service *service, pid_t *ret_pid, int *ret_pidfd, GError **error)
{
  g_autoptr (GHashTable) unit_env = unit_environment (service, error);
  g_autoptr (GPtrArray) argv = unit_env != NULL ? daemon_argv (service, unit_env, error) : NULL;
  g_autoptr (GArray) fds = NULL;
  g_auto (GStrv) env = NULL;
  g_autofree char *log_dir = g_path_get_dirname (service->log_path);
  fd_auto int log_fd = -1;
  ProcessLimit limit;
  bool may_lower = capng_have_capability (CAPNG_EFFECTIVE, CAP_SYS_RESOURCE);

  if (argv == NULL || !state_dir_make_now (log_dir, 0755, error))
    return false;
  log_fd = open (service->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open %s", service->log_path);
  env = daemon_environment (service, unit_env);
  fds = daemon_fds (service, log_fd);

  ProcessSpec spec = {
    .argv = (const char *const *) argv->pdata,
    .env = (const char *const *) env,
    .fds = (const ProcessFd *) fds->data,
    .n_fds = fds->len,
    .new_session = true,
    .limits = &limit,
    .n_limits = daemon_limits (service, &limit),
    .oom_score_adj = service->settings.set_oom_score_adj && (may_lower || service->settings.oom_score_adj >= 0)
                       ? &service->settings.oom_score_adj : NULL,
  };
  return process_spawn (&spec, ret_pid, ret_pidfd, error);
}
