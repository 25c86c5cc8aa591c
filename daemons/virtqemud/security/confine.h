/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/confine.h: what a guest sees of the host's devices, made at its start. */
#pragma once

#include "security/namespace.h"

typedef struct
{
  GArray *nodes;                /* SecurityNode: all that it may open */
  SecurityNamespace space;      /* its /dev, for ProcessSpec.mounts */
} SecurityConfinement;

void security_confinement_clear (SecurityConfinement *confinement);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SecurityConfinement, security_confinement_clear)

/* Finds the nodes of a guest that needs @files, which are labelled already, and makes its /dev. Awaits (worker). */
bool security_confine (const Domain *domain, const QemuConfig *config, const GPtrArray *files,
                       SecurityConfinement *ret_confinement, GError **error);

/* Gives its control group the list of them: called before the group's folders are made and, with or without @pid, after
 * that, it does its work once. Awaits (worker). */
bool security_confine_group (const SecurityConfinement *confinement, const QemuConfig *config, const char *group, pid_t pid,
                             bool folders_made, GError **error);
