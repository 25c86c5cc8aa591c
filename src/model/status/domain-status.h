/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-status.h: what a driver keeps on disk of a guest that runs, in stock's
 * form, so that each finds the guests of the other: the guest as it is, its
 * process, and what was going on with it. Nothing here awaits. */
#pragma once

#include "model/domain/domain.h"
#include "model/domain/storage-source.h"

/* A name alone: a taint, a capability, a device. */
typedef struct { char *name; } StatusName;

typedef struct { unsigned int id; int pid; } StatusVcpu;

/* A disk of an outgoing migration with what it is copied to. */
typedef struct
{
  char *dev;
  Tristate migrating;
  DomainStorageSource *target;
} StatusJobDisk;

typedef struct { char *name, *node; } StatusBitmap;
typedef struct { char *name, *value; } StatusParam;

/* What a client is doing, alone or beside queries. */
typedef struct
{
  char *type;                   /* "none", "modify", ... */
  char *async;                  /* "migration out", "save", ...; "none" */
  char *phase;                  /* "perform3" */
  unsigned int flags;           /* of the call */
  uint64_t started;             /* ms since the epoch */
  XML_LIST (StatusJobDisk) disks;
  XML_LIST (StatusBitmap) bitmaps;
  XML_LIST (StatusParam) params;
} StatusJob;

#define BLOCK_JOB_TYPE_LIST(X) X (PULL, "pull") X (COPY, "copy") X (COMMIT, "commit") X (ACTIVE_COMMIT, "active-commit") \
  X (BACKUP, "backup") X (INTERNAL, "internal") X (CREATE, "create") X (BROKEN, "broken")
XML_ENUM_DECLARE (StatusBlockJobType, BLOCK_JOB_TYPE_, block_job_type, BLOCK_JOB_TYPE_LIST)

/* A copy, commit or creation of images. */
typedef struct
{
  char *name;
  StatusBlockJobType type;
  char *state, *new_state;
  StatusBlockJobType broken_type;   /* what it was meant to be */
  char *error;
  unsigned int flags;           /* UINT_MAX: absent */
  Tristate shallow;
  DomainStorageSource *chain_disk, *chain_mirror;   /* of a job whose disk is gone */
  char *disk;                   /* target name */
  Tristate disk_is_mirror;
  char *base, *top, *top_parent;    /* names of QEMU's nodes */
  bool delete_committed;
  char *bitmap;
  DomainStorageSource *store;   /* of a backup */
  char *create_mode;
  DomainStorageSource *source;  /* that is created */
} StatusBlockJob;

typedef struct
{
  char *state, *reason;
  int pid;
  XML_LIST (StatusName) taints;
  char *monitor_path, *monitor_type;
  bool has_mount_namespace;
  XML_LIST (StatusVcpu) vcpus;
  XML_LIST (StatusName) capabilities;
  char *lock_state;
  StatusJob *job;
  bool fake_reboot;
  XML_LIST (StatusName) devices;
  struct { XmlBitmap *nodes, *cpus; } placement;    /* that numad proposed */
  char *lib_dir, *channel_dir, *memory_backing_dir;
  DomainCpu *cpu;               /* as the document asked for it */
  bool console_by_logd, remember_owner;
  Tristate allow_reboot;
  unsigned int node_index, fdset_index;     /* the next ones */
  Tristate block_jobs_active;
  XML_LIST (StatusBlockJob) block_jobs;
  int agent_timeout;            /* seconds, or a VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_ constant */
  uint64_t locked_memory;       /* KiB that the process might lock when it started; 0: absent */

  /* What stock does not write. */
  bool autodestroy;
  uint64_t start_time;          /* of the process, in clock ticks since the boot */
  unsigned int end;             /* how the process's end is to be explained */
  char *cgroup;

  Domain *domain;
} DomainStatus;

extern const XmlSchema domain_status_schema;

/* Reads a status document of @length bytes, of ours or stock's, fills what stock's older
 * versions left out. Errors: as xml_parse(), VIR_ERR_XML_ERROR if there is no guest
 * in it. */
DomainStatus *domain_status_parse (const char *text, size_t length, GError **error);

/* The document, with a newline at the end. Caller frees. */
char *domain_status_format (const DomainStatus *status);

DomainStatus *domain_status_new (void);

/* Adds a taint by its name. */
void domain_status_add_taint (DomainStatus *status, const char *name);

void domain_status_free (DomainStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DomainStatus, domain_status_free)
