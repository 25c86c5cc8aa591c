/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions on disk: written, read back, and whole after a kill at every step. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/crash-point.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "vm/store.h"

static const char document[] =
  "<domain type='qemu'><name>%s</name><uuid>11111111-1111-4111-8111-%012u</uuid>"
  "<memory unit='KiB'>16384</memory><vcpu>1</vcpu>"
  "<os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os><title>%s</title></domain>";

typedef struct { char *root; } Fixture;

static void
fixture_set_up (Fixture *fixture, const void *data)
{
  fixture->root = g_dir_make_tmp ("vm-store-XXXXXX", NULL);
  path_init (fixture->root, false);
  g_assert_true (vm_store_setup (NULL));
}

static void
fixture_tear_down (Fixture *fixture, const void *data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->root);

  g_assert_cmpint (system (command), ==, 0);
  g_free (fixture->root);
}

static Domain *
make_domain (const char *name, unsigned int number, const char *title)
{
  g_autofree char *text = g_strdup_printf (document, name, number, title);
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (text, strlen (text), DOMAIN_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return domain;
}

static VmList *
load (void)
{
  VmList *list = vm_list_new ();

  g_assert_true (vm_store_load (list, NULL));
  return list;
}

static void
save (const char *name, unsigned int number, const char *title)
{
  g_autoptr (Domain) domain = make_domain (name, number, title);

  g_assert_true (vm_store_save (domain, NULL));
}

static void
assert_exists (PathKind kind, const char *name, bool exists)
{
  g_autofree char *path = path_driver (kind, "qemu", "%s", name);

  g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK), ==, exists);
}

static void
test_round_trip (Fixture *fixture, const void *data)
{
  VmList *list;
  g_autoptr (Vm) one = NULL, two = NULL;

  save ("one", 1, "the first");
  save ("two--x", 2, "a name with dashes");
  g_assert_true (vm_store_set_autostart ("one", VM_AUTOSTART_ALWAYS, true, NULL));
  list = load ();
  g_assert_cmpuint (vm_list_count (list, true, true), ==, 2);
  one = vm_list_by_name (list, "one");
  two = vm_list_by_name (list, "two--x");
  g_assert_true (one->autostart);
  g_assert_false (two->autostart);
  g_assert_cmpstr (one->config->title, ==, "the first");
  g_assert_true (vm_store_remove ("one", NULL));
  assert_exists (PATH_CONF, "one.xml", false);
  assert_exists (PATH_CONF, "autostart/one.xml", false);
  vm_list_free (list);
}

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = path_driver (PATH_CONF, "qemu", "%s", name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Files that are no good are left alone, and do not keep the others from being read. */
static void
test_bad_files (Fixture *fixture, const void *data)
{
  g_autofree char *other = g_strdup_printf (document, "other", 7, "t");
  g_autofree char *twin = g_strdup_printf (document, "twin", 1, "t");
  VmList *list;

  save ("good", 1, "t");
  write_file ("empty.xml", "");
  write_file ("broken.xml", "<domain type='qemu'><name>broken</na");
  write_file ("wrong-name.xml", other);
  write_file ("twin.xml", twin);
  list = load ();
  g_assert_cmpuint (vm_list_count (list, true, true), ==, 1);
  assert_exists (PATH_CONF, "empty.xml", true);
  assert_exists (PATH_CONF, "broken.xml", true);
  assert_exists (PATH_CONF, "wrong-name.xml", true);
  assert_exists (PATH_CONF, "twin.xml", true);
  vm_list_free (list);
}

static void
test_dangling_link (Fixture *fixture, const void *data)
{
  VmList *list;

  save ("gone", 1, "t");
  g_assert_true (vm_store_set_autostart ("gone", VM_AUTOSTART_ALWAYS, true, NULL));
  g_autofree char *path = vm_store_config_path ("gone");
  g_assert_cmpint (unlink (path), ==, 0);
  list = load ();
  assert_exists (PATH_CONF, "autostart/gone.xml", false);
  vm_list_free (list);
}

/* --- a kill at every step ------------------------------------------------------------------- */

/* Runs @change in a process that dies at its @nth crash point; false if it came through. */
static bool
crashes (void (*change) (void), unsigned int nth)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      g_autofree char *point = g_strdup_printf ("%u", nth);

      crash_point_arm (point);
      change ();
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) || WEXITSTATUS (status) == 0);
  return WIFSIGNALED (status);
}

static void
do_rename (void)
{
  g_autoptr (Domain) domain = make_domain ("new", 1, "t");

  if (!vm_store_rename ("old", domain, true, false, NULL))
    _exit (1);
}

static void
do_redefine (void)
{
  save ("old", 1, "changed");
}

static void
do_undefine (void)
{
  if (!vm_store_remove ("old", NULL))
    _exit (1);
}

/* The state before each try. */
static void
begin_again (void)
{
  vm_store_remove ("new", NULL);
  save ("old", 1, "t");
  g_assert_true (vm_store_set_autostart ("old", VM_AUTOSTART_ALWAYS, true, NULL));
}

static void
test_crash (Fixture *fixture, const void *data)
{
  void (*change) (void) = *(void (*const *) (void)) data;
  unsigned int nth = 1;

  for (;; nth++)
    {
      VmList *list;
      bool crashed;

      begin_again ();
      crashed = crashes (change, nth);
      list = load ();
      g_autoptr (Vm) before = vm_list_by_name (list, "old");
      g_autoptr (Vm) after = vm_list_by_name (list, "new");

      if (change == do_rename)
        {
          g_assert_cmpuint (vm_list_count (list, true, true), ==, 1);
          g_assert_true ((before != NULL ? before : after)->autostart);
          g_assert_true (crashed || after != NULL);
        }
      else if (change == do_redefine)
        {
          g_assert_nonnull (before);
          g_assert_true (before->autostart);
          g_assert_true (crashed || strcmp (before->config->title, "changed") == 0);
        }
      else
        {
          g_assert_true (before == NULL || before->autostart);
          g_assert_true (crashed || before == NULL);
        }
      vm_list_free (list);
      if (!crashed)
        break;
    }
  g_assert_cmpuint (nth, >, 2);
}

int
main (int argc, char **argv)
{
  static void (*const rename_change) (void) = do_rename;
  static void (*const redefine_change) (void) = do_redefine;
  static void (*const undefine_change) (void) = do_undefine;

  g_test_init (&argc, &argv, NULL);
#define ADD(path_, data_, function_) \
  g_test_add (path_, Fixture, data_, fixture_set_up, function_, fixture_tear_down)
  ADD ("/vm-store/round-trip", NULL, test_round_trip);
  ADD ("/vm-store/bad-files", NULL, test_bad_files);
  ADD ("/vm-store/dangling-link", NULL, test_dangling_link);
  ADD ("/vm-store/crash/rename", &rename_change, test_crash);
  ADD ("/vm-store/crash/redefine", &redefine_change, test_crash);
  ADD ("/vm-store/crash/undefine", &undefine_change, test_crash);
  return g_test_run ();
}
