/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loop.h: the event loop that owns a daemon's thread.
 *
 * A thin layer over sd_event: it runs ready fibers between dispatches and
 * measures every dispatch. One that held the loop longer than the limit is
 * logged with its name and counted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* The thread's event loop, made on first use; borrowed. Sources that are added
 * to it directly should carry a description: the stall meter prints it. */
sd_event *loop_event (void);

/* Runs until loop_quit; returns its code. Not on a fiber. */
int loop_run (void);
void loop_quit (int code);

/* One turn, waiting at most @timeout_ms (-1: for ever). For tests. */
void loop_turn (int timeout_ms);

/* CLOCK_MONOTONIC in microseconds. */
uint64_t loop_now (void);

/* Queues @func (@data) to run on the loop after the current dispatch. */
typedef void (*LoopFunc) (void *data);
void loop_defer (LoopFunc func, void *data);

/* Names what the current dispatch does, for the stall meter; static. */
void loop_note (const char *name);

/* The stall meter: dispatches that took longer than @limit_us are logged as
 * warnings. Default 10,000 us. */
void loop_set_stall_limit (uint64_t limit_us);
typedef struct
{
  uint64_t turns, stalls, longest_us;
  const char *longest_name;    /* interned or static */
} LoopStats;
LoopStats loop_stats (void);
