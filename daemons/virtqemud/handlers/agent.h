/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/agent.h: what calls of other subjects ask of the agent inside a guest. All of these await. */
#pragma once

#include "agent/guest.h"
#include "handlers/handlers.h"

/* Takes the agent's job of the guest that a client means, named @what (static). Fails as agent_call_begin. */
bool handler_agent_begin (AgentCall *call, const RemoteNonnullDomain *dom, const char *what, GError **error);

/* Has the guest power off or reboot; returns when it has begun. */
bool handler_agent_power (Vm *vm, bool reboot, GError **error);

/* How many vCPUs the guest uses, and making it use so many. */
bool handler_agent_count_vcpus (const RemoteNonnullDomain *dom, int *ret_online, GError **error);
bool handler_agent_set_vcpus (const RemoteNonnullDomain *dom, unsigned int count, GError **error);

/* The guest's interfaces with their addresses. */
bool handler_agent_interfaces (const RemoteNonnullDomain *dom, DomainInterfaceAddressesRet *ret, GError **error);
