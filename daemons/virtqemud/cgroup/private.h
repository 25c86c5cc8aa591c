/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup/private.h: what the files of this folder share. */
#pragma once

#include "cgroup/cgroup.h"

typedef struct
{
  char *mount;                  /* NULL: not on this host */
  int version;
} CgroupHierarchy;

const CgroupHierarchy *cgroup_hierarchy (CgroupController controller);
/* Where version 2 is mounted, NULL: nowhere. */
const char *cgroup_unified (void);
/* "cpu", "memory"... as people say it. */
const char *cgroup_controller_name (CgroupController controller);
bool cgroup_under_systemd (void);

/* "vcpu3", "emulator"; "" for the whole. Caller frees. */
char *cgroup_part_name (CgroupPlace place);
/* The folder, whether or not it is there; NULL: there is no such controller. Caller frees. */
char *cgroup_folder_of (CgroupController controller, const char *group, CgroupPlace place);
/* Makes the folder of some threads of @pid, and puts them into it; of those of no other's, into the emulator's. On a worker. */
char *cgroup_thread_folder (CgroupController controller, const char *group, pid_t pid, CgroupPlace place,
                            GError **error);

/* The folder of version 2 where a guest is born, made if it is not there. NULL: there is none, or it cannot be made,
 * which is logged; @error: its partition does not exist. On a worker. Caller frees. */
char *cgroup_birthplace (const char *group, GError **error);
/* The @file of each of those folders of version 1 that are there: "cgroup.procs" takes a process, "tasks" a thread.
 * NULL-terminated; NULL: none. Caller frees. */
char **cgroup_entrances (const char *group, const char *file);

/* Writes @text to @path in one call. */
bool cgroup_write (const char *path, const char *text, GError **error);
/* What is in it, without its newline; NULL: it cannot be read. Caller frees. */
char *cgroup_read (const char *path);
