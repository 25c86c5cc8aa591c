/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/nodes.h: the device nodes that a guest needs: for its device list and its own /dev. */
#pragma once

#include "security/files.h"

typedef struct
{
  char *path;                   /* in /dev; NULL: a range without one */
  char *target;                 /* of a link; then it is no node */
  char *context;                /* SELinux's; NULL: none */
  mode_t mode;                  /* type and permissions */
  unsigned int uid, gid, major, minor;
  bool any_minor, write;
} SecurityNode;

/* Those of every guest, by cgroup_device_acl, with what its kind of acceleration and sound needs. An array of
 * SecurityNode that clears its elements; what is not there is left out. Blocks. */
GArray *security_common_nodes_now (const Domain *domain, const QemuConfig *config);
/* Adds those that are among @files, with the links on the way. Blocks. */
void security_add_nodes_now (GArray *nodes, const GPtrArray *files);
/* An empty array for them. */
GArray *security_nodes_new (void);
