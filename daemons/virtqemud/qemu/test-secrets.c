/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealing of secrets, by a known answer. */
#include "qemu/secrets.h"

#include <string.h>

#include "util/error.h"

/* What openssl enc -aes-256-cbc makes of the same. */
static void
test_known (void)
{
  g_autoptr (GError) error = NULL;
  uint8_t key[QEMU_MASTER_KEY_BYTES], iv[16];
  g_autofree char *text = NULL;

  for (unsigned int i = 0; i < sizeof key; i++)
    key[i] = (uint8_t) i;
  for (unsigned int i = 0; i < sizeof iv; i++)
    iv[i] = (uint8_t) i;
  text = qemu_secret_encrypt_now (key, iv, "secret", 6, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "6H5G+J59TZQMdlkJH18ekw==");
  g_free (text);
  text = qemu_secret_encrypt_now (key, iv, "sixteen bytes...", 16, &error);
  g_assert_cmpstr (text, ==, "iaSCacDY40SaLqxW4JDuCgQeHIclVUvN7UtQc9HLR6g=");
}

static void
test_empty (void)
{
  const uint8_t key[QEMU_MASTER_KEY_BYTES] = { 0 }, iv[16] = { 0 };
  g_autofree char *text = qemu_secret_encrypt_now (key, iv, "", 0, NULL);
  gsize length;
  g_autofree guchar *data = g_base64_decode (text, &length);

  g_assert_nonnull (data);
  g_assert_cmpuint (length, ==, 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secrets/known", test_known);
  g_test_add_func ("/secrets/empty", test_empty);
  return g_test_run ();
}
