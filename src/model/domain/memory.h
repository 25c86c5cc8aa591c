/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory.h: memory that is added to a guest or shared with others. */
#pragma once

#include "model/domain/info.h"

#define MEMORY_MODEL_LIST(X) X (MEMORY_MODEL_DIMM, "dimm") X (MEMORY_MODEL_NVDIMM, "nvdimm") \
  X (MEMORY_MODEL_VIRTIO_PMEM, "virtio-pmem") X (MEMORY_MODEL_VIRTIO_MEM, "virtio-mem") X (MEMORY_MODEL_SGX_EPC, "sgx-epc")
XML_ENUM_DECLARE (DomainMemoryModel, MEMORY_MODEL_, memory_model, MEMORY_MODEL_LIST)

#define MEMORY_SHARING_LIST(X) X (MEMORY_SHARING_SHARED, "shared") X (MEMORY_SHARING_PRIVATE, "private")
XML_ENUM_DECLARE (DomainMemorySharing, MEMORY_SHARING_, memory_sharing, MEMORY_SHARING_LIST)

#define SHMEM_MODEL_LIST(X) X (SHMEM_MODEL_IVSHMEM, "ivshmem") X (SHMEM_MODEL_PLAIN, "ivshmem-plain") \
  X (SHMEM_MODEL_DOORBELL, "ivshmem-doorbell")
XML_ENUM_DECLARE (DomainShmemModel, SHMEM_MODEL_, shmem_model, SHMEM_MODEL_LIST)

#define SHMEM_ROLE_LIST(X) X (SHMEM_ROLE_MASTER, "master") X (SHMEM_ROLE_PEER, "peer")
XML_ENUM_DECLARE (DomainShmemRole, SHMEM_ROLE_, shmem_role, SHMEM_ROLE_LIST)

/* Sizes in KiB, 0 if absent. */
typedef struct
{
  DomainDeviceInfo info;
  DomainMemoryModel model;
  DomainMemorySharing access;
  Tristate discard;
  uint8_t uuid[16];             /* all zero: absent */
  XmlBitmap *nodemask;          /* dimm, virtio-mem, sgx-epc: nodes of the host */
  uint64_t page_size;           /* dimm, virtio-mem */
  char *path;                   /* nvdimm, virtio-pmem */
  uint64_t align_size;          /* nvdimm */
  bool pmem;                    /* nvdimm: the source is persistent itself */
  uint64_t size;
  int node;                     /* of the guest; -1: absent */
  uint64_t label_size;          /* nvdimm */
  bool readonly;                /* nvdimm */
  uint64_t block, requested, current;   /* virtio-mem; current: live */
  Tristate dynamic_memslots;    /* virtio-mem */
  uint64_t base;                /* virtio-mem, virtio-pmem: address in the guest; 0: absent */
} DomainMemory;

typedef struct
{
  DomainDeviceInfo info;
  char *name;
  DomainShmemModel model;
  DomainShmemRole role;
  uint64_t size;                /* bytes; UINT64_MAX: absent */
  bool has_server, has_msi;
  char *server;                 /* path; NULL: to be chosen */
  Tristate msi_enabled;
  unsigned int msi_vectors;     /* 0: absent */
  Tristate msi_ioeventfd;
} DomainShmem;
