/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crash-point.h: places where a test kills the process.
 *
 * A point does nothing unless the environment names it: VIRTSWARM_CRASH_AT holds
 * the name of a point ("start:spawned"), or a number N for the Nth point that is
 * passed, whatever its name. The process then ends by SIGKILL, as it would by a
 * stranger's hand. */
#pragma once

#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline void
crash_point_hit (const char *wanted, const char *name)
{
  static unsigned long passed;
  unsigned long nth = strtoul (wanted, NULL, 10);

  passed++;
  if (nth != 0 ? passed == nth : strcmp (wanted, name) == 0)
    raise (SIGKILL);
}

/* Marks a step after which a crash must be harmless; @name is "operation:step". */
static inline void
crash_point (const char *name)
{
  static const char *wanted;
  static bool asked;

  if (G_UNLIKELY (!asked))
    {
      wanted = getenv ("VIRTSWARM_CRASH_AT");
      asked = true;
    }
  if (G_UNLIKELY (wanted != NULL))
    crash_point_hit (wanted, name);
}
