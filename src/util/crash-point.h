/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crash-point.h: places where a test kills the process.
 *
 * A point does nothing unless the environment names it: VIRTSWARM_CRASH_AT holds
 * the name of a point ("start:spawned"), or a number N for the Nth point that is
 * passed, whatever its name. The process then ends by SIGKILL, as it would by a
 * stranger's hand. */
#pragma once

/* Marks a step after which a crash must be harmless; @name is "operation:step". From any thread. */
void crash_point (const char *name);

/* As if the environment had said so from now on; NULL: nothing. For unit tests. */
void crash_point_arm (const char *wanted);
