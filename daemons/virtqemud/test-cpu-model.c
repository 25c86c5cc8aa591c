/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu-model.h"
#include "util/cleanup.h"

/* Features of CPUID leaf 1 as QEMU's "feature-words" have them. */
static json_t *
words (json_int_t edx, json_int_t ecx)
{
  return json_pack ("[{s:s, s:i, s:I}, {s:s, s:i, s:I}]", "cpuid-register", "EDX", "cpuid-input-eax", 1, "features", edx,
                    "cpuid-register", "ECX", "cpuid-input-eax", 1, "features", ecx);
}

static bool
has (const GPtrArray *names, const char *name)
{
  return g_ptr_array_find_with_equal_func ((GPtrArray *) names, name, g_str_equal, NULL);
}

/* 486 is fpu, vme and pse. */
static void
test_compare (void)
{
  g_autoptr (json_t) exact = words (0x1 | 0x2 | 0x8, 0);
  g_autoptr (json_t) other = words (0x1 | 0x8 | 0x10, 0x1);
  g_autoptr (CpuGuess) same = cpu_model_compare ("486", exact);
  g_autoptr (CpuGuess) different = cpu_model_compare ("486", other);

  g_assert_cmpuint (same->required->len + same->disabled->len, ==, 0);
  g_assert_true (has (different->required, "tsc"));
  g_assert_true (has (different->required, "pni"));
  g_assert_true (has (different->disabled, "vme"));
  g_assert_cmpuint (different->required->len + different->disabled->len, ==, 3);
  g_assert_null (cpu_model_compare ("abacus", exact));
}

static void
test_expansion (void)
{
  g_autoptr (json_t) props = json_pack ("{s:s, s:{s:s, s:b, s:b, s:b, s:b, s:b, s:b}}", "name", "max", "props",
                                        "vendor", "GenuineIntel", "fpu", 1, "vme", 1, "pse", 1, "lahf-lm", 1,
                                        "pclmulqdq", 1, "tsc", 0);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (CpuGuess) guess = NULL, none = cpu_model_of_expansion (props, names);

  g_assert_null (none);
  g_hash_table_add (names, (void *) "486");
  g_hash_table_add (names, (void *) "EPYC");    /* closer or not: another maker's */
  guess = cpu_model_of_expansion (props, names);
  g_assert_cmpstr (guess->model, ==, "486");
  g_assert_cmpstr (guess->vendor, ==, "Intel");
  g_assert_true (has (guess->required, "lahf_lm"));
  g_assert_true (has (guess->required, "pclmuldq"));
  g_assert_cmpuint (guess->disabled->len, ==, 0);
}

static void
test_names (void)
{
  static const char *const pairs[][2] = {
    { "pclmuldq", "pclmulqdq" }, { "lahf_lm", "lahf-lm" }, { "sse4.1", "sse4.1" }, { "avx512-bf16", "avx512-bf16" },
  };
  g_autofree const char **models = cpu_model_names ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *name = cpu_feature_to_qemu (pairs[i][0]);

      g_assert_cmpstr (name, ==, pairs[i][1]);
    }
  g_assert_true (g_strv_contains (models, "qemu64"));
  g_assert_cmpstr (cpu_model_vendor ("EPYC"), ==, "AMD");
  g_assert_cmpstr (cpu_model_vendor ("qemu64"), ==, "unknown");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cpu-model/compare", test_compare);
  g_test_add_func ("/cpu-model/expansion", test_expansion);
  g_test_add_func ("/cpu-model/names", test_names);
  return g_test_run ();
}
