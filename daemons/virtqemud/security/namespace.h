/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/namespace.h: a /dev of a guest's own, in a mount namespace of its own.
 *
 * All of it is made before QEMU is: a file system with the nodes and links that the guest needs, which is mounted nowhere,
 * and copies of what is mounted below the host's /dev. The child only has to leave the host's namespace and to put them in their
 * places, a few system calls with descriptors that it inherits. */
#pragma once

#include "security/nodes.h"
#include "util/process.h"

/* What a child mounts, in this order. */
typedef struct
{
  GArray *mounts;               /* ProcessMount; paths and descriptors are its own */
} SecurityNamespace;

void security_namespace_clear (SecurityNamespace *space);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SecurityNamespace, security_namespace_clear)

/* Makes it. @ret_space stays empty where qemu.conf turns it off, or leaves it open and it cannot be made here (a message says
 * why, once). Fails if qemu.conf asks for it and it cannot be made. Blocks. */
bool security_namespace_make_now (const GArray *nodes, const QemuConfig *config, SecurityNamespace *ret_space, GError **error);

/* Makes @nodes in the /dev of the guest that runs as @pid; does nothing if that is the host's. Blocks. */
bool security_namespace_add_now (pid_t pid, const GArray *nodes, GError **error);
/* Removes those that are not among @kept. Failures are logged. Blocks. */
void security_namespace_remove_now (pid_t pid, const GArray *nodes, const GArray *kept);
