/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sweep.h: old logs go. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Removes from @root and the directories in it the logs (NAME.log, NAME.log.N) that nobody wrote
 * for @max_age_days and that are not among @in_use (paths). Links are not followed.
 * What cannot be removed stays and is logged. Awaits (worker). */
void sweep_logs (const char *root, unsigned int max_age_days, GPtrArray *in_use);
