/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "util/error.h"
#include "util/json.h"

static json_t *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  json_t *value = json_from_text (text, strlen (text), "test", &error);

  g_assert_no_error (error);
  return value;
}

static void
test_text (void)
{
  static const char text[] = "{\"b\":[1,2.5,null,\"\xc3\xa4\"],\"a\":true}";
  g_autoptr (json_t) value = parse (text);
  g_autoptr (json_t) number = parse ("42");
  g_autofree char *back = json_to_text (value);
  g_autofree char *short_back = json_to_text (number);

  g_assert_cmpstr (back, ==, text);
  g_assert_cmpstr (short_back, ==, "42");
}

static void
test_bad_text (void)
{
  static const char *const bad[] = { "", "{", "{\"a\":}", "[1,]", "1 2", "nul", "\"\xff\"" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (json_from_text (bad[i], strlen (bad[i]), "reply of x", &error));
      g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
      g_assert_true (g_str_has_prefix (error->message, "reply of x: "));
    }
}

static void
test_members (void)
{
  g_autoptr (json_t) value = parse ("{\"s\":\"x\",\"i\":-5,\"f\":false,\"o\":{\"k\":1},\"l\":[1],\"n\":null}");
  const char *string = NULL;
  int64_t number = 0;
  bool flag = true;
  json_t *object = NULL, *array = NULL;

  g_assert_true (json_want_string (value, "s", "test", &string, NULL));
  g_assert_cmpstr (string, ==, "x");
  g_assert_true (json_want_int (value, "i", "test", &number, NULL));
  g_assert_cmpint (number, ==, -5);
  g_assert_true (json_want_bool (value, "f", "test", &flag, NULL));
  g_assert_false (flag);
  g_assert_true (json_want_object (value, "o", "test", &object, NULL));
  g_assert_cmpint (json_get_int (object, "k", 0), ==, 1);
  g_assert_true (json_want_array (value, "l", "test", &array, NULL));
  g_assert_cmpuint (json_array_size (array), ==, 1);

  g_assert_cmpstr (json_get_string (value, "i", "fallback"), ==, "fallback");
  g_assert_cmpint (json_get_int (value, "none", 7), ==, 7);
  g_assert_true (json_get_bool (value, "s", true));
  g_assert_false (json_get_bool (value, "f", true));
}

static void
test_wrong_members (void)
{
  g_autoptr (json_t) value = parse ("{\"s\":\"x\",\"i\":1}");
  g_autoptr (GError) missing = NULL, wrong = NULL, nothing = NULL;
  int64_t number = 3;
  const char *string = "old";

  g_assert_false (json_want_int (value, "none", "the reply", &number, &missing));
  g_assert_cmpstr (missing->message, ==, "the reply: member 'none' is missing");
  g_assert_false (json_want_int (value, "s", "the reply", &number, &wrong));
  g_assert_cmpstr (wrong->message, ==, "the reply: member 's' is a string instead of an integer");
  g_assert_false (json_want_string (NULL, "s", "the reply", &string, &nothing));
  g_assert_error (nothing, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  g_assert_cmpint (number, ==, 3);
  g_assert_cmpstr (string, ==, "old");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/text", test_text);
  g_test_add_func ("/json/bad-text", test_bad_text);
  g_test_add_func ("/json/members", test_members);
  g_test_add_func ("/json/wrong-members", test_wrong_members);
  return g_test_run ();
}
