/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bus.h: D-Bus. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

/* The system's bus, or the one whose socket is below --root: a negative errno, -ENOENT if there is none there. Like sd_bus_start it
 * does not wait for the bus to answer. */
int bus_open_system (sd_bus **ret_bus);
