/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.h: the one network driver of this process. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "util/conf.h"

/* Loads the networks, finds those that run and mends what a crash left. On a fiber, before READY. Awaits. */
bool driver_setup (const Conf *conf, GError **error);

/* Starts the networks that are to start with the host if this was not done since it booted. On a fiber, after READY. Awaits. */
void driver_started (void);

/* True while clients wait for events, or something runs that must not be cut short. */
bool driver_busy (void);
