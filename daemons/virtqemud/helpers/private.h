/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helpers/private.h: what a helper is, between those who know what to run and those who run it. */
#pragma once

#include "helpers/helpers.h"
#include "util/process.h"

#define HELPER_LISTEN_FD 3      /* the child's number for the socket that it listens on, or for its connection */
#define HELPER_READY_FD 4       /* a file that it writes something to once it is ready */
#define HELPER_SECRET_FD 5      /* where it reads a passphrase */

/* What is to be run for a device. */
typedef struct
{
  const char *kind;             /* "swtpm"; static */
  const char *alias;            /* what it serves, if it is not one device; static, NULL: the device */
  GPtrArray *argv;              /* NULL-terminated once complete */
  char *socket;                 /* absolute; made before the start; NULL: it gets a connection, whose other end is QEMU's */
  bool binds;                   /* makes the socket itself */
  char *log;                    /* file that its output is added to */
  char *ready;                  /* file that is HELPER_READY_FD, for the time of the start; NULL: it never says so */
  bool set_user;
  uid_t uid;
  gid_t gid;
  char *secret;                 /* the passphrase; NULL: none */
} HelperPlan;

HelperPlan *helper_plan_new (const char *kind, const char *program);
void helper_plan_add (HelperPlan *plan, const char *format, ...) G_GNUC_PRINTF (2, 3);
void helper_plan_free (HelperPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HelperPlan, helper_plan_free)

/* A pipe, the caller's, that @secret is read from. -1: no. */
int helper_secret_pipe (const char *secret, GError **error);

/* What to run for one device; NULL without @error: nothing. May await (the making of a TPM's state). */
HelperPlan *helper_plan_tpm (const HelperGuest *guest, const void *device, GError **error);
HelperPlan *helper_plan_dbus (const HelperGuest *guest, const void *device, GError **error);
HelperPlan *helper_plan_gpu (const HelperGuest *guest, const void *device, GError **error);
HelperPlan *helper_plan_virtiofs (const HelperGuest *guest, const void *device, GError **error);
HelperPlan *helper_plan_reservations (const HelperGuest *guest, const void *device, GError **error);

/* What serves all disks with reservations of a guest, as QEMU calls it. */
#define HELPER_RESERVATIONS "pr-helper0"

/* Whether the guest has a helper for @alias already. */
bool helper_runs (const HelperGuest *guest, const char *alias);

/* --- what is written down --------------------------------------------------------------------- */

/* A file "ALIAS" of a guest's folder: kind, pid, start time and socket. */
typedef struct
{
  char *alias, *kind, *socket;
  pid_t pid;                    /* 0: it was about to start */
  uint64_t start_time;
} HelperRecord;
void helper_record_clear (HelperRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HelperRecord, helper_record_clear)

/* PATH_RUN/qemu/helpers/ID-NAME. Caller frees. */
char *helper_folder (int id, const char *name);
/* For workers. */
bool helper_record_write_now (const char *folder, const HelperRecord *record, GError **error);
/* All of a folder, also what cannot be read: an array of HelperRecord. */
GArray *helper_records_load_now (const char *folder);
/* What makes a helper known whose pid was not written down: "VIRTSWARM_HELPER=FOLDER/ALIAS", in its environment. Caller frees. */
char *helper_mark (const char *folder, const char *alias);
/* The process with that in its environment, 0: there is none. */
pid_t helper_find_marked_now (const char *mark);
