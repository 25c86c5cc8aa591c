/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/halt-poll.h: how long KVM polled for a guest's idle virtual CPUs before it let go of the host's. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct
{
  uint64_t success_ns;          /* something came while it polled */
  uint64_t fail_ns;             /* nothing came */
} QemuHaltPoll;

/* The counters of process @pid, from the kernel's debug files; zeros for a guest without KVM, or where there are no such
 * files. Never awaits. */
void qemu_halt_poll (pid_t pid, QemuHaltPoll *ret);
