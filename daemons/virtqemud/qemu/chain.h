/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/chain.h: what the images of a guest's disks are based on. */
#pragma once

#include <sys/types.h>

#include "model/domain/domain.h"
#include "qemu/volumes.h"

/* How the images of a guest that starts are found; all zero is fine. */
typedef struct
{
  uid_t uid;                    /* tried where root may not read: on a file server that trusts no root; 0: none */
  gid_t gid;
  QemuVolumeLookup look_up;     /* NULL: by virtstoraged */
  /* A disk or medium that may be missing (startupPolicy) is, and was taken out of the document; @path of its image may be NULL.
   * NULL: nobody is told. */
  void (*dropped) (const char *alias, const char *path, bool is_disk, void *user);
  /* Writes the document down, before files are made that it names. NULL: nothing does. */
  bool (*note) (void *user, GError **error);
  void *user;
} QemuChainRules;

/* Finds volumes, follows the images of all disks of @domain whose chain is not known yet and adds their layers to
 * it, then numbers the block nodes as stock does. A missing or unreadable image is
 * VIR_ERR_SYSTEM_ERROR of VIR_FROM_STORAGE, more than 200 layers are VIR_ERR_INTERNAL_ERROR, a backing file whose format its
 * overlay does not say and which is itself based on another is VIR_ERR_OPERATION_INVALID. @rules may be NULL. Awaits. */
bool qemu_chain_complete (Domain *domain, const QemuChainRules *rules, GError **error);

/* Only numbers the nodes: a command line that is shown needs no images. */
void qemu_chain_number (Domain *domain);

/* What @top, a file or device, is based on, as one list of sources: top->backing. Blocks. */
bool qemu_chain_probe_now (DomainStorageSource *top, uid_t uid, gid_t gid, GError **error);
