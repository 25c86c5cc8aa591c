/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that attach, detach and change devices. */
#include <string.h>

#include "handlers/handlers.h"
#include "hotplug/hotplug.h"
#include "vm/config.h"

#define BOTH (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

typedef struct
{
  const char *what;             /* of the job */
  const char *api;
  unsigned int flags;           /* that are allowed */
  /* How the document is read for a guest that runs: what only runs have counts if a device is meant that is there. */
  DomainParseFlags live_parse;
  Domain *(*config) (const Domain *config, DomainDevice *device, GError **error);
  /* @device is the callee's. */
  bool (*live) (Vm *vm, const HotplugHost *host, DomainDevice *device, unsigned int flags, GError **error);
} Action;

static bool
attach_live (Vm *vm, const HotplugHost *host, DomainDevice *device, unsigned int flags, GError **error)
{
  return hotplug_attach (vm, host, device, error);
}

static bool
detach_live (Vm *vm, const HotplugHost *host, DomainDevice *device, unsigned int flags, GError **error)
{
  DomainDevice there;

  return hotplug_check_kind (device, error) && domain_device_find (vm->live, device, &there, error)
         && hotplug_detach (vm, host, &there, true, NULL, error);
}

static bool
update_live (Vm *vm, const HotplugHost *host, DomainDevice *device, unsigned int flags, GError **error)
{
  return hotplug_update (vm, host, device, flags & VIR_DOMAIN_DEVICE_MODIFY_FORCE, error);
}

static const Action attach = { "device attachment", "virDomainAttachDeviceFlags", BOTH, DOMAIN_PARSE_INACTIVE,
                               vm_config_attach, attach_live };
static const Action detach = { "device detachment", "virDomainDetachDeviceFlags", BOTH, 0, vm_config_detach, detach_live };
static const Action update = { "device update", "virDomainUpdateDeviceFlags", BOTH | VIR_DOMAIN_DEVICE_MODIFY_FORCE, 0,
                               vm_config_update, update_live };

/* The definition comes first, as it can be refused without a trace, and is saved last. */
static bool
act (Vm *vm, const Action *action, const char *xml, unsigned int affect, unsigned int flags, GError **error)
{
  g_autoptr (Domain) config = NULL;

  if (affect & VIR_DOMAIN_AFFECT_CONFIG)
    {
      g_auto (DomainDevice) device = { 0 };

      if (!domain_device_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, &device, error)
          || (config = action->config (vm->config, &device, error)) == NULL)
        return false;
    }
  if (affect & VIR_DOMAIN_AFFECT_LIVE)
    {
      g_auto (QemuPlatform) platform = { 0 };
      g_auto (DomainDevice) device = { 0 };
      HotplugHost host;

      if (!domain_device_parse (xml, strlen (xml), action->live_parse, &device, error)
          || !hotplug_host_init (&host, &platform, vm->live, error)
          || !action->live (vm, &host, &device, flags, error))
        return false;
    }
  return config == NULL || vm_config_replace (vm, &config, error);
}

static bool
change (const RemoteNonnullDomain *dom, const Action *action, const char *xml, unsigned int flags, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!handler_check_flags (flags, action->flags, action->api, error))
    return false;
  vm = handler_vm_job (dom, &guard, action->what, error);
  return vm != NULL && vm_resolve_affect (vm, flags & BOTH, &affect, error) && act (vm, action, xml, affect, flags, error);
}

bool
handle_domain_attach_device (Call *call, const DomainAttachDeviceArgs *args, GError **error)
{
  return change (&args->dom, &attach, args->xml, VIR_DOMAIN_AFFECT_LIVE, error);
}

bool
handle_domain_attach_device_flags (Call *call, const DomainAttachDeviceFlagsArgs *args, GError **error)
{
  return change (&args->dom, &attach, args->xml, args->flags, error);
}

bool
handle_domain_detach_device (Call *call, const DomainDetachDeviceArgs *args, GError **error)
{
  return change (&args->dom, &detach, args->xml, VIR_DOMAIN_AFFECT_LIVE, error);
}

bool
handle_domain_detach_device_flags (Call *call, const DomainDetachDeviceFlagsArgs *args, GError **error)
{
  return change (&args->dom, &detach, args->xml, args->flags, error);
}

bool
handle_domain_update_device_flags (Call *call, const DomainUpdateDeviceFlagsArgs *args, GError **error)
{
  return change (&args->dom, &update, args->xml, args->flags, error);
}

/* --- by alias ------------------------------------------------------------------------------------------ */

static bool
find_alias (const Domain *domain, const char *alias, DomainDevice *ret, GError **error)
{
  return domain_device_by_alias (domain, alias, ret)
         || fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "the domain has no device with the alias '%s'", alias);
}

/* The guest is asked, and not waited for. */
static bool
detach_alias_live (Vm *vm, const char *alias, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  HotplugHost host;
  DomainDevice device;

  return find_alias (vm->live, alias, &device, error) && hotplug_host_init (&host, &platform, vm->live, error)
         && find_alias (vm->live, alias, &device, error) && hotplug_detach (vm, &host, &device, false, NULL, error);
}

bool
handle_domain_detach_device_alias (Call *call, const DomainDetachDeviceAliasArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (Domain) config = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!handler_check_flags (args->flags, BOTH, "virDomainDetachDeviceAlias", error))
    return false;
  vm = handler_vm_job (&args->dom, &guard, "device detachment", error);
  if (vm == NULL || !vm_resolve_affect (vm, args->flags, &affect, error))
    return false;
  if (affect & VIR_DOMAIN_AFFECT_CONFIG)
    {
      g_auto (DomainDevice) copy = { 0 };
      DomainDevice device;

      if (!find_alias (vm->config, args->alias, &device, error))
        return false;
      copy = domain_device_copy (&device);
      config = vm_config_detach (vm->config, &copy, error);
      if (config == NULL)
        return false;
    }
  if ((affect & VIR_DOMAIN_AFFECT_LIVE) && !detach_alias_live (vm, args->alias, error))
    return false;
  return config == NULL || vm_config_replace (vm, &config, error);
}
