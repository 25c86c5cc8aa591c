/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's files, made up below a root. */
#include "qemu/halt-poll.h"
#include "util/paths.h"

static void
write_counter (const char *root, const char *guest, const char *name, const char *value)
{
  g_autofree char *folder = g_build_filename (root, "sys/kernel/debug/kvm", guest, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, value, -1, NULL));
}

static void
test_counters (void)
{
  QemuHaltPoll counted;

  write_counter (path_root (), "42-13", "halt_poll_success_ns", "100\n");
  write_counter (path_root (), "42-13", "halt_poll_fail_ns", "7\n");
  write_counter (path_root (), "421-13", "halt_poll_success_ns", "5\n");
  qemu_halt_poll (42, &counted);
  g_assert_cmpuint (counted.success_ns, ==, 100);
  g_assert_cmpuint (counted.fail_ns, ==, 7);
  qemu_halt_poll (4, &counted);
  g_assert_cmpuint (counted.success_ns, ==, 0);
}

int
main (int argc, char **argv)
{
  g_autofree char *root = g_dir_make_tmp ("halt-poll-XXXXXX", NULL);
  g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", root);
  int status;

  g_test_init (&argc, &argv, NULL);
  path_init (root, false);
  g_test_add_func ("/qemu/halt-poll", test_counters);
  status = g_test_run ();
  g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
  return status;
}
