/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* backup.h: a backup job: disks written somewhere (push), or offered to a client over NBD
 * while the guest goes on, which needs scratch space for what it overwrites (pull). Nothing
 * here awaits or looks at the host. */
#pragma once

#include "model/domain/domain.h"
#include "xml/xml.h"

#define BACKUP_MODE_LIST(X) X (BACKUP_MODE_PUSH, "push") X (BACKUP_MODE_PULL, "pull")
XML_ENUM_DECLARE (DomainBackupMode, BACKUP_MODE_, backup_mode, BACKUP_MODE_LIST)

#define BACKUP_DISK_MODE_LIST(X) X (BACKUP_DISK_MODE_FULL, "full") X (BACKUP_DISK_MODE_INCREMENTAL, "incremental")
XML_ENUM_DECLARE (DomainBackupDiskMode, BACKUP_DISK_MODE_, backup_disk_mode, BACKUP_DISK_MODE_LIST)

#define BACKUP_DISK_STATE_LIST(X) X (BACKUP_DISK_STATE_RUNNING, "running") X (BACKUP_DISK_STATE_COMPLETE, "complete") \
  X (BACKUP_DISK_STATE_FAILED, "failed") X (BACKUP_DISK_STATE_CANCELLING, "cancelling") \
  X (BACKUP_DISK_STATE_CANCELLED, "cancelled")
XML_ENUM_DECLARE (DomainBackupDiskState, BACKUP_DISK_STATE_, backup_disk_state, BACKUP_DISK_STATE_LIST)

/* Where a client gets the disks. */
typedef struct
{
  DomainStorageTransport transport;
  Tristate tls;
  char *name;                   /* tcp: the address to listen on */
  unsigned int port;            /* tcp; 0: absent */
  char *socket;                 /* unix: absolute */
} DomainBackupServer;

typedef struct
{
  char *name;                   /* of the disk's target */
  Tristate backup;              /* yes is the default */
  DomainBackupDiskState state;  /* status */
  DomainBackupMode image;       /* whether `source` is a target (push) or scratch (pull) */
  DomainBackupDiskMode mode;
  char *incremental;            /* the checkpoint since which changes count */
  char *export_name, *export_bitmap;   /* pull */
  DomainStorageSource source;
} DomainBackupDisk;

typedef struct
{
  DomainBackupMode mode;
  char *incremental;            /* of disks that do not say it themselves */
  DomainBackupServer *server;   /* pull */
  XML_LIST (DomainBackupDisk) disks;
  DomainStorageStatus *status;  /* status: QEMU's objects of the server's TLS */
} DomainBackup;

extern const XmlSchema domain_backup_schema;

/* Makes the list of disks complete: if it was empty, all disks of @domain that can be written
 * to are backed up, otherwise none that is not in it; others are noted as left out, at the
 * end. Images that are not named are files beside the disk's, with a dot and @suffix added.
 * Errors: VIR_ERR_CONFIG_UNSUPPORTED for a disk that is not there, is there twice or is empty;
 * VIR_ERR_OPERATION_UNSUPPORTED if nothing is left to back up. */
bool domain_backup_align (DomainBackup *backup, const Domain *domain, const char *suffix, GError **error);
