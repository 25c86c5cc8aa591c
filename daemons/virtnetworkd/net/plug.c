/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/plug.h"

#include <string.h>

#include "net/pool.h"
#include "util/error.h"

const NetworkPortGroup *
plug_group (const Network *live, const char *name)
{
  for (unsigned int i = 0; i < live->port_groups.n; i++)
    {
      const NetworkPortGroup *group = live->port_groups.items[i];

      if (name != NULL ? g_strcmp0 (group->name, name) == 0 : group->is_default == TRI_YES)
        return group;
    }
  return NULL;
}

/* --- what a network's ports are ----------------------------------------------------------------- */

#define VIRTUAL_PORT(type_) (1u << NETWORK_VIRTUAL_PORT_##type_)

typedef struct
{
  NetworkPlugType plug;
  unsigned int virtual_ports;   /* their types */
  const char *what;             /* the network plugs its guests into */
} Kind;

static const Kind kinds[] = {
  { NETWORK_PLUG_NETWORK, 0, "its own bridge" },
  { NETWORK_PLUG_BRIDGE, VIRTUAL_PORT (OPENVSWITCH), "a bridge of the host" },
  { NETWORK_PLUG_DIRECT, VIRTUAL_PORT (QBG) | VIRTUAL_PORT (QBH), "macvtap devices" },
  { NETWORK_PLUG_HOSTDEV_PCI, VIRTUAL_PORT (QBH), "virtual functions of a card" },
};

static const Kind *
kind_of (const Network *live)
{
  if (network_has_own_bridge (live))
    return &kinds[0];
  if (!pool_is_used (live))
    return &kinds[1];
  return live->forward.mode == NETWORK_FORWARD_HOSTDEV ? &kinds[3] : &kinds[2];
}

/* --- virtual ports -------------------------------------------------------------------------------- */

static bool
check_type (const Network *live, const Kind *kind, const NetworkVirtualPort *port, GError **error)
{
  const char *name;

  if (kind->virtual_ports & (1u << port->type))
    return true;
  name = port->type != NETWORK_VIRTUAL_PORT_ABSENT ? xml_enum_name (&network_virtual_port_type_names, port->type) : "none";
  return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED,
               "a virtual port of type '%s' does not go with network '%s', which plugs guests into %s", name, live->name,
               kind->what);
}

static bool
merge_virtual_port (const Network *live, const NetworkPortGroup *group, NetworkPort *port, GError **error)
{
  const Kind *kind = kind_of (live);

  if (!network_virtual_port_merge (&port->virtual_port, live->virtual_port, error)
      || (group != NULL && !network_virtual_port_merge (&port->virtual_port, group->virtual_port, error)))
    return false;
  return port->virtual_port == NULL
         || (check_type (live, kind, port->virtual_port, error) && network_virtual_port_complete (port->virtual_port, error));
}

/* --- bandwidth ------------------------------------------------------------------------------------ */

bool
plug_check_floor (const Network *live, const uint8_t mac[6], const NetworkBandwidth *bandwidth, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);

  if (bandwidth == NULL || bandwidth->inbound == NULL || bandwidth->inbound->floor == 0)
    return true;
  if (!network_has_own_bridge (live))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_UNSUPPORTED,
                 "interface %s cannot have a 'floor': only networks that are isolated, routed, nat or open share their bandwidth, "
                 "not '%s'", name, live->name);
  if (live->bandwidth == NULL || live->bandwidth->inbound == NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_UNSUPPORTED,
                 "interface %s cannot have a 'floor': network '%s' has no inbound bandwidth to share", name, live->name);
  return true;
}

/* --- all of it ------------------------------------------------------------------------------------ */

static void
take_settings (const Network *live, const NetworkPortGroup *group, NetworkPort *port)
{
  const NetworkVlan *vlan = group != NULL && group->vlan != NULL ? group->vlan : live->vlan;

  if (port->bandwidth == NULL && group != NULL && group->bandwidth != NULL)
    port->bandwidth = xml_copy (&network_class_bandwidth_schema, group->bandwidth);
  if (port->vlan == NULL && vlan != NULL)
    port->vlan = xml_copy (&network_vlan_schema, vlan);
  if (port->isolated == TRI_ABSENT)
    port->isolated = live->port_isolated;
  if (port->trust_guest_rx_filters == TRI_ABSENT && group != NULL)
    port->trust_guest_rx_filters = group->trust_guest_rx_filters;
  if (port->trust_guest_rx_filters == TRI_ABSENT)
    port->trust_guest_rx_filters = live->trust_guest_rx_filters;
}

static void
take_plug (const Network *live, NetworkPort *port)
{
  port->plug.type = kind_of (live)->plug;
  if (pool_is_used (live))
    return;
  g_free (port->plug.bridge);
  port->plug.bridge = g_strdup (live->bridge.name);
  port->plug.mac_table_manager = live->bridge.mac_table_manager;
}

bool
plug_complete (const Network *live, NetworkPort *port, GError **error)
{
  const NetworkPortGroup *group = plug_group (live, port->group);

  take_settings (live, group, port);
  if (!plug_check_floor (live, port->mac, port->bandwidth, error) || !merge_virtual_port (live, group, port, error))
    return false;
  take_plug (live, port);
  return true;
}
