/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hierarchies of the host. */
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "cgroup/private.h"
#include "util/error.h"
#include "util/paths.h"

/* The kernel's names in version 1 and 2 (NULL: version 2 has it in all groups), and people's. */
static const struct { const char *v1, *v2, *name; } controllers[CGROUP_N] = {
  [CGROUP_CPU] = { "cpu", "cpu", "CPU" },
  [CGROUP_CPUACCT] = { "cpuacct", NULL, "CPU accounting" },
  [CGROUP_CPUSET] = { "cpuset", "cpuset", "cpuset" },
  [CGROUP_MEMORY] = { "memory", "memory", "memory" },
  [CGROUP_BLKIO] = { "blkio", "io", "blkio" },
  [CGROUP_DEVICES] = { "devices", NULL, "devices" },
  [CGROUP_FREEZER] = { "freezer", NULL, "freezer" },
};

/* Read once, by whichever thread asks first. */
static struct
{
  gsize known;
  char *unified;
  CgroupHierarchy of[CGROUP_N];
} host;
static const char *mountinfo_path;

static bool
has_word (const char *list, const char *word, const char *separators)
{
  size_t length = strlen (word);

  for (const char *at = list; (at = strstr (at, word)) != NULL; at += length)
    if ((at == list || strchr (separators, at[-1]) != NULL)
        && (at[length] == '\0' || strchr (separators, at[length]) != NULL))
      return true;
  return false;
}

static void
learn (CgroupController controller, const char *mount, int version)
{
  if (host.of[controller].mount == NULL)
    host.of[controller] = (CgroupHierarchy) { g_strdup (mount), version };
}

static void
learn_unified (const char *mount)
{
  g_autofree char *path = g_strconcat (mount, "/cgroup.controllers", NULL);
  g_autofree char *list = cgroup_read (path);

  host.unified = g_strdup (mount);
  for (unsigned int i = 0; list != NULL && i < CGROUP_N; i++)
    if (controllers[i].v2 != NULL && has_word (list, controllers[i].v2, " \n"))
      learn (i, mount, 2);
}

/* A line: id, parent, device, root, mount point, options, optional fields, "-", type, source, options. */
static void
learn_mount (const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", -1);
  unsigned int n = g_strv_length (fields), dash = 6;
  g_autofree char *mount = NULL;

  while (dash < n && strcmp (fields[dash], "-") != 0)
    dash++;
  if (dash + 3 >= n)
    return;
  mount = g_strcompress (fields[4]);
  if (strcmp (fields[dash + 1], "cgroup2") == 0 && host.unified == NULL)
    learn_unified (mount);
  for (unsigned int i = 0; strcmp (fields[dash + 1], "cgroup") == 0 && i < CGROUP_N; i++)
    if (has_word (fields[dash + 3], controllers[i].v1, ","))
      learn (i, mount, 1);
}

static void
look (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_once_init_enter (&host.known))
    return;
  g_file_get_contents (mountinfo_path != NULL ? mountinfo_path : "/proc/self/mountinfo", &text, NULL, NULL);
  lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (unsigned int i = 0; lines[i] != NULL; i++)
    learn_mount (lines[i]);
  g_once_init_leave (&host.known, 1);
}

void
cgroup_host_init (const char *mountinfo)
{
  for (unsigned int i = 0; i < CGROUP_N; i++)
    g_clear_pointer (&host.of[i].mount, g_free);
  g_clear_pointer (&host.unified, g_free);
  host.known = 0;
  mountinfo_path = mountinfo;
}

const CgroupHierarchy *
cgroup_hierarchy (CgroupController controller)
{
  look ();
  return &host.of[controller];
}

const char *
cgroup_unified (void)
{
  look ();
  return host.unified;
}

const char *
cgroup_controller_name (CgroupController controller)
{
  return controllers[controller].name;
}

int
cgroup_version (CgroupController controller)
{
  const CgroupHierarchy *hierarchy = cgroup_hierarchy (controller);

  return hierarchy->mount != NULL ? hierarchy->version : 0;
}

bool
cgroup_require (CgroupController controller, GError **error)
{
  return cgroup_version (controller) != 0
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                  "the %s controller of control groups is not there on this host", cgroup_controller_name (controller));
}

bool
cgroup_under_systemd (void)
{
  return mountinfo_path == NULL && sd_booted () > 0 && geteuid () == 0 && !path_is_session ();
}
