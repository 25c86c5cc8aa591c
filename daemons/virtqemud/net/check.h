/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/check.h: what an interface may ask for, and what its network made of it. */
#pragma once

#include "net/net.h"

/* What no interface of its type has. VIR_ERR_CONFIG_UNSUPPORTED. May await (filters need their daemon). */
bool net_check_document (const DomainInterface *interface, GError **error);
/* What it became of cannot do. VIR_ERR_CONFIG_UNSUPPORTED. */
bool net_check_actual (const DomainInterface *interface, GError **error);

/* What counts of a live interface: what its network made of it, else what its document says. */
const NetworkVirtualPort *net_actual_virtual_port (const DomainInterface *interface);
const NetworkVlan *net_actual_vlan (const DomainInterface *interface);
const char *net_actual_bridge (const DomainInterface *interface);
/* Its port is kept apart from others like it. */
bool net_actual_isolated (const DomainInterface *interface);
/* The bridge is told its address, and learns none. */
bool net_actual_known_addresses (const DomainInterface *interface);
/* It is a port of Open vSwitch or Midonet. */
bool net_is_on_switch (const DomainInterface *interface);
