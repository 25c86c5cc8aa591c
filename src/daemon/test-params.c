/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typed parameters: what a call takes, and how a reply is cut to what the client has room for. */
#include "daemon/checks.h"
#include "daemon/params.h"

static const ParamRow rows[] = {
  { "one", VIR_TYPED_PARAM_UINT },
  { "two", VIR_TYPED_PARAM_STRING },
};

#define ONE(type_) { .field = (char *) "one", .value = { .type = type_ } }
#define TWO { .field = (char *) "two", .value = { .type = VIR_TYPED_PARAM_STRING } }
#define THREE { .field = (char *) "three", .value = { .type = VIR_TYPED_PARAM_INT } }

static void
test_check (void)
{
  static const struct { RemoteTypedParam params[2]; unsigned int n; int code; } cases[] = {
    { { }, 0, 0 },
    { { ONE (VIR_TYPED_PARAM_UINT), TWO }, 2, 0 },
    { { ONE (VIR_TYPED_PARAM_INT) }, 1, VIR_ERR_INVALID_ARG },
    { { TWO, THREE }, 2, VIR_ERR_ARGUMENT_UNSUPPORTED },
    { { TWO, TWO }, 2, VIR_ERR_INVALID_ARG },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      bool ok = params_check (cases[i].params, cases[i].n, rows, G_N_ELEMENTS (rows), &error);

      g_assert_cmpint (ok ? 0 : (int) error->code, ==, cases[i].code);
    }
}

static void
test_find (void)
{
  const RemoteTypedParam params[] = {
    { .field = (char *) "a", .value = { .type = VIR_TYPED_PARAM_INT, .i = -3 } },
    { .field = (char *) "b", .value = { .type = VIR_TYPED_PARAM_UINT, .ui = 4000000000u } },
    { .field = (char *) "c", .value = { .type = VIR_TYPED_PARAM_BOOLEAN, .b = 1 } },
    { .field = (char *) "d", .value = { .type = VIR_TYPED_PARAM_ULLONG, .ul = 1ull << 40 } },
  };
  const int64_t numbers[] = { -3, 4000000000, 1, 1ll << 40 };

  for (unsigned int i = 0; i < G_N_ELEMENTS (params); i++)
    g_assert_cmpint (params_number (params_find (params, G_N_ELEMENTS (params), params[i].field)), ==, numbers[i]);
  g_assert_null (params_find (params, G_N_ELEMENTS (params), "e"));
  g_assert_null (params_find (params, 1, "b"));
}

static void
test_reply (void)
{
  static const struct { int wanted; unsigned int n; int count; } cases[] = {
    { -1, 3, 3 }, { 0, 0, 3 }, { 2, 2, 2 }, { 9, 3, 3 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Params) params = { 0 }, reply = { 0 };
      int count = -1;

      params_add_int (&params, "a", 1);
      params_add_string (&params, "b", "text");
      params_add_string (&params, "c", "more");
      params_reply (&params, cases[i].wanted, &reply.items, &reply.n, &count);
      g_assert_cmpuint (reply.n, ==, cases[i].n);
      g_assert_cmpint (count, ==, cases[i].count);
      if (reply.n >= 2)
        g_assert_cmpstr (reply.items[1].value.s, ==, "text");
    }
}

static void
test_flags (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (call_check_flags (3, 7, VIR_FROM_NETWORK, "virNetworkX", NULL));
  g_assert_false (call_check_flags (9, 7, VIR_FROM_NETWORK, "virNetworkX", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INVALID_ARG);
  g_assert_cmpstr (error->message, ==, "unsupported flags (0x8) in virNetworkX");
  g_assert_true (call_check_exclusive (1, 3, VIR_FROM_NETWORK, "A and B", "virNetworkX", NULL));
  g_assert_false (call_check_exclusive (3, 3, VIR_FROM_NETWORK, "A and B", "virNetworkX", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/params/check", test_check);
  g_test_add_func ("/params/find", test_find);
  g_test_add_func ("/params/reply", test_reply);
  g_test_add_func ("/checks/flags", test_flags);
  return g_test_run ();
}
