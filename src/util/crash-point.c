/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/crash-point.h"

#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *wanted;
static int passed;

static void __attribute__ ((constructor))
read_environment (void)
{
  wanted = getenv ("VIRTSWARM_CRASH_AT");
}

void
crash_point_arm (const char *point)
{
  wanted = point;
  g_atomic_int_set (&passed, 0);
}

void
crash_point (const char *name)
{
  int nth;

  if (G_LIKELY (wanted == NULL))
    return;
  nth = atoi (wanted);
  if (nth != 0 ? g_atomic_int_add (&passed, 1) + 1 == nth : strcmp (wanted, name) == 0)
    raise (SIGKILL);
}
