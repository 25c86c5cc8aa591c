/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* values.h: what pools and volumes have alike. */
#pragma once

#include "xml/xml.h"

/* Leaves no two slashes in a row and none at the end of *@path (NULL is fine);
 * exactly two at the beginning stay, since POSIX leaves their meaning open. */
void storage_clean_path (char **path);

/* An int64_t of nanoseconds since 1970, 0 if absent; printed as seconds. */
extern const XmlType xml_type_timestamp;

/* -1: not given. */
typedef struct
{
  unsigned int mode;          /* up to 0777, UINT_MAX if absent */
  int owner, group;
  char *label;
} StoragePermissions;

extern const XmlField storage_permissions_rows[];
