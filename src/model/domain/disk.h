/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* disk.h: disks, drives and their media. */
#pragma once

#include "model/domain/storage-source.h"

#define DISK_DEVICE_LIST(X) X (DISK_DEVICE_DISK, "disk") X (DISK_DEVICE_CDROM, "cdrom") X (DISK_DEVICE_FLOPPY, "floppy") \
  X (DISK_DEVICE_LUN, "lun")
XML_ENUM_DECLARE (DomainDiskDevice, DISK_DEVICE_, disk_device, DISK_DEVICE_LIST)

#define DISK_BUS_LIST(X) X (DISK_BUS_IDE, "ide") X (DISK_BUS_FDC, "fdc") X (DISK_BUS_SCSI, "scsi") \
  X (DISK_BUS_VIRTIO, "virtio") X (DISK_BUS_XEN, "xen") X (DISK_BUS_USB, "usb") X (DISK_BUS_UML, "uml") \
  X (DISK_BUS_SATA, "sata") X (DISK_BUS_SD, "sd")
XML_ENUM_DECLARE (DomainDiskBus, DISK_BUS_, disk_bus, DISK_BUS_LIST)

#define DISK_CACHE_LIST(X) X (DISK_CACHE_DEFAULT, "default") X (DISK_CACHE_NONE, "none") \
  X (DISK_CACHE_WRITETHROUGH, "writethrough") X (DISK_CACHE_WRITEBACK, "writeback") \
  X (DISK_CACHE_DIRECTSYNC, "directsync") X (DISK_CACHE_UNSAFE, "unsafe")
XML_ENUM_DECLARE (DomainDiskCache, DISK_CACHE_, disk_cache, DISK_CACHE_LIST)

#define DISK_ERROR_POLICY_LIST(X) X (DISK_ERROR_POLICY_STOP, "stop") X (DISK_ERROR_POLICY_REPORT, "report") \
  X (DISK_ERROR_POLICY_IGNORE, "ignore") X (DISK_ERROR_POLICY_ENOSPACE, "enospace")
XML_ENUM_DECLARE (DomainDiskErrorPolicy, DISK_ERROR_POLICY_, disk_error_policy, DISK_ERROR_POLICY_LIST)

#define DISK_IO_LIST(X) X (DISK_IO_NATIVE, "native") X (DISK_IO_THREADS, "threads") X (DISK_IO_URING, "io_uring")
XML_ENUM_DECLARE (DomainDiskIo, DISK_IO_, disk_io, DISK_IO_LIST)

#define DISK_DISCARD_LIST(X) X (DISK_DISCARD_UNMAP, "unmap") X (DISK_DISCARD_IGNORE, "ignore")
XML_ENUM_DECLARE (DomainDiskDiscard, DISK_DISCARD_, disk_discard, DISK_DISCARD_LIST)

#define DISK_DETECT_ZEROES_LIST(X) X (DISK_DETECT_ZEROES_OFF, "off") X (DISK_DETECT_ZEROES_ON, "on") \
  X (DISK_DETECT_ZEROES_UNMAP, "unmap")
XML_ENUM_DECLARE (DomainDiskDetectZeroes, DISK_DETECT_ZEROES_, disk_detect_zeroes, DISK_DETECT_ZEROES_LIST)

#define DISK_SNAPSHOT_LIST(X) X (DISK_SNAPSHOT_NO, "no") X (DISK_SNAPSHOT_INTERNAL, "internal") \
  X (DISK_SNAPSHOT_EXTERNAL, "external") X (DISK_SNAPSHOT_MANUAL, "manual")
XML_ENUM_DECLARE (DomainDiskSnapshot, DISK_SNAPSHOT_, disk_snapshot, DISK_SNAPSHOT_LIST)

#define DISK_TRAY_LIST(X) X (DISK_TRAY_CLOSED, "closed") X (DISK_TRAY_OPEN, "open")
XML_ENUM_DECLARE (DomainDiskTray, DISK_TRAY_, disk_tray, DISK_TRAY_LIST)

#define DISK_TRANS_LIST(X) X (DISK_TRANS_NONE, "none") X (DISK_TRANS_AUTO, "auto") X (DISK_TRANS_LBA, "lba")
XML_ENUM_DECLARE (DomainDiskTrans, DISK_TRANS_, disk_trans, DISK_TRANS_LIST)

/* Absent from documents of today, which QEMU cannot serve otherwise. */
#define DISK_SGIO_LIST(X) X (DISK_SGIO_FILTERED, "filtered") X (DISK_SGIO_UNFILTERED, "unfiltered")
XML_ENUM_DECLARE (DomainDiskSgio, DISK_SGIO_, disk_sgio, DISK_SGIO_LIST)

#define DISK_MIRROR_JOB_LIST(X) X (DISK_MIRROR_JOB_COPY, "copy") X (DISK_MIRROR_JOB_ACTIVE_COMMIT, "active-commit")
XML_ENUM_DECLARE (DomainDiskMirrorJob, DISK_MIRROR_JOB_, disk_mirror_job, DISK_MIRROR_JOB_LIST)

#define DISK_MIRROR_STATE_LIST(X) X (DISK_MIRROR_STATE_READY, "yes") X (DISK_MIRROR_STATE_ABORT, "abort") \
  X (DISK_MIRROR_STATE_PIVOT, "pivot")
XML_ENUM_DECLARE (DomainDiskMirrorState, DISK_MIRROR_STATE_, disk_mirror_state, DISK_MIRROR_STATE_LIST)

#define DISK_SECRETS_ABOVE_LIST(X) X (DISK_SECRETS_ABOVE_TRUE, "true")
XML_ENUM_DECLARE (DomainDiskSecretsAbove, DISK_SECRETS_ABOVE_, disk_secrets_above, DISK_SECRETS_ABOVE_LIST)

/* Limits of transfers: bytes or operations per second, read, written or both. 0: none. */
typedef struct
{
  uint64_t total_bytes, read_bytes, write_bytes, total_iops, read_iops, write_iops;
  uint64_t total_bytes_max, read_bytes_max, write_bytes_max, total_iops_max, read_iops_max, write_iops_max;
  uint64_t size_iops;           /* bytes that count as one operation */
  char *group;                  /* of disks that share the limits */
  uint64_t total_bytes_length, read_bytes_length, write_bytes_length,
           total_iops_length, read_iops_length, write_iops_length;   /* seconds that a _max may last */
} DomainDiskIoTune;

/* A job of a running guest that fills another image. */
typedef struct
{
  DomainDiskMirrorJob job;
  DomainDiskMirrorState state;  /* absent: not there yet */
  DomainStorageSource source;
} DomainDiskMirror;

/* What a running guest's record says of a disk. */
typedef struct
{
  char *qom_name;
  XML_LIST (DomainStorageNode) nodes;
} DomainDiskStatus;

typedef struct
{
  DomainDeviceInfo info;
  DomainDiskDevice device;
  DomainVirtioModel model;
  Tristate rawio;
  DomainDiskSgio sgio;
  DomainDiskSnapshot snapshot;
  DomainStorageSource source;
  struct
  {
    char *name;                 /* "qemu" */
    DomainDiskCache cache;
    DomainDiskErrorPolicy error_policy, rerror_policy;
    DomainDiskIo io;
    Tristate ioeventfd, event_idx, copy_on_read;
    DomainDiskDiscard discard;
    DomainDiskDetectZeroes detect_zeroes;
    unsigned int iothread;      /* 0: absent */
    unsigned int queues, queue_size;
    DomainVirtioOptions virtio;
  } driver;
  Auth *auth;                   /* given above the source; its own is in `source` */
  Encryption *encryption;       /* same */
  DomainDiskMirror *mirror;
  char *backend_domain;         /* Xen: the domain that serves the disk */
  struct { unsigned int cylinders, heads, sectors; DomainDiskTrans trans; } geometry;
  struct { unsigned int logical_block_size, physical_block_size; } blockio;   /* bytes */
  struct
  {
    char *dev;                  /* "vda" */
    DomainDiskBus bus;
    bool is_bus_guessed;        /* not in the document: follows from `dev` */
    DomainDiskTray tray;
    Tristate removable;
    unsigned int rotation_rate;
  } target;
  DomainDiskIoTune *iotune;
  bool readonly, shareable, transient;
  Tristate share_backing;       /* transient: guests may share what is below */
  char *serial, *wwn, *vendor, *product;
  DomainDiskStatus *status;
  DomainDiskSecretsAbove auth_above, encryption_above;   /* status: which of the two above were given */
} DomainDisk;

/* The login and the encryption of a disk's image, wherever they were given; NULL: none. */
const Auth *domain_disk_auth (const DomainDisk *disk);
const Encryption *domain_disk_encryption (const DomainDisk *disk);

/* The number of the disk in names like "sda", "vdab", "hdc1" (2): 0 for a.
 * -1 if @dev is no such name. */
int domain_disk_number (const char *dev);
