/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/guests.h: who resolves names of guests learns which address belongs to which. */
#pragma once

#include "net/net.h"

/* The ports of @net have changed: the list is written; a long one soon after and once for all that changed meanwhile, so
 * that the thousandth port costs what the first did. Recovery writes what a crash kept from it. Awaits. */
void net_tell_guests (Net *net);

/* The network @net with the document @last is no more: nothing is told of it, and its leases and guests are forgotten. Awaits. */
void net_forget_guests (Net *net, const Network *last);
