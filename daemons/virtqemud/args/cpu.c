/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's processors: -cpu and -smp. */
#include "args/machine.h"

#include <string.h>

#include "model/cpu/map.h"
#include "model/cpu/rules.h"
#include "util/error.h"

static CpuFamily
family_of (const Builder *b)
{
  return cpu_family_of_arch (b->domain->os.arch);
}

/* Names of features are x86's as libvirt writes them, elsewhere QEMU's. */
static void
append_feature (const Builder *b, GString *out, const DomainCpuFeature *feature)
{
  g_autofree char *name = family_of (b) == CPU_FAMILY_X86 ? cpu_feature_to_qemu (feature->name) : g_strdup (feature->name);
  bool off = feature->policy == CPU_POLICY_DISABLE || feature->policy == CPU_POLICY_FORBID;

  g_string_append_printf (out, ",%s=%s", name, off ? "off" : "on");
}

static bool
append_host_cpu (Builder *b, GString *out, GError **error)
{
  const DomainCpu *cpu = b->domain->cpu;

  if (b->domain->type == VIRT_TYPE_QEMU)
    return unsupported (error, "CPU mode 'host-passthrough' needs KVM: '%s' domain '%s' cannot have it",
                        xml_enum_name (&virt_type_names, b->domain->type), b->domain->name);
  g_string_append (out, "host");
  if (g_str_equal (b->domain->os.arch, "armv7l") && g_str_equal (b->context->caps->arch, "aarch64"))
    g_string_append (out, ",aarch64=off");
  if (cpu->migratable != TRI_ABSENT && qemu_caps_has_type (b->context->caps, "max-x86_64-cpu"))
    append_tristate (out, "migratable", cpu->migratable);
  return true;
}

static bool
append_cpu_model (Builder *b, GString *out, GError **error)
{
  const DomainCpu *cpu = b->domain->cpu;

  switch (cpu != NULL ? cpu->mode : CPU_MODE_ABSENT)
    {
    case CPU_MODE_HOST_PASSTHROUGH:
      return append_host_cpu (b, out, error);
    case CPU_MODE_MAXIMUM:
      g_string_append (out, "max");
      append_tristate (out, "migratable", cpu->migratable);
      return true;
    case CPU_MODE_HOST_MODEL:
      /* These processors run older ones' programs: which is the machine's matter. */
      if (family_of (b) == CPU_FAMILY_PPC64)
        g_string_append (out, "host");
      else
        return unsupported (error, "CPU mode 'host-model' of domain '%s' was not turned into a model", b->domain->name);
      return true;
    default:
      if (cpu != NULL && cpu->model != NULL)
        g_string_append (out, cpu->model);
      return true;
    }
}

static void
append_cpu_extras (Builder *b, GString *out)
{
  const DomainCpu *cpu = b->domain->cpu;

  if (cpu == NULL)
    return;
  if (cpu->vendor_id != NULL)
    g_string_append_printf (out, ",vendor=%s", cpu->vendor_id);
  for (unsigned int i = 0; i < cpu->features.n; i++)
    append_feature (b, out, cpu->features.items[i]);
}

static bool
append_cpu_timers (Builder *b, GString *out, GError **error)
{
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    {
      const DomainTimer *timer = b->domain->clock.timers.items[i];

      if (timer->name == TIMER_NAME_KVMCLOCK)
        append_tristate (out, "kvmclock", timer->present);
      else if (timer->name == TIMER_NAME_HYPERVCLOCK && timer->present == TRI_YES)
        g_string_append (out, ",hv-time=on");
      else if (timer->name == TIMER_NAME_TSC && timer->frequency != 0)
        g_string_append_printf (out, ",tsc-frequency=%" G_GUINT64_FORMAT, timer->frequency);
      else if (timer->name == TIMER_NAME_ARMVTIMER && timer->tickpolicy == TIMER_TICK_DELAY)
        g_string_append (out, ",kvm-no-adjvtime=off");
      else if (timer->name == TIMER_NAME_ARMVTIMER && timer->tickpolicy == TIMER_TICK_DISCARD)
        g_string_append (out, ",kvm-no-adjvtime=on");
      else if (timer->name == TIMER_NAME_ARMVTIMER && timer->tickpolicy != TIMER_TICK_ABSENT)
        return unsupported (error, "timer 'armvtimer' cannot have tickpolicy '%s'",
                            xml_enum_name (&timer_tick_names, timer->tickpolicy));
    }
  return true;
}

/* What came with QEMU 7.1. */
#define HV_NEWER 7001000

static bool
append_hyperv (Builder *b, GString *out, const DomainHyperv *hyperv, GError **error)
{
  const struct { const char *name; Tristate value; unsigned int since; } flags[] = {
    { "hv-relaxed", hyperv->relaxed, 0 }, { "hv-vapic", hyperv->vapic, 0 }, { "hv-vpindex", hyperv->vpindex, 0 },
    { "hv-runtime", hyperv->runtime, 0 }, { "hv-synic", hyperv->synic, 0 }, { "hv-stimer", hyperv->stimer, 0 },
    { "hv-stimer-direct", hyperv->stimer == TRI_YES ? hyperv->stimer_direct : TRI_ABSENT, 0 },
    { "hv-reset", hyperv->reset, 0 }, { "hv-frequencies", hyperv->frequencies, 0 },
    { "hv-reenlightenment", hyperv->reenlightenment, 0 }, { "hv-tlbflush", hyperv->tlbflush, 0 },
    { "hv-tlbflush-direct", hyperv->tlbflush_direct, HV_NEWER }, { "hv-tlbflush-ext", hyperv->tlbflush_extended, HV_NEWER },
    { "hv-ipi", hyperv->ipi, 0 }, { "hv-evmcs", hyperv->evmcs, 0 }, { "hv-avic", hyperv->avic, 0 },
    { "hv-emsr-bitmap", hyperv->emsr_bitmap, HV_NEWER }, { "hv-xmm-input", hyperv->xmm_input, HV_NEWER },
  };

  if (hyperv->mode == HYPERV_MODE_PASSTHROUGH)
    g_string_append (out, ",hv-passthrough=on");
  for (unsigned int i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      if (flags[i].value != TRI_YES)
        continue;
      if (b->context->caps->version < flags[i].since)
        return unsupported (error, "'%s' is not known to %s", flags[i].name, b->context->caps->binary);
      g_string_append_printf (out, ",%s=on", flags[i].name);
    }
  if (hyperv->spinlocks == TRI_YES)
    g_string_append_printf (out, ",hv-spinlocks=0x%x", hyperv->spinlocks_retries);
  if (hyperv->vendor_id == TRI_YES && hyperv->vendor_id_value != NULL)
    g_string_append_printf (out, ",hv-vendor-id=%s", hyperv->vendor_id_value);
  return true;
}

static bool
append_cpu_features (Builder *b, GString *out, GError **error)
{
  const DomainFeatures *features = &b->domain->features;
  const DomainKvm *kvm = features->kvm;

  append_tristate (out, "kvm-pv-eoi", features->apic ? features->apic_eoi : TRI_ABSENT);
  append_tristate (out, "kvm-pv-unhalt", features->pvspinlock);
  if (features->hyperv != NULL && !append_hyperv (b, out, features->hyperv, error))
    return false;
  for (unsigned int i = 0; i < b->domain->panics.n; i++)
    if (b->domain->panics.items[i]->model == PANIC_MODEL_HYPERV)
      g_string_append (out, ",hv-crash");
  if (kvm != NULL)
    {
      if (kvm->hidden == TRI_YES)
        g_string_append (out, ",kvm=off");
      if (kvm->hint_dedicated == TRI_YES)
        g_string_append (out, ",kvm-hint-dedicated=on");
      if (kvm->poll_control == TRI_YES)
        g_string_append (out, ",kvm-poll-control=on");
      if (kvm->pv_ipi == TRI_NO)
        g_string_append (out, ",kvm-pv-ipi=off");
    }
  append_tristate (out, "pmu", features->pmu);
  return true;
}

static bool
append_cpu_cache (Builder *b, GString *out, GError **error)
{
  const DomainCpu *cpu = b->domain->cpu;
  bool host = cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM;

  switch (cpu->cache_mode)
    {
    case CPU_CACHE_MODE_EMULATE:
      g_string_append (out, ",l3-cache=on");
      if (host)
        g_string_append (out, ",host-cache-info=off");
      break;
    case CPU_CACHE_MODE_PASSTHROUGH:
      if (!host)
        return unsupported (error, "CPU cache mode 'passthrough' needs CPU mode 'host-passthrough' or 'maximum'");
      g_string_append (out, ",host-cache-info=on");
      g_string_append (out, ",l3-cache=off");
      break;
    case CPU_CACHE_MODE_DISABLE:
      g_string_append (out, ",l3-cache=off");
      if (host)
        g_string_append (out, ",host-cache-info=off");
      break;
    default:
      break;
    }
  return true;
}

static bool
append_cpu_address (const DomainCpu *cpu, GString *out, GError **error)
{
  if (cpu->address_mode == CPU_ADDRESS_MODE_PASSTHROUGH)
    {
      g_string_append (out, ",host-phys-bits=on");
      if (cpu->address_limit != 0)
        g_string_append_printf (out, ",host-phys-bits-limit=%u", cpu->address_limit);
    }
  else if (cpu->address_limit != 0)
    return unsupported (error, "<maxphysaddr limit='%u'/> is for mode 'passthrough'", cpu->address_limit);
  else if (cpu->address_bits != 0)
    g_string_append_printf (out, ",phys-bits=%u", cpu->address_bits);
  return true;
}

/* What carries settings if the document names no model; NULL: there is nothing that could. */
static const char *
bare_model (const Builder *b)
{
  if (family_of (b) == CPU_FAMILY_X86)
    return g_str_equal (b->domain->os.arch, "i686") ? "qemu32" : "qemu64";
  return NULL;
}

bool
build_cpu (Builder *b, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) extras = g_string_new (NULL);

  if (!append_cpu_model (b, out, error))
    return false;
  append_cpu_extras (b, extras);
  if (!append_cpu_timers (b, extras, error) || !append_cpu_features (b, extras, error)
      || (b->domain->cpu != NULL && !append_cpu_cache (b, extras, error))
      || (b->domain->cpu != NULL && !append_cpu_address (b->domain->cpu, extras, error)))
    return false;
  if (out->len == 0 && extras->len > 0)
    g_string_append (out, bare_model (b) != NULL ? bare_model (b) : "max");
  if (out->len > 0)
    add_option (b, "-cpu", "%s%s", out->str, extras->str);
  return true;
}

/* Those that are there from the first instruction on; others that are there at boot are added before. */
static unsigned int
count_boot_cpus (const Domain *domain)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    n += domain->vcpu_list.items[i]->enabled == TRI_YES && domain->vcpu_list.items[i]->hotpluggable != TRI_YES;
  return domain->vcpu_list.n > 0 ? n : domain_vcpus_now (domain);
}

bool
build_smp (Builder *b, GError **error)
{
  const Domain *domain = b->domain;
  const DomainCpu *cpu = domain->cpu;
  unsigned int now = count_boot_cpus (domain);
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out, "%u", now);
  if (now != domain->vcpus_max)
    g_string_append_printf (out, ",maxcpus=%u", domain->vcpus_max);
  if (cpu == NULL || cpu->topology.sockets == 0)
    g_string_append_printf (out, ",sockets=%u,cores=1,threads=1", domain->vcpus_max);
  else
    {
      bool dies = qemu_caps_has_option (b->context->caps, "smp-opts.dies");
      bool clusters = qemu_caps_has_option (b->context->caps, "smp-opts.clusters");

      g_string_append_printf (out, ",sockets=%u", cpu->topology.sockets);
      if (dies)
        g_string_append_printf (out, ",dies=%u", MAX (cpu->topology.dies, 1));
      else if (cpu->topology.dies > 1)
        return unsupported (error, "%s knows no CPU dies", b->context->caps->binary);
      if (cpu->topology.clusters > 1 && !clusters)
        return unsupported (error, "%s knows no CPU clusters", b->context->caps->binary);
      if (cpu->topology.clusters > 1)
        g_string_append_printf (out, ",clusters=%u", cpu->topology.clusters);
      g_string_append_printf (out, ",cores=%u,threads=%u", cpu->topology.cores, cpu->topology.threads);
    }
  add_option (b, "-smp", "%s", out->str);
  return true;
}
