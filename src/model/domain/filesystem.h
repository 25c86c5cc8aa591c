/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filesystem.h: folders of the host in the guest. */
#pragma once

#include "model/domain/info.h"
#include "model/domain/storage-source.h"

#define FS_TYPE_LIST(X) X (FS_TYPE_MOUNT, "mount") X (FS_TYPE_BLOCK, "block") X (FS_TYPE_FILE, "file") \
  X (FS_TYPE_TEMPLATE, "template") X (FS_TYPE_RAM, "ram") X (FS_TYPE_BIND, "bind") X (FS_TYPE_VOLUME, "volume")
XML_ENUM_DECLARE (DomainFsType, FS_TYPE_, fs_type, FS_TYPE_LIST)

#define FS_DRIVER_LIST(X) X (FS_DRIVER_PATH, "path") X (FS_DRIVER_HANDLE, "handle") X (FS_DRIVER_LOOP, "loop") \
  X (FS_DRIVER_NBD, "nbd") X (FS_DRIVER_PLOOP, "ploop") X (FS_DRIVER_VIRTIOFS, "virtiofs") X (FS_DRIVER_MTP, "mtp")
XML_ENUM_DECLARE (DomainFsDriver, FS_DRIVER_, fs_driver, FS_DRIVER_LIST)

#define FS_ACCESS_MODE_LIST(X) X (FS_ACCESS_MODE_PASSTHROUGH, "passthrough") X (FS_ACCESS_MODE_MAPPED, "mapped") \
  X (FS_ACCESS_MODE_SQUASH, "squash")
XML_ENUM_DECLARE (DomainFsAccessMode, FS_ACCESS_MODE_, fs_access_mode, FS_ACCESS_MODE_LIST)

#define FS_MULTIDEVS_LIST(X) X (FS_MULTIDEVS_DEFAULT, "default") X (FS_MULTIDEVS_REMAP, "remap") \
  X (FS_MULTIDEVS_FORBID, "forbid") X (FS_MULTIDEVS_WARN, "warn")
XML_ENUM_DECLARE (DomainFsMultidevs, FS_MULTIDEVS_, fs_multidevs, FS_MULTIDEVS_LIST)

#define FS_WRITE_POLICY_LIST(X) X (FS_WRITE_POLICY_IMMEDIATE, "immediate")
XML_ENUM_DECLARE (DomainFsWritePolicy, FS_WRITE_POLICY_, fs_write_policy, FS_WRITE_POLICY_LIST)

#define FS_CACHE_LIST(X) X (FS_CACHE_NONE, "none") X (FS_CACHE_ALWAYS, "always")
XML_ENUM_DECLARE (DomainFsCache, FS_CACHE_, fs_cache, FS_CACHE_LIST)

#define FS_SANDBOX_LIST(X) X (FS_SANDBOX_NAMESPACE, "namespace") X (FS_SANDBOX_CHROOT, "chroot")
XML_ENUM_DECLARE (DomainFsSandbox, FS_SANDBOX_, fs_sandbox, FS_SANDBOX_LIST)

/* How the program that serves a virtiofs is run. */
typedef struct
{
  char *path;
  Tristate xattr;
  DomainFsCache cache;
  DomainFsSandbox sandbox;
  Tristate lock_posix, lock_flock;
  int thread_pool_size;         /* -1: absent */
  uint64_t openfiles_max;       /* 0: absent */
} DomainFsBinary;

/* `count` identities from `start` in the guest are those from `target` outside. */
typedef struct
{
  unsigned int start, target, count;
} DomainFsIdRange;

typedef struct
{
  DomainDeviceInfo info;
  DomainFsType type;
  DomainFsAccessMode access_mode;
  DomainVirtioModel model;
  DomainFsMultidevs multidevs;
  unsigned int file_mode, dir_mode;     /* permissions of new files; 0: absent */
  struct
  {
    DomainFsDriver type;
    DomainStorageFormat format;
    DomainFsWritePolicy write_policy;
    uint64_t queue_size;        /* virtiofs; 0: absent */
    DomainVirtioOptions virtio;
  } driver;
  DomainFsBinary *binary;       /* virtiofs */
  XML_LIST (DomainFsIdRange) uid_map, gid_map;  /* virtiofs */
  char *source;                 /* a folder, file, device or template, by `type` */
  char *socket;                 /* virtiofs that is served already */
  uint64_t usage;               /* ram: KiB; 0: absent */
  char *pool, *volume;          /* volume */
  char *target;                 /* path or tag */
  bool readonly;
  uint64_t hard_limit, soft_limit;      /* bytes; 0: absent */
} DomainFilesystem;
