/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that only the agent inside a guest can serve. No way to an agent exists yet: they fail as
 * they do with stock when none answers. */
#include <string.h>

#include "handlers/handlers.h"

bool
handler_agent (const Vm *vm, GError **error)
{
  if (vm->state != VIR_DOMAIN_RUNNING)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is not running", vm->name);
  for (unsigned int i = 0; i < vm->live->channels.n; i++)
    if (g_strcmp0 (vm->live->channels.items[i]->name, "org.qemu.guest_agent.0") == 0)
      return fail (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
                   "the guest agent of domain '%s' is not connected", vm->name);
  return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
               "domain '%s' has no channel 'org.qemu.guest_agent.0' for a guest agent", vm->name);
}

/* What all of these do: check the flags, find a guest that runs, and miss the agent. */
static bool
miss_agent (const RemoteNonnullDomain *dom, unsigned int flags, unsigned int allowed, const char *api, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (flags, allowed, api, error))
    return false;
  vm = handler_active_vm (dom, error);
  return vm != NULL && handler_agent (vm, error);
}

#define AGENT_CALL(name_, Args_, Ret_, allowed_, api_)                              \
  bool                                                                              \
  handle_##name_ (Call *call, const Args_ *args, Ret_ *ret, GError **error)         \
  {                                                                                 \
    return miss_agent (&args->dom, args->flags, allowed_, api_, error);             \
  }
#define AGENT_ORDER(name_, Args_, allowed_, api_)                                   \
  bool                                                                              \
  handle_##name_ (Call *call, const Args_ *args, GError **error)                    \
  {                                                                                 \
    return miss_agent (&args->dom, args->flags, allowed_, api_, error);             \
  }

AGENT_CALL (domain_get_time, DomainGetTimeArgs, DomainGetTimeRet, 0, "virDomainGetTime")
AGENT_ORDER (domain_set_time, DomainSetTimeArgs, VIR_DOMAIN_TIME_SYNC, "virDomainSetTime")
AGENT_CALL (domain_fsfreeze, DomainFsfreezeArgs, DomainFsfreezeRet, 0, "virDomainFSFreeze")
AGENT_CALL (domain_fsthaw, DomainFsthawArgs, DomainFsthawRet, 0, "virDomainFSThaw")
AGENT_ORDER (domain_fstrim, DomainFstrimArgs, 0, "virDomainFSTrim")
AGENT_CALL (domain_get_fsinfo, DomainGetFsinfoArgs, DomainGetFsinfoRet, 0, "virDomainGetFSInfo")
AGENT_CALL (domain_get_guest_info, DomainGetGuestInfoArgs, DomainGetGuestInfoRet, 0, "virDomainGetGuestInfo")
AGENT_CALL (domain_get_guest_vcpus, DomainGetGuestVcpusArgs, DomainGetGuestVcpusRet, 0, "virDomainGetGuestVcpus")
AGENT_ORDER (domain_set_guest_vcpus, DomainSetGuestVcpusArgs, 0, "virDomainSetGuestVcpus")
AGENT_ORDER (domain_set_user_password, DomainSetUserPasswordArgs, VIR_DOMAIN_PASSWORD_ENCRYPTED,
             "virDomainSetUserPassword")
AGENT_CALL (domain_authorized_ssh_keys_get, DomainAuthorizedSshKeysGetArgs, DomainAuthorizedSshKeysGetRet, 0,
            "virDomainAuthorizedSSHKeysGet")
AGENT_ORDER (domain_authorized_ssh_keys_set, DomainAuthorizedSshKeysSetArgs,
             VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND | VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE,
             "virDomainAuthorizedSSHKeysSet")
AGENT_CALL (domain_agent_command, QemuDomainAgentCommandArgs, QemuDomainAgentCommandRet, 0,
            "virDomainQemuAgentCommand")

bool
handle_domain_get_hostname (Call *call, const DomainGetHostnameArgs *args, DomainGetHostnameRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!(args->flags & VIR_DOMAIN_GET_HOSTNAME_LEASE))
    return miss_agent (&args->dom, args->flags, VIR_DOMAIN_GET_HOSTNAME_AGENT, "virDomainGetHostname", error);
  if (!handler_check_flags (args->flags, VIR_DOMAIN_GET_HOSTNAME_LEASE, "virDomainGetHostname", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  return vm != NULL && fail (error, VIR_FROM_QEMU, VIR_ERR_NO_HOSTNAME,
                             "no network leased a name to domain '%s'", vm->name);
}

bool
handle_domain_pm_suspend_for_duration (Call *call, const DomainPmSuspendForDurationArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainPMSuspendForDuration", error))
    return false;
  if (args->duration != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "a guest cannot be told how long to sleep");
  if (args->target >= VIR_NODE_SUSPEND_TARGET_LAST)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown way to sleep %u", args->target);
  vm = handler_vm (&args->dom, error);
  return vm != NULL && handler_agent (vm, error);
}

#define AGENT_TIMEOUT_MIN VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK

bool
handle_domain_agent_set_response_timeout (Call *call, const DomainAgentSetResponseTimeoutArgs *args,
                                          DomainAgentSetResponseTimeoutRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainAgentSetResponseTimeout", error))
    return false;
  if (args->timeout < AGENT_TIMEOUT_MIN)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the agent's time-out %d is less than the minimum %d",
                 args->timeout, AGENT_TIMEOUT_MIN);
  vm = handler_vm (&args->dom, error);
  return vm != NULL && fail (error, VIR_FROM_QEMU, VIR_ERR_NO_SUPPORT, "no way to guest agents exists yet");
}
