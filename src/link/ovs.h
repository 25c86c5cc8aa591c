/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link/ovs.h: ports of Open vSwitch, by ovs-vsctl. Midonet has a program of its own, mm-ctl. */
#pragma once

#include <stdbool.h>

#include "model/network/common.h"

/* What is to be plugged in where; all borrowed. */
typedef struct
{
  const char *bridge, *name;    /* the switch, the device */
  const uint8_t *mac, *vm_uuid;
  const NetworkVirtualPort *port;
  const NetworkVlan *vlan;      /* NULL: none */
} OvsPort;

/* Makes the port, or replaces what had its name. VIR_ERR_INTERNAL_ERROR with the program's words. Awaits. */
bool ovs_add (const OvsPort *port, GError **error);
/* Sets the VLANs of a port; NULL: none. Awaits. */
bool ovs_set_vlan (const char *name, const NetworkVlan *vlan, GError **error);
/* Sets what the port of the guest @vm_uuid may carry, as the guest sees it; NULL: no limit. What was set before is replaced.
 * Awaits. */
bool ovs_set_bandwidth (const char *name, const uint8_t *vm_uuid, const NetworkBandwidth *bandwidth, GError **error);
/* Removes it, with its limits; one that is not there is fine. @type as it was made. Failures are logged: false. Awaits. */
bool ovs_remove (const char *name, NetworkVirtualPortType type, const uint8_t *interface_id);

/* The arguments that ovs-vsctl gets for ovs_add(): for tests. Caller frees with g_strfreev. */
char **ovs_add_argv (const OvsPort *port);
