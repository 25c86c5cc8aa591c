/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* volume.h: storage volumes. */
#pragma once

#include "model/common/encryption.h"
#include "model/storage/pool.h"

#define VOLUME_TYPE_LIST(X) X (VOLUME_TYPE_FILE, "file") X (VOLUME_TYPE_BLOCK, "block") X (VOLUME_TYPE_DIR, "dir") \
  X (VOLUME_TYPE_NETWORK, "network") X (VOLUME_TYPE_NETDIR, "netdir") X (VOLUME_TYPE_PLOOP, "ploop")
XML_ENUM_DECLARE (VolumeType, VOLUME_TYPE_, volume_type, VOLUME_TYPE_LIST)

/* Formats of files, then kinds of partitions; "none" is of both. */
#define VOLUME_FILE_LIST(X) X (VOLUME_FORMAT_RAW, "raw") X (VOLUME_FORMAT_DIR, "dir") X (VOLUME_FORMAT_BOCHS, "bochs") \
  X (VOLUME_FORMAT_CLOOP, "cloop") X (VOLUME_FORMAT_DMG, "dmg") X (VOLUME_FORMAT_ISO, "iso") X (VOLUME_FORMAT_VPC, "vpc") \
  X (VOLUME_FORMAT_VDI, "vdi") X (VOLUME_FORMAT_FAT, "fat") X (VOLUME_FORMAT_VHD, "vhd") X (VOLUME_FORMAT_PLOOP, "ploop") \
  X (VOLUME_FORMAT_COW, "cow") X (VOLUME_FORMAT_QCOW, "qcow") X (VOLUME_FORMAT_QCOW2, "qcow2") \
  X (VOLUME_FORMAT_QED, "qed") X (VOLUME_FORMAT_VMDK, "vmdk")
#define VOLUME_PARTITION_LIST(X) X (VOLUME_FORMAT_NONE, "none") X (VOLUME_FORMAT_LINUX, "linux") \
  X (VOLUME_FORMAT_FAT16, "fat16") X (VOLUME_FORMAT_FAT32, "fat32") X (VOLUME_FORMAT_LINUX_SWAP, "linux-swap") \
  X (VOLUME_FORMAT_LINUX_LVM, "linux-lvm") X (VOLUME_FORMAT_LINUX_RAID, "linux-raid") \
  X (VOLUME_FORMAT_EXTENDED, "extended")
#define VOLUME_FORMAT_LIST(X) VOLUME_FILE_LIST (X) VOLUME_PARTITION_LIST (X)
XML_ENUM_DECLARE (VolumeFormat, VOLUME_FORMAT_, volume_format, VOLUME_FORMAT_LIST)

typedef struct { int64_t access, modification, change, birth; } VolumeTimestamps;   /* ns since 1970, 0 if absent; never read */

/* What of a device's space a volume has; never read. */
typedef struct
{
  char *path;
  XML_LIST (PoolExtent) extents;
} VolumeExtents;

/* qcow2's features. */
typedef struct { bool lazy_refcounts, extended_l2; } VolumeFeatures;

/* A volume's own image, or the one below it. */
typedef struct
{
  char *path;
  VolumeFormat format;
  StoragePermissions permissions;
  VolumeTimestamps timestamps;
  Encryption *encryption;
  char *compat;               /* qcow2: "0.10", "1.1" */
  uint64_t cluster_size;      /* bytes, 0 if absent */
  bool nocow;
  VolumeFeatures *features;
} VolumeTarget;

typedef struct
{
  VolumeType type;
  char *name;
  char *key;
  XML_LIST (VolumeExtents) sources;
  uint64_t capacity, allocation;    /* bytes, UINT64_MAX if not given */
  uint64_t physical;                /* bytes, 0 if not known; never read */
  VolumeTarget target;
  VolumeTarget *backing;
} StorageVolume;

extern const XmlSchema storage_volume_schema;

typedef enum
{
  VOLUME_NO_CAPACITY = 1 << 0,            /* it may lack a capacity */
  VOLUME_OPTIONAL_CAPACITY = 1 << 1,      /* it may if it has a backing image */
} VolumeCompleteFlags;

/* Fills in what a volume of a pool of @type that does not say it has, and checks
 * what only that pool's volumes may have. Errors: VIR_ERR_XML_ERROR without
 * capacity, VIR_ERR_CONFIG_UNSUPPORTED for a format. */
bool storage_volume_complete (StorageVolume *volume, PoolType type, unsigned int flags, GError **error);
