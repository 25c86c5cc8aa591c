/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/dump.h: a guest's memory written to a file of the host.
 *
 * With VIR_DUMP_MEMORY_ONLY it is an ELF or kdump file that debuggers read; else QEMU's whole state, which also has the
 * devices, compressed as dump_image_format of qemu.conf says. The guest stands still meanwhile and goes on afterwards; a
 * daemon that dies in between lets it go on when it is back. */
#pragma once

#include <jansson.h>

#include "vm/vm.h"

/* A dump under way, as far as it is known. */
struct VmDump
{
  bool memory_only;
  bool aborted;                 /* somebody asked for its end */
  uint64_t since;               /* loop_now at its begin */
  uint64_t total, done;         /* bytes, memory only */
  json_t *status;               /* query-migrate's last answer, all of the state; NULL: none yet */
  char *result;                 /* memory only: NULL: it goes on, "": it is done, else why it failed */
};

/* Writes to @path, which is made or emptied, root's alone; @format is a virDomainCoreDumpFormat, @flags are VIR_DUMP_...
 * After a failure the file is gone. VIR_ERR_SYSTEM_ERROR (file), VIR_ERR_INVALID_ARG (QEMU does not know the
 * format), VIR_ERR_OPERATION_FAILED. The caller has the job, and the guest runs. Awaits, for as long as it takes. */
bool vm_dump (Vm *vm, const char *path, unsigned int format, unsigned int flags, GError **error);

/* Memory only, to a file named after guest and time in auto_dump_path. The caller has the job. Awaits. */
bool vm_dump_automatically (Vm *vm, GError **error);

/* Ends the dump under way, which then fails with VIR_ERR_OPERATION_ABORTED. VIR_ERR_OPERATION_INVALID if there is none, or
 * QEMU cannot end it. Needs no job. Awaits. */
bool vm_dump_abort (Vm *vm, GError **error);

/* Forgets what is known of dumps: the run is over. */
void vm_dump_forget (Vm *vm);

/* QEMU's DUMP_COMPLETED event. Never awaits. */
void vm_dump_completed (Vm *vm, json_t *data);

/* Starts a fiber that lets a guest go on that a daemon stopped for a dump and did not see the end of. Takes the job;
 * never awaits. */
void vm_begin_end_of_dump (Vm *vm);
