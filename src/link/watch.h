/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link/watch.h: network devices as they come and go. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum
{
  LINK_CAME,                    /* made, or renamed to this */
  LINK_CHANGED,                 /* something of it: up, carrier, MTU, master... */
  LINK_WENT,                    /* removed, or renamed to another */
} LinkEvent;

/* Called on the loop or on a fiber: never awaits. @name is for the time of the call. */
typedef void (*LinkFunc) (LinkEvent event, const char *name, int index, void *data);

typedef struct LinkWatch LinkWatch;

/* Tells @func of all devices of the daemon's network namespace from now on; of those that are there it tells nothing. Awaits.
 * VIR_ERR_SYSTEM_ERROR. */
LinkWatch *link_watch_new (LinkFunc func, void *data, GError **error);
void link_watch_free (LinkWatch *watch);        /* NULL is fine; not from @func */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LinkWatch, link_watch_free)
