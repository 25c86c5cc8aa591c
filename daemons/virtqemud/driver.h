/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.h: the one QEMU driver of this process. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "daemon/events.h"
#include "qemu/config.h"
#include "util/conf.h"
#include "vm/vm.h"

typedef struct
{
  QemuConfig *config;
  VmList *vms;
  EventHub *events;             /* of guests, by VIR_DOMAIN_EVENT_ID_... */
  EventHub *monitor_events;     /* all under DRIVER_MONITOR_EVENT_ID */
  unsigned int busy;            /* work that must not be cut short by an idle exit */
} Driver;
extern Driver driver;

#define DRIVER_MONITOR_EVENT_ID 0

/* Reads the configuration, loads the guests and finds those that run. On a fiber, before
 * READY. Awaits. */
bool driver_setup (const Conf *conf, GError **error);

/* Connects to the guests that run, and starts those that are to start with the host if this
 * was not done since it booted. On a fiber, after READY. Awaits. */
void driver_started (void);

/* True while guests run, or clients wait for events. */
bool driver_busy (void);
