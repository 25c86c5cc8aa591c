/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/cpu.c: what processors can do and have in common. */
#include "handlers/handlers.h"

#include "host/cpu.h"
#include "model/cpu/rules.h"
#include "model/domain/domain.h"
#include "qemu/cpu.h"
#include "qemu/target.h"
#include "util/host.h"

#define COMPARE_FLAGS (VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE | VIR_CONNECT_COMPARE_CPU_VALIDATE_XML)
#define BASELINE_FLAGS (VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES | VIR_CONNECT_BASELINE_CPU_MIGRATABLE)

static bool
compare (const Cpu *host, const char *xml, unsigned int flags, int *ret_result, GError **error)
{
  g_autoptr (Cpu) cpu = cpu_parse (xml, strlen (xml), flags & VIR_CONNECT_COMPARE_CPU_VALIDATE_XML ? XML_PARSE_STRICT : 0, error);
  g_autofree char *reason = NULL;
  CpuComparison result = CPU_INCOMPATIBLE;

  if (cpu == NULL || (host->cpu.model != NULL && !cpu_compare (host, cpu, &result, &reason, error)))
    return false;
  if (result == CPU_INCOMPATIBLE && flags & VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE)
    return fail (error, VIR_FROM_CPU, VIR_ERR_CPU_INCOMPATIBLE, "the CPU does not fit the host: %s",
                 reason != NULL ? reason : "it is another one");
  *ret_result = result;
  return true;
}

bool
handle_connect_compare_cpu (Call *call, const ConnectCompareCpuArgs *args, ConnectCompareCpuRet *ret, GError **error)
{
  g_autoptr (Cpu) host = NULL;

  if (!handler_check_flags (args->flags, COMPARE_FLAGS, "virConnectCompareCPU", error))
    return false;
  host = host_cpu_describe ();
  return compare (host, args->xml, args->flags, &ret->result, error);
}

bool
handle_connect_compare_hypervisor_cpu (Call *call, const ConnectCompareHypervisorCpuArgs *args,
                                       ConnectCompareHypervisorCpuRet *ret, GError **error)
{
  g_auto (QemuTarget) target = { 0 };
  g_autoptr (Cpu) host = NULL;

  if (!handler_check_flags (args->flags, COMPARE_FLAGS, "virConnectCompareHypervisorCPU", error)
      || !qemu_target_find (args->emulator, args->arch, args->machine, args->virttype, &target, error))
    return false;
  host = qemu_cpu_host_model (target.caps, target.accel, target.arch);
  if (host == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "%s does not say what CPUs it can give", target.emulator);
  return compare (host, args->xmlCPU, args->flags, &ret->result, error);
}

/* --- baselines ---------------------------------------------------------------------------- */

typedef XML_LIST (Cpu) CpuList;

static void
clear_list (CpuList *list)
{
  for (unsigned int i = 0; i < list->n; i++)
    cpu_free (list->items[i]);
  g_free (list->items);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CpuList, clear_list)

static bool
read_cpus (const XmlSchema *schema, char *const *xml, unsigned int n, CpuList *ret, GError **error)
{
  if (n == 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "a baseline of no CPUs");
  for (unsigned int i = 0; i < n; i++)
    {
      Cpu *cpu = xml_parse (schema, xml[i], strlen (xml[i]), 0, error);

      if (cpu == NULL)
        return false;
      xml_list_append (ret, cpu);
    }
  return true;
}

/* The document of @cpu; NULL: there was an error. */
static char *
write_baseline (DomainCpu *cpu, const char *arch, unsigned int flags, GError **error)
{
  if (cpu == NULL || (flags & VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES && !cpu_expand (cpu, arch, error)))
    return NULL;
  qemu_cpu_drop_without_effect (cpu);
  return cpu_format_guest (cpu);
}

bool
handle_connect_baseline_cpu (Call *call, const ConnectBaselineCpuArgs *args, ConnectBaselineCpuRet *ret, GError **error)
{
  g_auto (CpuList) cpus = { 0 };
  g_autoptr (DomainCpu) found = NULL;

  if (!handler_check_flags (args->flags, BASELINE_FLAGS, "virConnectBaselineCPU", error)
      || !read_cpus (&cpu_named_host_schema, args->xmlCPUs, args->n_xmlCPUs, &cpus, error))
    return false;
  found = cpu_baseline (cpus.items, cpus.n, NULL, NULL, NULL, args->flags & VIR_CONNECT_BASELINE_CPU_MIGRATABLE, error);
  ret->cpu = write_baseline (found, cpus.items[0]->arch, args->flags, error);
  return ret->cpu != NULL;
}

bool
handle_connect_baseline_hypervisor_cpu (Call *call, const ConnectBaselineHypervisorCpuArgs *args,
                                        ConnectBaselineHypervisorCpuRet *ret, GError **error)
{
  bool migratable = args->flags & VIR_CONNECT_BASELINE_CPU_MIGRATABLE;
  g_auto (QemuTarget) target = { 0 };
  g_autoptr (GHashTable) choices = NULL;
  g_autoptr (DomainCpu) found = NULL;
  g_auto (CpuList) cpus = { 0 };
  CpuFeatures known;

  if (!handler_check_flags (args->flags, BASELINE_FLAGS, "virConnectBaselineHypervisorCPU", error)
      || !qemu_target_find (args->emulator, args->arch, args->machine, args->virttype, &target, error)
      || !read_cpus (&cpu_schema, args->xmlCPUs, args->n_xmlCPUs, &cpus, error))
    return false;
  if (cpu_family_of_arch (target.arch) != CPU_FAMILY_X86
      || !qemu_cpu_known_features (target.caps, target.accel, migratable, &known))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "%s does not say what CPUs of architecture %s it can give",
                 target.emulator, target.arch);
  choices = qemu_cpu_choices (target.caps, target.accel);
  found = cpu_baseline (cpus.items, cpus.n, target.arch, choices, &known, false, error);
  if (found != NULL)
    found->fallback = CPU_FALLBACK_FORBID;
  ret->cpu = write_baseline (found, target.arch, args->flags, error);
  return ret->cpu != NULL;
}

bool
handle_connect_get_cpu_model_names (Call *call, const ConnectGetCpuModelNamesArgs *args,
                                    ConnectGetCpuModelNamesRet *ret, GError **error)
{
  CpuFamily family = cpu_family_of_arch (args->arch);
  g_autofree const char **names = NULL;

  if (!handler_check_flags (args->flags, 0, "virConnectGetCPUModelNames", error))
    return false;
  if (args->arch == NULL || !domain_arch_is_known (args->arch))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no architecture is called '%s'",
                 args->arch != NULL ? args->arch : "");
  if (family == CPU_FAMILY_UNKNOWN)
    return fail (error, VIR_FROM_CPU, VIR_ERR_NO_SUPPORT, "nothing is known of CPUs of architecture '%s'", args->arch);
  names = cpu_family_model_names (family);
  ret->ret = (int) g_strv_length ((char **) names);
  if (!args->need_results || ret->ret == 0)
    return true;
  ret->models = g_new0 (char *, ret->ret);
  for (; names[ret->n_models] != NULL; ret->n_models++)
    ret->models[ret->n_models] = g_strdup (names[ret->n_models]);
  return true;
}
