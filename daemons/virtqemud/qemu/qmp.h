/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/qmp.h: a conversation with one QEMU over its monitor socket.
 *
 * Any number of fibers may command at once: commands are pipelined and replies
 * are matched by id. Events and the loss of the monitor are reported through
 * callbacks on the loop, in the order in which QEMU wrote them: an event that
 * QEMU wrote before a reply is reported before the command returns.
 *
 * QEMU is not trusted. A line longer than the limit or one that is not QMP
 * closes the monitor. Numbers from 2^63 on are handed out as their 64-bit two's complement. Errors are of VIR_FROM_QEMU: what QEMU refuses and a lost
 * monitor are VIR_ERR_INTERNAL_ERROR, silence is VIR_ERR_OPERATION_TIMEOUT. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "util/cleanup.h"
#include "util/fiber.h"

typedef struct Qmp Qmp;

typedef struct
{
  /* An event @name came with @data (borrowed, never NULL: an empty object if
   * there was none) at @when_us (QEMU's wall clock, microseconds). On the loop:
   * must not await; start a fiber for more. */
  void (*event) (Qmp *qmp, const char *name, json_t *data, int64_t when_us, void *user);
  /* The monitor is gone; @reason says why. Called once, unless qmp_close came
   * first; pending commands fail afterwards. On the loop. May be NULL. */
  void (*closed) (Qmp *qmp, const GError *reason, void *user);
} QmpHandler;

/* Connects to the listening UNIX socket @path; the length of @path does not
 * matter. Returns the descriptor (non-blocking, close-on-exec), -1 on failure.
 * A refused connection or a missing socket is VIR_ERR_OPERATION_FAILED. */
int qmp_dial (const char *path, GError **error);

/* Takes over the connected socket @fd. @subject (copied) names the guest or
 * binary in errors. @handler may be NULL; it and @user must outlive the
 * monitor's closing. Nothing is read before the loop runs. Never fails. */
Qmp *qmp_new (int fd, const char *subject, const QmpHandler *handler, void *user);
Qmp *qmp_ref (Qmp *qmp);
/* The last reference closes. NULL is fine. */
void qmp_unref (Qmp *qmp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Qmp, qmp_unref)

/* Ends capability negotiation, which comes before any other command; other commands may
 * follow in a batch without waiting for it. Awaits. */
bool qmp_greet (Qmp *qmp, Deadline deadline, GError **error);
/* What QEMU said in @text, a message. Numbers that JSON's parser has no room for are the signed ones of the same bits. The
 * caller owns the result; NULL and @where if it is no JSON. */
json_t *qmp_parse (const char *text, json_error_t *where);
/* The greeting's "QMP" object, NULL until it came. Borrowed. */
json_t *qmp_greeting (const Qmp *qmp);

/* Closes at once: pending commands fail, no callback comes any more. */
void qmp_close (Qmp *qmp);
bool qmp_is_open (const Qmp *qmp);

/* Runs @name with @args (stolen; NULL: none) and returns what QEMU returned.
 * The caller owns the result. A deadline that passes leaves the command running
 * in QEMU: its reply is dropped when it comes. Awaits. */
json_t *qmp_command (Qmp *qmp, const char *name, json_t *args, Deadline deadline, GError **error);
/* The same when only success matters. Awaits. */
bool qmp_do (Qmp *qmp, const char *name, json_t *args, Deadline deadline, GError **error);
/* The same with the descriptor @fd (still the caller's) sent along, for getfd
 * and add-fd. Awaits. */
json_t *qmp_command_fd (Qmp *qmp, const char *name, json_t *args, int fd, Deadline deadline,
                        GError **error);
/* A command for HMP, by human-monitor-command; returns its text. Awaits. */
char *qmp_hmp (Qmp *qmp, const char *line, Deadline deadline, GError **error);
/* The text @command as a client gave it for qemu-monitor-command. An id is
 * added if it has none; text that is not JSON is taken as the name of a command.
 * The descriptor @fd (still the caller's; -1: none) goes along. QEMU's whole reply is returned as text, also if it is a QMP
 * error. Awaits. */
char *qmp_raw (Qmp *qmp, const char *command, int fd, Deadline deadline, GError **error);

/* Several commands on their way at once. */
typedef struct QmpBatch QmpBatch;
QmpBatch *qmp_batch_new (Qmp *qmp);
/* Results that were not taken are dropped. */
void qmp_batch_free (QmpBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QmpBatch, qmp_batch_free)
/* Adds a command (@args is stolen) and returns its index: 0, 1... */
unsigned int qmp_batch_add (QmpBatch *batch, const char *name, json_t *args);
unsigned int qmp_batch_size (const QmpBatch *batch);
/* Sends all and awaits all replies. False only if the monitor was lost or the
 * deadline passed; refused commands are seen by qmp_batch_take. Awaits. */
bool qmp_batch_run (QmpBatch *batch, Deadline deadline, GError **error);
/* The result of command @index: the caller owns it. NULL and @error if QEMU
 * refused it. To be called once an index, after qmp_batch_run. */
json_t *qmp_batch_take (QmpBatch *batch, unsigned int index, GError **error);

/* False from the moment a live question (below) was not answered in time until
 * QEMU answered again. */
bool qmp_is_responsive (const Qmp *qmp);

/* A question for a live figure: waits at most 50 ms, and not at all while QEMU
 * is not responsive. NULL if there is no answer in time or QEMU refuses: the caller
 * then answers what it knows. A late answer goes to @late (@result is borrowed),
 * called on the loop unless QEMU refuses or the monitor closes first. Questions with the
 * same @key (static) share one command: the first one's @late counts. @free_user (may be
 * NULL) is called on @user in the end, in any case. The caller owns the result. Awaits. */
typedef void (*QmpLate) (Qmp *qmp, json_t *result, void *user);
json_t *qmp_ask (Qmp *qmp, const char *key, const char *name, json_t *args,
                 QmpLate late, void *user, GDestroyNotify free_user);
/* The same without waiting: a qmp_ask with @key that comes before the answer shares it, else it goes to @late. Never awaits. */
void qmp_ask_ahead (Qmp *qmp, const char *key, const char *name, json_t *args,
                    QmpLate late, void *user, GDestroyNotify free_user);
#define QMP_LIVE_MS 50

/* Longest line that is accepted from QEMU. */
#define QMP_MAX_LINE (16u << 20)
