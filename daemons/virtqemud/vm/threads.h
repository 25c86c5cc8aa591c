/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/threads.h: the threads of a guest's QEMU that are its virtual CPUs. */
#pragma once

#include <sys/types.h>

#include "vm/vm.h"

/* The thread of virtual CPU @vcpu, found by its name; 0 if it has none of its own (one thread
 * runs all CPUs in some modes of QEMU). From /proc, remembered while the guest runs; never awaits. */
pid_t vm_vcpu_thread (Vm *vm, unsigned int vcpu);

/* Forgets the threads. */
void vm_threads_forget (Vm *vm);

/* How long the thread waited for a host CPU and for the disk, in ns; 0 where the kernel does not say. */
void vm_thread_waits (pid_t pid, pid_t tid, uint64_t *ret_delay_ns, uint64_t *ret_wait_ns);
