/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup/cgroup.h: a guest's control group: where it is, what is set in it, its threads.
 *
 * A group is named by its path below a hierarchy, the same in all of them:
 * "/machine/qemu-5-name.libvirt-qemu", or "SCOPE/libvirt" where systemd made a scope for the guest.
 * Version 1 has a hierarchy for each controller, version 2 one for all; a host may have
 * both (a controller is in one of them only). Below a group are the groups of its
 * threads: "vcpuN", "iothreadN" and "emulator" for all others.
 *
 * A folder is made when something is first set in it: a guest without limits costs a host of
 * version 1 nothing. The files say what is set, so there is nothing to remember but the path.
 * Changes are made on a worker, as the kernel may take its time to move a process. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum
{
  CGROUP_CPU,
  CGROUP_CPUACCT,
  CGROUP_CPUSET,
  CGROUP_MEMORY,
  CGROUP_BLKIO,
  CGROUP_DEVICES,
  CGROUP_FREEZER,
  CGROUP_N,
} CgroupController;

typedef enum
{
  CGROUP_SHARES,
  CGROUP_PERIOD,                /* us */
  CGROUP_QUOTA,                 /* us in a period; CGROUP_NONE: no limit */
  CGROUP_CPUS,                  /* text: a list of CPUs; the threads' affinity follows */
  CGROUP_MEMS,                  /* text: a list of NUMA nodes */
  CGROUP_MEMORY_HARD,           /* bytes; CGROUP_NONE: no limit */
  CGROUP_MEMORY_SOFT,
  CGROUP_MEMORY_SWAP,           /* memory and swap together */
  CGROUP_IO_WEIGHT,
  CGROUP_IO_DEVICE_WEIGHT,      /* of one device, as the four below; 0: none */
  CGROUP_IO_READ_IOPS,
  CGROUP_IO_WRITE_IOPS,
  CGROUP_IO_READ_BYTES,
  CGROUP_IO_WRITE_BYTES,
  CGROUP_SETTING_N,
} CgroupSetting;

#define CGROUP_NONE (-1)

/* Whose folder: the whole guest's, or that of some of its threads. */
typedef enum { CGROUP_WHOLE, CGROUP_EMULATOR, CGROUP_VCPU, CGROUP_IOTHREAD } CgroupPart;

typedef struct
{
  CgroupPart part;
  unsigned int index;           /* of the vCPU or I/O thread */
} CgroupPlace;

/* One change. */
typedef struct
{
  CgroupSetting setting;
  CgroupPlace place;
  int64_t value;
  const char *text;             /* of lists: "0-3"; of devices: the path of a block device */
} CgroupChange;

/* --- the host ---------------------------------------------------------------------------- */

/* 1 or 2: the version of the hierarchy that @controller is in; 0: the kernel or the host has none. */
int cgroup_version (CgroupController controller);
/* Fails with VIR_ERR_OPERATION_INVALID naming the controller if the host has none. */
bool cgroup_require (CgroupController controller, GError **error);

/* For tests: hierarchies as this file in the form of /proc/self/mountinfo says. NULL: the host's own again. */
void cgroup_host_init (const char *mountinfo);

/* --- groups -------------------------------------------------------------------------------- */

/* The path of the group that a guest gets where no systemd makes a scope for it; NULL if systemd
 * does, or for an unprivileged driver. @partition: resource/partition, NULL: "/machine". Caller frees. */
char *cgroup_path (int id, const char *name, const char *partition);

/* The group of a process that is known without one: a stock daemon started it. NULL: it has none. Caller frees. */
char *cgroup_of_process (pid_t pid);

/* After the start, under systemd: asks for a scope with @pid in it and awaits that it is made, at most a
 * second. Returns the guest's group in it, NULL if there is none. Failures are logged. Awaits. */
char *cgroup_scope (int id, const char *name, const char *partition, pid_t pid);

/* The folder of @group that belongs to @controller, made if it is not there, with @pid (0: nobody) in it. For
 * what is not set by cgroup_apply. On a worker only. Caller frees. */
char *cgroup_folder (CgroupController controller, const char *group, pid_t pid, GError **error);

/* Puts @pid, another process of the guest's, into those folders of @group that are there. On a worker. */
bool cgroup_join_now (const char *group, pid_t pid, GError **error);

/* Puts the threads of @place, which came later, into folders of their own where others of the guest have them: a thread begins
 * where its parent is. Awaits. */
bool cgroup_place_threads (const char *group, pid_t pid, CgroupPlace place, GError **error);

/* Removes the folders of a thread that is gone, so that one of the same number finds none. Awaits. */
void cgroup_remove_part (const char *group, CgroupPlace place);

/* Removes all folders of @group, in all hierarchies; NULL is fine. What cannot be removed is logged. Awaits. */
void cgroup_remove (const char *group);

/* --- settings --------------------------------------------------------------------------------- */

/* Makes @changes in this order, with the folders that they need; @pid is the guest's process (0: not
 * there yet, then only the whole guest's can be changed). If one fails, those before it are taken back.
 * Errors: VIR_ERR_OPERATION_INVALID (no such controller), VIR_ERR_SYSTEM_ERROR with the file. Awaits. */
bool cgroup_apply (const char *group, pid_t pid, const CgroupChange *changes, unsigned int n, GError **error);

/* Before the start: makes what a guest of @group is born into, and @changes for all of it. What is used
 * before a process enters a group is not counted, so the memory's folder is made in any case, and that which counts CPU
 * time by CPU. @ret_birthplace: the folder of version 2, NULL if there is none; @ret_entrances: the files by which it enters
 * those of version 1, NULL-terminated, NULL if there are none. The caller frees them. Errors: as cgroup_apply; a
 * partition that does not exist. A host that lets us make nothing is no error unless something is to be set. Awaits. */
bool cgroup_begin (const char *group, const CgroupChange *changes, unsigned int n, char **ret_birthplace,
                   char ***ret_entrances, GError **error);

/* What is set, the kernel's default if there is no folder. Never awaits. */
int64_t cgroup_value (const char *group, CgroupPlace place, CgroupSetting setting);
/* Of lists; NULL if nothing was set. Caller frees. */
char *cgroup_text (const char *group, CgroupPlace place, CgroupSetting setting);

/* CPU time from a group: nanoseconds. False if @group is NULL or does not tell. */
bool cgroup_cpu_time (const char *group, uint64_t *ret_total, uint64_t *ret_user, uint64_t *ret_system);

/* The CPU time that each of the host's CPUs spent for the group: texts of nanoseconds. NULL: the host does not count
 * it (version 2). Freed with g_strfreev. */
char **cgroup_cpu_times (const char *group);

/* --- threads ----------------------------------------------------------------------------------- */

/* What a thread of QEMU is, by its name: "CPU 3/TCG", "IO iothread2". */
CgroupPlace cgroup_thread_place (const char *comm);

/* Calls @visit for each thread of @pid that is of @place (CGROUP_WHOLE: for all); false if one call was. Never awaits. */
typedef bool (*CgroupVisit) (pid_t tid, CgroupPlace place, void *user, GError **error);
bool cgroup_threads (pid_t pid, CgroupPlace place, CgroupVisit visit, void *user, GError **error);
