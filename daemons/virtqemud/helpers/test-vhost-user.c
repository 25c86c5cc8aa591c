/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/vhost-user.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "util/error.h"

static char *folders[3];

static void
put (unsigned int folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folders[folder], name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_find (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *gpu = NULL, *fs = NULL, *input = NULL;

  put (1, "30-gpu.json", "{\"type\": \"gpu\", \"binary\": \"/masked\"}");
  put (1, "50-gpu.json", "{\"type\": \"gpu\", \"binary\": \"/usr/second\"}");
  put (0, "30-gpu.json", "");
  put (0, "40-gpu.json", "{\"type\": \"gpu\", \"binary\": \"/etc/first\"}");
  put (1, "20-broken.json", "{");
  put (1, "60-fs.json", "{\"type\": \"fs\", \"binary\": \"/usr/fs\"}");
  put (0, "60-fs.json", "{\"type\": \"fs\", \"binary\": \"/etc/fs\"}");
  put (0, "10-not.txt", "{\"type\": \"input\", \"binary\": \"/no\"}");
  gpu = vhost_user_find ("gpu", &error);
  g_assert_cmpstr (gpu, ==, "/etc/first");
  fs = vhost_user_find ("fs", &error);
  g_assert_cmpstr (fs, ==, "/etc/fs");
  input = vhost_user_find ("input", &error);
  g_assert_null (input);
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
}

int
main (int argc, char **argv)
{
  g_autofree char *remove = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  folders[0] = g_dir_make_tmp ("vhost-user-XXXXXX", NULL);
  folders[1] = g_dir_make_tmp ("vhost-user-XXXXXX", NULL);
  vhost_user_set_folders ((const char *const *) folders);
  g_test_add_func ("/vhost-user/find", test_find);
  result = g_test_run ();
  remove = g_strdup_printf ("rm -rf '%s' '%s'", folders[0], folders[1]);
  g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
  g_free (folders[0]);
  g_free (folders[1]);
  return result;
}
