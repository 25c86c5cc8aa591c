/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "qemu/config.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"

static char *folder, *log_path;

static QemuConfig *
load (const char *text, GError **error)
{
  g_autofree char *path = path_make (PATH_CONF, "qemu.conf");

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return qemu_config_load (error);
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QemuConfig) config
    = load ("user = \"+107\"\ngroup = \"+108\"\nvnc_tls = 1\nvnc_tls_x509_verify = 1\ndefault_tls_priority = \"@SYSTEM\"\n"
            "max_core = \"5MiB\"\nauto_dump_max_size = 4096\nsecurity_driver = [ \"apparmor\", \"selinux\" ]\n"
            "namespaces = [ ]\nhugetlbfs_mount = \"/huge\"\ncgroup_device_acl = [ \"/dev/null\" ]\n"
            "remote_display_port_min = 6000\nsched_core = \"full\"\nseccomp_sandbox = 0\nlock_manager = \"nop\"\n", &error);

  g_assert_no_error (error);
  if (!path_is_session ())
    {
      g_assert_cmpuint (config->uid, ==, 107);
      g_assert_cmpuint (config->gid, ==, 108);
    }
  g_assert_true (config->vnc_tls);
  g_assert_cmpint (config->tls[QEMU_TLS_VNC].verify, ==, 1);
  g_assert_cmpint (config->tls[QEMU_TLS_SPICE].verify, ==, 0);
  g_assert_cmpint (config->tls[QEMU_TLS_MIGRATE].verify, ==, 1);
  g_assert_cmpstr (config->tls[QEMU_TLS_VNC].cert_dir, ==, "/etc/pki/qemu");
  g_assert_cmpstr (config->tls[QEMU_TLS_SPICE].cert_dir, ==, "/etc/pki/libvirt-spice");
  g_assert_cmpstr (config->tls[QEMU_TLS_SPICE].priority, ==, "@SYSTEM");
  g_assert_cmpuint (config->max_core, ==, 5 << 20);
  g_assert_cmpstr (config->security_driver[1], ==, "selinux");
  g_assert_nonnull (config->namespaces);
  g_assert_null (config->namespaces[0]);
  g_assert_cmpstr (config->hugetlbfs_mount[0], ==, "/huge");
  g_assert_cmpuint (g_strv_length (config->cgroup_device_acl), ==, 1);
  g_assert_cmpuint (config->display_port_min, ==, 6000);
  g_assert_cmpint (config->seccomp_sandbox, ==, 0);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QemuConfig) config = load ("# nothing\n", &error);

  g_assert_no_error (error);
  g_assert_null (config->namespaces);
  g_assert_null (config->security_driver);
  g_assert_true (config->security_default_confined);
  g_assert_true (config->stdio_logd);
  g_assert_cmpuint (config->max_core, ==, UINT64_MAX);
  g_assert_cmpuint (g_strv_length (config->cgroup_device_acl), ==, 7);
  g_assert_cmpuint (config->gluster_debug_level, ==, 4);
}

static void
test_mistakes (void)
{
  static const struct { const char *text, *error; } mistakes[] = {
    { "\nuser = 1\n", ":2: setting 'user' must be" },
    { "vnc_tls = 2\n", ":1: setting 'vnc_tls' must be 0 or 1" },
    { "remote_display_port_min = 80\n", ":1: setting 'remote_display_port_min' must be" },
    { "#\n\nremote_display_port_min = 6000\nremote_display_port_max = 5999\n", ":3: setting 'remote_display_port_min'" },
    { "seccomp_sandbox = -2\n", ":1: setting 'seccomp_sandbox' must be" },
    { "namespaces = [ \"mount\", \"net\" ]\n", ":1: setting 'namespaces' is 'net', must be 'mount'" },
    { "namespaces = \"mount\"\n", ":1: setting 'namespaces' must be a list" },
    { "security_driver = \"tomoyo\"\n", ":1: setting 'security_driver' is 'tomoyo'" },
    { "stdio_handler = \"pipe\"\n", ":1: setting 'stdio_handler' is 'pipe', must be 'logd', 'file'" },
    { "max_core = \"much\"\n", ":1: setting 'max_core' must be a size" },
    { "lock_manager = \"lockd\"\n", ":1: setting 'lock_manager' asks for" },
    { "vnc_tls_x509_cert_dir = \"/nowhere\"\n", ":1: setting 'vnc_tls_x509_cert_dir' names a folder" },
    { "allow_disk_format_probing = 1\n", ":1: setting 'allow_disk_format_probing' must be" },
    { "qemu_rdp = 1\n", ":1: setting 'qemu_rdp' must be" },
    { "capability_filters = [ 1 ]\n", ":1: item 1 in the list of setting 'capability_filters'" },
    { "user = \n", ":1" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QemuConfig) config = load (mistakes[i].text, &error);

      g_assert_null (config);
      g_assert_nonnull (error);
      if (strstr (error->message, mistakes[i].error) == NULL)
        g_error ("%s: not '%s'", error->message, mistakes[i].error);
    }
}

/* What is ignored is said with file and line. */
static void
test_reports (void)
{
  static const char *const said[] = {
    "qemu.conf:2: there is no setting 'usre'; it is ignored",
    "qemu.conf:3: setting 'keepalive_count' has no effect: ",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (QemuConfig) config = load ("user = \"+1\"\nusre = \"x\"\nkeepalive_count = 5\n", &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (config);
  g_assert_true (g_file_get_contents (log_path, &text, NULL, NULL));
  for (unsigned int i = 0; i < G_N_ELEMENTS (said); i++)
    g_assert_nonnull (strstr (text, said[i]));
}

int
main (int argc, char **argv)
{
  g_autofree char *conf = NULL, *spice = NULL, *outputs = NULL, *command = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("test-config-XXXXXX", NULL);
  path_init (folder, false);
  conf = path_make (PATH_CONF, "%s", "");
  spice = path_host ("/etc/pki/libvirt-spice");
  g_mkdir_with_parents (conf, 0755);
  g_mkdir_with_parents (spice, 0755);
  log_path = g_build_filename (folder, "log", NULL);
  outputs = g_strdup_printf ("3:file:%s", log_path);
  log_set_outputs (outputs, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/mistakes", test_mistakes);
  g_test_add_func ("/config/reports", test_reports);
  result = g_test_run ();
  command = g_strdup_printf ("rm -r '%s'", folder);
  return g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL) ? result : 1;
}
