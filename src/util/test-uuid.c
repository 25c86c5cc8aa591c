/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "util/uuid.h"

#define TEXT "8510b1a1-1afa-4da6-8111-785fae202c1e"

/* What the stock parser takes and refuses. */
static const struct { const char *text; bool valid; } forms[] = {
  { TEXT, true },
  { "8510b1a11afa4da68111785fae202c1e", true },
  { "8510B1A1-1AFA-4da6-8111-785fae202c1e", true },
  { " " TEXT " ", true },
  { TEXT "\n", true },
  { "85 10b1a1-1afa-4da6-8111-785fae202c1e", true },
  { "8510b1a1--1afa-4da6-8111-785fae202c1e", true },
  { "-" TEXT, true },
  { "85-10-b1a1-1afa-4da6-8111-785fae202c1e", true },
  { TEXT " x", false },
  { TEXT "-", false },
  { TEXT "00", false },
  { "8510b1a1-1afa-4da6-8111-785fae202c1", false },
  { "8-510b1a1-1afa-4da6-8111-785fae202c1e", false },
  { "{" TEXT "}", false },
  { "\v" TEXT, false },
  { "", false },
  { NULL, false },
};

static void
test_forms (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      uint8_t uuid[UUID_SIZE], untouched[UUID_SIZE];
      char text[UUID_TEXT_SIZE];

      memset (uuid, 0x5a, sizeof uuid);
      memset (untouched, 0x5a, sizeof untouched);
      g_test_message ("'%s'", forms[i].text != NULL ? forms[i].text : "(null)");
      g_assert_cmpint (uuid_parse (forms[i].text, uuid), ==, forms[i].valid);
      if (forms[i].valid)
        g_assert_cmpstr (uuid_format (uuid, text), ==, TEXT);
      else
        g_assert_cmpmem (uuid, sizeof uuid, untouched, sizeof untouched);
    }
}

static void
test_generate (void)
{
  uint8_t a[UUID_SIZE] = { 0 }, b[UUID_SIZE] = { 0 };

  g_assert_false (uuid_is_valid (a));
  memset (b, 0xff, sizeof b);
  g_assert_false (uuid_is_valid (b));
  uuid_generate (a);
  uuid_generate (b);
  g_assert_true (uuid_is_valid (a));
  g_assert_false (uuid_equal (a, b));
  g_assert_cmpuint (a[6] >> 4, ==, 4);
  g_assert_cmpuint (a[8] >> 6, ==, 2);
}

static void
test_table (void)
{
  g_autoptr (GHashTable) table = g_hash_table_new (uuid_hash, uuid_equal);
  uint8_t keys[100][UUID_SIZE], copy[UUID_SIZE];

  for (unsigned int i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      uuid_generate (keys[i]);
      g_hash_table_add (table, keys[i]);
    }
  g_assert_cmpuint (g_hash_table_size (table), ==, G_N_ELEMENTS (keys));
  memcpy (copy, keys[42], UUID_SIZE);
  g_assert_true (g_hash_table_lookup (table, copy) == keys[42]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uuid/forms", test_forms);
  g_test_add_func ("/uuid/generate", test_generate);
  g_test_add_func ("/uuid/table", test_table);
  return g_test_run ();
}
