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

/* Called on the loop; @name is for the time of the call. What happened while nobody looked is told as if it happened now, once:
 * a device that went and came again in between may be told as changed, with another @index. */
typedef void (*LinkFunc) (LinkEvent event, const char *name, int index, void *data);

typedef struct LinkWatch LinkWatch;

/* Tells @func of all devices of the daemon's network namespace from now on; of those that are there it tells nothing. For the
 * start of a daemon: it asks the kernel which there are. VIR_ERR_SYSTEM_ERROR. */
LinkWatch *link_watch_new (LinkFunc func, void *data, GError **error);
void link_watch_free (LinkWatch *watch);        /* NULL is fine; not from @func */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LinkWatch, link_watch_free)
