/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that start, stop and pause guests. */
#include <string.h>

#include "driver.h"
#include "handlers/agent.h"
#include "qemu/platform.h"
#include "qemu/qmp.h"
#include "vm/events.h"
#include "vm/lifecycle.h"

/* --- start ----------------------------------------------------------------------------------------- */

#define CREATE_FLAGS (VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY | VIR_DOMAIN_START_BYPASS_CACHE \
                      | VIR_DOMAIN_START_FORCE_BOOT | VIR_DOMAIN_START_RESET_NVRAM)

/* A client that left while its guest was started is gone for good. */
static void
after_start (Vm *vm, Peer *peer)
{
  if (vm->autodestroy_peer != 0 && peer_is_closed (peer))
    {
      g_autoptr (GError) error = NULL;

      vm_stop (vm, VM_END_DESTROYED, false, &error);
    }
}

static bool
create (Call *call, const RemoteNonnullDomain *dom, unsigned int flags, RemoteNonnullDomain *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (!handler_check_flags (flags, CREATE_FLAGS, "virDomainCreateWithFlags", error))
    return false;
  vm = handler_vm_job (dom, &guard, "start", error);
  if (vm == NULL)
    return false;
  if (vm_is_active (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is already running", vm->name);
  if (!vm_start (vm, vm->config, flags, call_peer (call), error))
    return false;
  if (ret != NULL)
    handler_put_domain (ret, vm);
  after_start (vm, call_peer (call));
  return true;
}

/* QEMU is not given descriptors of clients: only containers want them. */
static bool
refuse_files (Call *call, GError **error)
{
  return call_n_fds (call) == 0
         || fail (error, VIR_FROM_QEMU, VIR_ERR_NO_SUPPORT, "a QEMU guest takes no descriptors of its client");
}

bool
handle_domain_create (Call *call, const DomainCreateArgs *args, GError **error)
{
  return create (call, &args->dom, 0, NULL, error);
}

bool
handle_domain_create_with_flags (Call *call, const DomainCreateWithFlagsArgs *args, DomainCreateWithFlagsRet *ret,
                                 GError **error)
{
  return create (call, &args->dom, args->flags, &ret->dom, error);
}

bool
handle_domain_create_with_files (Call *call, const DomainCreateWithFilesArgs *args, DomainCreateWithFilesRet *ret,
                                 GError **error)
{
  return refuse_files (call, error) && create (call, &args->dom, args->flags, &ret->dom, error);
}

/* --- start from a document --------------------------------------------------------------------------- */

static bool
create_xml (Call *call, const char *xml, unsigned int flags, RemoteNonnullDomain *ret, GError **error)
{
  g_autoptr (Domain) domain = NULL;
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  DomainParseFlags parse = DOMAIN_PARSE_INACTIVE | ((flags & VIR_DOMAIN_START_VALIDATE) ? DOMAIN_PARSE_VALIDATE : 0);
  bool started;

  if (!handler_check_flags (flags, CREATE_FLAGS | VIR_DOMAIN_START_VALIDATE, "virDomainCreateXML", error))
    return false;
  domain = domain_parse (xml, strlen (xml), parse, error);
  if (domain == NULL || !qemu_complete_domain (domain, true, error))
    return false;
  vm = vm_list_claim (driver.vms, domain->uuid, domain->name, true, &guard, "start", error);
  if (vm == NULL)
    return false;
  started = vm_start (vm, domain, flags, call_peer (call), error);
  if (started)
    {
      vm_list_publish (driver.vms, vm);
      handler_put_domain (ret, vm);
      after_start (vm, call_peer (call));
    }
  else if (!vm_is_persistent (vm))
    vm_list_remove (driver.vms, vm);
  return started;
}

bool
handle_domain_create_xml (Call *call, const DomainCreateXmlArgs *args, DomainCreateXmlRet *ret, GError **error)
{
  return create_xml (call, args->xml_desc, args->flags, &ret->dom, error);
}

bool
handle_domain_create_xml_with_files (Call *call, const DomainCreateXmlWithFilesArgs *args,
                                     DomainCreateXmlWithFilesRet *ret, GError **error)
{
  return refuse_files (call, error) && create_xml (call, args->xml_desc, args->flags, &ret->dom, error);
}

/* --- stop ------------------------------------------------------------------------------------------------ */

static bool
destroy (const RemoteNonnullDomain *dom, unsigned int flags, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (!handler_check_flags (flags, VIR_DOMAIN_DESTROY_GRACEFUL | VIR_DOMAIN_DESTROY_REMOVE_LOGS,
                            "virDomainDestroyFlags", error))
    return false;
  vm = handler_active_vm (dom, error);
  if (vm == NULL)
    return false;
  return ((flags & VIR_DOMAIN_DESTROY_GRACEFUL) ? vm_job (&guard, vm, "destruction", error)
                                                : vm_job_to_destroy (&guard, vm, error))
         && vm_require_active (vm, error)
         && vm_stop (vm, VM_END_DESTROYED, flags & VIR_DOMAIN_DESTROY_GRACEFUL, error);
}

bool
handle_domain_destroy (Call *call, const DomainDestroyArgs *args, GError **error)
{
  return destroy (&args->dom, 0, error);
}

bool
handle_domain_destroy_flags (Call *call, const DomainDestroyFlagsArgs *args, GError **error)
{
  return destroy (&args->dom, args->flags, error);
}

/* The flags of virDomainShutdownFlags and virDomainReboot that say who is asked are the same. */
#define POWER_AGENT VIR_DOMAIN_SHUTDOWN_GUEST_AGENT
#define POWER_ACPI VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN
G_STATIC_ASSERT ((int) POWER_AGENT == (int) VIR_DOMAIN_REBOOT_GUEST_AGENT
                 && (int) POWER_ACPI == (int) VIR_DOMAIN_REBOOT_ACPI_POWER_BTN);

/* Asks the agent to power the guest off or to @reboot it: if the client wants that, or leaves the choice and there
 * is an agent. False without @error: the power button is to be tried. */
static bool
power_by_agent (Vm *vm, unsigned int flags, bool reboot, GError **error)
{
  bool only = flags == POWER_AGENT;

  if (!(flags & POWER_AGENT) && (flags != 0 || vm->agent == NULL))
    return false;
  return handler_agent_power (vm, reboot, only ? error : NULL);
}

/* One of both ways; @fake: the guest's power-off is to be a reset, which the power button cannot ask for. */
static bool
power (Vm *vm, unsigned int flags, const char *what, bool reboot, bool fake, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) local = NULL;

  if (power_by_agent (vm, flags, reboot, &local))
    return true;
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  return vm_job (&guard, vm, what, error) && vm_require_active (vm, error) && vm_power_button (vm, fake, error);
}

static bool
shut_down (const RemoteNonnullDomain *dom, unsigned int flags, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  bool restart;

  if (!handler_check_flags (flags, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN | VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
                            "virDomainShutdownFlags", error))
    return false;
  vm = handler_vm (dom, error);
  if (vm == NULL)
    return false;
  /* As stock: the driver refuses a stopped guest here, and not a paused one. */
  if (!vm_is_active (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is not running", vm->name);
  restart = vm->live->on_poweroff == LIFECYCLE_ACTION_RESTART;
  return power (vm, flags, "shutdown", restart, restart, error);
}

bool
handle_domain_shutdown (Call *call, const DomainShutdownArgs *args, GError **error)
{
  return shut_down (&args->dom, 0, error);
}

bool
handle_domain_shutdown_flags (Call *call, const DomainShutdownFlagsArgs *args, GError **error)
{
  return shut_down (&args->dom, args->flags, error);
}

bool
handle_domain_reboot (Call *call, const DomainRebootArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  bool reboot;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN | VIR_DOMAIN_REBOOT_GUEST_AGENT,
                            "virDomainReboot", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  reboot = vm->live->on_reboot != LIFECYCLE_ACTION_DESTROY;
  return power (vm, args->flags, "reboot", reboot, reboot, error);
}

bool
handle_domain_reset (Call *call, const DomainResetArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (!handler_check_flags (args->flags, 0, "virDomainReset", error))
    return false;
  vm = handler_active_vm_job (&args->dom, &guard, "reset", error);
  return vm != NULL && vm_reset (vm, error);
}

/* --- pause ------------------------------------------------------------------------------------------------- */

bool
handle_domain_suspend (Call *call, const DomainSuspendArgs *args, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (Vm) vm = handler_active_vm_job (&args->dom, &guard, "pause", error);

  return vm != NULL && vm_suspend (vm, error);
}

bool
handle_domain_resume (Call *call, const DomainResumeArgs *args, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (Vm) vm = handler_active_vm_job (&args->dom, &guard, "resume", error);

  return vm != NULL && vm_resume (vm, error);
}

bool
handle_domain_pm_wakeup (Call *call, const DomainPmWakeupArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (!handler_check_flags (args->flags, 0, "virDomainPMWakeup", error))
    return false;
  vm = handler_active_vm_job (&args->dom, &guard, "wake-up", error);
  return vm != NULL && vm_command (vm, "system_wakeup", NULL, error);
}
