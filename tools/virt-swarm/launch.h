/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* launch.h: how a daemon is started. */
#pragma once

#include "service.h"

/* Marks a process as a daemon of ours in its environment. */
#define LAUNCH_MARK "VIRT_SWARM_SERVICE"

/* Starts the daemon with its sockets and stored descriptors from descriptor 3 on. */
bool launch_service (Service *service, pid_t *ret_pid, int *ret_pidfd, GError **error);
