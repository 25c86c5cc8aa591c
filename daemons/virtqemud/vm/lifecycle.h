/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/lifecycle.h: starting, stopping, pausing guests.
 *
 * All of these await; the caller holds the guest's job and a reference unless said otherwise. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "rpc/server.h"
#include "vm/vm.h"

/* Starts @vm from @definition (a copy is made; it need not be the guest's own: a transient
 * guest has none). @flags are VIR_DOMAIN_START_PAUSED, _AUTODESTROY (with @peer) and
 * _FORCE_BOOT. On failure the guest is shut off (failed) and nothing is left of it. */
bool vm_start (Vm *vm, const Domain *definition, unsigned int flags, Peer *peer, GError **error);

/* Ends the guest. @graceful: asks QEMU and gives it 15 s, then VIR_ERR_OPERATION_FAILED.
 * @end says why. A transient guest leaves the list. */
bool vm_stop (Vm *vm, VmEnd end, bool graceful, GError **error);

/* Puts down that the process is gone: cleans up, emits the event, removes the status. */
void vm_finish (Vm *vm);

bool vm_suspend (Vm *vm, GError **error);
bool vm_resume (Vm *vm, GError **error);

/* Presses the power button. @reboot: what follows is a reboot instead of an end. */
bool vm_power_button (Vm *vm, bool reboot, GError **error);
bool vm_reset (Vm *vm, GError **error);
/* Tells QEMU whether a reset restarts the guest or ends it. */
bool vm_set_reboot_action (Vm *vm, bool restart, GError **error);

/* Starts a fiber that does what a power-off asks for: ends or resets the guest. Takes the job
 * itself; never awaits. */
void vm_begin_power_off (Vm *vm);
/* Likewise for a guest whose kernel panicked, by on_crash. */
void vm_begin_panic (Vm *vm);

/* Likewise for one whose watchdog ran out and asks for a dump: dumps it and lets it go on. */
void vm_begin_watchdog_dump (Vm *vm);

/* Watches the process of @vm: when it ends, the guest does. Never awaits. */
bool vm_watch (Vm *vm, GError **error);

/* Marks a guest as not to be trusted; the first time is written to its log. Needs no job. */
void vm_taint (Vm *vm, VmTaint taint, const char *name);

/* One command of the monitor; @args is stolen, NULL: none. */
bool vm_command (Vm *vm, const char *name, json_t *args, GError **error);

/* Takes the job to destroy the guest: soon, whoever has it, since what waits for QEMU within it is made
 * to fail. The caller holds a reference, and no job. */
bool vm_job_to_destroy (JobGuard *guard, Vm *vm, GError **error);

/* How long a command of the monitor may take within a job. */
#define VM_COMMAND_MS 30000
