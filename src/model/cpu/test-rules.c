/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing, adapting and finding CPUs; expected results are stock libvirt 9.0.0's. */
#include "model/cpu/rules.h"
#include "util/error.h"
#include "util/json.h"

#define HOST_XML \
  "<cpu><arch>x86_64</arch><model>Penryn</model><vendor>Intel</vendor><feature name='vmx'/><feature name='invtsc'/></cpu>"

static Cpu *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  Cpu *cpu = cpu_parse (xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return cpu;
}

/* A CPU in one line: "model vendor +required -disabled !forbidden *forced". */
static char *
shorten (const DomainCpu *cpu)
{
  static const char signs[CPU_POLICY_LAST] = {
    [CPU_POLICY_ABSENT] = ' ', [CPU_POLICY_FORCE] = '*', [CPU_POLICY_REQUIRE] = '+', [CPU_POLICY_OPTIONAL] = '?',
    [CPU_POLICY_DISABLE] = '-', [CPU_POLICY_FORBID] = '!',
  };
  GString *text = g_string_new (cpu->model);

  if (cpu->vendor != NULL)
    g_string_append_printf (text, " %s", cpu->vendor);
  for (unsigned int i = 0; i < cpu->features.n; i++)
    g_string_append_printf (text, " %c%s", signs[cpu->features.items[i]->policy], cpu->features.items[i]->name);
  return g_string_free (text, FALSE);
}

static void
test_compare (void)
{
  static const struct { const char *xml; CpuComparison result; const char *reason; } cases[] = {
    { HOST_XML, CPU_IDENTICAL, NULL },
    { "<cpu><model>Penryn</model><feature name='vmx'/><feature name='invtsc'/></cpu>", CPU_IDENTICAL, NULL },
    { "<cpu><model>Conroe</model></cpu>", CPU_SUPERSET, NULL },
    { "<cpu match='strict'><model>Conroe</model></cpu>", CPU_INCOMPATIBLE, "vmx, cx16, sse4.1, invtsc" },
    { "<cpu match='strict'><model>Penryn</model><feature name='vmx'/><feature name='invtsc' policy='optional'/>"
      "<feature name='avx' policy='force'/></cpu>", CPU_IDENTICAL, NULL },
    { "<cpu><model>Nehalem</model></cpu>", CPU_INCOMPATIBLE, "sse4.2, popcnt" },
    { "<cpu><model>Nehalem</model><feature name='sse4.2' policy='disable'/><feature name='popcnt' policy='optional'/></cpu>",
      CPU_SUPERSET, NULL },
    { "<cpu><model>Conroe</model><feature name='vmx' policy='forbid'/></cpu>", CPU_INCOMPATIBLE, "vmx" },
    { "<cpu><model>486</model><vendor>AMD</vendor></cpu>", CPU_INCOMPATIBLE, "AMD" },
    { "<cpu><arch>ppc64</arch><model>POWER8</model></cpu>", CPU_INCOMPATIBLE, "ppc64" },
    { "<cpu mode='host-model'/>", CPU_SUPERSET, NULL },
  };
  g_autoptr (Cpu) host = parse (HOST_XML);

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Cpu) cpu = parse (cases[i].xml);
      g_autoptr (GError) error = NULL;
      g_autofree char *reason = NULL;
      CpuComparison result;

      cpu_compare (host, cpu, &result, &reason, &error);
      g_assert_no_error (error);
      g_assert_cmpint (result, ==, cases[i].result);
      g_assert_true (cases[i].reason == NULL ? reason == NULL : reason != NULL && strstr (reason, cases[i].reason) != NULL);
    }
}

static void
test_unknown (void)
{
  static const char *const xml[] = {
    "<cpu><model>abacus</model></cpu>", "<cpu><model>486</model><feature name='beads' policy='optional'/></cpu>",
  };
  g_autoptr (Cpu) host = parse (HOST_XML);

  for (unsigned int i = 0; i < G_N_ELEMENTS (xml); i++)
    {
      g_autoptr (Cpu) cpu = parse (xml[i]);
      g_autoptr (GError) error = NULL, other = NULL;
      CpuComparison result;

      g_assert_false (cpu_compare (host, cpu, &result, NULL, &error));
      g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
      g_assert_false (cpu_update (&cpu->cpu, host, &other));
      g_assert_error (other, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
    }
}

static void
test_bad_documents (void)
{
  static const struct { const char *xml; int code; } cases[] = {
    { "<cpu", VIR_ERR_XML_DETAIL }, { "<cpu><arch>x86_64</arch></cpu>", VIR_ERR_XML_ERROR },
    { "<cpu><arch>abacus</arch><model>486</model></cpu>", VIR_ERR_CONFIG_UNSUPPORTED },
    { "<cpu mode='host-model'><arch>x86_64</arch><model>486</model></cpu>", VIR_ERR_CONFIG_UNSUPPORTED },
    { "<cpu><model>486</model><feature name='vme'/><feature name='vme'/></cpu>", VIR_ERR_XML_ERROR },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (cpu_parse (cases[i].xml, strlen (cases[i].xml), 0, &error));
      g_assert_error (error, VIRT_ERROR, cases[i].code);
      g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_CPU);
    }
}

static void
test_update (void)
{
  static const struct { const char *xml, *result; } cases[] = {
    { "<cpu mode='host-model'/>", "Penryn Intel +vmx" },
    { "<cpu mode='host-model'><feature name='vmx' policy='disable'/><feature name='avx' policy='optional'/></cpu>",
      "Penryn Intel -vmx -avx" },
    { "<cpu match='minimum'><model>486</model><feature name='sse' policy='optional'/></cpu>", "Penryn +vmx +sse" },
    { "<cpu><model>486</model><feature name='avx' policy='optional'/><feature name='sse' policy='optional'/>"
      "<feature name='lm' policy='force'/></cpu>", "486 -avx +sse *lm" },
    { "<cpu><model>EPYC</model></cpu>", "EPYC -monitor" },
    { "<cpu><model>EPYC</model><feature name='monitor'/></cpu>", "EPYC +monitor" },
    { "<cpu><model>486</model><feature name='abacus'/></cpu>", "486 +abacus" },
  };
  g_autoptr (Cpu) host = parse (HOST_XML);

  cpu_drop_unmigratable (host);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Cpu) cpu = parse (cases[i].xml);
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;

      cpu_update (&cpu->cpu, host, &error);
      g_assert_no_error (error);
      text = shorten (&cpu->cpu);
      g_assert_cmpstr (text, ==, cases[i].result);
      g_assert_cmpint (cpu->cpu.match, ==, CPU_MATCH_EXACT);
    }
}

static void
test_translate (void)
{
  g_autoptr (Cpu) cpu = parse ("<cpu><model>Penryn</model><feature name='vmx'/></cpu>");
  g_autoptr (Cpu) fixed = parse ("<cpu><model fallback='forbid'>Penryn</model></cpu>");
  g_autoptr (GHashTable) choices = cpu_choices_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  cpu_choices_add (choices, "core2duo", NULL);
  cpu_choices_add (choices, "Conroe", NULL);
  g_assert_true (cpu_translate (&cpu->cpu, "x86_64", choices, &error));
  text = shorten (&cpu->cpu);
  g_assert_cmpstr (text, ==, "Conroe +vmx +cx16 +sse4.1");
  g_assert_false (cpu_translate (&fixed->cpu, "x86_64", choices, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_CONFIG_UNSUPPORTED);
}

/* What two CPUs have in common, and how it is said. */
static void
test_baseline (void)
{
#define CPU(model_, more_) "<cpu><arch>x86_64</arch><model>" model_ "</model>" more_ "</cpu>"
  static const struct { const char *one, *two; bool migratable; const char *result; int code; } cases[] = {
    { CPU ("486", "<feature name='avx'/>"), NULL, false, "486 +avx", 0 },
    { CPU ("Westmere", "<vendor>Intel</vendor>"), CPU ("Nehalem", "<vendor>Intel</vendor>"), false, "Nehalem Intel", 0 },
    { CPU ("Westmere", "<vendor>Intel</vendor>"), CPU ("Nehalem", ""), false, "Nehalem", 0 },
    { CPU ("486", "<feature name='invtsc'/>"), CPU ("pentium", "<feature name='invtsc'/>"), true, "486", 0 },
    { CPU ("EPYC-Milan", ""), NULL, true, "EPYC-Milan", 0 },
    { "<cpu match='exact'><model>486</model><feature policy='optional' name='x'/></cpu>", NULL, false, "486", 0 },
    { "<cpu match='exact'><model>486</model><feature policy='disable' name='x'/></cpu>", NULL, false, NULL,
      VIR_ERR_INTERNAL_ERROR },
    { CPU ("486", "<vendor>AMD</vendor>"), CPU ("486", "<vendor>Intel</vendor>"), false, NULL, VIR_ERR_OPERATION_FAILED },
    { CPU ("486", "<vendor>Abacus</vendor>"), NULL, false, NULL, VIR_ERR_OPERATION_FAILED },
    { CPU ("486", ""), CPU ("Conroe", "<vendor>AMD</vendor>"), false, NULL, VIR_ERR_OPERATION_FAILED },
    { "<cpu mode='host-model'/>", NULL, false, NULL, VIR_ERR_INVALID_ARG },
    { "<cpu><arch>ppc64</arch><model>POWER8</model></cpu>", "<cpu><arch>ppc64</arch><model>POWER7</model></cpu>", false, NULL,
      VIR_ERR_OPERATION_FAILED },
    { "<cpu><arch>s390x</arch><model>z13</model></cpu>", NULL, false, NULL, VIR_ERR_NO_SUPPORT },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Cpu) one = parse (cases[i].one), two = cases[i].two != NULL ? parse (cases[i].two) : NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (DomainCpu) result = cpu_baseline ((Cpu *[]) { one, two }, two != NULL ? 2 : 1, "x86_64", NULL, NULL,
                                                   cases[i].migratable, &error);
      g_autofree char *text = result != NULL ? shorten (result) : NULL;

      g_assert_cmpstr (text, ==, cases[i].result);
      g_assert_cmpint (error != NULL ? error->code : 0, ==, cases[i].code);
    }
}

/* Features that are missing cost more than those that are added. */
static void
test_find (void)
{
  static const struct { const char *model, *without, *with, *result; } cases[] = {
    { "Westmere", NULL, NULL, "Westmere Intel" },
    { "Westmere", "aes", NULL, "Nehalem Intel" },
    { "Haswell", "movbe", NULL, "Haswell Intel -movbe" },
    { "core2duo", "syscall", "lahf_lm", "n270 Intel +pse36 +lm +lahf_lm" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CpuFacts facts = { .features = cpu_model_find (cases[i].model)->features, .vendor = "Intel" };
      CpuSearch search = { .host = false };
      g_autoptr (DomainCpu) found = NULL;
      g_autofree char *text = NULL;

      if (cases[i].without != NULL)
        cpu_features_remove (&facts.features, (unsigned int) cpu_feature_find (cases[i].without));
      if (cases[i].with != NULL)
        cpu_features_add (&facts.features, (unsigned int) cpu_feature_find (cases[i].with));
      found = cpu_find_model (&facts, &search, NULL);
      text = shorten (found);
      g_assert_cmpstr (text, ==, cases[i].result);
    }
}

static void
test_definitions (void)
{
  static const char text[] = "[{\"name\": \"Nehalem\", \"unavailable-features\": []},"
                             " {\"name\": \"Westmere\", \"unavailable-features\": [\"pclmulqdq\", \"aes\"]}]";
  static const char expansion[] = "{\"name\": \"base\", \"props\": {\"vendor\": \"GenuineIntel\", \"family\": 6, \"model\": 44,"
                                  " \"stepping\": 2, \"sse4-1\": true, \"xd\": true, \"pae\": false, \"abacus\": true}}";
  json_t *definitions = json_from_text (text, strlen (text), "test", NULL);
  json_t *model = json_from_text (expansion, strlen (expansion), "test", NULL);
  g_autoptr (GHashTable) choices = cpu_choices_of_definitions (definitions);
  CpuFacts facts = cpu_facts_of_expansion (model);
  CpuSearch search = { .choices = choices };
  g_autoptr (DomainCpu) found = NULL;
  g_autofree char *features = cpu_features_to_text (&facts.features);

  g_assert_cmpstr (features, ==, "sse4.1, nx");
  g_assert_cmpuint (cpu_signature_pack (&facts.signature), ==, 0x206c2);
  facts.features = cpu_model_find ("Westmere")->features;
  found = cpu_find_model (&facts, &search, NULL);
  g_autofree char *said = shorten (found);
  g_assert_cmpstr (said, ==, "Westmere Intel -pclmuldq -aes");
  json_decref (definitions);
  json_decref (model);
}

static void
test_live (void)
{
  g_autoptr (Cpu) cpu = parse ("<cpu><model>486</model><feature name='avx'/></cpu>");
  CpuFeatures enabled = cpu_model_find ("486")->features, disabled = { { 0 } };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  cpu_features_add (&enabled, (unsigned int) cpu_feature_find ("hypervisor"));
  cpu_features_add (&disabled, (unsigned int) cpu_feature_find ("avx"));
  cpu->cpu.check = CPU_CHECK_FULL;
  g_assert_false (cpu_update_live (&cpu->cpu, &enabled, &disabled, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
  cpu->cpu.check = CPU_CHECK_PARTIAL;
  g_assert_true (cpu_update_live (&cpu->cpu, &enabled, &disabled, NULL));
  text = shorten (&cpu->cpu);
  g_assert_cmpstr (text, ==, "486 -avx +hypervisor");
}

static void
test_power (void)
{
  static const struct { const char *xml; CpuComparison result; } cases[] = {
    { "<cpu><model>POWER8</model></cpu>", CPU_IDENTICAL }, { "<cpu><model>POWER7</model></cpu>", CPU_INCOMPATIBLE },
    { "<cpu mode='host-model'/>", CPU_IDENTICAL }, { "<cpu mode='host-model'><model>power7</model></cpu>", CPU_IDENTICAL },
    { "<cpu mode='host-model'><model>power9</model></cpu>", CPU_INCOMPATIBLE },
    { "<cpu><model>POWER8_v1.0</model></cpu>", CPU_IDENTICAL },
  };
  g_autoptr (Cpu) host = parse ("<cpu><arch>ppc64</arch><model>POWER8</model></cpu>");

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Cpu) cpu = parse (cases[i].xml);
      g_autoptr (GError) error = NULL;
      CpuComparison result;

      cpu_convert_legacy (&cpu->cpu);
      cpu_compare (host, cpu, &result, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (result, ==, cases[i].result);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cpu/compare", test_compare);
  g_test_add_func ("/cpu/unknown", test_unknown);
  g_test_add_func ("/cpu/bad-documents", test_bad_documents);
  g_test_add_func ("/cpu/update", test_update);
  g_test_add_func ("/cpu/translate", test_translate);
  g_test_add_func ("/cpu/baseline", test_baseline);
  g_test_add_func ("/cpu/find", test_find);
  g_test_add_func ("/cpu/definitions", test_definitions);
  g_test_add_func ("/cpu/live", test_live);
  g_test_add_func ("/cpu/power", test_power);
  return g_test_run ();
}
