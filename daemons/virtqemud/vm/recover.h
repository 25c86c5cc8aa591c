/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/recover.h: coming back to guests that outlived an earlier daemon. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "vm/vm.h"

/* Finds the processes of all guests that @list has as running. Those that are gone, and those
 * whose start was cut short, are put down as shut off at once. On a fiber, before READY. Awaits. */
void vm_recover_attach (VmList *list);

/* Connects to the monitors of those that run, all at once, and catches up with what happened.
 * Returns before that is done. After READY. */
void vm_recover_catch_up (VmList *list);
