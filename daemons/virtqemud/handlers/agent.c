/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that the agent inside a guest serves. */
#include <string.h>

#include "agent/vcpus.h"
#include "handlers/agent.h"
#include "net/port.h"
#include "util/json.h"
#include "vm/lifecycle.h"
#include "vm/status.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define MAX_VCPU_ID 16384

bool
handler_agent_begin (AgentCall *call, const RemoteNonnullDomain *dom, const char *what, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (dom, error);

  return vm != NULL && agent_call_begin (call, vm, what, error);
}

/* A whole call whose answer is of @shape; @args is stolen. */
static json_t *
ask (const RemoteNonnullDomain *dom, const char *what, const char *command, json_t *args, const AnswerShape *shape,
     GError **error)
{
  g_autoptr (json_t) owned = args;
  g_auto (AgentCall) agent = { 0 };

  if (!handler_agent_begin (&agent, dom, what, error))
    return NULL;
  return agent_ask (&agent, command, g_steal_pointer (&owned), shape, error);
}

static bool
order (const RemoteNonnullDomain *dom, const char *what, const char *command, json_t *args, GError **error)
{
  g_autoptr (json_t) done = ask (dom, what, command, args, &answer_anything, error);

  return done != NULL;
}

static json_t *
string_list (char *const *items, unsigned int n)
{
  json_t *list = json_array ();

  for (unsigned int i = 0; i < n; i++)
    json_array_append_new (list, json_string (items[i]));
  return list;
}

/* Texts of clients reach the agent as JSON, which is UTF-8. */
static bool
check_text (const char *text, const char *what, GError **error)
{
  return g_utf8_validate (text, -1, NULL)
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the %s is not UTF-8", what);
}

static bool
check_texts (char *const *items, unsigned int n, const char *what, GError **error)
{
  for (unsigned int i = 0; i < n; i++)
    if (!check_text (items[i], what, error))
      return false;
  return true;
}

/* --- the clock ------------------------------------------------------------------------------------ */

bool
handle_domain_get_time (Call *call, const DomainGetTimeArgs *args, DomainGetTimeRet *ret, GError **error)
{
  g_autoptr (json_t) answer = NULL;
  json_int_t ns;

  if (!handler_check_flags (args->flags, 0, "virDomainGetTime", error))
    return false;
  answer = ask (&args->dom, "reading the guest's clock", "guest-get-time", NULL, &answer_int, error);
  if (answer == NULL)
    return false;
  ns = json_integer_value (answer);
  ret->seconds = ns / SECOND;
  ret->nseconds = (unsigned int) (ns >= 0 ? ns % SECOND : 0);
  return true;
}

/* QEMU is not to make up for ticks that the guest missed before. */
static bool
reset_reinjection (const RemoteNonnullDomain *dom, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (Vm) vm = handler_active_vm_job (dom, &guard, "setting the guest's clock", error);

  if (vm == NULL)
    return false;
  if (g_strcmp0 (vm->live->os.arch, "x86_64") != 0 && g_strcmp0 (vm->live->os.arch, "i686") != 0)
    return true;
  return vm_command (vm, "rtc-reset-reinjection", NULL, error);
}

bool
handle_domain_set_time (Call *call, const DomainSetTimeArgs *args, GError **error)
{
  bool sync = args->flags & VIR_DOMAIN_TIME_SYNC;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_TIME_SYNC, "virDomainSetTime", error))
    return false;
  if (args->seconds > INT64_MAX / SECOND - 5 || args->seconds < INT64_MIN / SECOND + 5)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                 "%" G_GINT64_FORMAT " seconds are more than a guest agent can be told", args->seconds);
  return order (&args->dom, "setting the guest's clock", "guest-set-time",
                sync ? NULL : json_pack ("{s:I}", "time", (json_int_t) (args->seconds * SECOND + args->nseconds)),
                error)
         && reset_reinjection (&args->dom, error);
}

/* --- filesystems ------------------------------------------------------------------------------------ */

static bool
count_filesystems (const RemoteNonnullDomain *dom, const char *what, const char *command, json_t *args,
                   int *ret_count, GError **error)
{
  g_autoptr (json_t) answer = ask (dom, what, command, args, &answer_int, error);

  if (answer == NULL)
    return false;
  *ret_count = (int) CLAMP (json_integer_value (answer), 0, INT_MAX);
  return true;
}

bool
handle_domain_fsfreeze (Call *call, const DomainFsfreezeArgs *args, DomainFsfreezeRet *ret, GError **error)
{
  unsigned int n = args->n_mountpoints;

  if (!handler_check_flags (args->flags, 0, "virDomainFSFreeze", error)
      || !check_texts (args->mountpoints, n, "mount point", error))
    return false;
  return count_filesystems (&args->dom, "freezing filesystems",
                            n > 0 ? "guest-fsfreeze-freeze-list" : "guest-fsfreeze-freeze",
                            n > 0 ? json_pack ("{s:o}", "mountpoints", string_list (args->mountpoints, n)) : NULL,
                            &ret->filesystems, error);
}

bool
handle_domain_fsthaw (Call *call, const DomainFsthawArgs *args, DomainFsthawRet *ret, GError **error)
{
  if (!handler_check_flags (args->flags, 0, "virDomainFSThaw", error))
    return false;
  if (args->n_mountpoints > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
                 "a guest agent thaws all filesystems, not single mount points");
  return count_filesystems (&args->dom, "thawing filesystems", "guest-fsfreeze-thaw", NULL, &ret->filesystems, error);
}

bool
handle_domain_fstrim (Call *call, const DomainFstrimArgs *args, GError **error)
{
  if (!handler_check_flags (args->flags, 0, "virDomainFSTrim", error))
    return false;
  if (args->mountPoint != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
                 "a guest agent trims all filesystems, not single mount points");
  return order (&args->dom, "trimming filesystems", "guest-fstrim",
                json_pack ("{s:I}", "minimum", (json_int_t) MIN (args->minimum, INT64_MAX)), error);
}

/* --- the name ------------------------------------------------------------------------------------------ */

static bool
hostname_by_agent (const RemoteNonnullDomain *dom, char **ret_name, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_autoptr (json_t) answer = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (Vm) vm = handler_active_vm (dom, error);

  if (vm == NULL || !vm_agent_require (vm, error))
    return false;
  if (!agent_call_begin (&agent, vm, "reading the guest's name", &reason)
      || (answer = agent_ask (&agent, "guest-get-host-name", NULL, &answer_hostname, &reason)) == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_HOSTNAME, "the name of domain '%s' is not known: %s", vm->name,
                 reason->message);
  *ret_name = g_strdup (json_get_string (answer, "host-name", ""));
  return true;
}

/* The name that the guest gave for the first of its leases with one. */
static bool
hostname_by_lease (const Vm *vm, char **ret_name, GError **error)
{
  g_autoptr (Domain) domain = domain_copy (vm->live);

  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    {
      const DomainInterface *interface = domain->interfaces.items[i];
      g_auto (NetworkGetDhcpLeasesRet) leases = { 0 };

      if (interface->type != INTERFACE_TYPE_NETWORK)
        continue;
      if (!net_port_leases (interface->network, interface->mac, &leases, error))
        return false;
      for (unsigned int k = 0; k < leases.n_leases; k++)
        if (leases.leases[k].hostname != NULL)
          {
            *ret_name = g_strdup (leases.leases[k].hostname);
            return true;
          }
    }
  return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_HOSTNAME, "no network leased an address to domain '%s' by a name", domain->name);
}

bool
handle_domain_get_hostname (Call *call, const DomainGetHostnameArgs *args, DomainGetHostnameRet *ret, GError **error)
{
  const unsigned int both = VIR_DOMAIN_GET_HOSTNAME_LEASE | VIR_DOMAIN_GET_HOSTNAME_AGENT;
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, both, "virDomainGetHostname", error))
    return false;
  if ((args->flags & both) == both)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                 "the flags VIR_DOMAIN_GET_HOSTNAME_LEASE and VIR_DOMAIN_GET_HOSTNAME_AGENT exclude each other");
  if (!(args->flags & VIR_DOMAIN_GET_HOSTNAME_LEASE))
    return hostname_by_agent (&args->dom, &ret->hostname, error);
  vm = handler_active_vm (&args->dom, error);
  return vm != NULL && hostname_by_lease (vm, &ret->hostname, error);
}

/* --- processors ------------------------------------------------------------------------------------------ */

static void
add_set (Params *params, const char *name, const GArray *ids)
{
  unsigned int top = 0;
  g_autofree XmlBitmap *set = NULL;
  g_autofree char *text = NULL;

  for (unsigned int i = 0; i < ids->len; i++)
    top = MAX (top, g_array_index (ids, unsigned int, i) + 1);
  set = g_malloc0 (sizeof *set + (top + 63) / 64 * sizeof set->words[0]);
  set->n_bits = top;
  for (unsigned int i = 0; i < ids->len; i++)
    set->words[g_array_index (ids, unsigned int, i) / 64] |= UINT64_C (1) << g_array_index (ids, unsigned int, i) % 64;
  text = xml_bitmap_format (set);
  params_add_string (params, name, text);
}

bool
handler_agent_count_vcpus (const RemoteNonnullDomain *dom, int *ret_online, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  unsigned int online;

  if (!handler_agent_begin (&agent, dom, "counting the guest's vCPUs", error)
      || !agent_count_vcpus (&agent, &online, error))
    return false;
  *ret_online = (int) online;
  return true;
}

bool
handler_agent_set_vcpus (const RemoteNonnullDomain *dom, unsigned int count, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_autoptr (Vm) vm = handler_vm (dom, error);

  if (vm == NULL || !vm_agent_require (vm, error))
    return false;
  if (count > domain_vcpus_now (vm->live))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has %u vCPUs now, fewer than %u", vm->name,
                 domain_vcpus_now (vm->live), count);
  return agent_call_begin (&agent, vm, "setting the guest's vCPUs", error)
         && agent_set_vcpu_count (&agent, count, error);
}

bool
handle_domain_get_guest_vcpus (Call *call, const DomainGetGuestVcpusArgs *args, DomainGetGuestVcpusRet *ret,
                               GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_auto (Params) params = { 0 };
  g_autofree AgentVcpu *vcpus = NULL;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (unsigned int));
  g_autoptr (GArray) online = g_array_new (FALSE, FALSE, sizeof (unsigned int));
  g_autoptr (GArray) offlinable = g_array_new (FALSE, FALSE, sizeof (unsigned int));
  unsigned int n;

  if (!handler_check_flags (args->flags, 0, "virDomainGetGuestVcpus", error)
      || !handler_agent_begin (&agent, &args->dom, "reading the guest's vCPUs", error)
      || !agent_get_vcpus (&agent, &vcpus, &n, error))
    return false;
  for (unsigned int i = 0; i < n; i++)
    {
      g_array_append_val (all, vcpus[i].id);
      if (vcpus[i].online)
        g_array_append_val (online, vcpus[i].id);
      if (vcpus[i].offlinable)
        g_array_append_val (offlinable, vcpus[i].id);
    }
  add_set (&params, "vcpus", all);
  add_set (&params, "online", online);
  add_set (&params, "offlinable", offlinable);
  params_reply (&params, -1, &ret->params, &ret->n_params, NULL);
  return true;
}

bool
handle_domain_set_guest_vcpus (Call *call, const DomainSetGuestVcpusArgs *args, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_autofree XmlBitmap *wanted = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainSetGuestVcpus", error))
    return false;
  if (args->state != 0 && args->state != 1)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "a vCPU is on (1) or off (0), not %d", args->state);
  wanted = xml_bitmap_parse (args->cpumap, MAX_VCPU_ID);
  if (wanted == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "'%s' is not a list of vCPUs", args->cpumap);
  return handler_agent_begin (&agent, &args->dom, "setting the guest's vCPUs", error)
         && agent_set_vcpus (&agent, wanted, args->state == 1, error);
}

/* --- users --------------------------------------------------------------------------------------------------- */

bool
handle_domain_set_user_password (Call *call, const DomainSetUserPasswordArgs *args, GError **error)
{
  g_autofree char *encoded = NULL;
  json_t *command;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_PASSWORD_ENCRYPTED, "virDomainSetUserPassword", error))
    return false;
  if (args->user == NULL || args->password == NULL)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "a user's password needs a user and a password");
  if (!check_text (args->user, "name of the user", error))
    return false;
  encoded = g_base64_encode ((const guchar *) args->password, strlen (args->password));
  command = json_pack ("{s:s, s:s, s:b}", "username", args->user, "password", encoded,
                       "crypted", (args->flags & VIR_DOMAIN_PASSWORD_ENCRYPTED) ? 1 : 0);
  return order (&args->dom, "setting a user's password", "guest-set-user-password", command, error);
}

bool
handle_domain_authorized_ssh_keys_get (Call *call, const DomainAuthorizedSshKeysGetArgs *args,
                                       DomainAuthorizedSshKeysGetRet *ret, GError **error)
{
  g_autoptr (json_t) answer = NULL;
  const json_t *keys;

  if (!handler_check_flags (args->flags, 0, "virDomainAuthorizedSSHKeysGet", error)
      || !check_text (args->user, "name of the user", error))
    return false;
  answer = ask (&args->dom, "reading a user's keys", "guest-ssh-get-authorized-keys",
                json_pack ("{s:s}", "username", args->user), &answer_ssh_keys, error);
  if (answer == NULL)
    return false;
  keys = json_object_get (answer, "keys");
  ret->n_keys = (unsigned int) json_array_size (keys);
  ret->keys = g_new0 (char *, ret->n_keys);
  for (unsigned int i = 0; i < ret->n_keys; i++)
    ret->keys[i] = g_strdup (json_string_value (json_array_get (keys, i)));
  return true;
}

bool
handle_domain_authorized_ssh_keys_set (Call *call, const DomainAuthorizedSshKeysSetArgs *args, GError **error)
{
  const unsigned int append = VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND;
  const unsigned int remove = VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE;
  bool removes = args->flags & remove;
  json_t *command;

  if (!handler_check_flags (args->flags, append | remove, "virDomainAuthorizedSSHKeysSet", error))
    return false;
  if ((args->flags & append) && removes)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "keys are either appended or removed");
  if ((args->flags & (append | remove)) && args->n_keys == 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "there are no keys to append or to remove");
  if (!check_text (args->user, "name of the user", error) || !check_texts (args->keys, args->n_keys, "key", error))
    return false;
  command = json_pack ("{s:s, s:o}", "username", args->user, "keys", string_list (args->keys, args->n_keys));
  if (!removes)
    json_object_set_new (command, "reset", json_boolean (!(args->flags & append)));
  return order (&args->dom, "setting a user's keys",
                removes ? "guest-ssh-remove-authorized-keys" : "guest-ssh-add-authorized-keys", command, error);
}

/* --- power and sleep ----------------------------------------------------------------------------------------------------- */

bool
handler_agent_power (Vm *vm, bool reboot, GError **error)
{
  g_auto (AgentCall) agent = { 0 };

  if (!agent_call_begin (&agent, vm, reboot ? "reboot" : "shutdown", error))
    return false;
  /* The guest does what is asked by itself: its power-off is none that is to become a reset. */
  if (vm->fake_reboot)
    {
      vm->fake_reboot = false;
      vm_status_touch (vm);
    }
  return agent_call_power (&agent, "guest-shutdown", json_pack ("{s:s}", "mode", reboot ? "reboot" : "powerdown"), error);
}

bool
handle_domain_pm_suspend_for_duration (Call *call, const DomainPmSuspendForDurationArgs *args, GError **error)
{
  static const char *const commands[] = {
    [VIR_NODE_SUSPEND_TARGET_MEM] = "guest-suspend-ram",
    [VIR_NODE_SUSPEND_TARGET_DISK] = "guest-suspend-disk",
    [VIR_NODE_SUSPEND_TARGET_HYBRID] = "guest-suspend-hybrid",
  };
  g_autoptr (Vm) vm = NULL;
  g_auto (AgentCall) agent = { 0 };

  if (!handler_check_flags (args->flags, 0, "virDomainPMSuspendForDuration", error))
    return false;
  if (args->duration != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "a guest cannot be told how long to sleep");
  if (args->target >= G_N_ELEMENTS (commands))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown way to sleep %u", args->target);
  vm = handler_vm (&args->dom, error);
  return vm != NULL && agent_call_begin (&agent, vm, "putting the guest to sleep", error)
         && agent_call_power (&agent, commands[args->target], NULL, error);
}

/* --- any command ------------------------------------------------------------------------------------------------- */

static bool
check_timeout (int timeout, GError **error)
{
  return timeout >= VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the agent's time-out %d is less than the minimum %d",
                  timeout, VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK);
}

bool
handle_domain_agent_set_response_timeout (Call *call, const DomainAgentSetResponseTimeoutArgs *args,
                                          DomainAgentSetResponseTimeoutRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  int before;

  if (!handler_check_flags (args->flags, 0, "virDomainAgentSetResponseTimeout", error)
      || !check_timeout (args->timeout, error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  before = vm->agent_timeout;
  vm->agent_timeout = args->timeout;
  ret->result = 0;
  if (!vm_is_active (vm) || vm_status_save (vm, error))
    return true;
  vm->agent_timeout = before;
  return false;
}

bool
handle_domain_agent_command (Call *call, const QemuDomainAgentCommandArgs *args, QemuDomainAgentCommandRet *ret,
                             GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (AgentCall) agent = { 0 };
  g_autoptr (json_t) command = NULL, answer = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainQemuAgentCommand", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL || !vm_agent_require (vm, error) || !check_timeout (args->timeout, error)
      || !agent_call_begin (&agent, vm, "command of a client", error))
    return false;
  vm_taint (vm, VM_TAINT_CUSTOM_AGENT, "custom-ga-command");
  command = json_from_text (args->cmd, strlen (args->cmd), "the command for the guest agent", error);
  if (command == NULL)
    return false;
  answer = agent_raw (agent.agent, command, agent_deadline (args->timeout), error);
  if (answer == NULL)
    return false;
  ret->result = json_dumps (answer, JSON_COMPACT);
  return true;
}
