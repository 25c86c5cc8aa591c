/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/owner.h: the files that a guest needs, labelled for it and given back.
 *
 * An image gets the guest's user and group as its owner, and its SELinux context, while guests use it; what it had before
 * is kept in its extended attributes (trusted.libvirt.security.*, as stock does), with the number of guests that
 * use it, and what one guest took is recorded in a file of its own, so that it is given back after any crash.
 * Functions ending in _now block: for workers. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "security/files.h"

/* Whom a guest runs as; user false: as the daemon does. */
typedef struct
{
  bool user;
  uid_t uid;
  gid_t gid;
  gid_t groups[32];
  unsigned int n_groups;
  bool remember;
  char image_context[256];      /* SELinux's, of files that are made for the guest; "": none */
  char socket_context[256];     /* of sockets that it listens on; "": none */
} QemuOwner;

/* By its label, or (NULL, or a document without one) by the configuration. */
QemuOwner qemu_owner_of (const QemuConfig *config, const Domain *domain);

/* Checks that all @files exist and can be reached by the guest's user, and gives them the labels that they are to have,
 * noted in the file @record before: after what is there if @more, else it is begun. On failure what this call took is
 * given back. A missing file is VIR_ERR_SYSTEM_ERROR of VIR_FROM_STORAGE (images) or VIR_FROM_SECURITY; a label that
 * differs from the one that another guest's use gave it is VIR_ERR_OPERATION_INVALID. */
bool security_take_now (const QemuOwner *owner, const GPtrArray *files, const char *record, bool more, GError **error);
/* Gives back what @record names and removes it. Failures are logged. */
void security_give_all_now (const char *record);
/* Gives back @files, each once, and strikes them from @record. Failures are logged. */
void security_give_now (const GPtrArray *files, const char *record);
/* Gives @path, which was made for the guest, its context. */
bool security_label_own_now (const QemuOwner *owner, const char *path, GError **error);
/* Between a begin and its end, sockets that this thread makes have the guest's context. */
bool security_sockets_begin_now (const QemuOwner *owner, GError **error);
void security_sockets_end_now (const QemuOwner *owner);

/* True if @owner may enter every folder on the way to @path; else the error names the one that bars it. */
bool qemu_owner_reach_now (const QemuOwner *owner, const char *path, GError **error);
