/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/limit.h: limits of bandwidth of the host's ends, by the kernel or by the switch that they are plugged into. */
#pragma once

#include "net/net.h"

/* Whether the host's end is a tap, whose ways are the guest's turned around. */
bool net_is_tap (const DomainInterface *interface);

/* Sets what the host's end, which has its name, may carry; NULL: no limit. What was set before is replaced. Awaits. */
bool net_limit (const uint8_t *vm_uuid, const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error);
