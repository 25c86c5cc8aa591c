/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/spawn.h: process_spawn off the loop. Until a child's exec its parent thread stands still, on a busy
 * host for milliseconds: that is not to be the loop's thread. */
#pragma once

#include "util/process.h"

/* As process_spawn. Awaits (worker). */
bool qemu_spawn (const ProcessSpec *spec, pid_t *ret_pid, int *ret_pidfd, GError **error);
