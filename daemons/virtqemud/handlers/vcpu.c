/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about how many virtual CPUs a guest has. */
#include "handlers/agent.h"
#include "handlers/handlers.h"
#include "hotplug/vcpu.h"
#include "vm/config.h"

#define BOTH (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* What a call asks for. */
typedef struct
{
  unsigned int count;
  const XmlBitmap *map;         /* instead of the count; NULL: none */
  bool enable;
  unsigned int flags, affect;
} Wanted;

static Domain *
changed_config (const Vm *vm, const Wanted *wanted, GError **error)
{
  if (wanted->map != NULL)
    return config_set_vcpus (vm->config, wanted->map, wanted->enable, error);
  if (wanted->flags & VIR_DOMAIN_VCPU_MAXIMUM)
    return config_set_max_vcpus (vm->config, wanted->count, error);
  /* What is plugged now is plugged by the next start as well. */
  return config_set_vcpu_count (vm->config, wanted->count, (wanted->flags & VIR_DOMAIN_VCPU_HOTPLUGGABLE)
                                || wanted->affect == BOTH,
                                error);
}

static bool
change_live (Vm *vm, const Wanted *wanted, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  HotplugHost host;

  if (!hotplug_host_init (&host, &platform, vm->live, error))
    return false;
  return wanted->map != NULL ? hotplug_set_vcpus (vm, &host, wanted->map, wanted->enable, error)
                             : hotplug_set_vcpu_count (vm, &host, wanted->count, error);
}

static bool
set_vcpus (const RemoteNonnullDomain *dom, Wanted *wanted, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (Domain) config = NULL;
  g_auto (JobGuard) guard = { 0 };

  vm = handler_vm_job (dom, &guard, "vCPU setting", error);
  if (vm == NULL || !vm_resolve_affect (vm, wanted->flags & BOTH, &wanted->affect, error))
    return false;
  if ((wanted->affect & VIR_DOMAIN_AFFECT_CONFIG) && (config = changed_config (vm, wanted, error)) == NULL)
    return false;
  if ((wanted->affect & VIR_DOMAIN_AFFECT_LIVE) && !change_live (vm, wanted, error))
    return false;
  return config == NULL || vm_config_replace (vm, &config, error);
}

static bool
set_count (const RemoteNonnullDomain *dom, unsigned int count, unsigned int flags, GError **error)
{
  Wanted wanted = { .count = count, .flags = flags };

  if (!handler_check_flags (flags, BOTH | VIR_DOMAIN_VCPU_MAXIMUM | VIR_DOMAIN_VCPU_GUEST | VIR_DOMAIN_VCPU_HOTPLUGGABLE,
                            "virDomainSetVcpusFlags", error))
    return false;
  if (count == 0)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "a domain cannot have no vCPUs");
  if ((flags & VIR_DOMAIN_VCPU_MAXIMUM) && (flags & (VIR_DOMAIN_VCPU_GUEST | VIR_DOMAIN_AFFECT_LIVE)))
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "the maximum number of vCPUs is a definition's only");
  if ((flags & VIR_DOMAIN_VCPU_GUEST) && (flags & VIR_DOMAIN_AFFECT_CONFIG))
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "a guest's agent changes no definition");
  if (flags & VIR_DOMAIN_VCPU_GUEST)
    return handler_agent_set_vcpus (dom, count, error);
  return set_vcpus (dom, &wanted, error);
}

bool
handle_domain_set_vcpus (Call *call, const DomainSetVcpusArgs *args, GError **error)
{
  return set_count (&args->dom, args->nvcpus, VIR_DOMAIN_AFFECT_LIVE, error);
}

bool
handle_domain_set_vcpus_flags (Call *call, const DomainSetVcpusFlagsArgs *args, GError **error)
{
  return set_count (&args->dom, args->nvcpus, args->flags, error);
}

/* Beyond what any guest has. */
#define MAX_VCPU_NUMBER 16384

bool
handle_domain_set_vcpu (Call *call, const DomainSetVcpuArgs *args, GError **error)
{
  g_autofree XmlBitmap *map = NULL;
  Wanted wanted = { .enable = args->state == 1, .flags = args->flags };

  if (!handler_check_flags (args->flags, BOTH, "virDomainSetVcpu", error))
    return false;
  if (args->state != 0 && args->state != 1)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "a vCPU's state is 0 or 1, not %d", args->state);
  wanted.map = map = xml_bitmap_parse (args->cpumap, MAX_VCPU_NUMBER);
  if (map == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "'%s' is no list of vCPUs", args->cpumap);
  return set_vcpus (&args->dom, &wanted, error);
}
