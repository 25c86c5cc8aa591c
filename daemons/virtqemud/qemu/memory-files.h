/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/memory-files.h: where guests' memory is that is made of files: huge pages, and plain files in a folder of the
 * configuration. Each guest has folders of its own below these, for as long as it runs. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "qemu/config.h"

/* A mounted hugetlbfs. */
typedef struct
{
  char *mount;
  uint64_t size;                /* of a page, KiB */
  bool is_default;              /* pages of the size that the host prefers */
} QemuHugepages;

/* Those that qemu.conf names, or else all that are mounted; elements are cleared with the array. What is named and is no
 * hugetlbfs is VIR_ERR_CONFIG_UNSUPPORTED. Awaits (worker). */
GArray *qemu_hugepages_list (const QemuConfig *config, GError **error);
GArray *qemu_hugepages_new (void);

/* The guest's folder on @pages; and the one for its memory in plain files. Caller frees. */
char *qemu_hugepages_folder (const QemuHugepages *pages, int id, const char *name);
char *qemu_memory_folder (const QemuConfig *config, int id, const char *name);

/* Makes @folders (NULL-terminated), for the guest's user alone (@uid (uid_t) -1: as the daemon), and says in the guest's own folder @home that they are there, so that they
 * can be found again. Awaits (worker). */
bool qemu_memory_folders_make (const char *home, char **folders, uid_t uid, gid_t gid, GError **error);

/* Removes what is noted in @home. On a worker. */
void qemu_memory_folders_remove_now (const char *home);
