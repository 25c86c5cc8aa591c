/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/limit.h"

#include "link/ovs.h"
#include "link/tc.h"
#include "net/check.h"

bool
net_is_tap (const DomainInterface *interface)
{
  DomainInterfaceType type = net_actual_type (interface);

  return type == INTERFACE_TYPE_ETHERNET || type == INTERFACE_TYPE_NETWORK || type == INTERFACE_TYPE_BRIDGE;
}

bool
net_limit (const uint8_t *vm_uuid, const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error)
{
  const NetworkVirtualPort *port = net_actual_virtual_port (interface);

  if (port != NULL && port->type == NETWORK_VIRTUAL_PORT_OPENVSWITCH)
    return ovs_set_bandwidth (interface->target_dev, vm_uuid, bandwidth, error);
  return tc_set_bandwidth (interface->target_dev, bandwidth, net_is_tap (interface), error);
}
