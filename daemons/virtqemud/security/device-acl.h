/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/device-acl.h: which device nodes the processes of a control group may open.
 *
 * Version 1 of control groups has files for that; in version 2 a small program decides, written here as
 * instructions, that the kernel runs whenever a node is opened or made. */
#pragma once

#include <linux/bpf.h>

#include "security/nodes.h"

/* Lets @group, a name as of cgroup/cgroup.h, open @nodes and no others. @pid: the guest's process if it runs already, else 0.
 * Does nothing where qemu.conf leaves devices out; fails only if it names them and they cannot be limited. Blocks. */
bool security_devices_limit_now (const char *group, pid_t pid, const GArray *nodes, const QemuConfig *config, GError **error);

/* Whether that is to be called before the group's folders of processes are made (version 1) or afterwards. */
bool security_devices_come_first (void);

/* Adds @nodes; takes away those that are not among @kept, which are all that the guest still has. Blocks. */
bool security_devices_allow_now (const char *group, pid_t pid, const GArray *nodes, const GArray *all, const QemuConfig *config,
                                 GError **error);
void security_devices_deny_now (const char *group, pid_t pid, const GArray *nodes, const GArray *kept, const QemuConfig *config);

/* The program of version 2: an array of struct bpf_insn. */
GArray *security_devices_program (const GArray *nodes);
