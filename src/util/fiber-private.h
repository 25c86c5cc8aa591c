/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fiber-private.h: between the fiber switch, the waits and the loop. */
#pragma once

#include "util/fiber.h"

/* Enters every fiber that is ready now; true if there was one. */
bool fiber_ready_run (void);
bool fiber_ready_pending (void);

/* Suspends the running fiber on @wait until wait_done, wait_expire or a
 * cancellation. */
void fiber_park (Wait *wait, const char *why);
/* Wakes the waiter without the thing having happened. */
void wait_expire (Wait *wait);
/* Whether the running fiber was cancelled; forgets it. */
bool fiber_take_cancel (void);

/* The stall meter around one fiber's run; returns the time at its end, where the next one's
 * begins. */
uint64_t loop_stall_begin (void);
uint64_t loop_stall_end (uint64_t begin, const char *name);
