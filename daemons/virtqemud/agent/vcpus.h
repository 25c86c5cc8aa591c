/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent/vcpus.h: the processors that a guest's own system uses. */
#pragma once

#include "agent/guest.h"

/* A line of what the guest says of its processors. */
typedef struct
{
  unsigned int id;
  bool online, offlinable;
} AgentVcpu;

/* Asks for all; the caller frees the array with g_free. Awaits. */
bool agent_get_vcpus (AgentCall *call, AgentVcpu **ret_vcpus, unsigned int *ret_n, GError **error);

/* Brings those in @wanted online or takes them offline. VIR_ERR_INVALID_ARG if the guest lacks one of them,
 * VIR_ERR_OPERATION_UNSUPPORTED if one must stay online. Awaits. */
bool agent_set_vcpus (AgentCall *call, const XmlBitmap *wanted, bool online, GError **error);

/* How many are online; and leaves that many online. Awaits. */
bool agent_count_vcpus (AgentCall *call, unsigned int *ret_online, GError **error);
bool agent_set_vcpu_count (AgentCall *call, unsigned int count, GError **error);
