/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* queue-private.h: for tests: not every kernel has what these messages ask for. */
#pragma once

#include "link/queue.h"
#include "link/rtnl-private.h"

/* Appends the filter that drops what comes in faster. */
void queue_put_police (RtnlRequest *request, uint64_t rate, uint64_t burst);
