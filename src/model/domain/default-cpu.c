/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-cpu.c: the CPU of a guest that leaves it open, or parts of it. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"
#include "model/domain/tables.h"

static DomainCpuCheck
default_check (const Domain *domain, const DomainCpu *cpu)
{
  switch (cpu->mode)
    {
    case CPU_MODE_CUSTOM:
      return domain->type == VIRT_TYPE_KVM ? CPU_CHECK_PARTIAL : CPU_CHECK_NONE;
    case CPU_MODE_HOST_MODEL:
      return CPU_CHECK_PARTIAL;
    case CPU_MODE_HOST_PASSTHROUGH: case CPU_MODE_MAXIMUM:
      return CPU_CHECK_NONE;
    default:
      return CPU_CHECK_ABSENT;
    }
}

/* The name of the machine's CPU, NULL if it is none to be kept: most
 * architectures' names say something of emulated CPUs only. */
static const char *
machine_model (const Domain *domain, const DomainPlatform *platform)
{
  DomainTarget target = domain_target (domain);

  if (domain_machine (domain)->has_tcg_cpu_only && domain->type != VIRT_TYPE_QEMU)
    return NULL;
  return platform->default_cpu (platform, &target);
}

/* A guest that names no CPU gets the machine's default, by name, so that it
 * stays the same when the default changes. */
static void
choose_model (Domain *domain, const char *model)
{
  DomainCpu *cpu = domain->cpu;

  if (cpu == NULL)
    cpu = domain->cpu = domain_cpu_new ();
  if (strcmp (model, "host") == 0)
    {
      cpu->mode = domain_machine (domain)->kind == MACHINE_S390_CCW ? CPU_MODE_HOST_MODEL : CPU_MODE_HOST_PASSTHROUGH;
      return;
    }
  cpu->mode = CPU_MODE_CUSTOM;
  cpu->match = CPU_MATCH_EXACT;
  cpu->check = CPU_CHECK_NONE;
  cpu->model = g_strdup (model);
  cpu->fallback = CPU_FALLBACK_FORBID;
}

static void
default_migratable (Domain *domain, const DomainPlatform *platform)
{
  DomainCpu *cpu = domain->cpu;
  bool can_say;

  if (cpu->migratable != TRI_ABSENT || cpu->mode != CPU_MODE_HOST_PASSTHROUGH
      || !domain_is_x86 (domain))
    return;
  /* Stock asks the one for x86_64 only. */
  can_say = domain_has_device (domain, platform, "max-x86_64-cpu");
  cpu->migratable = can_say ? TRI_YES : TRI_NO;
}

void
domain_default_cpu (Domain *domain, const DomainPlatform *platform)
{
  const char *model = machine_model (domain, platform);

  if (model != NULL && (domain->cpu == NULL || domain->cpu->mode == CPU_MODE_ABSENT))
    choose_model (domain, model);
  if (domain->cpu == NULL)
    return;
  if (domain->cpu->check == CPU_CHECK_ABSENT)
    domain->cpu->check = default_check (domain, domain->cpu);
  default_migratable (domain, platform);
}
