/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "qemu/caps.h"
#include "qemu/config-table.h"
#include "util/conf.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"

#define LOG_CATEGORY "qemu.config"

#define DEFAULT_USER "libvirt-qemu"
#define SWTPM_USER "tss"
#define MAX_PORT 65535

/* What a device list of a control group always allows, as stock. */
static const char *const default_devices[] = {
  "/dev/null", "/dev/full", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/ptmx", "/dev/userfaultfd", NULL,
};

/* Where certificates are and whether clients need one, if nothing is set. */
static const struct { const char *key, *dir; bool verify; } tls_defaults[QEMU_TLS_N] = {
  [QEMU_TLS_DEFAULT] = { "default_tls_x509_cert_dir", "/etc/pki/qemu", false },
  [QEMU_TLS_VNC] = { "vnc_tls_x509_cert_dir", "/etc/pki/libvirt-vnc", false },
  [QEMU_TLS_SPICE] = { "spice_tls_x509_cert_dir", "/etc/pki/libvirt-spice", false },
  [QEMU_TLS_RDP] = { "rdp_tls_x509_cert_dir", "/etc/pki/libvirt-rdp", false },
  [QEMU_TLS_CHARDEV] = { "chardev_tls_x509_cert_dir", "/etc/pki/libvirt-chardev", true },
  [QEMU_TLS_VXHS] = { "vxhs_tls_x509_cert_dir", "/etc/pki/libvirt-vxhs", true },
  [QEMU_TLS_NBD] = { "nbd_tls_x509_cert_dir", "/etc/pki/libvirt-nbd", true },
  [QEMU_TLS_MIGRATE] = { "migrate_tls_x509_cert_dir", "/etc/pki/libvirt-migrate", true },
  [QEMU_TLS_BACKUP] = { "backup_tls_x509_cert_dir", "/etc/pki/libvirt-backup", true },
};

void
qemu_config_free (QemuConfig *config)
{
  if (config == NULL)
    return;
  for (unsigned int i = 0; i < qemu_config_n_keys; i++)
    {
      const QemuConfigKey *key = &qemu_config_keys[i];

      if (key->offset == QEMU_CONFIG_NOWHERE)
        continue;
      if (key->kind == KEY_STRING)
        g_free (G_STRUCT_MEMBER (char *, config, key->offset));
      else if (key->kind == KEY_LIST || key->kind == KEY_STRING_OR_LIST)
        g_strfreev (G_STRUCT_MEMBER (char **, config, key->offset));
    }
  /* Those without keys of their own were given the default's. */
  g_free (config->tls[QEMU_TLS_SPICE].secret_uuid);
  g_free (config->tls[QEMU_TLS_SPICE].priority);
  g_free (config->tls[QEMU_TLS_RDP].secret_uuid);
  g_free (config->tls[QEMU_TLS_RDP].priority);
  g_free (config->tls[QEMU_TLS_VXHS].priority);
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
  config->security_default_confined = true;
  for (unsigned int i = 0; i < QEMU_TLS_N; i++)
    config->tls[i].verify = -1;
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
  config->dump_image_format = g_strdup ("raw");
  config->cgroup_device_acl = g_strdupv ((char **) default_devices);
  config->bridge_helper = g_strdup ("/usr/lib/qemu/qemu-bridge-helper");
  config->pr_helper = g_strdup ("qemu-pr-helper");
  config->dbus_daemon = g_strdup ("dbus-daemon");
  config->gluster_debug_level = 4;
  config->hook_timeout = 60;
  config->deprecation_behavior = g_strdup ("none");
  return config;
}

/* --- reading -------------------------------------------------------------------------------- */

static bool
check_word (const Conf *conf, const QemuConfigKey *key, const char *value, GError **error)
{
  g_autofree char *all = NULL, *words = NULL;

  if (key->words == NULL || value == NULL || g_strv_contains (key->words, value))
    return true;
  all = g_strjoinv ("', '", (char **) key->words);
  words = g_strdup_printf ("is '%s', must be '%s'", value, all);
  return conf_fail (conf, key->key, words, error);
}

static bool
read_list (const Conf *conf, const QemuConfigKey *key, char ***value, GError **error)
{
  if (!conf_get_list (conf, key->key, key->kind == KEY_STRING_OR_LIST, value, error))
    return false;
  for (unsigned int i = 0; conf_has (conf, key->key) && *value != NULL && (*value)[i] != NULL; i++)
    if (!check_word (conf, key, (*value)[i], error))
      return false;
  return true;
}

/* "10GiB", "5M", "1000": bytes, by powers of 1024, of 1000 for "kB", "MB"... */
static bool
parse_size (const char *text, uint64_t *ret_bytes)
{
  static const char units[] = "kmgtpe";
  char *rest = NULL;
  uint64_t bytes = g_ascii_strtoull (text, &rest, 10);
  const char *unit;
  uint64_t base;

  if (rest == text || *text == '-')
    return false;
  rest = g_strchug (rest);
  *ret_bytes = bytes;
  if (*rest == '\0' || g_ascii_strcasecmp (rest, "b") == 0 || g_ascii_strcasecmp (rest, "bytes") == 0)
    return true;
  unit = strchr (units, g_ascii_tolower (*rest));
  base = g_ascii_strcasecmp (rest + 1, "b") == 0 ? 1000 : 1024;
  if (unit == NULL || (rest[1] != '\0' && base == 1024 && g_ascii_strcasecmp (rest + 1, "ib") != 0))
    return false;
  for (; unit >= units; unit--)
    if (__builtin_mul_overflow (bytes, base, &bytes))
      return false;
  *ret_bytes = bytes;
  return true;
}

static bool
read_size (const Conf *conf, const QemuConfigKey *key, uint64_t *value, GError **error)
{
  g_autofree char *text = NULL;
  int64_t number = 0;

  if (!conf_has (conf, key->key))
    return true;
  if (conf_get_string (conf, key->key, &text, NULL))
    {
      if (g_str_equal (text, "unlimited"))
        *value = UINT64_MAX;
      else if (!parse_size (text, value))
        return conf_fail (conf, key->key, "must be a size in bytes, a text such as \"10GiB\" or \"unlimited\"", error);
      return true;
    }
  if (!conf_get_int (conf, key->key, 0, INT64_MAX, &number, error))
    return false;
  *value = (uint64_t) number;
  return true;
}

static bool
read_int (const Conf *conf, const QemuConfigKey *key, int *value, GError **error)
{
  int64_t number = *value;

  if (!conf_get_int (conf, key->key, key->min, key->max, &number, error))
    return false;
  *value = (int) number;
  return true;
}

/* Checks the value's kind also where it goes nowhere. */
static bool
read_key (const Conf *conf, const QemuConfigKey *key, QemuConfig *config, GError **error)
{
  g_autofree char *string = NULL;
  g_auto (GStrv) list = NULL;
  uint64_t number = 0;
  bool nowhere = key->offset == QEMU_CONFIG_NOWHERE;
  void *number_at = nowhere ? (void *) &number : G_STRUCT_MEMBER_P (config, key->offset);
  char **string_at = nowhere ? &string : G_STRUCT_MEMBER_P (config, key->offset);
  char ***list_at = nowhere ? &list : G_STRUCT_MEMBER_P (config, key->offset);

  switch (key->kind)
    {
    case KEY_STRING:
      return conf_get_string (conf, key->key, string_at, error) && check_word (conf, key, *string_at, error);
    case KEY_BOOL:
      return conf_get_bool (conf, key->key, number_at, error);
    case KEY_INT:
      return read_int (conf, key, number_at, error);
    case KEY_UINT:
      return conf_get_uint (conf, key->key, (unsigned int) key->min, (unsigned int) key->max, number_at, error);
    case KEY_LIST:
    case KEY_STRING_OR_LIST:
      return read_list (conf, key, list_at, error);
    case KEY_SIZE:
      return read_size (conf, key, number_at, error);
    }
  return true;
}

static void
report_key (const Conf *conf, const char *name, unsigned int line)
{
  for (unsigned int i = 0; i < qemu_config_n_keys; i++)
    if (g_str_equal (qemu_config_keys[i].key, name))
      {
        if (qemu_config_keys[i].no_effect != NULL)
          log_warning ("%s:%u: setting '%s' has no effect: %s", conf_name (conf), line, name, qemu_config_keys[i].no_effect);
        return;
      }
  log_warning ("%s:%u: there is no setting '%s'; it is ignored", conf_name (conf), line, name);
}

/* Rules across keys, and those whose values are not kept as they are. */
static bool
read_special (const Conf *conf, QemuConfig *config, GError **error)
{
  g_autofree char *handler = NULL, *locks = NULL;

  if (!conf_get_string (conf, "stdio_handler", &handler, error)
      || !conf_get_string (conf, "lock_manager", &locks, error))
    return false;
  config->stdio_logd = handler == NULL || g_str_equal (handler, "logd");
  /* Guests would run in the belief that nobody else writes to their images. */
  if (locks != NULL && !g_str_equal (locks, "nop"))
    return conf_fail (conf, "lock_manager", "asks for a lock manager, of which there is none yet", error);
  if (config->display_port_min > config->display_port_max)
    return conf_fail (conf, conf_has (conf, "remote_display_port_min") ? "remote_display_port_min"
                            : "remote_display_port_max", "begins a range of ports that ends before", error);
  if (config->websocket_port_min > config->websocket_port_max)
    return conf_fail (conf, conf_has (conf, "remote_websocket_port_min") ? "remote_websocket_port_min"
                            : "remote_websocket_port_max", "begins a range of ports that ends before", error);
  return true;
}

static bool
is_folder (const char *path)
{
  g_autofree char *host = path_host (path);

  return g_file_test (host, G_FILE_TEST_IS_DIR);
}

/* A folder that is named must be there; of those that are not, an own one wins over the default. */
static bool
finish_tls (const Conf *conf, QemuConfig *config, GError **error)
{
  QemuTls *base = &config->tls[QEMU_TLS_DEFAULT];

  for (unsigned int i = 0; i < QEMU_TLS_N; i++)
    {
      QemuTls *tls = &config->tls[i];
      bool own = tls->cert_dir != NULL;

      if (own && !is_folder (tls->cert_dir))
        return conf_fail (conf, tls_defaults[i].key, "names a folder that does not exist", error);
      if (!own && (i == QEMU_TLS_DEFAULT || is_folder (tls_defaults[i].dir)))
        tls->cert_dir = g_strdup (tls_defaults[i].dir);
      else if (!own)
        {
          tls->cert_dir = g_strdup (base->cert_dir);
          if (tls->secret_uuid == NULL)
            tls->secret_uuid = g_strdup (base->secret_uuid);
        }
      if (tls->verify < 0 && i != QEMU_TLS_DEFAULT)
        tls->verify = base->verify >= 0 ? base->verify : tls_defaults[i].verify;
      if (tls->priority == NULL && i != QEMU_TLS_DEFAULT)
        tls->priority = g_strdup (base->priority);
    }
  base->verify = MAX (base->verify, 0);
  return true;
}

/* --- users ------------------------------------------------------------------------------------- */

/* "+1000" and numbers are ids, everything else is a name. */
static bool
parse_id (const char *text, unsigned int *ret_id)
{
  uint64_t id;

  if (text == NULL || !g_ascii_string_to_unsigned (*text == '+' ? text + 1 : text, 10, 0, UINT32_MAX - 1, &id, NULL))
    return false;
  *ret_id = (unsigned int) id;
  return true;
}

/* The group of @user goes to *@gid too. */
static bool
resolve_uid (const char *name, uid_t *uid, gid_t *gid)
{
  const struct passwd *user;

  if (parse_id (name, uid))
    return true;
  user = getpwnam (name);
  if (user == NULL)
    return false;
  *uid = user->pw_uid;
  *gid = user->pw_gid;
  return true;
}

static void
resolve_gid (const char *name, gid_t *gid)
{
  const struct group *group;

  if (name != NULL && !parse_id (name, gid) && (group = getgrnam (name)) != NULL)
    *gid = group->gr_gid;
}

/* Whom guests' helpers for TPMs run as: root if nobody is named and there is no user for it. */
static void
resolve_swtpm (QemuConfig *config)
{
  bool named = config->swtpm_user != NULL;

  if (!named && getpwnam (SWTPM_USER) != NULL)
    config->swtpm_user = g_strdup (SWTPM_USER);
  if (config->swtpm_user != NULL && !resolve_uid (config->swtpm_user, &config->swtpm_uid, &config->swtpm_gid))
    log_warning ("swtpm_user: user '%s' does not exist: TPMs run as root", config->swtpm_user);
  resolve_gid (config->swtpm_group, &config->swtpm_gid);
}

/* A user that does not exist leaves uid 0 and user_missing. At start, before clients: the user
 * database may be slow. */
static void
resolve_user (QemuConfig *config)
{
  gid_t groups[1];

  if (config->user == NULL)
    return;
  config->user_missing = !resolve_uid (config->user, &config->uid, &config->gid);
  resolve_gid (config->group, &config->gid);
  if (config->user_missing)
    {
      log_warning ("user '%s' does not exist: guests run as root", config->user);
      config->uid = 0;
      config->gid = 0;
    }
  qemu_user_groups (config->uid, config->gid, groups, G_N_ELEMENTS (groups));
  qemu_caps_set_user (config->uid, config->gid);
  resolve_swtpm (config);
}

QemuConfig *
qemu_config_load (GError **error)
{
  g_autofree char *path = path_make (PATH_CONF, "qemu.conf");
  g_autoptr (Conf) conf = conf_load (path, false, error);
  g_autoptr (QemuConfig) config = NULL;

  if (conf == NULL)
    return NULL;
  config = config_defaults ();
  conf_each (conf, report_key);
  for (unsigned int i = 0; i < qemu_config_n_keys; i++)
    if (!read_key (conf, &qemu_config_keys[i], config, error))
      return NULL;
  if (!read_special (conf, config, error) || !finish_tls (conf, config, error))
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
