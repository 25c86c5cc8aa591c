/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hooks/hooks.h: programs of the administrator that run when guests start and end: PATH_CONF/hooks/qemu and qemu.d, with
 * the guest's live document on their standard input (daemon/hooks.h). */
#pragma once

#include "model/domain/domain.h"
#include "qemu/config.h"

typedef enum
{
  HOOK_PREPARE,         /* before anything is done for a start; failing fails it */
  HOOK_START,           /* all is ready but QEMU; failing fails the start */
  HOOK_STARTED,         /* the guest runs; failing ends it */
  HOOK_STOPPED,         /* QEMU is gone; what it used is not given back yet */
  HOOK_RELEASE,         /* all is given back */
  HOOK_RECONNECT,       /* the daemon has found the running guest again */
} HookOccasion;

/* Runs them one after the other; all run even if one fails. Fails with VIR_ERR_HOOK_SCRIPT_FAILED of
 * VIR_FROM_HOOK, naming the first program that exited with another status than 0, or did not end in time and was killed.
 * Does nothing, and awaits nothing, where there are none. Awaits. */
bool hooks_run (HookOccasion occasion, const Domain *domain, const QemuConfig *config, GError **error);

/* The same where nothing depends on it: failures are logged. */
void hooks_tell (HookOccasion occasion, const Domain *domain, const QemuConfig *config);

/* The guest @uuid is to go: kills the hook of its start that runs, if there is one; the start then fails. Never awaits. */
void hooks_interrupt (const uint8_t uuid[16]);
