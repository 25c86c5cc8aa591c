/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/state.h: the states of a guest and the moves between them.
 *
 * Every legal move is a row of one table, with the lifecycle events that it
 * means. Nothing else changes Vm.state. */
#pragma once

#include <stdbool.h>

#include "vm/vm.h"

#define VM_DETAIL_OF_MOVE (-1)

/* Moves @vm to @state for @reason (of the state's own enum) and emits the events of the
 * move. @detail replaces the detail of the last of them (VM_DETAIL_OF_MOVE: as the table says). An
 * illegal move is a mistake of the caller: logged, and nothing changes.
 * The status file follows by itself, soon (vm_status_touch). Never awaits. */
void vm_enter (Vm *vm, int state, int reason, int detail);

/* "running", "shut off"...: as in status files. Static; NULL for an unknown state. */
const char *vm_state_name (int state);
int vm_state_from_name (const char *name);    /* -1: unknown */

/* "booted", "user"...: as in status files. Static; "unknown" for one without a name. */
const char *vm_reason_name (int state, int reason);
int vm_reason_from_name (int state, const char *name);   /* 0 (unknown) if there is no such */
