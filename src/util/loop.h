/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loop.h: the event loop that owns a daemon's thread.
 *
 * A thin layer over sd_event: it runs ready fibers between dispatches and
 * measures every dispatch. One that held the loop longer than the limit is
 * logged with its name and counted. */
#pragma once

#include <glib.h>
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

/* A watched descriptor. Beside sd_event's own sources, which each cost a turn of its
 * priority queue, these share one epoll and are dispatched in batches: for connections
 * and what else is busy. */
typedef struct IoWatch IoWatch;
typedef void (*IoFunc) (uint32_t events, void *data);

/* Calls @func (events, @data) while @fd has one of @events (EPOLLIN...), or an error.
 * @name is static, for the stall meter. NULL with errno if @fd cannot be watched. */
IoWatch *io_watch_new (int fd, uint32_t events, const char *name, IoFunc func, void *data);
void io_watch_set_events (IoWatch *watch, uint32_t events);
/* Before the descriptor is closed. NULL is fine. */
void io_watch_free (IoWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IoWatch, io_watch_free)

/* The stall meter: dispatches that took longer than @limit_us are logged as
 * warnings. Default 10,000 us. */
void loop_set_stall_limit (uint64_t limit_us);
typedef struct
{
  uint64_t turns, stalls, longest_us;
  const char *longest_name;    /* interned or static */
} LoopStats;
LoopStats loop_stats (void);
