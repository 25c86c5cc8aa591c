/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage-source.h: where an image is and how it is opened: one layer of a
 * disk, of a snapshot's overlay, of a backup's target. */
#pragma once

#include "model/common/encryption.h"
#include "model/common/values.h"
#include "model/domain/info.h"

#define STORAGE_TYPE_LIST(X) X (STORAGE_TYPE_FILE, "file") X (STORAGE_TYPE_BLOCK, "block") X (STORAGE_TYPE_DIR, "dir") \
  X (STORAGE_TYPE_NETWORK, "network") X (STORAGE_TYPE_VOLUME, "volume") X (STORAGE_TYPE_NVME, "nvme") \
  X (STORAGE_TYPE_VHOST_USER, "vhostuser") X (STORAGE_TYPE_VHOST_VDPA, "vhostvdpa")
XML_ENUM_DECLARE (DomainStorageType, STORAGE_TYPE_, storage_type, STORAGE_TYPE_LIST)

/* What documents call formats; and LUKS, which they take for raw images with an encryption. */
#define STORAGE_NAMED_FORMAT_LIST(X) X (STORAGE_FORMAT_RAW, "raw") X (STORAGE_FORMAT_DIR, "dir") X (STORAGE_FORMAT_BOCHS, "bochs") \
  X (STORAGE_FORMAT_CLOOP, "cloop") X (STORAGE_FORMAT_DMG, "dmg") X (STORAGE_FORMAT_ISO, "iso") \
  X (STORAGE_FORMAT_VPC, "vpc") X (STORAGE_FORMAT_VDI, "vdi") X (STORAGE_FORMAT_FAT, "fat") X (STORAGE_FORMAT_VHD, "vhd") \
  X (STORAGE_FORMAT_PLOOP, "ploop") X (STORAGE_FORMAT_COW, "cow") X (STORAGE_FORMAT_QCOW, "qcow") \
  X (STORAGE_FORMAT_QCOW2, "qcow2") X (STORAGE_FORMAT_QED, "qed") X (STORAGE_FORMAT_VMDK, "vmdk")
#define STORAGE_FORMAT_LIST(X) STORAGE_NAMED_FORMAT_LIST (X) X (STORAGE_FORMAT_LUKS, "luks")
XML_ENUM_DECLARE (DomainStorageFormat, STORAGE_FORMAT_, storage_format, STORAGE_FORMAT_LIST)

#define STORAGE_PROTOCOL_LIST(X) X (STORAGE_PROTOCOL_NBD, "nbd") X (STORAGE_PROTOCOL_RBD, "rbd") \
  X (STORAGE_PROTOCOL_SHEEPDOG, "sheepdog") X (STORAGE_PROTOCOL_GLUSTER, "gluster") X (STORAGE_PROTOCOL_ISCSI, "iscsi") \
  X (STORAGE_PROTOCOL_HTTP, "http") X (STORAGE_PROTOCOL_HTTPS, "https") X (STORAGE_PROTOCOL_FTP, "ftp") \
  X (STORAGE_PROTOCOL_FTPS, "ftps") X (STORAGE_PROTOCOL_TFTP, "tftp") X (STORAGE_PROTOCOL_SSH, "ssh") \
  X (STORAGE_PROTOCOL_VXHS, "vxhs") X (STORAGE_PROTOCOL_NFS, "nfs")
XML_ENUM_DECLARE (DomainStorageProtocol, STORAGE_PROTOCOL_, storage_protocol, STORAGE_PROTOCOL_LIST)

#define STORAGE_TRANSPORT_LIST(X) X (STORAGE_TRANSPORT_TCP, "tcp") X (STORAGE_TRANSPORT_UNIX, "unix") \
  X (STORAGE_TRANSPORT_RDMA, "rdma")
XML_ENUM_DECLARE (DomainStorageTransport, STORAGE_TRANSPORT_, storage_transport, STORAGE_TRANSPORT_LIST)

/* What an NVMe or vhost-user source's type= says. */
#define STORAGE_ACCESS_LIST(X) X (STORAGE_ACCESS_PCI, "pci") X (STORAGE_ACCESS_UNIX, "unix")
XML_ENUM_DECLARE (DomainStorageAccess, STORAGE_ACCESS_, storage_access, STORAGE_ACCESS_LIST)

/* How the volume of an iSCSI pool is reached. */
#define STORAGE_POOL_MODE_LIST(X) X (STORAGE_POOL_MODE_HOST, "host") X (STORAGE_POOL_MODE_DIRECT, "direct")
XML_ENUM_DECLARE (DomainStoragePoolMode, STORAGE_POOL_MODE_, storage_pool_mode, STORAGE_POOL_MODE_LIST)

#define STORAGE_SLICE_LIST(X) X (STORAGE_SLICE_STORAGE, "storage")
XML_ENUM_DECLARE (DomainStorageSliceType, STORAGE_SLICE_, storage_slice, STORAGE_SLICE_LIST)

#define STORAGE_NODE_LIST(X) X (STORAGE_NODE_STORAGE, "storage") X (STORAGE_NODE_FORMAT, "format") \
  X (STORAGE_NODE_SLICE_STORAGE, "slice-storage") X (STORAGE_NODE_COPY_ON_READ, "copyOnRead")
XML_ENUM_DECLARE (DomainStorageNodeType, STORAGE_NODE_, storage_node, STORAGE_NODE_LIST)

#define STORAGE_OBJECT_LIST(X) X (STORAGE_OBJECT_AUTH, "auth") X (STORAGE_OBJECT_ENCRYPTION, "encryption") \
  X (STORAGE_OBJECT_HTTP_COOKIE, "httpcookie") X (STORAGE_OBJECT_TLS_KEY, "tlskey")
XML_ENUM_DECLARE (DomainStorageObjectType, STORAGE_OBJECT_, storage_object, STORAGE_OBJECT_LIST)

#define DISK_STARTUP_POLICY_LIST(X) X (DISK_STARTUP_POLICY_MANDATORY, "mandatory") \
  X (DISK_STARTUP_POLICY_REQUISITE, "requisite") X (DISK_STARTUP_POLICY_OPTIONAL, "optional")
XML_ENUM_DECLARE (DomainDiskStartupPolicy, DISK_STARTUP_POLICY_, disk_startup_policy, DISK_STARTUP_POLICY_LIST)

/* A server of the image; tcp and rdma have a name, unix a socket. */
typedef struct
{
  char *name;
  unsigned int port;            /* 0: absent */
  DomainStorageTransport transport;
  char *socket;
} DomainStorageHost;

typedef struct
{
  char *name, *value;
} DomainStorageCookie;
typedef struct { XML_LIST (DomainStorageCookie) items; } DomainStorageCookies;

/* The part of the file that is the image. */
typedef struct
{
  DomainStorageSliceType type;
  uint64_t offset, size;        /* bytes; UINT64_MAX: absent */
} DomainStorageSlice;

/* Who runs commands of SCSI persistent reservations. */
typedef struct
{
  Tristate managed;             /* yes: a helper of ours */
  char *type, *path, *mode;     /* "unix", the helper's socket, "client" */
} DomainStorageReservations;

typedef struct { DomainStorageNodeType type; char *name; } DomainStorageNode;
typedef struct { DomainStorageObjectType type; char *alias; } DomainStorageObject;

/* What a running guest's record says of a layer: names of QEMU's nodes and objects. */
typedef struct
{
  XML_LIST (DomainStorageNode) nodes;
  char *reservations_manager;
  char *rel_path;               /* as the overlay names this layer */
  XML_LIST (DomainStorageObject) secrets;
  char *tls_alias;
  Tristate threshold_by_index;  /* the client's threshold was set for a node's index */
} DomainStorageStatus;

/* A layer of an image. A chain ends with NULL (unknown) or with a source whose
 * type is STORAGE_TYPE_ABSENT (known to have no backing file). */
typedef struct DomainStorageSource DomainStorageSource;
struct DomainStorageSource
{
  DomainStorageType type;
  DomainStorageFormat format;
  char *path;                   /* file=, dev=, dir=, name=, volume= or path=, by type; NULL: no medium */
  DomainDiskStartupPolicy startup_policy;
  unsigned int index;           /* live: node number, 0: absent */
  DomainStorageProtocol protocol;   /* network */
  DomainStoragePoolMode mode;   /* volume */
  Tristate tls, ssl_verify;     /* network */
  Tristate managed;             /* nvme */
  unsigned int tls_from_config; /* network, status: 1 if the host's configuration decided `tls` */
  DomainStorageAccess access;   /* nvme, vhostuser */
  char *query, *tls_hostname;   /* network */
  XML_LIST (DomainStorageHost) hosts;
  char *snapshot, *config, *initiator;
  DomainStorageCookies *cookies;
  uint64_t readahead, timeout;  /* bytes, seconds; 0: absent */
  char *user, *group;           /* nfs */
  char *pool;                   /* volume */
  struct DomainStorageSource *actual;   /* volume of a running guest: what it turned out to be, a complete layer but for the chain */
  PciAddress *pci;              /* nvme */
  uint64_t nvme_namespace;      /* 0: absent */
  Tristate reconnect;           /* vhostuser */
  unsigned int reconnect_timeout;   /* seconds; 0: absent */
  char *fd_group;               /* file: descriptors that a client handed over */
  uint64_t metadata_cache;      /* bytes of QEMU's cache of the format's tables; 0: absent */
  XML_LIST (DomainStorageSlice) slices;     /* at most one */
  DomainDeviceSeclabels seclabels;
  Auth *auth;
  Encryption *encryption;
  DomainStorageReservations *reservations;
  DomainStorageStatus *status;
  DomainStorageSource *backing;
};

/* What a volume turned out to be, once that is known; @source itself if it is none. */
const DomainStorageSource *domain_storage_actual (const DomainStorageSource *source);

/* Whether there is no image: the drive of a disk that has such a source is without a medium. */
bool domain_storage_is_empty (const DomainStorageSource *source);

/* The port that servers of @protocol listen on, 0 if there is no such thing. */
unsigned int domain_storage_default_port (DomainStorageProtocol protocol);

/* Fills what the documents of a guest's disks leave open, in @source and what it is
 * backed by: ports, the engine of an encryption. */
void domain_storage_apply_defaults (DomainStorageSource *source);
