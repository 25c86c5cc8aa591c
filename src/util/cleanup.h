/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cleanup.h: scope-bound ownership for what GLib's g_autoptr does not cover. */
#pragma once

#include <glib.h>
#include <errno.h>
#include <jansson.h>
#include <unistd.h>

/* Closes *@fd if it is not negative and sets it to -1; keeps errno. */
static inline void
fd_clear (int *fd)
{
  if (*fd >= 0)
    {
      int saved = errno;

      close (*fd);
      errno = saved;
      *fd = -1;
    }
}

/* `fd_auto int fd = open (...)`: closed on leaving the scope. */
#define fd_auto __attribute__ ((cleanup (fd_clear)))

/* Takes the descriptor out of the variable, which no longer closes it. */
static inline int
fd_steal (int *fd)
{
  int taken = *fd;

  *fd = -1;
  return taken;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_t, json_decref)
