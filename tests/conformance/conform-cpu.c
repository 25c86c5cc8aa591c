/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-cpu.c: processors: comparing, adapting, decoding, baselines. */
#include "conform.h"

#include <stdlib.h>
#include <string.h>

#include "model/cpu/rules.h"
#include "util/json.h"

static char *do_what, *host_path, *other_path, *definitions_path, *models, *feature, *flags, *use, *enabled_path, *disabled_path;
static const GOptionEntry options[] = {
  { "do", 0, 0, G_OPTION_ARG_STRING, &do_what, "compare, update, guest, baseline, decode-host, decode-guest, expansion, "
    "signature, feature or live", "WHAT" },
  { "host", 0, 0, G_OPTION_ARG_FILENAME, &host_path, "the host's CPU", "FILE" },
  { "with", 0, 0, G_OPTION_ARG_FILENAME, &other_path, "baseline: one CPU more", "FILE" },
  { "qmp", 0, 0, G_OPTION_ARG_FILENAME, &definitions_path, "decode: QEMU's answers say which models there are", "FILE" },
  { "models", 0, 0, G_OPTION_ARG_STRING, &models, "guest: the models that there are", "NAME,..." },
  { "feature", 0, 0, G_OPTION_ARG_STRING, &feature, "feature: its name", "NAME" },
  { "flags", 0, 0, G_OPTION_ARG_STRING, &flags, "baseline: expand-features, migratable", "FLAG,..." },
  { "use", 0, 0, G_OPTION_ARG_STRING, &use, "expansion: expansion, definitions", "ANSWER,..." },
  { "enabled", 0, 0, G_OPTION_ARG_FILENAME, &enabled_path, "live: what QEMU enabled", "FILE" },
  { "disabled", 0, 0, G_OPTION_ARG_FILENAME, &disabled_path, "live: what QEMU disabled", "FILE" },
  { 0 }
};

/* One <cpu>, or several in an element of their own. */
typedef struct { XML_LIST (Cpu) cpus; } CpuList;
static const XmlField list_rows[] = { XML_ITEMS (CpuList, cpus, "cpu", cpu_schema), XML_END };
static const XmlSchema list_schema = XML_SCHEMA (CpuList, "cpuTest", list_rows, .from = VIR_FROM_CPU);

static void *
read_document (const XmlSchema *schema, const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);

  return text != NULL ? xml_parse (schema, text, strlen (text), 0, error) : NULL;
}

static bool
add_cpus (CpuList *list, const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autofree char *root = text != NULL ? document_root_name (text) : NULL;
  bool is_list = g_strcmp0 (root, "cpuTest") == 0;
  void *object = text != NULL ? xml_parse (is_list ? &list_schema : &cpu_schema, text, strlen (text), 0, error) : NULL;

  if (object == NULL)
    return false;
  if (!is_list)
    xml_list_append (&list->cpus, object);
  else
    while (((CpuList *) object)->cpus.n > 0)
      xml_list_append (&list->cpus, xml_list_steal (&((CpuList *) object)->cpus, 0));
  if (is_list)
    xml_free (&list_schema, object);
  return true;
}

/* The answers of QEMU in a file, one after the other: the @index-th, its "return". */
static json_t *
read_answer (const char *path, unsigned int index, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  const char *at = text;
  json_t *answer = NULL, *value;

  for (unsigned int i = 0; text != NULL && i <= index; i++)
    {
      json_error_t problem;

      json_decref (answer);
      answer = json_loads (at, JSON_DISABLE_EOF_CHECK, &problem);
      if (answer == NULL)
        return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s: answer %u: %s", path, i, problem.text);
      at += problem.position;
    }
  value = json_incref (json_object_get (answer, "return"));
  json_decref (answer);
  return value;
}

static GHashTable *
read_choices (const char *path, GError **error)
{
  json_t *definitions = read_answer (path, 1, error);
  GHashTable *choices = definitions != NULL ? cpu_choices_of_definitions (definitions) : NULL;

  json_decref (definitions);
  return choices;
}

/* --- the kinds of work -------------------------------------------------------------------- */

static bool
compare_with_host (const Cpu *cpu, const Cpu *host, CpuComparison *ret, GError **error)
{
  g_autofree char *reason = NULL;
  bool ok = cpu_compare (host, cpu, ret, &reason, error);

  if (reason != NULL)
    g_printerr ("%s\n", reason);
  return ok;
}

static char *
run_compare (const char *path, GError **error)
{
  static const char *const words[] = { "incompatible", "identical", "superset" };
  g_autoptr (Cpu) cpu = read_document (&cpu_schema, path, error), host = read_document (&cpu_schema, host_path, error);
  g_autoptr (GError) problem = NULL;
  CpuComparison result;

  if (cpu == NULL || host == NULL)
    return NULL;
  if (compare_with_host (cpu, host, &result, &problem))
    return g_strconcat (words[result], "\n", NULL);
  g_printerr ("%s\n", problem->message);
  return g_strdup ("error\n");
}

static char *
run_update (const char *path, GError **error)
{
  g_autoptr (Cpu) cpu = read_document (&cpu_schema, path, error), host = read_document (&cpu_schema, host_path, error);

  if (cpu == NULL || host == NULL)
    return NULL;
  cpu_drop_unmigratable (host);
  return cpu_update (&cpu->cpu, host, error) ? cpu_format_guest (&cpu->cpu) : NULL;
}

static char *
run_guest (const char *path, GError **error)
{
  g_autoptr (Cpu) cpu = read_document (&cpu_schema, path, error), host = read_document (&cpu_schema, host_path, error);
  g_autoptr (GHashTable) choices = models != NULL ? cpu_choices_new () : NULL;
  g_auto (GStrv) names = models != NULL ? g_strsplit (models, ",", -1) : NULL;
  CpuComparison result;

  if (cpu == NULL || host == NULL)
    return NULL;
  for (unsigned int i = 0; names != NULL && names[i] != NULL; i++)
    cpu_choices_add (choices, names[i], NULL);
  cpu_convert_legacy (&cpu->cpu);
  if (!compare_with_host (cpu, host, &result, error))
    return NULL;
  if (result == CPU_INCOMPATIBLE)
    return fail_null (error, VIR_FROM_CPU, VIR_ERR_CPU_INCOMPATIBLE, "the host cannot give this CPU");
  if (!cpu_update (&cpu->cpu, host, error) || !cpu_translate (&cpu->cpu, host->arch, choices, error))
    return NULL;
  return cpu_format_guest (&cpu->cpu);
}

static char *
run_baseline (const char *path, GError **error)
{
  CpuList *list = xml_new (&list_schema);
  g_autoptr (DomainCpu) result = NULL;

  if (add_cpus (list, path, error) && (other_path == NULL || add_cpus (list, other_path, error)))
    result = cpu_baseline (list->cpus.items, list->cpus.n, "x86_64", NULL, NULL, flags != NULL && strstr (flags, "migratable"), error);
  if (result != NULL && flags != NULL && strstr (flags, "expand") && !cpu_expand (result, "x86_64", error))
    g_clear_pointer (&result, cpu_free_guest);
  xml_free (&list_schema, list);
  return result != NULL ? cpu_format_guest (result) : NULL;
}

static char *
format_found (const CpuFacts *facts, const CpuSearch *search, GError **error)
{
  g_autoptr (DomainCpu) found = cpu_find_model (facts, search, error);
  g_autoptr (Cpu) cpu = NULL;

  if (found == NULL)
    return NULL;
  if (!search->host)
    {
      found->fallback = CPU_FALLBACK_FORBID;
      return cpu_format_guest (found);
    }
  cpu = xml_new (&cpu_schema);
  cpu->arch = g_strdup ("x86_64");
  cpu->signature = facts->signature;
  cpu->cpu.model = g_steal_pointer (&found->model);
  cpu->cpu.vendor = g_steal_pointer (&found->vendor);
  for (unsigned int i = 0; i < found->features.n; i++)
    cpu_set_policy (&cpu->cpu, found->features.items[i]->name, CPU_POLICY_ABSENT);
  return xml_format (&cpu_schema, cpu, 0);
}

static char *
run_decode (const char *path, GError **error)
{
  CpuData *data = read_document (&cpu_data_schema, path, error);
  g_autoptr (GHashTable) choices = definitions_path != NULL ? read_choices (definitions_path, NULL) : NULL;
  CpuSearch search = { .host = strcmp (do_what, "decode-host") == 0, .choices = choices };
  CpuFacts facts;

  if (data == NULL)
    return NULL;
  facts = cpu_facts_of_data (data);
  xml_free (&cpu_data_schema, data);
  if (strcmp (do_what, "signature") == 0)
    return g_strdup_printf ("%06x\nfamily:  %4u (0x%02x)\nmodel:   %4u (0x%02x)\nstepping:%4u (0x%02x)\n",
                            cpu_signature_pack (&facts.signature), facts.signature.family, facts.signature.family,
                            facts.signature.model, facts.signature.model, facts.signature.stepping, facts.signature.stepping);
  return format_found (&facts, &search, error);
}

static char *
run_expansion (const char *path, GError **error)
{
  json_t *expansion = read_answer (path, 0, error);
  bool has_definitions = use != NULL && strstr (use, "definitions") != NULL;
  g_autoptr (GHashTable) choices = expansion != NULL && has_definitions ? read_choices (path, error) : NULL;
  CpuSearch search = { .choices = choices };
  char *out = NULL;

  if (expansion != NULL && (choices != NULL || !has_definitions))
    {
      CpuFacts facts = cpu_facts_of_expansion (json_object_get (expansion, "model"));

      out = format_found (&facts, &search, error);
    }
  json_decref (expansion);
  return out;
}

static char *
run_feature (const char *path, GError **error)
{
  g_autoptr (Cpu) cpu = read_document (&cpu_schema, path, error);
  g_autoptr (GError) problem = NULL;
  bool has;

  if (cpu == NULL)
    return NULL;
  if (!cpu_has_feature (&cpu->cpu, cpu->arch, feature, &has, &problem))
    return g_strdup ("fail\n");
  return g_strdup (has ? "yes\n" : "no\n");
}

static bool
read_features (const char *path, CpuFeatures *ret, GError **error)
{
  CpuData *data = read_document (&cpu_data_schema, path, error);

  if (data == NULL)
    return false;
  *ret = cpu_facts_of_data (data).features;
  xml_free (&cpu_data_schema, data);
  return true;
}

static char *
run_live (const char *path, GError **error)
{
  g_autoptr (Cpu) cpu = read_document (&cpu_schema, path, error);
  CpuFeatures enabled, disabled;

  if (cpu == NULL || !read_features (enabled_path, &enabled, error) || !read_features (disabled_path, &disabled, error)
      || !cpu_update_live (&cpu->cpu, &enabled, &disabled, error))
    return NULL;
  return cpu_format_guest (&cpu->cpu);
}

static char *
run (const char *path, GError **error)
{
  static const struct { const char *name; char *(*run) (const char *path, GError **error); } works[] = {
    { "compare", run_compare }, { "update", run_update }, { "guest", run_guest }, { "baseline", run_baseline },
    { "decode-host", run_decode }, { "decode-guest", run_decode }, { "signature", run_decode },
    { "expansion", run_expansion }, { "feature", run_feature }, { "live", run_live },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (works); i++)
    if (g_strcmp0 (do_what, works[i].name) == 0)
      return works[i].run (path, error);
  return fail_null (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "processor --do %s: what is that?", do_what);
}

const ConformKind conform_cpu = { "processor", options, run };
