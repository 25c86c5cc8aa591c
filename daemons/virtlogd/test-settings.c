/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtlogd.conf: sizes, bounds and defaults. */
#include "settings.h"
#include "util/error.h"
#include "util/paths.h"

static void
test_values (void)
{
  static const struct
  {
    const char *text;
    uint64_t max_size;
    unsigned int max_backups, max_age_days;
    const char *root;
  } rows[] = {
    { "", 2097152, 3, 0, "/r/var/log/libvirt" },
    { "max_size = 4096", 4096, 3, 0, "/r/var/log/libvirt" },
    { "max_size = 0\nmax_backups = 0", 0, 0, 0, "/r/var/log/libvirt" },
    { "max_size = \"2MiB\"", 2097152, 3, 0, "/r/var/log/libvirt" },
    { "max_size = \"3 k\"", 3072, 3, 0, "/r/var/log/libvirt" },
    { "max_size = \"1MB\"", 1000000, 3, 0, "/r/var/log/libvirt" },
    { "max_size = \"12\"", 12, 3, 0, "/r/var/log/libvirt" },
    { "max_age_days = 7", 2097152, 3, 7, "/r/var/log/libvirt" },
    { "log_root = \"/srv/logs\"", 2097152, 3, 0, "/r/srv/logs" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Conf) conf = conf_parse ("test.conf", rows[i].text, -1, &error);
      g_auto (Settings) settings = { 0 };

      g_test_message ("%s", rows[i].text);
      settings_read (conf, &settings, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (settings.limits.max_size, ==, rows[i].max_size);
      g_assert_cmpuint (settings.limits.max_backups, ==, rows[i].max_backups);
      g_assert_cmpuint (settings.max_age_days, ==, rows[i].max_age_days);
      g_assert_cmpstr (settings.root, ==, rows[i].root);
    }
}

static void
test_mistakes (void)
{
  static const char *const rows[] = {
    "max_size = -1", "max_size = \"\"", "max_size = \"MiB\"", "max_size = \"2 parsecs\"", "max_size = \"-2\"",
    "max_size = \"99999999999999999999\"", "max_size = \"99999999999 TiB\"", "max_size = [ \"2\" ]",
    "max_backups = -1", "max_backups = \"3\"", "max_backups = 4294967296", "max_age_days = -1",
    "log_root = 1", "log_root = \"relative\"", "log_root = \"\"",
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Conf) conf = conf_parse ("test.conf", rows[i], -1, NULL);
      g_auto (Settings) settings = { 0 };

      g_test_message ("%s", rows[i]);
      g_assert_nonnull (conf);
      g_assert_false (settings_read (conf, &settings, &error));
      g_assert_true (error->domain == VIRT_ERROR);
      g_assert_nonnull (g_strrstr (error->message, "test.conf"));
      g_assert_null (settings.root);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  path_init ("/r", false);
  g_test_add_func ("/settings/values", test_values);
  g_test_add_func ("/settings/mistakes", test_mistakes);
  return g_test_run ();
}
