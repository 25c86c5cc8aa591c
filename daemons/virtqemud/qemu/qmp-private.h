/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/qmp-private.h: what the two halves of the monitor share: qemu/qmp.c moves lines,
 * qemu/qmp-command.c gives them meaning for those who ask. */
#pragma once

#include "qemu/qmp.h"

typedef struct QmpPending QmpPending;
struct QmpPending
{
  unsigned int id;            /* "libvirt-ID" on the wire */
  const char *name;           /* of the command, for errors; borrowed */
  /* @reply is QEMU's whole reply (borrowed), NULL if the monitor was lost; @text is its line as QEMU
   * wrote it. The entry is no longer registered when this is called. */
  void (*done) (QmpPending *pending, json_t *reply, const char *text);
};

/* Queues @command (stolen; gets its id) and registers @pending, which stays
 * the caller's and must live until done or qmp_forget. @fd is sent along and
 * remains the caller's; -1: none. False: the monitor is lost. */
bool qmp_send (Qmp *qmp, QmpPending *pending, json_t *command, int fd, GError **error);
/* The reply of @pending will be dropped. */
void qmp_forget (Qmp *qmp, QmpPending *pending);
/* Why the monitor is lost, as an error. False always. */
bool qmp_fail_lost (const Qmp *qmp, GError **error);

/* Nobody waits any more for command @name, sent at @since (monotonic, microseconds): says so in @error (may be NULL), with
 * what QEMU left unanswered before it and for whom that was. On the fiber that waited. */
void qmp_give_up (Qmp *qmp, const char *name, uint64_t since, GError **error);

const char *qmp_subject (const Qmp *qmp);
void qmp_set_unresponsive (Qmp *qmp);
/* Questions under way: key -> question. Borrowed. */
GHashTable *qmp_questions (Qmp *qmp);
