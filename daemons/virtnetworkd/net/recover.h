/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/recover.h: networks after a restart of the daemon, and when others interfere. */
#pragma once

#include "net/net.h"

/* Reads definitions and status files, and makes of each network that ran what it was, or, if its bridge is gone, an inactive
 * one. What no network has is removed. On a fiber, before READY. Awaits. */
bool net_recover_all (GError **error);

/* From now on, rules and bridges that somebody else removes are noticed: rules before networks are recovered, because what is
 * put in place there may be removed right then. Neither awaits. */
bool net_watch_rules (GError **error);
bool net_watch_bridges (GError **error);
