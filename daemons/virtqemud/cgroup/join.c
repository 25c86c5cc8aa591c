/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that join a guest's group when it is there. */
#include "cgroup/private.h"

static bool
join (const char *path, pid_t pid, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%d", (int) pid);

  return cgroup_write (path, text, error);
}

bool
cgroup_join_now (const char *group, pid_t pid, GError **error)
{
  g_auto (GStrv) entrances = cgroup_entrances (group, "cgroup.procs");
  g_autofree char *unified = cgroup_birthplace (group, NULL);
  g_autofree char *procs = unified != NULL ? g_build_filename (unified, "cgroup.procs", NULL) : NULL;

  for (char **path = entrances; path != NULL && *path != NULL; path++)
    if (!join (*path, pid, error))
      return false;
  return procs == NULL || join (procs, pid, error);
}
