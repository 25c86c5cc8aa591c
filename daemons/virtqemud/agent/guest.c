/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/guest.h"

#include <string.h>

#include "qemu/qmp.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"

#define LOG_CATEGORY "qemu.agent"
#define JOB_TIMEOUT_MS 30000
/* An agent that lives answers at once. */
#define DEFAULT_S 5
/* A guest takes its time to begin its end. */
#define POWER_S 60
/* How long a channel that was closed may take to open again. */
#define REOPEN_MS 2000
#define REOPEN_POLL_MS 20

/* --- the connection --------------------------------------------------------------------------- */

const DomainChardev *
agent_channel (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->channels.n; i++)
    if (g_strcmp0 (domain->channels.items[i]->name, AGENT_CHANNEL) == 0)
      return domain->channels.items[i];
  return NULL;
}

static void
disconnect (Vm *vm)
{
  if (vm->agent == NULL)
    return;
  agent_close (vm->agent);
  g_clear_pointer (&vm->agent, agent_unref);
}

static void
connect_to (Vm *vm, const DomainChardev *channel)
{
  g_autoptr (GError) error = NULL;
  int fd;

  if (vm->agent != NULL && agent_is_open (vm->agent))
    return;
  disconnect (vm);
  fd = qmp_dial (channel->source.path, &error);
  if (fd >= 0)
    vm->agent = agent_new (fd, vm->name);
  else
    log_warning ("the guest agent of domain '%s' is not reached: %s", vm->name, error->message);
}

void
vm_agent_follow (Vm *vm)
{
  const DomainChardev *channel = vm->live != NULL ? agent_channel (vm->live) : NULL;

  if (channel != NULL && channel->state == CHANNEL_STATE_CONNECTED && channel->source.type == CHARDEV_TYPE_UNIX
      && channel->source.path != NULL)
    connect_to (vm, channel);
  else
    disconnect (vm);
}

void
vm_agent_forget (Vm *vm)
{
  disconnect (vm);
  vm->agent_timeout = VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
}

void
vm_agent_note_power (Vm *vm)
{
  if (vm->agent != NULL)
    agent_note_power (vm->agent);
}

bool
vm_agent_require (Vm *vm, GError **error)
{
  if (vm->state != VIR_DOMAIN_RUNNING)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is not running", vm->name);
  if (agent_channel (vm->live) == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
                 "domain '%s' has no channel '" AGENT_CHANNEL "' for a guest agent", vm->name);
  vm_agent_follow (vm);
  return vm->agent != NULL
         || fail (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
                  "the guest agent of domain '%s' is not connected", vm->name);
}

/* --- a call ---------------------------------------------------------------------------------------- */

Deadline
agent_deadline (int timeout)
{
  switch (timeout)
    {
    case VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK:
      return FOREVER;
    case VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_DEFAULT:
      return deadline_in_ms (DEFAULT_S * 1000);
    default:
      return deadline_in_ms ((uint64_t) timeout * 1000);
    }
}

/* Whether the agent is there is found out within a short time in any case. */
static Deadline
sync_deadline (const Vm *vm)
{
  return agent_deadline (vm->agent_timeout >= 0 && vm->agent_timeout < DEFAULT_S
                           ? vm->agent_timeout : VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_DEFAULT);
}

/* An agent that starts again, and a guest that wakes, close the channel and open it at once: what was not asked
 * yet can be asked then. */
static bool
reopened (AgentCall *call)
{
  Deadline deadline = deadline_in_ms (REOPEN_MS);

  while (loop_now () < deadline && vm_is_active (call->vm))
    {
      if (call->vm->agent != NULL && call->vm->agent != call->agent)
        {
          agent_unref (call->agent);
          call->agent = agent_ref (call->vm->agent);
          return true;
        }
      if (!fiber_sleep (REOPEN_POLL_MS, NULL))
        return false;
    }
  return false;
}

bool
agent_call_begin (AgentCall *call, Vm *vm, const char *what, GError **error)
{
  g_autofree char *subject = g_strdup_printf ("guest agent of domain '%s'", vm->name);
  g_autoptr (GError) local = NULL;

  if (!vm_agent_require (vm, error))
    return false;
  call->vm = vm_ref (vm);
  if (!job_guard (&call->job, &vm->agent_job, what, subject, deadline_in_ms (JOB_TIMEOUT_MS), error))
    return false;
  /* The guest may have ended while others were served. */
  if (!vm_agent_require (vm, error))
    return false;
  call->agent = agent_ref (vm->agent);
  if (agent_sync (call->agent, sync_deadline (vm), &local))
    return true;
  if (!agent_is_open (call->agent) && reopened (call))
    return agent_sync (call->agent, sync_deadline (vm), error);
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

void
agent_call_clear (AgentCall *call)
{
  job_guard_clear (&call->job);
  g_clear_pointer (&call->agent, agent_unref);
  g_clear_pointer (&call->vm, vm_unref);
}

json_t *
agent_call (AgentCall *call, const char *name, json_t *args, GError **error)
{
  return agent_command (call->agent, name, args, agent_deadline (call->vm->agent_timeout), error);
}

bool
agent_call_power (AgentCall *call, const char *name, json_t *args, GError **error)
{
  return agent_command_power (call->agent, name, args, deadline_in_ms (POWER_S * 1000), error);
}

json_t *
agent_ask (AgentCall *call, const char *name, json_t *args, const AnswerShape *shape, GError **error)
{
  g_autoptr (json_t) answer = agent_call (call, name, args, error);

  if (answer == NULL || !answer_check (answer, shape, name, error))
    return NULL;
  return g_steal_pointer (&answer);
}
