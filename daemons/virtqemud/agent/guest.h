/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent/guest.h: which guest has which agent, and a call's hold of it.
 *
 * The connection lives while the guest has its end of the channel open: QEMU tells of that. Calls to the agent
 * have a job of their own (vm->agent_job), so that one that hangs delays neither changes of the guest nor queries. */
#pragma once

#include "agent/agent.h"
#include "agent/answer.h"
#include "vm/vm.h"

#define AGENT_CHANNEL "org.qemu.guest_agent.0"

/* The channel for an agent, NULL if there is none. Borrowed. */
const DomainChardev *agent_channel (const Domain *domain);

/* Connects to the agent, or disconnects from it, as the state of the channel says. Never awaits. */
void vm_agent_follow (Vm *vm);
/* The guest's run is over: a command that waits fails. Never awaits. */
void vm_agent_forget (Vm *vm);
/* QEMU said that the guest powers off, resets or sleeps. Never awaits. */
void vm_agent_note_power (Vm *vm);

/* Fails as stock does if the agent cannot be asked: VIR_ERR_OPERATION_INVALID if the guest does not run,
 * VIR_ERR_ARGUMENT_UNSUPPORTED without a channel, VIR_ERR_AGENT_UNRESPONSIVE without a connection. */
bool vm_agent_require (Vm *vm, GError **error);

/* One call's hold. */
typedef struct
{
  Vm *vm;                       /* counted */
  Agent *agent;                 /* counted */
  JobGuard job;
} AgentCall;

/* Takes the agent's job for @what (static), waiting at most as long as for other jobs, and syncs. Awaits. */
bool agent_call_begin (AgentCall *call, Vm *vm, const char *what, GError **error);
void agent_call_clear (AgentCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AgentCall, agent_call_clear)

/* Commands within it, with the guest's time limit; as agent_command and agent_command_power. Awaits. */
json_t *agent_call (AgentCall *call, const char *name, json_t *args, GError **error);
bool agent_call_power (AgentCall *call, const char *name, json_t *args, GError **error);

/* The same with an answer of @shape. Awaits. */
json_t *agent_ask (AgentCall *call, const char *name, json_t *args, const AnswerShape *shape, GError **error);

/* The deadline of a command by a limit in seconds or a VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_ constant. */
Deadline agent_deadline (int timeout);
