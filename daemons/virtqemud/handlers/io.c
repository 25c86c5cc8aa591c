/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys for a guest, and commands for its monitor. */
#include <string.h>

#include "handlers/handlers.h"
#include "handlers/keycodes.h"
#include "qemu/qmp.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "vm/events.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"

/* --- keys --------------------------------------------------------------------------------------------------- */

bool
handle_domain_send_key (Call *call, const DomainSendKeyArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (json_t) keys = json_array ();
  json_t *command;

  if (!handler_check_flags (args->flags, 0, "virDomainSendKey", error))
    return false;
  if (args->codeset >= VIR_KEYCODE_SET_LAST)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "unknown set of keys %u", args->codeset);
  if (args->n_keycodes > VIR_DOMAIN_SEND_KEY_MAX_KEYS)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "%u keys at once are more than %d",
                 args->n_keycodes, VIR_DOMAIN_SEND_KEY_MAX_KEYS);
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  for (unsigned int i = 0; i < args->n_keycodes; i++)
    {
      unsigned int qnum;

      if (!keycode_to_qnum (args->codeset, args->keycodes[i], &qnum, error))
        return false;
      json_array_append_new (keys, json_pack ("{s:s, s:i}", "type", "number", "data", (int) qnum));
    }
  command = json_pack ("{s:O}", "keys", keys);
  if (args->holdtime > 0)
    json_object_set_new (command, "hold-time", json_integer (args->holdtime));
  return vm_command (vm, "send-key", command, error);
}

bool
handle_domain_inject_nmi (Call *call, const DomainInjectNmiArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainInjectNMI", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  return vm != NULL && vm_command (vm, "inject-nmi", NULL, error);
}

/* --- the monitor ---------------------------------------------------------------------------------------------- */

static bool
check_command (const char *text, GError **error)
{
  g_autoptr (json_t) parsed = NULL;
  json_error_t mistake;

  parsed = json_loads (text, 0, &mistake);
  if (parsed == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the command is not JSON: %s at column %d",
                 mistake.text, mistake.column);
  return json_is_object (parsed)
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the command is no JSON object");
}

static bool
monitor_command (const RemoteNonnullDomain *dom, const char *text, unsigned int flags, int fd, char **ret_result,
                 GError **error)
{
  bool hmp = flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP;
  g_autoptr (Vm) vm = NULL;
  g_autoptr (Qmp) qmp = NULL;
  g_autoptr (GError) broken = NULL;

  if (!handler_check_flags (flags, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, "virDomainQemuMonitorCommand", error))
    return false;
  vm = handler_active_vm (dom, error);
  if (vm == NULL || (!hmp && !check_command (text, error)))
    return false;
  if (vm->monitor == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "the monitor of domain '%s' is not connected", vm->name);
  qmp = qmp_ref (vm->monitor);
  vm_taint (vm, VM_TAINT_CUSTOM_MONITOR, "custom-monitor");
  *ret_result = hmp ? qmp_hmp (qmp, text, deadline_in_ms (VM_COMMAND_MS), &broken)
                    : qmp_raw (qmp, text, fd, deadline_in_ms (VM_COMMAND_MS), &broken);
  /* Whatever that was: what does not change by itself may have changed. */
  vm_figure_forget (vm, VM_FIGURE_IOTHREADS);
  vm_figure_forget (vm, VM_FIGURE_DIRTY_RATE);
  if (*ret_result != NULL)
    return true;
  if (!qmp_is_open (qmp))
    vm_event_control_error (vm);
  g_propagate_error (error, g_steal_pointer (&broken));
  return false;
}

bool
handle_domain_monitor_command (Call *call, const QemuDomainMonitorCommandArgs *args, QemuDomainMonitorCommandRet *ret,
                               GError **error)
{
  return monitor_command (&args->dom, args->cmd, args->flags, -1, &ret->result, error);
}

bool
handle_domain_monitor_command_with_files (Call *call, const QemuDomainMonitorCommandWithFilesArgs *args,
                                          QemuDomainMonitorCommandWithFilesRet *ret, GError **error)
{
  fd_auto int fd = -1;

  if (call_n_fds (call) > 1)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "QEMU takes one descriptor with a command, not %u",
                 call_n_fds (call));
  fd = call_take_fd (call, 0);
  return monitor_command (&args->dom, args->cmd, args->flags, fd, &ret->result, error);
}
