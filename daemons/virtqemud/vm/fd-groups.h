/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/fd-groups.h: descriptors that clients opened for a guest's images (virDomainFDAssociate).
 *
 * They are kept under a name as long as the client that gave them is connected; what QEMU got stays QEMU's. */
#pragma once

#include "rpc/server.h"
#include "vm/vm.h"

/* Keeps @fds (taken over) under @name for as long as @peer is there; what had that name goes. */
void vm_fd_group_set (Vm *vm, Peer *peer, const char *name, const int *fds, unsigned int n);

/* The @index-th descriptor of group @name; -1 if there are no more. */
int vm_fd_group_get (const Vm *vm, const char *name, unsigned int index);       /* borrowed */
int vm_fd_group_dup (const Vm *vm, const char *name, unsigned int index);       /* the caller's */
