/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/watch.h: what others do to our table, as the kernel tells. */
#pragma once

/* The callback of firewall_watch() is called soon, if there is one: the table was made anew without other networks' rules. */
void watch_report_lost (void);
