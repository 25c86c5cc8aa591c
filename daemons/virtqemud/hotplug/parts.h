/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug/parts.h: the parts of one device (args/args.h), given to a QEMU that runs and taken from it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "args/args.h"
#include "qemu/qmp.h"

/* Descriptors that the parts need, each under the name by which the parts speak of it. */
typedef struct
{
  char *name;
  int fd;
} PartFd;

/* An array of PartFd that closes and frees them. */
GArray *part_fds_new (void);
/* Adds @fd (taken over) under a new name, "@prefix-N"; borrowed. */
const char *part_fds_add (GArray *fds, const char *prefix, int fd);

/* Gives QEMU the descriptors of @fds, then all parts of @args in order; without @with_device, all but that.
 * @ret_answer (may be NULL) gets what QEMU said to the chardev among them; the caller owns it. On failure all that was
 * done is undone, in reverse: VIR_ERR_INTERNAL_ERROR with QEMU's words. A part without a form for a running QEMU is
 * VIR_ERR_OPERATION_UNSUPPORTED. A QEMU that does not answer in time is VIR_ERR_OPERATION_TIMEOUT: it takes what it was sent when
 * it goes on, the undoing as well; only if that is the device itself, nothing is undone and *@ret_maybe is set. Awaits. */
bool parts_add (Qmp *qmp, const QemuArgs *args, GArray *fds, bool with_device, Deadline deadline, json_t **ret_answer,
                bool *ret_maybe, GError **error);

/* Asks for the removal of the device among @args; true also if there is none (*@ret_asked false). Awaits. */
bool parts_ask_removal (Qmp *qmp, const QemuArgs *args, Deadline deadline, bool *ret_asked, GError **error);

/* Takes all parts but the device from QEMU, in reverse; those that are not there, or refused, are
 * passed over. Awaits. */
void parts_remove (Qmp *qmp, const QemuArgs *args, Deadline deadline);

/* The name of the device in QEMU, NULL if none is among @args. Borrowed. */
const char *parts_device_id (const QemuArgs *args);
