/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/status.h: what is on disk of guests that run: PATH_RUN/qemu/NAME.xml, a
 * <domstatus> document in stock's form with what we need of it.
 *
 * A status file exists from before QEMU is started until after it is gone. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "vm/vm.h"

/* Writes the status of @vm as it is now, or removes the file if it is shut off. Awaits. */
bool vm_status_save (Vm *vm, GError **error);

/* Says that the status changed: it is written soon by a fiber of its own. Never awaits. */
void vm_status_touch (Vm *vm);

/* Reads all status files into @list: guests get their live definition, id, state and record; transient
 * ones are made. A file that is no good is logged and put aside. Awaits. */
bool vm_status_load (VmList *list, GError **error);

/* For tests: the document of a guest, and reading one into a guest that is shut off. */
char *vm_status_format (const Vm *vm);
bool vm_status_parse (Vm **ret_vm, const char *text, size_t length, GError **error);
