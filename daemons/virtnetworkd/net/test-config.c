/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.conf: what it sets and what it may not say. */
#include <string.h>

#include "net/config.h"
#include "util/paths.h"

static char *root;

static void
write_conf (const char *text)
{
  g_autofree char *path = path_make (PATH_CONF, "network.conf"), *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_missing (void)
{
  g_assert_true (net_config_load (NULL));
  g_assert_cmpuint (net_config ()->hook_timeout, ==, 60);
}

static void
test_rows (void)
{
  static const struct { const char *text; int code; unsigned int hook_timeout; const char *words; } rows[] = {
    { "hook_timeout = 5\nfirewall_backend = \"nftables\"\n", 0, 5, NULL },
    { "hook_timeout = 0\nunknown = 1\n", 0, 0, NULL },
    { "firewall_backend = \"iptables\"\n", VIR_ERR_CONFIG_UNSUPPORTED, 0, "firewall_backend \"iptables\"" },
    { "firewall_backend = \"pf\"\n", VIR_ERR_CONF_SYNTAX, 0, "firewall_backend" },
    { "hook_timeout = -1\n", VIR_ERR_INTERNAL_ERROR, 0, "hook_timeout" },
    { "hook_timeout = \"x\"\n", VIR_ERR_INTERNAL_ERROR, 0, "hook_timeout" },
    { "hook_timeout\n", VIR_ERR_CONF_SYNTAX, 0, "network.conf" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      bool ok;

      write_conf (rows[i].text);
      ok = net_config_load (&error);
      g_assert_cmpint (ok ? 0 : (int) error->code, ==, rows[i].code);
      if (ok)
        g_assert_cmpuint (net_config ()->hook_timeout, ==, rows[i].hook_timeout);
      else
        g_assert_nonnull (strstr (error->message, rows[i].words));
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *command = NULL;
  int rc;

  g_test_init (&argc, &argv, NULL);
  root = g_dir_make_tmp ("net-config-XXXXXX", NULL);
  path_init (root, false);
  g_test_add_func ("/net-config/missing", test_missing);
  g_test_add_func ("/net-config/rows", test_rows);
  rc = g_test_run ();
  command = g_strdup_printf ("rm -r '%s'", root);
  g_assert_cmpint (system (command), ==, 0);
  g_free (root);
  return rc;
}
