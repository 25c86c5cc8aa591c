/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/recover.h: networks after a restart of the daemon, and when others interfere. */
#pragma once

#include "net/net.h"

/* Reads definitions and status files, and makes of each network that ran what it was, or, if its bridge is gone, an inactive one. What
 * no network has is removed. On a fiber, before READY. Awaits. */
bool net_recover_all (GError **error);

/* From now on, bridges and rules that somebody else removes are noticed. Never awaits. */
bool net_watch (GError **error);
