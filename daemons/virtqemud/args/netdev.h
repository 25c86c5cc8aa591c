/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args/netdev.h: where the packets of a card go. */
#pragma once

#include "args/private.h"

/* Adds the netdev of @interface, named "host" + alias, with the character device or descriptors it needs. May await. */
bool build_netdev (Builder *b, const DomainInterface *interface, GError **error);

/* It has none: it is a device of the host. */
bool netdev_is_host_device (const Builder *b, const DomainInterface *interface);

/* How many queue pairs it has; 0 or 1: one. */
unsigned int netdev_queues (const Builder *b, const DomainInterface *interface);

/* The command line is only shown: each interface is a tap, and its card has no options, as stock shows it. */
bool netdev_is_shown (const Builder *b);
