/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "util/error.h"

static bool
fails_with_context (const char *what, GError **error)
{
  ERROR_PREFIX (error, "opening '%s'", what);

  return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "no such guest");
}

static void
test_prefix (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fails_with_context ("a", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_NO_DOMAIN);
  g_assert_cmpstr (error->message, ==, "opening 'a': no such guest");
  g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_QEMU);
  g_assert_false (fails_with_context ("a", NULL));
}

static void
test_errno (void)
{
  g_autoptr (GError) error = NULL;

  fail_errno (&error, VIR_FROM_NONE, ENOENT, "cannot open %s", "x");
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_SYSTEM_ERROR);
  g_assert_cmpint (virt_error_detail (error)->int1, ==, ENOENT);
  g_assert_cmpstr (error->message, ==, "cannot open x: No such file or directory");
}

static void
test_remote_copy (void)
{
  g_autoptr (GError) error = virt_error_new_remote (VIR_ERR_RPC, VIR_FROM_RPC, VIR_ERR_WARNING, "m", "1", NULL, "3", 4, 5);
  g_autoptr (GError) copy = g_error_copy (error);
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, 1, "foreign");

  g_clear_error (&error);
  g_assert_cmpstr (virt_error_detail (copy)->str3, ==, "3");
  g_assert_cmpint (virt_error_detail (copy)->int2, ==, 5);
  g_assert_cmpint (virt_error_detail (copy)->level, ==, VIR_ERR_WARNING);
  g_assert_cmpint (virt_error_code (foreign), ==, VIR_ERR_INTERNAL_ERROR);
  g_assert_cmpint (virt_error_detail (foreign)->int1, ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/prefix", test_prefix);
  g_test_add_func ("/error/errno", test_errno);
  g_test_add_func ("/error/remote", test_remote_copy);
  return g_test_run ();
}
