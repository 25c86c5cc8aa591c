/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cpu.h"

#include "util/cleanup.h"
#include "util/error.h"

/* Features of CPUID leaf 1 as QEMU's "feature-words" have them. */
static json_t *
words (json_int_t edx, json_int_t ecx)
{
  return json_pack ("[{s:s, s:i, s:I}, {s:s, s:i, s:I}]", "cpuid-register", "EDX", "cpuid-input-eax", 1, "features", edx,
                    "cpuid-register", "ECX", "cpuid-input-eax", 1, "features", ecx);
}

static Domain *
guest (const char *cpu)
{
  g_autofree char *xml = g_strdup_printf ("<domain type='kvm'><name>a</name><memory>1</memory><os><type arch='x86_64'>hvm</type></os>"
                                          "%s</domain>", cpu);
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return domain;
}

static const char *
policy (const Domain *domain, const char *feature)
{
  const DomainCpuFeature *item = cpu_find_policy (domain->cpu, feature);

  return item != NULL ? xml_enum_name (&cpu_policy_names, item->policy) : "";
}

/* 486 is fpu, vme and pse. */
static void
test_learn (void)
{
  g_autoptr (json_t) found = words (0x1 | 0x8 | 0x10, 0x1);
  g_autoptr (Domain) domain = guest ("<cpu><model>486</model><feature name='avx'/></cpu>");
  g_autoptr (Domain) strict = guest ("<cpu check='full'><model>486</model></cpu>");
  g_autoptr (json_t) unavailable = json_pack ("[s, s, s]", "topoext", "tsc", "abacus");
  g_autoptr (Domain) more = guest ("<cpu><model>486</model><feature name='rdctl-no' policy='force'/></cpu>");
  g_autoptr (Domain) unknown = guest ("<cpu><model>abacus</model></cpu>");
  g_autoptr (GError) error = NULL;

  g_assert_true (qemu_cpu_learn (domain, found, NULL, NULL));
  g_assert_cmpstr (policy (domain, "tsc"), ==, "require");
  g_assert_cmpstr (policy (domain, "pni"), ==, "require");
  g_assert_cmpstr (policy (domain, "vme"), ==, "disable");
  g_assert_cmpstr (policy (domain, "avx"), ==, "disable");
  g_assert_cmpuint (domain->cpu->features.n, ==, 4);
  g_assert_cmpint (domain->cpu->check, ==, CPU_CHECK_FULL);
  g_assert_true (qemu_cpu_learn (domain, found, NULL, NULL));
  g_assert_true (qemu_cpu_learn (more, found, unavailable, NULL));
  g_assert_cmpstr (policy (more, "topoext"), ==, "disable");
  g_assert_cmpstr (policy (more, "tsc"), ==, "require");
  g_assert_cmpstr (policy (more, "rdctl-no"), ==, "disable");
  g_assert_false (qemu_cpu_learn (strict, found, NULL, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
  g_assert_true (qemu_cpu_learn (unknown, found, NULL, NULL));
  g_assert_cmpuint (unknown->cpu->features.n, ==, 0);
}

/* An emulator that knows two models and says what the host has. */
static QemuCaps *
make_caps (void)
{
  static char *blockers[] = { (char *) "aes", NULL }, *none[] = { NULL };
  static QemuCpuModel westmere = { .name = (char *) "Westmere", .blockers = blockers };
  static QemuCpuModel old = { .name = (char *) "486", .blockers = none }, amd = { .name = (char *) "EPYC", .blockers = none };
  QemuCaps *caps = g_new0 (QemuCaps, 1);

  caps->binary = (char *) "qemu";
  caps->cpus[QEMU_ACCEL_TCG] = g_ptr_array_new ();
  g_ptr_array_add (caps->cpus[QEMU_ACCEL_TCG], &westmere);
  g_ptr_array_add (caps->cpus[QEMU_ACCEL_TCG], &old);
  g_ptr_array_add (caps->cpus[QEMU_ACCEL_TCG], &amd);
  caps->cpu_host[QEMU_ACCEL_TCG] = json_pack ("{s:s, s:{s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b}}", "name", "max", "props",
                                              "vendor", "GenuineIntel", "fpu", 1, "vme", 1, "pse", 1, "lahf-lm", 1,
                                              "pclmulqdq", 1, "tsc", 0, "invtsc", 1);
  json_object_set_new (json_object_get (caps->cpu_host[QEMU_ACCEL_TCG], "props"), "avx", json_false ());
  return caps;
}

static void
free_caps (QemuCaps *caps)
{
  g_ptr_array_unref (caps->cpus[QEMU_ACCEL_TCG]);
  json_decref (caps->cpu_host[QEMU_ACCEL_TCG]);
  g_free (caps);
}

static void
test_host_model (void)
{
  QemuCaps *caps = make_caps ();
  g_autoptr (Cpu) host = qemu_cpu_host_model (caps, QEMU_ACCEL_TCG, "x86_64");
  g_autoptr (Cpu) other = qemu_cpu_host_model (caps, QEMU_ACCEL_KVM, "x86_64");
  g_autofree char *text = NULL;
  CpuFeatures known;

  g_assert_null (other);
  g_assert_true (qemu_cpu_known_features (caps, QEMU_ACCEL_TCG, true, &known));
  text = cpu_features_to_text (&known);
  g_assert_cmpstr (text, ==, "fpu, vme, pse, tsc, pclmuldq, avx, lahf_lm, invtsc");
  g_assert_cmpstr (host->cpu.model, ==, "486");
  g_assert_cmpstr (host->cpu.vendor, ==, "Intel");
  g_assert_cmpuint (host->cpu.features.n, ==, 3);
  free_caps (caps);
}

static void
test_resolve (void)
{
  static const struct { const char *cpu; int code; const char *model, *feature, *policy; } cases[] = {
    { "<cpu mode='host-model'/>", 0, "486", "lahf_lm", "require" },
    { "<cpu mode='host-model'/>", 0, "486", "invtsc", "" },
    { "<cpu match='minimum'><model>486</model></cpu>", 0, "486", "pclmuldq", "require" },
    { "<cpu check='none'><model>486</model><feature name='avx' policy='optional'/></cpu>", 0, "486", "avx", "disable" },
    { "<cpu check='none'><model>486</model><feature name='cvt16' policy='optional'/></cpu>", 0, "486", "cvt16", "" },
    { "<cpu check='none'><model>486</model><feature name='osxsave'/></cpu>", 0, "486", "osxsave", "" },
    { "<cpu check='partial'><model>486</model><feature name='lahf_lm' policy='optional'/></cpu>", 0, "486", "lahf_lm", "require" },
    { "<cpu check='partial'><model>Westmere</model></cpu>", VIR_ERR_CPU_INCOMPATIBLE, NULL, NULL, NULL },
    { "<cpu check='none'><model fallback='forbid'>Nehalem</model></cpu>", VIR_ERR_CONFIG_UNSUPPORTED, NULL, NULL, NULL },
    { "<cpu check='none'><model>pentium</model></cpu>", 0, "486", "tsc", "require" },
    { "<cpu check='none'><model>abacus</model></cpu>", VIR_ERR_INTERNAL_ERROR, NULL, NULL, NULL },
  };
  QemuCaps *caps = make_caps ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Domain) domain = guest (cases[i].cpu);
      g_autoptr (GError) error = NULL;

      domain->type = VIRT_TYPE_QEMU;
      g_assert_cmpint (qemu_cpu_resolve (domain, caps, &error), ==, cases[i].code == 0);
      g_assert_cmpint (error != NULL ? error->code : 0, ==, cases[i].code);
      if (error != NULL)
        continue;
      g_assert_cmpstr (domain->cpu->model, ==, cases[i].model);
      g_assert_cmpstr (policy (domain, cases[i].feature), ==, cases[i].policy);
      g_assert_cmpint (domain->cpu->mode, ==, CPU_MODE_CUSTOM);
    }
  free_caps (caps);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qemu-cpu/learn", test_learn);
  g_test_add_func ("/qemu-cpu/host-model", test_host_model);
  g_test_add_func ("/qemu-cpu/resolve", test_resolve);
  return g_test_run ();
}
