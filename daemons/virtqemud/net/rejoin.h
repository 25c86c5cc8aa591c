/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/rejoin.h: taps of guests that run, after their bridge was removed and made anew: it left them on none. */
#pragma once

#include "net/net.h"

/* The taps of guests that are to be on a bridge, collected while nothing is awaited. */
typedef struct NetTaps NetTaps;
NetTaps *net_taps_new (void);
void net_taps_free (NetTaps *taps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetTaps, net_taps_free)
/* Adds those of @live that belong on the bridge @name (NULL: on any); returns how many. */
unsigned int net_taps_add (NetTaps *taps, const Domain *live, const char *name);
/* Puts each that is on no bridge on its own, with its isolation and address; what is not there is left alone. Failures are
 * logged. Awaits once. */
void net_taps_rejoin (const NetTaps *taps);
