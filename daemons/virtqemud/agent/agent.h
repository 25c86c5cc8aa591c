/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent/agent.h: a conversation with the agent inside one guest, over the host's end of its channel.
 *
 * One command at a time: the caller holds the guest's agent job. The guest is hostile: an answer is
 * bounded in bytes and in values, nothing is read while no command waits (so that a guest that floods
 * its channel fills only the kernel's buffer), and what comes late is thrown away by the next sync.
 *
 * Errors are of VIR_FROM_QEMU. Silence and the end of the channel are VIR_ERR_AGENT_UNRESPONSIVE, an agent that
 * answers something else than what it was asked is VIR_ERR_AGENT_UNSYNCED, what the agent refuses and answers that are
 * no good are VIR_ERR_INTERNAL_ERROR. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "util/cleanup.h"
#include "util/fiber.h"

typedef struct Agent Agent;

/* Takes over the connected socket @fd. @subject (copied) names the guest in errors. */
Agent *agent_new (int fd, const char *subject);
Agent *agent_ref (Agent *agent);
/* The last reference closes. NULL is fine. */
void agent_unref (Agent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Agent, agent_unref)

/* Closes at once: a command that waits fails. */
void agent_close (Agent *agent);
/* False once it was closed or the other end went. */
bool agent_is_open (const Agent *agent);

/* Finds out whether the agent listens, and throws away what it still had to say. Before the first
 * command of a call. Awaits. */
bool agent_sync (Agent *agent, Deadline deadline, GError **error);

/* Runs the command @name with @args (stolen; NULL: none). Returns what is in "return"; the caller owns it. Awaits. */
json_t *agent_command (Agent *agent, const char *name, json_t *args, Deadline deadline, GError **error);

/* The same for a command that has no answer when it succeeds, since it ends or stops the guest: an answer, the end
 * of the channel and agent_note_power are all a success. Awaits. */
bool agent_command_power (Agent *agent, const char *name, json_t *args, Deadline deadline, GError **error);

/* The guest ended, was reset or went to sleep. Never awaits. */
void agent_note_power (Agent *agent);

/* The JSON object @command (borrowed) as a client gave it; the whole answer, of which "error" has been made
 * an error. Caller owns it. Awaits. */
json_t *agent_raw (Agent *agent, const json_t *command, Deadline deadline, GError **error);

/* The last refusal said that the agent does not have or does not allow the command. */
bool agent_lacks_command (const Agent *agent);

/* Longest answer, in bytes and in values of JSON. */
#define AGENT_MAX_ANSWER (10u << 20)
#define AGENT_MAX_VALUES 100000u
/* Longest command. */
#define AGENT_MAX_COMMAND (10u << 20)
