/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/owner.h: the files that a guest needs, made accessible to the user that it runs as.
 *
 * An image gets the guest's user and group as its owner while guests use it; whose it was is kept in
 * its extended attributes (trusted.libvirt.security.*, as stock does), with the number of guests that
 * use it, and what one guest took is recorded in its folder, so that it is given back after any crash.
 * Functions ending in _now block: for workers. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "model/domain/domain.h"
#include "qemu/config.h"

typedef enum
{
  QEMU_FILE_IMAGE,      /* a disk's layer: taken */
  QEMU_FILE_BOOT,       /* kernel, initrd, firmware: taken if the guest could not read it */
  QEMU_FILE_DEVICE,     /* a device node or pipe: taken if the guest could not use it */
} QemuFileKind;

typedef struct
{
  QemuFileKind kind;
  char *path;
  bool write;
} QemuFile;

/* Whom the guest runs as; user false: as the daemon does. */
typedef struct
{
  bool user;
  uid_t uid;
  gid_t gid;
  gid_t groups[32];
  unsigned int n_groups;
  bool take;            /* dynamic_ownership */
  bool remember;
} QemuOwner;

QemuOwner qemu_owner_of (const QemuConfig *config);

/* What @domain needs: an array of QemuFile that frees its elements. */
GPtrArray *qemu_files_of (const Domain *domain);

/* Checks that all @files exist and can be reached by the guest's user, and takes what must be
 * taken, noted in the file @record before. On failure what was taken is given back. A missing
 * file is VIR_ERR_SYSTEM_ERROR of VIR_FROM_STORAGE (images) or VIR_FROM_SECURITY. */
bool qemu_owner_take_now (const QemuOwner *owner, const GPtrArray *files, const char *record, GError **error);
/* Gives back what @record names and removes it. Failures are logged. */
void qemu_owner_give_now (const char *record);
/* True if @owner may enter every folder on the way to @path; else the error names the one that bars it. */
bool qemu_owner_reach_now (const QemuOwner *owner, const char *path, GError **error);
