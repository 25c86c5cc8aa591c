/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "qemu/caps.h"
#include "util/conf.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"

#define LOG_CATEGORY "qemu.config"

#define DEFAULT_USER "libvirt-qemu"
#define MAX_PORT 65535

/* Keys with a place in QemuConfig. */
static const struct { const char *key; size_t offset; } string_keys[] = {
  { "user", offsetof (QemuConfig, user) }, { "group", offsetof (QemuConfig, group) },
  { "vnc_listen", offsetof (QemuConfig, vnc_listen) }, { "spice_listen", offsetof (QemuConfig, spice_listen) },
  { "vnc_password", offsetof (QemuConfig, vnc_password) },
  { "spice_password", offsetof (QemuConfig, spice_password) },
  { "memory_backing_dir", offsetof (QemuConfig, memory_backing_dir) },
  { "auto_dump_path", offsetof (QemuConfig, auto_dump_path) },
}, bool_keys[] = {
  { "dynamic_ownership", offsetof (QemuConfig, dynamic_ownership) },
  { "remember_owner", offsetof (QemuConfig, remember_owner) },
  { "vnc_auto_unix_socket", offsetof (QemuConfig, vnc_auto_unix_socket) },
  { "vnc_allow_host_audio", offsetof (QemuConfig, vnc_allow_host_audio) },
  { "nographics_allow_host_audio", offsetof (QemuConfig, nographics_allow_host_audio) },
  { "vnc_tls", offsetof (QemuConfig, vnc_tls) }, { "spice_tls", offsetof (QemuConfig, spice_tls) },
  { "vnc_sasl", offsetof (QemuConfig, vnc_sasl) }, { "log_timestamp", offsetof (QemuConfig, log_timestamp) },
  { "dump_guest_core", offsetof (QemuConfig, dump_guest_core) },
  { "set_process_name", offsetof (QemuConfig, set_process_name) },
}, list_keys[] = {
  { "nvram", offsetof (QemuConfig, nvram) },
  { "cgroup_device_acl", offsetof (QemuConfig, cgroup_device_acl) },
};

static const struct { const char *key; size_t offset; unsigned int min, max; } uint_keys[] = {
  { "remote_display_port_min", offsetof (QemuConfig, display_port_min), 5900, MAX_PORT },
  { "remote_display_port_max", offsetof (QemuConfig, display_port_max), 5900, MAX_PORT },
  { "remote_websocket_port_min", offsetof (QemuConfig, websocket_port_min), 5700, MAX_PORT },
  { "remote_websocket_port_max", offsetof (QemuConfig, websocket_port_max), 5700, MAX_PORT },
  { "max_processes", offsetof (QemuConfig, max_processes), 0, UINT32_MAX },
  { "max_files", offsetof (QemuConfig, max_files), 0, UINT32_MAX },
  { "max_queued", offsetof (QemuConfig, max_queued), 0, UINT32_MAX },
  { "auto_start_delay", offsetof (QemuConfig, auto_start_delay), 0, UINT32_MAX },
};

/* Known to stock, accepted, and without effect here yet. */
static const char *const other_keys[] = {
  "default_tls_x509_cert_dir", "default_tls_x509_verify", "default_tls_x509_secret_uuid", "default_tls_priority",
  "vnc_tls_x509_cert_dir", "vnc_tls_x509_verify", "vnc_tls_x509_secret_uuid", "vnc_tls_priority", "vnc_sasl_dir",
  "spice_tls_x509_cert_dir", "spice_auto_unix_socket", "spice_sasl", "spice_sasl_dir", "rdp_listen",
  "rdp_tls_x509_cert_dir", "rdp_username", "rdp_password", "chardev_tls", "chardev_tls_x509_cert_dir",
  "chardev_tls_x509_verify", "chardev_tls_x509_secret_uuid", "chardev_tls_priority", "vxhs_tls",
  "vxhs_tls_x509_cert_dir", "vxhs_tls_x509_secret_uuid", "nbd_tls", "nbd_tls_x509_cert_dir",
  "nbd_tls_x509_secret_uuid", "nbd_tls_priority", "migrate_tls_x509_cert_dir", "migrate_tls_x509_verify",
  "migrate_tls_x509_secret_uuid", "migrate_tls_priority", "migrate_tls_force", "backup_tls_x509_cert_dir",
  "backup_tls_x509_verify", "backup_tls_x509_secret_uuid", "backup_tls_priority", "security_driver",
  "security_default_confined", "security_require_confined", "cgroup_controllers", "save_image_format",
  "dump_image_format", "snapshot_image_format", "auto_dump_bypass_cache", "auto_dump_max_size",
  "auto_start_bypass_cache", "auto_shutdown_try_save", "auto_shutdown_try_shutdown", "auto_shutdown_poweroff",
  "auto_shutdown_wait", "auto_shutdown_restore", "auto_save_bypass_cache", "hugetlbfs_mount", "bridge_helper",
  "max_threads_per_process", "max_core", "mac_filter", "relaxed_acs_check", "lock_manager", "keepalive_interval",
  "keepalive_count", "seccomp_sandbox", "migration_address", "migration_host", "migration_port_min",
  "migration_port_max", "backup_port_min", "backup_port_max", "stdio_handler", "gluster_debug_level",
  "virtiofsd_debug", "namespaces", "pr_helper", "slirp_helper", "qemu_rdp", "qemu_vnc", "dbus_daemon", "swtpm_user",
  "swtpm_group", "capability_filters", "deprecation_behavior", "sched_core", "storage_use_nbdkit",
  "shared_filesystems", "default_cpu_deprecated_features", "allow_disk_format_probing",
  "clear_emulator_capabilities", NULL,
};

void
qemu_config_free (QemuConfig *config)
{
  if (config == NULL)
    return;
  for (unsigned int i = 0; i < G_N_ELEMENTS (string_keys); i++)
    g_free (G_STRUCT_MEMBER (char *, config, string_keys[i].offset));
  g_strfreev (config->nvram);
  g_strfreev (config->cgroup_device_acl);
  g_free (config);
}

static QemuConfig *
config_defaults (void)
{
  QemuConfig *config = g_new0 (QemuConfig, 1);
  bool root = !path_is_session ();

  config->user = root ? g_strdup (DEFAULT_USER) : NULL;
  config->group = root ? g_strdup (DEFAULT_USER) : NULL;
  config->dynamic_ownership = config->remember_owner = root;
  config->vnc_listen = g_strdup ("127.0.0.1");
  config->spice_listen = g_strdup ("127.0.0.1");
  config->display_port_min = 5900;
  config->display_port_max = MAX_PORT;
  config->websocket_port_min = 5700;
  config->websocket_port_max = MAX_PORT;
  config->seccomp_sandbox = -1;
  config->stdio_logd = config->log_timestamp = true;
  config->max_core = UINT64_MAX;
  config->memory_backing_dir = path_driver (PATH_LIB, "qemu", "ram");
  config->auto_dump_path = path_driver (PATH_LIB, "qemu", "dump");
  return config;
}

/* Keys whose values are more than one kind of thing. */
static bool
read_special (const Conf *conf, QemuConfig *config, GError **error)
{
  g_autofree char *handler = NULL, *core = NULL;
  int64_t number = -1;

  if (!conf_get_int (conf, "seccomp_sandbox", -1, 1, &number, error)
      || !conf_get_string (conf, "stdio_handler", &handler, error))
    return false;
  config->seccomp_sandbox = (int) number;
  if (handler != NULL && !g_str_equal (handler, "logd") && !g_str_equal (handler, "file"))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONF_SYNTAX,
                 "%s: stdio_handler is '%s', must be 'logd' or 'file'", conf_name (conf), handler);
  config->stdio_logd = handler == NULL || g_str_equal (handler, "logd");
  if (!conf_has (conf, "max_core"))
    return true;
  if (conf_get_string (conf, "max_core", &core, NULL))
    {
      if (!g_str_equal (core, "unlimited"))
        return fail (error, VIR_FROM_QEMU, VIR_ERR_CONF_SYNTAX,
                     "%s: max_core is '%s', must be a number of bytes or 'unlimited'", conf_name (conf), core);
      return true;
    }
  if (!conf_get_int (conf, "max_core", 0, INT64_MAX, &number, error))
    return false;
  config->max_core = (uint64_t) number;
  return true;
}

static bool
read_keys (const Conf *conf, QemuConfig *config, GError **error)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (string_keys); i++)
    if (!conf_get_string (conf, string_keys[i].key, G_STRUCT_MEMBER_P (config, string_keys[i].offset), error))
      return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (bool_keys); i++)
    if (!conf_get_bool (conf, bool_keys[i].key, G_STRUCT_MEMBER_P (config, bool_keys[i].offset), error))
      return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (list_keys); i++)
    if (!conf_get_list (conf, list_keys[i].key, false, G_STRUCT_MEMBER_P (config, list_keys[i].offset), error))
      return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (uint_keys); i++)
    if (!conf_get_uint (conf, uint_keys[i].key, uint_keys[i].min, uint_keys[i].max,
                        G_STRUCT_MEMBER_P (config, uint_keys[i].offset), error))
      return false;
  if (config->display_port_min > config->display_port_max
      || config->websocket_port_min > config->websocket_port_max)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "%s: a port range ends before it begins", conf_name (conf));
  return read_special (conf, config, error);
}

/* "+1000" and numbers are ids, everything else is a name. */
static bool
parse_id (const char *text, unsigned int *ret_id)
{
  uint64_t id;

  if (!g_ascii_string_to_unsigned (*text == '+' ? text + 1 : text, 10, 0, UINT32_MAX - 1, &id, NULL))
    return false;
  *ret_id = (unsigned int) id;
  return true;
}

/* A user that does not exist leaves uid 0 and user_missing. At start, before clients: the user
 * database may be slow. */
static void
resolve_user (QemuConfig *config)
{
  const struct passwd *user;
  const struct group *group;
  unsigned int id;
  gid_t groups[1];

  if (config->user == NULL)
    return;
  if (parse_id (config->user, &id))
    config->uid = id;
  else if ((user = getpwnam (config->user)) != NULL)
    {
      config->uid = user->pw_uid;
      config->gid = user->pw_gid;
    }
  else
    config->user_missing = true;
  if (parse_id (config->group, &id))
    config->gid = id;
  else if ((group = getgrnam (config->group)) != NULL)
    config->gid = group->gr_gid;
  if (config->user_missing)
    {
      log_warning ("user '%s' does not exist: guests run as root", config->user);
      config->uid = 0;
      config->gid = 0;
    }
  qemu_user_groups (config->uid, config->gid, groups, G_N_ELEMENTS (groups));
  qemu_caps_set_user (config->uid, config->gid);
}

QemuConfig *
qemu_config_load (GError **error)
{
  g_autofree char *path = path_make (PATH_CONF, "qemu.conf");
  g_autoptr (Conf) conf = conf_load (path, false, error);
  g_autoptr (QemuConfig) config = NULL;
  const char *known[G_N_ELEMENTS (string_keys) + G_N_ELEMENTS (bool_keys) + G_N_ELEMENTS (list_keys)
                    + G_N_ELEMENTS (uint_keys) + 1] = { NULL };
  unsigned int n = 0;

  if (conf == NULL)
    return NULL;
  for (unsigned int i = 0; i < G_N_ELEMENTS (string_keys); i++)
    known[n++] = string_keys[i].key;
  for (unsigned int i = 0; i < G_N_ELEMENTS (bool_keys); i++)
    known[n++] = bool_keys[i].key;
  for (unsigned int i = 0; i < G_N_ELEMENTS (list_keys); i++)
    known[n++] = list_keys[i].key;
  for (unsigned int i = 0; i < G_N_ELEMENTS (uint_keys); i++)
    known[n++] = uint_keys[i].key;
  config = config_defaults ();
  if (!conf_check_keys (conf, known, other_keys, error) || !read_keys (conf, config, error))
    return NULL;
  /* A session's guests are its user's. */
  if (path_is_session ())
    {
      g_clear_pointer (&config->user, g_free);
      g_clear_pointer (&config->group, g_free);
      config->dynamic_ownership = config->remember_owner = false;
    }
  resolve_user (config);
  return g_steal_pointer (&config);
}
