/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/things.h: what net/record.h is told of: each kind of thing that stays on the host when QEMU is gone. */
#pragma once

#include "net/net.h"

/* Each is the caller's, for net_record_add. */
json_t *net_thing_port (const char *network, const uint8_t uuid[16]);
json_t *net_thing_switch (const DomainInterface *interface);
json_t *net_thing_macvtap (const char *name, const uint8_t mac[6]);
json_t *net_thing_script (const DomainInterface *interface);

/* Adds what @interface of a running guest has and its record does not say: another daemon made it. Awaits. */
bool net_things_adopt (const NetGuest *guest, const DomainInterface *interface, GError **error);
