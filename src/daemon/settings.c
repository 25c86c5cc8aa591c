/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"

typedef enum { SET_STRING, SET_UINT, SET_INT, SET_BOOL, SET_IGNORED } SettingKind;

typedef struct
{
  const char *key;
  SettingKind kind;
  size_t offset;
  bool proxy_only;
} Setting;

#define AT(member) offsetof (DaemonSettings, member)

/* Every key of a daemon's file. Those that are SET_IGNORED belong to parts that are
 * not there (SASL, TLS, polkit, audit): they are known but must not ask for much. */
static const Setting table[] = {
  { "unix_sock_group", SET_STRING, AT (unix_sock_group) },
  { "unix_sock_ro_perms", SET_STRING, AT (unix_sock_ro_perms) },
  { "unix_sock_rw_perms", SET_STRING, AT (unix_sock_rw_perms) },
  { "unix_sock_admin_perms", SET_STRING, AT (unix_sock_admin_perms) },
  { "unix_sock_dir", SET_STRING, AT (unix_sock_dir) },
  { "auth_unix_ro", SET_STRING, AT (auth_unix_ro) },
  { "auth_unix_rw", SET_STRING, AT (auth_unix_rw) },
  { "log_level", SET_UINT, AT (log_level) },
  { "log_filters", SET_STRING, AT (log_filters) },
  { "log_outputs", SET_STRING, AT (log_outputs) },
  { "host_uuid", SET_STRING, AT (host_uuid) },
  { "host_uuid_source", SET_STRING, AT (host_uuid_source) },
  { "max_clients", SET_UINT, AT (limits.max_clients) },
  { "max_queued_clients", SET_UINT, AT (limits.max_queued_clients) },
  { "max_anonymous_clients", SET_UINT, AT (limits.max_anonymous_clients) },
  { "min_workers", SET_UINT, AT (limits.min_workers) },
  { "max_workers", SET_UINT, AT (limits.max_workers) },
  { "prio_workers", SET_UINT, AT (limits.prio_workers) },
  { "max_client_requests", SET_UINT, AT (limits.max_client_requests) },
  { "keepalive_interval", SET_INT, AT (limits.keepalive_interval) },
  { "keepalive_count", SET_UINT, AT (limits.keepalive_count) },
  { "admin_min_workers", SET_UINT, AT (admin_limits.min_workers) },
  { "admin_max_workers", SET_UINT, AT (admin_limits.max_workers) },
  { "admin_max_clients", SET_UINT, AT (admin_limits.max_clients) },
  { "admin_max_queued_clients", SET_UINT, AT (admin_limits.max_queued_clients) },
  { "admin_max_client_requests", SET_UINT, AT (admin_limits.max_client_requests) },
  { "admin_keepalive_interval", SET_INT, AT (admin_limits.keepalive_interval) },
  { "admin_keepalive_count", SET_UINT, AT (admin_limits.keepalive_count) },
  { "listen_tcp", SET_BOOL, AT (listen_tcp), true },
  { "listen_addr", SET_STRING, AT (listen_addr), true },
  { "tcp_port", SET_STRING, AT (tcp_port), true },
  { "auth_tcp", SET_STRING, AT (auth_tcp), true },
  { "listen_tls", SET_IGNORED, 0, true },
  { "tls_port", SET_IGNORED, 0, true },
  { "tcp_min_ssf", SET_IGNORED, 0, true },
  { "auth_tls", SET_IGNORED, 0, true },
  { "key_file", SET_IGNORED, 0, true },
  { "cert_file", SET_IGNORED, 0, true },
  { "ca_file", SET_IGNORED, 0, true },
  { "crl_file", SET_IGNORED, 0, true },
  { "tls_no_sanity_certificate", SET_IGNORED, 0, true },
  { "tls_no_verify_certificate", SET_IGNORED, 0, true },
  { "tls_allowed_dn_list", SET_IGNORED, 0, true },
  { "tls_priority", SET_IGNORED, 0, true },
  { "access_drivers", SET_IGNORED },
  { "sasl_allowed_username_list", SET_IGNORED },
  { "audit_level", SET_IGNORED },
  { "audit_logging", SET_IGNORED },
  { "keepalive_required", SET_IGNORED },
  { "admin_keepalive_required", SET_IGNORED },
  { "ovs_timeout", SET_IGNORED },
};

/* Settings that would weaken a host if they were silently not there. */
static bool
check_supported (const DaemonSettings *settings, const Conf *conf, GError **error)
{
  const struct { const char *key, *value; } auths[] = {
    { "auth_unix_ro", settings->auth_unix_ro },
    { "auth_unix_rw", settings->auth_unix_rw },
    { "auth_tcp", settings->auth_tcp },
  };
  g_auto (GStrv) drivers = NULL;

  for (unsigned int i = 0; i < G_N_ELEMENTS (auths); i++)
    if (auths[i].value != NULL && !g_str_equal (auths[i].value, "none"))
      return fail (error, VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED,
                   "%s: %s = \"%s\": only \"none\" is supported, with the socket's permissions deciding",
                   conf_name (conf), auths[i].key, auths[i].value);
  if (conf_has (conf, "access_drivers") && !conf_get_list (conf, "access_drivers", true, &drivers, error))
    return false;
  for (unsigned int i = 0; drivers != NULL && drivers[i] != NULL; i++)
    if (!g_str_equal (drivers[i], "none"))
      return fail (error, VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED,
                   "%s: access_drivers: \"%s\" is not supported", conf_name (conf), drivers[i]);
  return true;
}

static bool
load_one (DaemonSettings *settings, const Setting *setting, const Conf *conf, GError **error)
{
  void *target = (char *) settings + setting->offset;
  int64_t wide;

  switch (setting->kind)
    {
    case SET_STRING:
      return conf_get_string (conf, setting->key, target, error);
    case SET_UINT:
      return conf_get_uint (conf, setting->key, 0, G_MAXINT, target, error);
    case SET_BOOL:
      return conf_get_bool (conf, setting->key, target, error);
    case SET_INT:
      wide = *(int *) target;
      if (!conf_get_int (conf, setting->key, -1, G_MAXINT, &wide, error))
        return false;
      *(int *) target = (int) wide;
      return true;
    case SET_IGNORED:
      break;
    }
  return true;
}

static bool
check_keys (const DaemonSpec *spec, const Conf *conf, GError **error)
{
  const char *known[G_N_ELEMENTS (table) + 1];
  unsigned int n = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (table); i++)
    if (spec->proxy || !table[i].proxy_only)
      known[n++] = table[i].key;
  known[n] = NULL;
  return conf_check_keys (conf, known, spec->conf_keys, error);
}

bool
daemon_settings_load (DaemonSettings *settings, const DaemonSpec *spec, const Conf *conf, GError **error)
{
  g_autoptr (GError) unknown = NULL;

  *settings = (DaemonSettings) {
    .log_level = LOG_LEVEL_WARNING,
    .limits = { .max_clients = spec->owner_only ? 1024 : 5000, .max_queued_clients = 1000,
                .max_anonymous_clients = 20, .max_client_requests = 5,
                .min_workers = spec->owner_only ? 0 : 5, .max_workers = spec->owner_only ? 0 : 20,
                .prio_workers = spec->owner_only ? 0 : 5,
                .keepalive_interval = spec->owner_only ? -1 : 5, .keepalive_count = 5 },
    .admin_limits = { .max_clients = 5000, .max_queued_clients = 20, .max_client_requests = 5,
                      .min_workers = 5, .max_workers = 20, .keepalive_interval = 5, .keepalive_count = 5 },
  };
  /* A key that nobody knows is more likely a typo than a danger. */
  if (!check_keys (spec, conf, &unknown))
    g_printerr ("%s: %s\n", spec->name, unknown->message);
  for (unsigned int i = 0; i < G_N_ELEMENTS (table); i++)
    if ((spec->proxy || !table[i].proxy_only) && !load_one (settings, &table[i], conf, error))
      return false;
  return check_supported (settings, conf, error);
}

/* The levels' old environment names besides numbers. */
static int
level_from_environment (const char *text)
{
  static const char *const names[] = { "", "debug", "info", "warning", "error" };

  for (int level = 1; level <= 4; level++)
    if (g_str_equal (text, names[level]) || (text[0] == '0' + level && text[1] == '\0'))
      return level;
  return 0;
}

bool
daemon_logging_start (const DaemonSettings *settings, const DaemonSpec *spec,
                      const DaemonOptions *options, GError **error)
{
  g_autofree char *file = path_make (PATH_LOG, "%s.log", spec->name);
  const char *filters = g_getenv ("LIBVIRT_LOG_FILTERS"), *outputs = g_getenv ("LIBVIRT_LOG_OUTPUTS");
  const char *debug = g_getenv ("LIBVIRT_DEBUG");
  int level = debug != NULL ? level_from_environment (debug) : 0;

  if (level == 0)
    level = (int) settings->log_level;
  if (options->verbose)
    level = MIN (level, LOG_LEVEL_INFO);
  return log_set_level (level, error)
    && log_set_filters (filters != NULL && *filters != '\0' ? filters : settings->log_filters, error)
    && log_init (spec->name, options->background, file, error)
    && log_set_outputs (outputs != NULL && *outputs != '\0' ? outputs : settings->log_outputs, error);
}
