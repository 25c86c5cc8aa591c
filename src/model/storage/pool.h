/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.h: storage pools, the sources that a search for pools finds, and what
 * pools a host can have. */
#pragma once

#include "model/common/auth.h"
#include "model/common/values.h"
#include "model/storage/values.h"

#define POOL_TYPE_LIST(X) X (POOL_TYPE_DIR, "dir") X (POOL_TYPE_FS, "fs") X (POOL_TYPE_NETFS, "netfs") \
  X (POOL_TYPE_LOGICAL, "logical") X (POOL_TYPE_DISK, "disk") X (POOL_TYPE_ISCSI, "iscsi") \
  X (POOL_TYPE_ISCSI_DIRECT, "iscsi-direct") X (POOL_TYPE_SCSI, "scsi") X (POOL_TYPE_MPATH, "mpath") \
  X (POOL_TYPE_RBD, "rbd") X (POOL_TYPE_SHEEPDOG, "sheepdog") X (POOL_TYPE_GLUSTER, "gluster") X (POOL_TYPE_ZFS, "zfs") \
  X (POOL_TYPE_VSTORAGE, "vstorage")
XML_ENUM_DECLARE (PoolType, POOL_TYPE_, pool_type, POOL_TYPE_LIST)

/* The formats that pools of a type may have; the first one is the default. */
#define POOL_FS_LIST(X) X (POOL_FS_AUTO, "auto") X (POOL_FS_EXT2, "ext2") X (POOL_FS_EXT3, "ext3") \
  X (POOL_FS_EXT4, "ext4") X (POOL_FS_UFS, "ufs") X (POOL_FS_ISO, "iso9660") X (POOL_FS_UDF, "udf") X (POOL_FS_GFS, "gfs") \
  X (POOL_FS_GFS2, "gfs2") X (POOL_FS_VFAT, "vfat") X (POOL_FS_HFSPLUS, "hfs+") X (POOL_FS_XFS, "xfs") \
  X (POOL_FS_OCFS2, "ocfs2") X (POOL_FS_VMFS, "vmfs")
XML_ENUM_DECLARE (PoolFsFormat, POOL_FS_, pool_fs, POOL_FS_LIST)

#define POOL_NETFS_LIST(X) X (POOL_NETFS_AUTO, "auto") X (POOL_NETFS_NFS, "nfs") X (POOL_NETFS_GLUSTER, "glusterfs") \
  X (POOL_NETFS_CIFS, "cifs")
XML_ENUM_DECLARE (PoolNetfsFormat, POOL_NETFS_, pool_netfs, POOL_NETFS_LIST)

#define POOL_DISK_LIST(X) X (POOL_DISK_UNKNOWN, "unknown") X (POOL_DISK_DOS, "dos") X (POOL_DISK_DVH, "dvh") \
  X (POOL_DISK_GPT, "gpt") X (POOL_DISK_MAC, "mac") X (POOL_DISK_BSD, "bsd") X (POOL_DISK_PC98, "pc98") \
  X (POOL_DISK_SUN, "sun") X (POOL_DISK_LVM2, "lvm2")
XML_ENUM_DECLARE (PoolDiskFormat, POOL_DISK_, pool_disk, POOL_DISK_LIST)

#define POOL_LOGICAL_LIST(X) X (POOL_LOGICAL_LVM2, "lvm2") X (POOL_LOGICAL_UNKNOWN, "unknown")
XML_ENUM_DECLARE (PoolLogicalFormat, POOL_LOGICAL_, pool_logical, POOL_LOGICAL_LIST)

typedef struct
{
  char *name;                 /* required */
  int port;                   /* 0: the protocol's own */
} PoolHost;

typedef struct { uint64_t start, end; } PoolExtent;     /* bytes */

typedef struct
{
  char *path;                 /* required */
  Tristate part_separator;
  XML_LIST (PoolExtent) free; /* of an active disk */
} PoolDevice;

#define POOL_ADAPTER_LIST(X) X (POOL_ADAPTER_SCSI_HOST, "scsi_host") X (POOL_ADAPTER_FC_HOST, "fc_host")
XML_ENUM_DECLARE (PoolAdapterType, POOL_ADAPTER_, pool_adapter, POOL_ADAPTER_LIST)

/* A SCSI host by its PCI device. */
typedef struct
{
  int unique_id;              /* among the hosts of that device, INT_MIN if absent; required */
  PciAddress *address;        /* required */
} PoolParentAddress;

typedef struct
{
  PoolAdapterType type;
  char *name;                 /* scsi_host: this or the next */
  PoolParentAddress *parent_address;
  char *parent, *parent_wwnn, *parent_wwpn, *parent_fabric_wwn;  /* fc_host: by which host it is made */
  Tristate managed;
  char *wwnn, *wwpn;          /* fc_host: world wide names, 16 hexadecimal digits; required */
} PoolAdapter;

/* Where a pool's volumes come from; which of it counts is by type. */
typedef struct
{
  PoolType type;
  unsigned int format;        /* a value of the type's own enumeration */
  XML_LIST (PoolHost) hosts;
  XML_LIST (PoolDevice) devices;
  char *dir;
  PoolAdapter *adapter;
  char *name;
  char *initiator;            /* its iSCSI name */
  Auth *auth;
  char *protocol;             /* the version of NFS */
  char *vendor, *product;
} PoolSource;

#define POOL_REFRESH_LIST(X) X (POOL_REFRESH_DEFAULT, "default") X (POOL_REFRESH_CAPACITY, "capacity")
XML_ENUM_DECLARE (PoolRefresh, POOL_REFRESH_, pool_refresh, POOL_REFRESH_LIST)

/* An option for the program or library that opens the pool. */
typedef struct
{
  char *name;                 /* required */
  char *value;                /* of rbd, required */
} PoolOption;

typedef struct
{
  char *name;
  uint8_t uuid[16];
  uint64_t capacity, allocation, available;     /* bytes, of an active pool; never read */
  Tristate cow;
  PoolSource source;
  char *path;                 /* where its volumes appear */
  StoragePermissions permissions;
  PoolRefresh refresh;        /* how a volume's allocation is found out */
  XML_LIST (PoolOption) mount_options, config_options;
} StoragePool;

extern const XmlSchema storage_pool_schema;

/* <sources>: what a search for pools of a type found. */
typedef struct { XML_LIST (PoolSource) sources; } PoolSources;

extern const XmlSchema pool_sources_schema, pool_source_schema;

/* What "gluster --xml volume info" printed on @host as sources of @type, netfs or
 * gluster. Caller frees with xml_free(). Errors: malformed @text. */
PoolSources *pool_sources_from_gluster (const char *text, const char *host, PoolType type, GError **error);

/* The names of one set of formats. */
typedef struct { char *name; } PoolFormatName;

typedef struct
{
  char *default_format;
  XML_LIST (PoolFormatName) formats;
} PoolOptions;

typedef struct
{
  PoolType type;
  Tristate supported;
  PoolOptions *pool, *volume;
} PoolCapability;

/* What a host can do with pools of each type. */
typedef struct { XML_LIST (PoolCapability) pools; } PoolCapabilities;

extern const XmlSchema pool_capabilities_schema;
