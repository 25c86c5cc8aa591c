/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h: what the host is and how it is doing.
 *
 * Facts that do not change while the host runs are read once, when first asked
 * for, and borrowed from here ever after. Live figures are read at each call: a few
 * small files of /proc and /sys, which the kernel answers from memory, so these
 * functions are called on the loop. Only host_name may await.
 * CPU maps have the lowest bit of the first byte for CPU 0.
 * Failures are VIR_ERR_SYSTEM_ERROR or VIR_ERR_INTERNAL_ERROR naming the file, else as said. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where /proc, /sys and /etc are: NULL or "" for the host itself, a folder for a test.
 * Forgets everything that was read. Optional. */
void host_init (const char *sysroot);

/* -- CPUs ------------------------------------------------------------------ */

/* The machine's name as uname gives it ("x86_64"). */
const char *host_arch (void);

/* As virNodeGetInfo: nodes * sockets * cores * threads >= cpus. */
typedef struct
{
  const char *model;            /* host_arch () */
  uint64_t memory_kib;
  unsigned int cpus;            /* online */
  unsigned int mhz;             /* 0: not known */
  unsigned int nodes, sockets, cores, threads;
} HostNodeInfo;
bool host_node_info (HostNodeInfo *ret_info, GError **error);

/* The number of CPUs that are present (highest number + 1). */
unsigned int host_cpu_count (void);

/* The CPUs that are online now: a map of host_cpu_count () bits, ret_length bytes; caller frees.
 * @ret_online (may be NULL) gets their number. */
bool host_cpu_map (uint8_t **ret_map, size_t *ret_length, unsigned int *ret_online, GError **error);

/* A named figure; names are the VIR_NODE_... constants of the public API. */
typedef struct
{
  const char *name;
  uint64_t value;
} HostStat;
#define HOST_STATS_MAX 8

/* Nanoseconds since boot spent by @cpu (-1: all together): kernel, user, idle, iowait.
 * A CPU that is not there is VIR_ERR_INVALID_ARG. */
#define HOST_CPU_ALL (-1)
bool host_cpu_stats (int cpu, HostStat ret_stats[HOST_STATS_MAX], unsigned int *ret_n, GError **error);

/* What /proc/cpuinfo says of the first CPU. Strings may be NULL on machines whose
 * /proc/cpuinfo does not have them. Borrowed. */
typedef struct
{
  const char *vendor;           /* "GenuineIntel" */
  const char *model_name;
  unsigned int family, model, stepping;
  const char *microcode;
  char **flags;                 /* NULL-terminated, kernel's names; never NULL */
  unsigned int physical_bits;   /* of addresses; 0: not known */
} HostCpuModel;
const HostCpuModel *host_cpu_model (void);
bool host_cpu_has_flag (const char *flag);

/* -- Memory and NUMA --------------------------------------------------------- */

#define HOST_CELL_ALL (-1)
/* KiB. All cells: total, free, buffers, cached. One cell: total, free. A cell that
 * is not there is VIR_ERR_INVALID_ARG. */
bool host_memory_stats (int cell, HostStat ret_stats[HOST_STATS_MAX], unsigned int *ret_n, GError **error);

/* Bytes free on the whole host. */
bool host_free_memory (uint64_t *ret_bytes, GError **error);

typedef struct
{
  unsigned int id;
  unsigned int socket, die, core;
  char *siblings;               /* list of hardware threads with this one, e.g. "0,4" */
  bool online;                  /* if not, socket, die and core are 0 */
} HostCpu;

typedef struct
{
  unsigned int cell, value;
} HostDistance;

typedef struct
{
  unsigned int id;
  uint64_t memory_kib;
  HostDistance *distances;      /* to each cell, itself included; none on a host without NUMA */
  unsigned int n_distances;
  HostCpu *cpus;
  unsigned int n_cpus;
} HostCell;

/* The NUMA cells in order of their ids; one with everything on a host without NUMA. Borrowed. */
const HostCell *host_cells (unsigned int *ret_n);

/* Bytes free in one cell; VIR_ERR_INVALID_ARG if there is no such cell. */
bool host_cell_free_memory (unsigned int cell, uint64_t *ret_bytes, GError **error);

/* The page sizes that the host offers, in KiB, the base size first. Borrowed. */
const unsigned int *host_page_sizes (unsigned int *ret_n);

/* Pages of @size_kib in @cell (-1: whole host), all and free now. */
bool host_pages (int cell, unsigned int size_kib, uint64_t *ret_total, uint64_t *ret_free, GError **error);

/* A cache shared by the CPUs in @cpus ("0-3"). Borrowed. */
typedef struct
{
  unsigned int id, level;
  const char *type;             /* "both", "code", "data" */
  uint64_t size_kib;
  char *cpus;
} HostCache;
/* The caches of the last level, in order of their ids. */
const HostCache *host_caches (unsigned int *ret_n);

/* -- Identity ---------------------------------------------------------------- */

/* The host's full name: what gethostname says, completed by the resolver if it is short and
 * not "localhost". Remembered while the short name stays. Caller frees. Awaits (resolver, worker). */
bool host_name (char **ret_name, GError **error);

/* The host's UUID: as set, else the firmware's, else /etc/machine-id, else a random one. Borrowed, 16 bytes. */
const uint8_t *host_uuid (void);

/* From the configuration: host_uuid (may be NULL) and host_uuid_source ("smbios", "machine-id" or NULL).
 * A bad one is VIR_ERR_CONF_SYNTAX. */
bool host_set_uuid (const char *uuid, const char *source, GError **error);

/* The kernel's boot id, as text; "" if not known. Borrowed. */
const char *host_boot_id (void);

/* -- Features for the capabilities document ------------------------------------ */

bool host_has_selinux (void);   /* enabled in the kernel, with a policy */
bool host_has_apparmor (void);
bool host_has_iommu (void);
/* Suspend targets: bits of the following. */
#define HOST_SUSPEND_MEM 1u
#define HOST_SUSPEND_DISK 2u
#define HOST_SUSPEND_HYBRID 4u
unsigned int host_suspend_modes (void);
