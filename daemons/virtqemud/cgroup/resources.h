/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup/resources.h: what a guest's document asks of the host, for its start and for threads that come later. */
#pragma once

#include "cgroup/cgroup.h"
#include "model/domain/domain.h"
#include "util/process.h"

/* Changes with the texts that they borrow. */
typedef struct
{
  GArray *changes;              /* CgroupChange */
  GPtrArray *texts;
} Resources;

void resources_clear (Resources *resources);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Resources, resources_clear)

/* Adds a change; @text (may be NULL) is taken. */
void resources_add (Resources *resources, CgroupSetting setting, CgroupPlace place, int64_t value, char *text);
bool resources_apply (const Resources *resources, const char *group, pid_t pid, GError **error);   /* awaits */

/* cgroup_begin with @resources. Awaits. */
bool resources_begin (const Resources *resources, const char *group, char **ret_birthplace, char ***ret_entrances,
                      GError **error);

/* What the document asks for the whole guest, and for the threads of @place (CGROUP_WHOLE: of all). */
void resources_of_guest (const Domain *domain, Resources *resources);
void resources_of_threads (const Domain *domain, CgroupPlace place, Resources *resources);

/* Refuses what this host cannot do: VIR_ERR_CONFIG_UNSUPPORTED naming the element. */
bool resources_check (const Domain *domain, GError **error);

/* Where the process is born: fills the CPU map of @spec, which borrows it; the caller frees *@ret_map. */
void resources_affinity (const Domain *domain, ProcessSpec *spec, uint8_t **ret_map);

/* Adds the limit of locked memory to @limits, which has room for one more; returns how many it added. */
unsigned int resources_limit (const Domain *domain, ProcessLimit *limits);

/* Lets a process that runs lock what a device that is about to be plugged locks. */
bool resources_raise_limit (const Domain *domain, pid_t pid, GError **error);

/* All that concerns the threads of @place (CGROUP_WHOLE: all) of a process that runs: pinning, quotas,
 * schedulers. To be called again for each vCPU or I/O thread that is plugged later. Awaits. */
bool resources_settle (const Domain *domain, const char *group, pid_t pid, CgroupPlace place, GError **error);
