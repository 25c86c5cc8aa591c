/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-machine.c: which machines and emulators have which CPUs, features,
 * timers and actions. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#include <string.h>

#define MIB_BYTES (1024 * 1024)
#define MIB_KIB 1024

static bool
can (const Domain *domain, const DomainPlatform *platform, const char *capability)
{
  DomainTarget target = domain_target (domain);

  return platform->has_capability (platform, &target, capability);
}

static bool
is_x86 (const Domain *domain)
{
  return strcmp (domain->os.arch, "x86_64") == 0 || strcmp (domain->os.arch, "i686") == 0;
}

/* A machine whose vCPUs are plugged by cores has only whole cores of them. */
static bool
check_granularity (const Domain *domain, GError **error)
{
  const DomainCpu *cpu = domain->cpu;
  unsigned int threads = cpu != NULL && cpu->topology.sockets != 0 ? cpu->topology.threads : 1;

  if (domain_machine (domain)->kind != MACHINE_PSERIES)
    return true;
  if (domain->vcpus_max % threads != 0 || domain->vcpus % threads != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/vcpu: the vCPUs of machine type '%s' come by whole cores of %u", domain->os.machine,
                 threads);
  return true;
}

static bool
check_topology (const Domain *domain, GError **error)
{
  const DomainCpu *cpu = domain->cpu;
  uint64_t all;

  if (cpu == NULL || cpu->topology.sockets == 0)
    return true;
  all = (uint64_t) cpu->topology.sockets * cpu->topology.dies * MAX (cpu->topology.clusters, 1) * cpu->topology.cores
        * cpu->topology.threads;
  if (all != domain->vcpus_max)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/topology: %u sockets of %u dies of %u cores of %u threads are not %u vCPUs",
                 cpu->topology.sockets, cpu->topology.dies, cpu->topology.cores, cpu->topology.threads, domain->vcpus_max);
  return true;
}

/* The lengths of vectors are for guests that have vectors. */
static bool
check_vectors (const DomainCpu *cpu, GError **error)
{
  bool has_length = false, disabled = false;

  for (unsigned int i = 0; i < cpu->features.n; i++)
    {
      const DomainCpuFeature *feature = cpu->features.items[i];

      if (strcmp (feature->name, "sve") == 0)
        disabled = feature->policy == CPU_POLICY_DISABLE;
      else if (g_str_has_prefix (feature->name, "sve") && g_ascii_isdigit (feature->name[3]))
        has_length = has_length || feature->policy == CPU_POLICY_REQUIRE;
    }
  if (disabled && has_length)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/feature: 'sve' is disabled, but lengths of its vectors are required");
  return true;
}

/* QEMU emulates a cache of level 3 only; without one, or with the host's, there is no level. */
static bool
check_cache (const DomainCpu *cpu, GError **error)
{
  const char *mode = xml_enum_name (&cpu_cache_mode_names, cpu->cache_mode);

  if (cpu->cache_mode == CPU_CACHE_MODE_EMULATE && cpu->cache_level != 3)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/cache: mode='%s' is for level='3'", mode);
  if ((cpu->cache_mode == CPU_CACHE_MODE_PASSTHROUGH || cpu->cache_mode == CPU_CACHE_MODE_DISABLE) && cpu->cache_level != -1)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/cache: mode='%s' has no level=", mode);
  if (cpu->cache_mode == CPU_CACHE_MODE_PASSTHROUGH && cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/cache: mode='%s' is for the CPU modes host-passthrough and maximum", mode);
  return true;
}

/* No vCPU is in a cell that the guest has not. */
static bool
check_cells (const Domain *domain, GError **error)
{
  const DomainNuma *numa = domain->cpu->numa;

  for (unsigned int i = 0; numa != NULL && i < numa->cells.n; i++)
    for (unsigned int cpu = domain->vcpus_max; numa->cells.items[i]->cpus != NULL && cpu < numa->cells.items[i]->cpus->n_bits; cpu++)
      if (xml_bitmap_has (numa->cells.items[i]->cpus, cpu))
        REFUSE (INTERNAL_ERROR, "domain/cpu/numa/cell[%u]: there is no vCPU %u", i + 1, cpu);
  return true;
}

static bool
check_cpu (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  const DomainCpu *cpu = domain->cpu;

  if (can (domain, platform, "query-hotpluggable-cpus")
      && (!check_topology (domain, error) || !check_granularity (domain, error)))
    return false;
  if (cpu == NULL)
    return true;
  if (cpu->mode == CPU_MODE_ABSENT && cpu->check != CPU_CHECK_ABSENT)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu: 'check' without a model");
  if (!check_cache (cpu, error))
    return false;
  if (cpu->address_mode == CPU_ADDRESS_MODE_PASSTHROUGH && cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/maxphysaddr: mode='passthrough' is for the CPU modes host-passthrough and maximum");
  if (cpu->address_mode == CPU_ADDRESS_MODE_PASSTHROUGH && cpu->address_bits != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/maxphysaddr: mode='passthrough' has no bits=");
  if (cpu->address_mode == CPU_ADDRESS_MODE_EMULATE && cpu->address_bits == 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/maxphysaddr: mode='emulate' needs bits=");
  if (!check_cells (domain, error))
    return false;
  return strcmp (domain->os.arch, "aarch64") != 0 || check_vectors (cpu, error);
}

/* What only pseries machines have, and not all emulators. */
static bool
check_pseries_features (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  const DomainFeatures *features = &domain->features;
  const struct { const char *name; bool wanted; const char *capability; } asked[] = {
    { "hpt", features->hpt, NULL },
    { "hpt/maxpagesize", features->hpt_max_page_size != 0, "machine.pseries.cap-hpt-max-page-size" },
    { "htm", features->htm != TRI_ABSENT, "machine.pseries.cap-htm" },
    { "nested-hv", features->nested_hv != TRI_ABSENT, "machine.pseries.cap-nested-hv" },
    { "ccf-assist", features->ccf_assist != TRI_ABSENT, "machine.pseries.cap-ccf-assist" },
    { "cfpc", features->cfpc != MITIGATION_ABSENT, "machine.pseries.cap-cfpc" },
    { "sbbc", features->sbbc != MITIGATION_ABSENT, "machine.pseries.cap-sbbc" },
    { "ibs", features->ibs != IBS_ABSENT, "machine.pseries.cap-ibs" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      if (asked[i].wanted && domain_machine (domain)->kind != MACHINE_PSERIES)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/%s: this is not for architecture '%s' with machine type '%s'",
                     asked[i].name, domain->os.arch, domain->os.machine);
      if (asked[i].wanted && asked[i].capability != NULL && !can (domain, platform, asked[i].capability))
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/%s: the emulator '%s' has no such thing", asked[i].name,
                     domain->emulator);
    }
  return true;
}

static bool
check_features (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  const DomainFeatures *features = &domain->features;
  bool has_gic = strcmp (domain->os.arch, "aarch64") == 0 || g_str_has_prefix (domain->os.arch, "arm");

  if (features->gic && !has_gic)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/gic: this is not for architecture '%s' with machine type '%s'",
                 domain->os.arch, domain->os.machine);
  if (features->smm_tseg != UINT64_MAX && !domain_is_q35 (domain))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/smm/tseg: this is for machine type q35");
  if (features->smm_tseg != UINT64_MAX && features->smm_tseg % MIB_BYTES != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/smm/tseg: %" G_GUINT64_FORMAT " bytes are no multiple of 1 MiB",
                 features->smm_tseg);
  if (features->tb_cache != 0 && domain->type != VIRT_TYPE_QEMU)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/tcg: this is for guests of type 'qemu'");
  if (features->tb_cache % MIB_KIB != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/features/tcg/tb-cache: %" G_GUINT64_FORMAT " KiB are no multiple of 1 MiB",
                 features->tb_cache);
  return check_pseries_features (domain, platform, error);
}

static bool
check_timer (const Domain *domain, const DomainTimer *timer, GError **error)
{
  const char *name = xml_enum_name (&timer_name_names, timer->name);
  const char *tick = xml_enum_name (&timer_tick_names, timer->tickpolicy);
  bool fits = true;

  switch (timer->name)
    {
    case TIMER_NAME_PLATFORM:
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/clock/timer: QEMU has no timer '%s'", name);
    case TIMER_NAME_TSC: case TIMER_NAME_KVMCLOCK: case TIMER_NAME_HYPERVCLOCK:
      fits = is_x86 (domain);
      break;
    case TIMER_NAME_ARMVTIMER:
      fits = domain->type == VIRT_TYPE_KVM && (strcmp (domain->os.arch, "aarch64") == 0 || g_str_has_prefix (domain->os.arch, "arm"));
      break;
    case TIMER_NAME_RTC:
      if (timer->track == TIMER_TRACK_BOOT)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/clock/timer: timer 'rtc' has no track='boot'");
      if (timer->tickpolicy == TIMER_TICK_MERGE || timer->tickpolicy == TIMER_TICK_DISCARD)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/clock/timer: timer 'rtc' has no tickpolicy='%s'", tick);
      break;
    case TIMER_NAME_PIT:
      if (timer->tickpolicy == TIMER_TICK_MERGE)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/clock/timer: timer 'pit' has no tickpolicy='%s'", tick);
      break;
    default:
      break;
    }
  if (!fits)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/clock/timer: timer '%s' is not for type '%s', architecture '%s', machine type '%s'",
                 name, xml_enum_name (&virt_type_names, domain->type), domain->os.arch, domain->os.machine);
  return true;
}

/* Q35 always knows sleeping; the other PC only from some version on. */
static bool
check_sleep (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  const struct { const char *name; Tristate wanted; const char *pc, *q35; } states[] = {
    { "suspend-to-mem", domain->pm_suspend_to_mem, "disable-s3", "ich9-disable-s3" },
    { "suspend-to-disk", domain->pm_suspend_to_disk, "disable-s4", "ich9-disable-s4" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (states); i++)
    if (states[i].wanted != TRI_ABSENT && !can (domain, platform, domain_is_q35 (domain) ? states[i].q35 : states[i].pc))
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/pm/%s: the emulator '%s' cannot set this", states[i].name, domain->emulator);
  return true;
}

bool
domain_check_actions (const Domain *domain, GError **error)
{
  const struct { const char *name; DomainLifecycleAction action; } ends[] = {
    { "on_poweroff", domain->on_poweroff }, { "on_reboot", domain->on_reboot }, { "on_crash", domain->on_crash },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (ends); i++)
    if (ends[i].action == LIFECYCLE_ACTION_RENAME_RESTART
        || (ends[i].action == LIFECYCLE_ACTION_PRESERVE && strcmp (ends[i].name, "on_crash") != 0))
      REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/%s: QEMU guests have no '%s'", ends[i].name,
                   xml_enum_name (&lifecycle_action_names, ends[i].action));
  if (domain->on_poweroff == LIFECYCLE_ACTION_RESTART && domain->on_reboot == LIFECYCLE_ACTION_DESTROY)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/on_poweroff: a guest that restarts does not end when it reboots");
  return true;
}

static const char *
launch_capability (DomainLaunchSecurityType type)
{
  switch (type)
    {
    case LAUNCH_SECURITY_SEV: return "sev-guest";
    case LAUNCH_SECURITY_SEV_SNP: return "sev-snp-guest";
    case LAUNCH_SECURITY_S390_PV: return "s390-pv-guest";
    default: return "tdx-guest";
    }
}

/* What other hypervisors or hosts have. */
static bool
check_foreign (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  if (domain->launch_security != NULL && !can (domain, platform, launch_capability (domain->launch_security->type)))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/launchSecurity: the emulator '%s' has no type '%s'", domain->emulator,
                 xml_enum_name (&launch_security_names, domain->launch_security->type));
  if (domain->bootloader != NULL || domain->bootloader_args != NULL)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/bootloader: QEMU has none");
  if (domain->memtune != NULL && domain->memtune->min_guarantee != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/memtune/min_guarantee: QEMU has none");
  if (domain->cputune != NULL && domain->type != VIRT_TYPE_KVM
      && (domain->cputune->cachetunes.n > 0 || domain->cputune->memorytunes.n > 0))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cputune: 'cachetune' and 'memorytune' are for guests of type 'kvm'");
  return true;
}

#define SHARES_MIN 2
#define SHARES_MAX 262144

/* The first vCPU is always there, and before all others. */
static bool
check_vcpus (const Domain *domain, GError **error)
{
  const DomainVcpu *first = domain->vcpu_list.n > 0 ? domain->vcpu_list.items[0] : NULL;
  uint64_t shares = domain->cputune != NULL ? domain->cputune->shares : UINT64_MAX;

  if (shares != 0 && shares != UINT64_MAX && (shares < SHARES_MIN || shares > SHARES_MAX))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cputune/shares: this is not within %d to %d", SHARES_MIN, SHARES_MAX);
  if (first == NULL)
    return true;
  if (first->enabled != TRI_YES || first->hotpluggable == TRI_YES)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/vcpus: vCPU 0 is always there and cannot be plugged");
  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    {
      const DomainVcpu *vcpu = domain->vcpu_list.items[i];

      if (vcpu->enabled == TRI_YES && (vcpu->order != 0) != (first->order != 0))
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/vcpus: either all vCPUs that are there have an order or none");
    }
  if (first->order > 1)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/vcpus: vCPU 0 comes first");
  return true;
}

bool
domain_validate_machine (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->clock.timers.n; i++)
    if (!check_timer (domain, domain->clock.timers.items[i], error))
      return false;
  return check_cpu (domain, platform, error) && check_features (domain, platform, error) && check_sleep (domain, platform, error)
         && domain_check_actions (domain, error) && check_vcpus (domain, error) && check_foreign (domain, platform, error);
}
