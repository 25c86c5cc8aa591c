/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/start-host.h: what of the host goes into a guest's command line, and the folders that it makes necessary. */
#pragma once

#include "args/args.h"
#include "security/owner.h"

typedef struct
{
  GArray *hugepages;            /* QemuHugepages; NULL: the guest asks for none */
  XmlBitmap *nodes;             /* of memory; NULL: not known */
  DomainSysinfo *sysinfo;       /* NULL: the guest does not show it */
} QemuStartHost;

/* Finds out what @domain needs to know. Awaits if it needs anything. */
bool qemu_start_host_read (QemuStartHost *host, const Domain *domain, const QemuConfig *config, GError **error);
void qemu_start_host_clear (QemuStartHost *host);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuStartHost, qemu_start_host_clear)

/* What QEMU may do beyond its user's rights, as bits of CAP_...: raw SCSI commands, if a device of @domain asks for them. */
uint64_t qemu_start_caps (const Domain *domain);

/* Lends it to @context. */
void qemu_start_host_fill (const QemuStartHost *host, QemuArgsContext *context);

/* Makes the folders in which QEMU is to find or make the files behind the guest's memory, and the certificates of an encrypted
 * guest, in its folder @home. Awaits. */
bool qemu_start_files_make (const QemuArgs *args, const Domain *domain, const QemuArgsContext *context, const QemuOwner *owner,
                            GError **error);
