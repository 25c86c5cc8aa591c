/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/confine.h"

#include "security/device-acl.h"
#include "util/paths.h"
#include "util/worker.h"

typedef struct
{
  const Domain *domain;
  const QemuConfig *config;
  const GPtrArray *files;
  SecurityConfinement *confinement;
  const char *group;
  pid_t pid;
} Work;

void
security_confinement_clear (SecurityConfinement *confinement)
{
  g_clear_pointer (&confinement->nodes, g_array_unref);
  security_namespace_clear (&confinement->space);
}

static bool
confine_work (void *args, GError **error)
{
  const Work *work = args;

  work->confinement->nodes = security_common_nodes_now (work->domain, work->config);
  security_add_nodes_now (work->confinement->nodes, work->files);
  return security_namespace_make_now (work->confinement->nodes, work->config, &work->confinement->space, error);
}

bool
security_confine (const Domain *domain, const QemuConfig *config, const GPtrArray *files,
                  SecurityConfinement *ret_confinement, GError **error)
{
  Work work = { .domain = domain, .config = config, .files = files, .confinement = ret_confinement };

  return worker_run ("confine a guest", confine_work, &work, error);
}

static bool
limit_work (void *args, GError **error)
{
  const Work *work = args;

  return security_devices_limit_now (work->group, work->pid, work->confinement->nodes, work->config, error);
}

bool
security_confine_group (const SecurityConfinement *confinement, const QemuConfig *config, const char *group, pid_t pid,
                        bool folders_made, GError **error)
{
  Work work = { .config = config, .confinement = (SecurityConfinement *) confinement, .group = group, .pid = pid };

  if (group == NULL || path_is_session () || (pid == 0 && security_devices_come_first () == folders_made))
    return true;
  return worker_run ("limit a guest's devices", limit_work, &work, error);
}
