/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.h: the one network driver of this process. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "daemon/events.h"
#include "daemon/objects.h"
#include "util/conf.h"

typedef struct
{
  ObjectList *nets;             /* Net */
  EventHub *events;             /* of networks, by VIR_NETWORK_EVENT_ID_... */
  unsigned int busy;            /* work that must not be cut short by an idle exit */
} Driver;
extern Driver driver;

/* Loads the networks, finds those that run and mends what a crash left, and begins to start those that are to start with the
 * host if this was not done since it booted. On a fiber, before READY. Awaits. */
bool driver_setup (const Conf *conf, GError **error);

/* Sees the networks that start with the host to their start. On a fiber, after READY. Awaits. */
void driver_started (void);

/* True while networks run that must be watched, or clients wait for events. */
bool driver_busy (void);
