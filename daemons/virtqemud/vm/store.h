/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/store.h: guests' definitions on disk.
 *
 *   PATH_CONF/qemu/NAME.xml            the definition
 *   PATH_CONF/qemu/autostart/NAME.xml  a link to it: start with the host
 *   PATH_CONF/qemu/autostart/NAME.xml.once  the same, for the next time only
 *   PATH_LIB/qemu/rename/UUID          a rename under way: two lines, old and new name
 *
 * When a function returned true, what it did is on disk for good; the single rename
 * or removal of NAME.xml is the moment from which it counts. Errors are those of
 * state-file.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "vm/vm.h"

/* Makes the folders of the driver. Awaits. */
bool vm_store_setup (GError **error);

/* Reads all definitions into @list. A file that is no good is logged and left as it is. What a
 * crash left half done is finished. Fails only if the folders cannot be read. Awaits. */
bool vm_store_load (VmList *list, GError **error);

/* Writes the definition @domain under its name. Awaits. */
bool vm_store_save (const Domain *domain, GError **error);
typedef enum { VM_AUTOSTART_ALWAYS, VM_AUTOSTART_ONCE } VmAutostart;

/* Removes the definition and the autostart link of @name. Awaits. */
bool vm_store_remove (const char *name, GError **error);
/* Makes or removes the autostart link. Awaits. */
bool vm_store_set_autostart (const char *name, VmAutostart kind, bool autostart, GError **error);
/* Replaces the files of @old_name by @domain under its new name. Awaits. */
bool vm_store_rename (const char *old_name, const Domain *domain, bool autostart, bool once, GError **error);

/* Where a guest's managed save image is. Caller frees. */
char *vm_store_managed_save_path (const char *name);
/* Where the definition is. Caller frees. */
char *vm_store_config_path (const char *name);
