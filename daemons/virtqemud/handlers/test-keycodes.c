/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same key in every set that is translated. */
#include "handlers/keycodes.h"
#include "libvirt-constants.h"
#include "util/error.h"

static const struct { const char *key; unsigned int linux_code, usb, win32, xt, atset2, atset3, osx, qnum; } rows[] = {
  { "A", 30, 0x04, 'A', 0x1e, 0x1c, 0x1c, 0x00, 0x1e },
  { "Enter", 28, 0x28, 0x0d, 0x1c, 0x5a, 0x5a, 0x24, 0x1c },
  { "Escape", 1, 0x29, 0x1b, 0x01, 0x76, 0x08, 0x35, 0x01 },
  { "F12", 88, 0x45, 0x7b, 0x58, 0x07, 0x5e, 0x6f, 0x58 },
  { "Delete", 111, 0x4c, 0x2e, 0xe053, 0xe071, 0x64, 0x75, 0xd3 },
  { "Right Alt", 100, 0xe6, 0xa5, 0xe038, 0xe011, 0x39, 0x3d, 0xb8 },
  { "Up", 103, 0x52, 0x26, 0xe048, 0xe075, 0x63, 0x7e, 0xc8 },
};

static void
test_keys (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const struct { unsigned int set, code; } forms[] = {
        { VIR_KEYCODE_SET_LINUX, rows[i].linux_code }, { VIR_KEYCODE_SET_USB, rows[i].usb },
        { VIR_KEYCODE_SET_WIN32, rows[i].win32 },      { VIR_KEYCODE_SET_XT, rows[i].xt },
        { VIR_KEYCODE_SET_ATSET1, rows[i].xt },        { VIR_KEYCODE_SET_QNUM, rows[i].qnum },
        { VIR_KEYCODE_SET_ATSET2, rows[i].atset2 },    { VIR_KEYCODE_SET_ATSET3, rows[i].atset3 },
        { VIR_KEYCODE_SET_OSX, rows[i].osx },
      };

      for (unsigned int f = 0; f < G_N_ELEMENTS (forms); f++)
        {
          unsigned int qnum = 0;

          g_assert_true (keycode_to_qnum (forms[f].set, forms[f].code, &qnum, NULL));
          g_assert_cmpuint (qnum, ==, rows[i].qnum);
        }
    }
}

static const struct { unsigned int set, code; int error; } refused[] = {
  { VIR_KEYCODE_SET_LINUX, 600, VIR_ERR_INTERNAL_ERROR },
  { VIR_KEYCODE_SET_WIN32, 65535, VIR_ERR_INTERNAL_ERROR },
  { VIR_KEYCODE_SET_XT, 70000, VIR_ERR_INTERNAL_ERROR },
  { VIR_KEYCODE_SET_QNUM, 256, VIR_ERR_INTERNAL_ERROR },
  { VIR_KEYCODE_SET_XT, 0x11e, VIR_ERR_INTERNAL_ERROR },
  { VIR_KEYCODE_SET_WIN32, 30, VIR_ERR_INTERNAL_ERROR },
  { VIR_KEYCODE_SET_ATSET2, 0xe0ff, VIR_ERR_INTERNAL_ERROR },
  { 77, 30, VIR_ERR_INVALID_ARG },
};

static void
test_refused (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      unsigned int qnum = 7;

      g_assert_false (keycode_to_qnum (refused[i].set, refused[i].code, &qnum, &error));
      g_assert_error (error, VIRT_ERROR, refused[i].error);
      g_assert_cmpuint (qnum, ==, 7);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keycodes/keys", test_keys);
  g_test_add_func ("/keycodes/refused", test_refused);
  return g_test_run ();
}
