/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration files: what can be read can be written back and means the same. */
#include "fuzz.h"
#include "util/conf.h"

/* Asks for every type of a key; the answers need only be safe. */
static void
ask (const Conf *conf, const char *key)
{
  int64_t number = 0;
  unsigned int positive = 0;
  bool flag = false;
  g_autofree char *string = NULL;
  g_auto (GStrv) list = NULL;

  conf_has (conf, key);
  conf_get_int (conf, key, -5, 5, &number, NULL);
  conf_get_uint (conf, key, 0, 100, &positive, NULL);
  conf_get_bool (conf, key, &flag, NULL);
  conf_get_string (conf, key, &string, NULL);
  conf_get_list (conf, key, true, &list, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const known[] = { "a", "max_clients", "log_filters", "cgroup_device_acl", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Conf) conf = conf_parse ("input", (const char *) data, (gssize) size, &error);
  g_autoptr (Conf) again = NULL;
  g_autofree char *first = NULL, *second = NULL;

  g_assert_true ((conf == NULL) == (error != NULL));
  if (conf == NULL)
    return 0;
  for (unsigned int i = 0; known[i] != NULL; i++)
    ask (conf, known[i]);
  conf_check_keys (conf, known, NULL, NULL);
  first = conf_format (conf);
  again = conf_parse ("again", first, -1, &error);
  g_assert_no_error (error);
  second = conf_format (again);
  g_assert_cmpstr (first, ==, second);
  return 0;
}
