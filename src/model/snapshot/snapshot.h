/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.h: a guest's snapshot: when it was taken, of what, where to.
 *
 * A client's request says little; domain_snapshot_complete() and
 * domain_snapshot_align() fill in the rest. A redefinition, and the daemon's own
 * files, have it all. Nothing here awaits or looks at the host. */
#pragma once

#include "model/snapshot/save-cookie.h"

#define SNAPSHOT_STATE_LIST(X) X (SNAPSHOT_STATE_NOSTATE, "nostate") X (SNAPSHOT_STATE_RUNNING, "running") \
  X (SNAPSHOT_STATE_BLOCKED, "blocked") X (SNAPSHOT_STATE_PAUSED, "paused") X (SNAPSHOT_STATE_SHUTDOWN, "shutdown") \
  X (SNAPSHOT_STATE_SHUTOFF, "shutoff") X (SNAPSHOT_STATE_CRASHED, "crashed") X (SNAPSHOT_STATE_PMSUSPENDED, "pmsuspended") \
  X (SNAPSHOT_STATE_DISK_SNAPSHOT, "disk-snapshot")
XML_ENUM_DECLARE (DomainSnapshotState, SNAPSHOT_STATE_, snapshot_state, SNAPSHOT_STATE_LIST)

#define SNAPSHOT_MEMORY_LIST(X) X (SNAPSHOT_MEMORY_NO, "no") X (SNAPSHOT_MEMORY_INTERNAL, "internal") \
  X (SNAPSHOT_MEMORY_EXTERNAL, "external")
XML_ENUM_DECLARE (DomainSnapshotMemory, SNAPSHOT_MEMORY_, snapshot_memory, SNAPSHOT_MEMORY_LIST)

#define SNAPSHOT_ACTIVE_LIST(X) X (SNAPSHOT_ACTIVE_NO, "0") X (SNAPSHOT_ACTIVE_YES, "1")
XML_ENUM_DECLARE (DomainSnapshotActive, SNAPSHOT_ACTIVE_, snapshot_active, SNAPSHOT_ACTIVE_LIST)

typedef struct
{
  char *name;                   /* of the disk's target */
  DomainDiskSnapshot location;
  DomainStorageSource source;   /* external: the new top layer */
} DomainSnapshotDisk;

typedef struct
{
  char *name, *description;
  DomainSnapshotState state;    /* of the guest at that time */
  char *parent;
  int64_t creation_time;        /* seconds since the epoch; 0: absent */
  DomainSnapshotMemory memory;
  char *memory_file;
  XML_LIST (DomainSnapshotDisk) disks;
  Domain *domain, *inactive_domain;   /* as it ran, and as it was to start again */
  uint8_t domain_uuid[16];      /* whose it is, if `domain` is not known */
  SaveCookie *cookie;
  DomainSnapshotActive active;  /* the daemon's own files: whether it is the current one */
} DomainSnapshot;

/* A request takes a name, a description, the memory and the disks; what else it says is
 * ignored. The other schema takes and writes all. Errors as of xml_parse(). */
extern const XmlSchema domain_snapshot_request_schema, domain_snapshot_schema;

/* Whether @snapshot says all that a redefinition must: its name, when it was taken, and the
 * guest's state then. Fails with VIR_ERR_XML_ERROR or VIR_ERR_INTERNAL_ERROR, as stock does. */
bool domain_snapshot_check_redefinition (const DomainSnapshot *snapshot, GError **error);

/* Fills in when (seconds since the epoch), which also is the name if there is none. */
void domain_snapshot_complete (DomainSnapshot *snapshot, int64_t now);

/* Makes the list of disks that of @domain, in its order. Disks without a location of their
 * own get @location, drives without a medium and read-only disks none; files of external
 * ones are named after the disk's, which must be a file. @is_uniform: other locations than
 * @location and none are refused. Errors: VIR_ERR_CONFIG_UNSUPPORTED for a disk that is not
 * there, is there twice, or has no file to be named after. */
bool domain_snapshot_align (DomainSnapshot *snapshot, const Domain *domain, DomainDiskSnapshot location, bool is_uniform,
                            GError **error);
