/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* checkpoint.h: a guest's checkpoint: the point in time from which on bitmaps of its disks
 * record what changes. Nothing here awaits or looks at the host. */
#pragma once

#include "model/domain/domain.h"
#include "xml/xml.h"

#define CHECKPOINT_TYPE_LIST(X) X (CHECKPOINT_TYPE_NO, "no") X (CHECKPOINT_TYPE_BITMAP, "bitmap")
XML_ENUM_DECLARE (DomainCheckpointType, CHECKPOINT_TYPE_, checkpoint_type, CHECKPOINT_TYPE_LIST)

typedef struct
{
  char *name;                   /* of the disk's target */
  DomainCheckpointType type;
  char *bitmap;
  uint64_t size;                /* bytes changed since; UINT64_MAX: not asked for */
} DomainCheckpointDisk;

typedef struct
{
  char *name, *description;
  char *parent;
  int64_t creation_time;        /* seconds since the epoch; 0: absent */
  XML_LIST (DomainCheckpointDisk) disks;
  Domain *domain;               /* as it was then */
} DomainCheckpoint;

/* A request takes a name, a description and disks; what else it says is ignored. The other
 * schema takes and writes all. Errors as of xml_parse(). */
extern const XmlSchema domain_checkpoint_request_schema, domain_checkpoint_schema;

/* Whether @checkpoint says all that a redefinition must: its name and when it was made. Fails
 * with VIR_ERR_XML_ERROR or VIR_ERR_INTERNAL_ERROR, as stock does. */
bool domain_checkpoint_check_redefinition (const DomainCheckpoint *checkpoint, GError **error);

/* Fills in when (seconds since the epoch), which also is the name if there is none. */
void domain_checkpoint_complete (DomainCheckpoint *checkpoint, int64_t now);

/* Makes the list of disks that of @domain, in its order. If it was empty, all disks that can
 * be written to get a bitmap, otherwise none that is not in it. Bitmaps are called like the
 * checkpoint; @is_redefined: they may have other names. Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED for a disk that is not there, is there twice, or can have no bitmap. */
bool domain_checkpoint_align (DomainCheckpoint *checkpoint, const Domain *domain, bool is_redefined, GError **error);
