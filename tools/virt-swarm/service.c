/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a unit says of a service, and what its daemon tells us. */
#include "service.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "service-private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/loop.h"
#include "util/process.h"

static const char *const state_names[] = { "listening", "starting", "running", "stopping", "restarting", "failed" };
static const char *const type_names[] = { "simple", "exec", "notify", "notify-reload", NULL };
const char *const service_restart_names[] = { "no", "always", "on-success", "on-failure", "on-abnormal",
                                              "on-abort", "on-watchdog", NULL };

#define FIELD(section_, key_, kind_, member_, ...) { section_, key_, kind_, offsetof (ServiceSettings, member_), __VA_ARGS__ }
static const UnitField service_fields[] = {
  FIELD ("Service", "Type", UNIT_ENUM, type, type_names),
  FIELD ("Service", "Restart", UNIT_ENUM, restart, service_restart_names),
  FIELD ("Service", "RestartSec", UNIT_TIME, restart_us),
  FIELD ("Service", "TimeoutStartSec", UNIT_TIME, start_timeout_us),
  FIELD ("Service", "TimeoutStopSec", UNIT_TIME, stop_timeout_us),
  FIELD ("Service", "WatchdogSec", UNIT_TIME, watchdog_us),
  FIELD ("Service", "FileDescriptorStoreMax", UNIT_UINT, store_max),
  FIELD ("Service", "LimitNOFILE", UNIT_SIZE, nofile),
  FIELD ("Service", "OOMScoreAdjust", UNIT_INT, oom_score_adj),
  FIELD ("Unit", "StartLimitIntervalSec", UNIT_TIME, limit_interval_us),
  FIELD ("Unit", "StartLimitBurst", UNIT_UINT, limit_burst),
  { NULL },
};

const char *
service_state_name (ServiceState state)
{
  return state_names[state];
}

/* The sockets that the service itself names belong to it; others only if they are asked for. */
static bool
add_listeners (Service *service, const char *const *dirs, const char *const *extra_sockets, GError **error)
{
  static const char *const keys[][2] = { { "Unit", "Requires" }, { "Unit", "Wants" }, { "Install", "Also" } };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *service_name = g_strconcat (service->name, ".service", NULL);
  g_autofree char *own = g_strconcat (service->name, ".socket", NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (names, g_strdup (own));
  for (unsigned int i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_auto (GStrv) words = unit_get_words (service->unit, keys[i][0], keys[i][1]);

      for (char **word = words; *word != NULL; word++)
        g_ptr_array_add (names, g_strdup (*word));
    }
  for (; extra_sockets != NULL && *extra_sockets != NULL; extra_sockets++)
    g_ptr_array_add (names, g_strdup (*extra_sockets));

  for (unsigned int i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autoptr (Unit) unit = NULL;
      Listener *listener;

      if (!g_str_has_suffix (name, ".socket") || !unit_exists (dirs, name) || !g_hash_table_add (seen, g_strdup (name)))
        continue;
      unit = unit_load (dirs, name, error);
      if (unit == NULL)
        return false;
      if (g_strcmp0 (unit_get (unit, "Socket", "Service"), service_name) != 0 && strcmp (name, own) != 0)
        continue;
      listener = listener_new (unit, service->root, error);
      if (listener == NULL)
        return false;
      g_ptr_array_add (service->listeners, listener);
    }
  return true;
}

static void
source_free (void *source)
{
  sd_event_source_disable_unref (source);
}

Service *
service_new (const char *const *dirs, const char *name, const char *const *extra_sockets,
             const char *root, const char *binary, const char *notify_path, GError **error)
{
  g_autoptr (Service) service = g_new0 (Service, 1);
  g_autofree char *unit_file = g_strconcat (name, ".service", NULL);

  service->name = g_strdup (name);
  service->root = root;
  service->binary = g_strdup (binary);
  service->notify_path = g_strdup (notify_path);
  service->log_path = g_strdup_printf ("%s/var/log/libvirt/%s.log", root, name);
  service->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) listener_free);
  service->sources = g_ptr_array_new_with_free_func (source_free);
  service->recent_starts = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  service->pidfd = -1;
  service->state_since = loop_now ();
  service->settings = (ServiceSettings) {
    .restart_us = 100 * 1000, .start_timeout_us = 90 * G_USEC_PER_SEC, .stop_timeout_us = 90 * G_USEC_PER_SEC,
    .limit_interval_us = 10 * G_USEC_PER_SEC, .limit_burst = 5,
  };

  service->unit = unit_load (dirs, unit_file, error);
  if (service->unit == NULL || !unit_read (service->unit, service_fields, &service->settings, error))
    return NULL;
  if (unit_get (service->unit, "Service", "ExecStart") == NULL)
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s has no ExecStart=", unit_file);
  service->settings.set_oom_score_adj = unit_get (service->unit, "Service", "OOMScoreAdjust") != NULL;
  store_init (&service->store, service->settings.store_max);
  if (!add_listeners (service, dirs, extra_sockets, error))
    return NULL;
  if (service->listeners->len == 0)
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_OPERATION_INVALID, "%s has no socket unit", unit_file);
  return g_steal_pointer (&service);
}

void
service_free (Service *service)
{
  if (service == NULL)
    return;
  sd_event_source_disable_unref (service->exit_source);
  fd_clear (&service->pidfd);
  g_ptr_array_unref (service->sources);
  g_ptr_array_unref (service->listeners);
  if (service->store.entries != NULL)
    store_clear (&service->store);
  unit_free (service->unit);
  g_array_unref (service->recent_starts);
  g_free (service->name);
  g_free (service->binary);
  g_free (service->log_path);
  g_free (service->notify_path);
  g_free (service->status);
  g_free (service->result);
  g_free (service);
}

static int
on_connection (sd_event_source *source, int fd, uint32_t events, void *data)
{
  Service *service = data;

  service->triggered = true;
  wait_done (&service->wake);
  return 0;
}

bool
service_open (Service *service, GError **error)
{
  for (unsigned int i = 0; i < service->listeners->len; i++)
    {
      Listener *listener = g_ptr_array_index (service->listeners, i);
      sd_event_source *source;

      if (listener->fd < 0 && !listener_open (listener, error))
        return false;
      sd_event_add_io (loop_event (), &source, listener->fd, EPOLLIN, on_connection, service);
      sd_event_source_set_enabled (source, SD_EVENT_OFF);
      sd_event_source_set_description (source, listener->name);
      g_ptr_array_add (service->sources, source);
    }
  return true;
}

/* What a daemon may say, and what it means to us. */
static void
said_ready (Service *service, const char *value)
{
  if (service->state == SERVICE_STARTING)
    service_set_running (service);
}

static void
said_status (Service *service, const char *value)
{
  g_free (service->status);
  service->status = g_strdup (value);
}

static void
said_stopping (Service *service, const char *value)
{
  service->said_stopping = true;
  if (service->state == SERVICE_RUNNING)
    service_set_stopping (service, NULL);
}

static void
said_watchdog (Service *service, const char *value)
{
  if (strcmp (value, "trigger") == 0)
    service_kill (service, SIGABRT, "watchdog");
  else if (service->state == SERVICE_RUNNING)
    service->deadline = service_watchdog_deadline (service);
}

static void
said_main_pid (Service *service, const char *value)
{
  guint64 pid;
  int pidfd;

  if (g_ascii_string_to_unsigned (value, 10, 1, INT_MAX, &pid, NULL)
      && (pid_t) pid != service->pid && process_pidfd_open (pid, 0, &pidfd, NULL))
    service_set_process (service, pid, pidfd);
}

static const struct
{
  const char *key;
  void (*said) (Service *service, const char *value);
} notifications[] = {
  { "READY", said_ready },       { "STATUS", said_status },     { "STOPPING", said_stopping },
  { "WATCHDOG", said_watchdog }, { "MAINPID", said_main_pid },
};

static const char *
line_value (char **lines, const char *key)
{
  size_t length = strlen (key);

  for (; *lines != NULL; lines++)
    if (strncmp (*lines, key, length) == 0 && (*lines)[length] == '=')
      return *lines + length + 1;
  return NULL;
}

static bool
is_store_name (const char *name)
{
  size_t length = strlen (name);

  if (length == 0 || length > 255)
    return false;
  for (; *name != '\0'; name++)
    if (*name == ':' || !g_ascii_isprint (*name))
      return false;
  return true;
}

static void
notify_store (Service *service, char **lines, int *fds, unsigned int n_fds)
{
  const char *name = line_value (lines, "FDNAME");
  const char *poll = line_value (lines, "FDPOLL");

  if (name == NULL || !is_store_name (name))
    name = "stored";
  if (g_strcmp0 (line_value (lines, "FDSTOREREMOVE"), "1") == 0)
    store_remove (&service->store, name);
  if (g_strcmp0 (line_value (lines, "FDSTORE"), "1") == 0)
    for (unsigned int i = 0; i < n_fds; i++)
      store_add (&service->store, name, fd_steal (&fds[i]), g_strcmp0 (poll, "0") != 0);
  if (service->changed != NULL)
    service->changed ();
}

void
service_notify (Service *service, char **lines, int *fds, unsigned int n_fds)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (notifications); i++)
    {
      const char *value = line_value (lines, notifications[i].key);

      if (value != NULL)
        notifications[i].said (service, value);
    }
  if (line_value (lines, "FDSTORE") != NULL || line_value (lines, "FDSTOREREMOVE") != NULL)
    notify_store (service, lines, fds, n_fds);
  /* What is not kept, a barrier's pipe among them, is closed once the message was acted on. */
  for (unsigned int i = 0; i < n_fds; i++)
    fd_clear (&fds[i]);
}
