/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/port.h"

#include <string.h>

#include "daemon/peer.h"
#include "model/domain/tables.h"
#include "model/network/port.h"
#include "net/later.h"
#include "net/record.h"
#include "net/things.h"
#include "protocol/remote-calls.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/uuid.h"

#define LOG_CATEGORY "qemu.net"
#define CHANGE_MS 30000
#define SHORT_MS 3000           /* of queries, and where something else waits */
#define MOMENT_MS 200
#define TRIES 3
#define AGAIN_MS 100
#define END_MS 1500             /* of the end of a guest or an interface, which can do without */

static const DaemonPeer virtnetworkd = { "virtnetworkd", "network", "keeps the networks", VIR_ERR_NO_SUPPORT };

/* Looks @name up; @ret_network gets it, to be cleared. Calls take @ms at most; those that can do without an answer wait for a
 * daemon that was silent lately a moment only. Awaits. */
static RpcClient *
open_network (const char *name, uint64_t ms, NetworkLookupByNameRet *ret_network, GError **error)
{
  bool is_change = ms == CHANGE_MS;
  g_autoptr (GError) local = NULL;
  g_autoptr (RpcClient) client = NULL;
  NetworkLookupByNameArgs args = { .name = (char *) name };
  bool found;

  client = daemon_peer_connect (&virtnetworkd, !is_change && net_later_is_silent () ? MIN (ms, MOMENT_MS) : ms, &local);
  found = client != NULL && remote_call_network_lookup_by_name (client, &args, ret_network, &local);
  net_later_note_silence (virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT));
  if (found)
    return g_steal_pointer (&client);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* --- the documents of ports ------------------------------------------------------------------ */

/* What all documents of the port @uuid begin with. */
static NetworkPort *
port_of (const NetGuest *guest, const DomainInterface *interface, const uint8_t uuid[16])
{
  NetworkPort *port = xml_new (&network_port_schema);

  memcpy (port->uuid, uuid, sizeof (port->uuid));
  memcpy (port->owner.uuid, guest->uuid, sizeof (port->owner.uuid));
  memcpy (port->mac, interface->mac, sizeof (port->mac));
  port->owner.name = g_strdup (guest->name);
  port->group = g_strdup (interface->portgroup);
  return port;
}

/* @source: a DomainInterface or what its network made of it. */
#define TAKE_SETTINGS(port_, source_)                                                                              \
  do {                                                                                                             \
    (port_)->isolated = (source_)->isolated;                                                                       \
    (port_)->trust_guest_rx_filters = (source_)->trust_rx_filters;                                                 \
    if ((source_)->virtual_port != NULL)                                                                           \
      (port_)->virtual_port = xml_copy (&network_virtual_port_schema, (source_)->virtual_port);                    \
    if ((source_)->vlan != NULL)                                                                                   \
      (port_)->vlan = xml_copy (&network_vlan_schema, (source_)->vlan);                                            \
    if ((source_)->bandwidth != NULL)                                                                              \
      (port_)->bandwidth = xml_copy (&network_class_bandwidth_schema, (source_)->bandwidth);                       \
  } while (0)

static char *
finish_document (NetworkPort *port)
{
  char *text = xml_format (&network_port_schema, port, 0);

  xml_free (&network_port_schema, port);
  return text;
}

/* Of a port that the network is to choose the plug for. */
static char *
port_document (const NetGuest *guest, const DomainInterface *interface, const uint8_t uuid[16])
{
  NetworkPort *port = port_of (guest, interface, uuid);

  TAKE_SETTINGS (port, interface);
  return finish_document (port);
}

/* What a kind of plug makes of an interface. */
static const DomainInterfaceType plug_types[NETWORK_PLUG_LAST] = {
  [NETWORK_PLUG_NETWORK] = INTERFACE_TYPE_NETWORK, [NETWORK_PLUG_BRIDGE] = INTERFACE_TYPE_BRIDGE,
  [NETWORK_PLUG_DIRECT] = INTERFACE_TYPE_DIRECT, [NETWORK_PLUG_HOSTDEV_PCI] = INTERFACE_TYPE_HOSTDEV,
};
static const DomainInterfaceDirect plug_modes[NETWORK_PLUG_MODE_LAST] = {
  [NETWORK_PLUG_MODE_VEPA] = INTERFACE_DIRECT_VEPA, [NETWORK_PLUG_MODE_PRIVATE] = INTERFACE_DIRECT_PRIVATE,
  [NETWORK_PLUG_MODE_BRIDGE] = INTERFACE_DIRECT_BRIDGE, [NETWORK_PLUG_MODE_PASSTHROUGH] = INTERFACE_DIRECT_PASSTHROUGH,
};

static void
take_host (DomainInterfaceActual *actual, const NetworkPort *port)
{
  static const DomainHostdevDriver drivers[NETWORK_FORWARD_DRIVER_LAST] = {
    [NETWORK_FORWARD_DRIVER_KVM] = HOSTDEV_DRIVER_KVM, [NETWORK_FORWARD_DRIVER_VFIO] = HOSTDEV_DRIVER_VFIO,
  };

  actual->managed = port->plug.managed;
  actual->host_driver = drivers[port->plug.driver];
  if (port->plug.address == NULL)
    return;
  actual->host = g_new0 (DomainInterfaceHost, 1);
  actual->host->bus = INTERFACE_HOST_BUS_PCI;
  actual->host->pci = *port->plug.address;
}

static const NetworkForwardDriver forward_drivers[HOSTDEV_DRIVER_LAST] = {
  [HOSTDEV_DRIVER_KVM] = NETWORK_FORWARD_DRIVER_KVM, [HOSTDEV_DRIVER_VFIO] = NETWORK_FORWARD_DRIVER_VFIO,
};

/* The position of @value in @values, from 1; 0: it is not there. */
#define POSITION(values_, value_)                                                                                  \
  ({                                                                                                               \
    unsigned int at__ = G_N_ELEMENTS (values_);                                                                    \
    while (--at__ > 0 && (values_)[at__] != (value_));                                                             \
    at__;                                                                                                          \
  })

static void
take_plug (NetworkPort *port, const DomainInterfaceActual *actual)
{
  port->plug.type = POSITION (plug_types, actual->type);
  port->plug.bridge = g_strdup (actual->bridge);
  port->plug.mac_table_manager = actual->mac_table_manager;
  port->plug.dev = g_strdup (actual->dev);
  port->plug.mode = POSITION (plug_modes, actual->mode);
  port->plug.managed = actual->managed;
  port->plug.driver = forward_drivers[actual->host_driver];
  if (actual->host == NULL)
    return;
  port->plug.address = g_new (PciAddress, 1);
  *port->plug.address = actual->host->pci;
}

/* Of a port that the guest has been plugged into. */
static char *
reclaim_document (const NetGuest *guest, const DomainInterface *interface)
{
  NetworkPort *port = port_of (guest, interface, interface->port_id);

  TAKE_SETTINGS (port, interface->actual);
  take_plug (port, interface->actual);
  return finish_document (port);
}

/* NULL: it is plugged into nothing. */
static DomainInterfaceActual *
actual_of (const NetworkPort *port)
{
  DomainInterfaceActual *actual;

  if (plug_types[port->plug.type] == INTERFACE_TYPE_ABSENT)
    return NULL;
  actual = xml_new (&domain_interface_actual_schema);
  actual->type = plug_types[port->plug.type];
  actual->bridge = g_strdup (port->plug.bridge);
  actual->mac_table_manager = port->plug.mac_table_manager;
  actual->dev = g_strdup (port->plug.dev);
  actual->mode = plug_modes[port->plug.mode];
  if (actual->type == INTERFACE_TYPE_HOSTDEV)
    take_host (actual, port);
  if (port->vlan != NULL)
    actual->vlan = xml_copy (&network_vlan_schema, port->vlan);
  if (port->virtual_port != NULL)
    actual->virtual_port = xml_copy (&network_virtual_port_schema, port->virtual_port);
  if (port->bandwidth != NULL)
    actual->bandwidth = xml_copy (&network_class_bandwidth_schema, port->bandwidth);
  actual->isolated = port->isolated;
  actual->trust_rx_filters = port->trust_guest_rx_filters;
  return actual;
}

static bool
learn_port (RpcClient *client, RemoteNonnullNetworkPort *made, DomainInterface *interface, GError **error)
{
  NetworkPortGetXmlDescArgs args = { .port = *made };
  g_auto (NetworkPortGetXmlDescRet) ret = { 0 };
  NetworkPort *port;

  if (!remote_call_network_port_get_xml_desc (client, &args, &ret, error))
    return false;
  port = xml_parse (&network_port_schema, ret.xml, strlen (ret.xml), 0, error);
  if (port == NULL)
    return false;
  interface->actual = actual_of (port);
  xml_free (&network_port_schema, port);
  return interface->actual != NULL
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "network '%s' plugs interface '%s' into nothing",
                  interface->network, interface->info.alias);
}

/* --- plugging ------------------------------------------------------------------------------------ */

/* The guests that wait for the network daemon, which may be interrupted: uuid (borrowed) -> Fiber. */
static GHashTable *
plugging (void)
{
  static GHashTable *table;

  if (table == NULL)
    table = g_hash_table_new (uuid_hash, uuid_equal);
  return table;
}

void
net_interrupt (const uint8_t uuid[16])
{
  Fiber *fiber = g_hash_table_lookup (plugging (), uuid);

  if (fiber != NULL)
    fiber_cancel (fiber);
}

/* What the network daemon is asked for. */
typedef struct
{
  const NetGuest *guest;
  DomainInterface *interface;
  const NetworkBandwidth *bandwidth;
  uint8_t uuid[16];             /* of the port */
  bool *recorded;               /* the port is written down */
} Request;

/* A network daemon that dies under a call comes back with all it has, and is asked again. */
static bool
insist (bool (*ask) (const Request *request, GError **error), const Request *request, GError **error)
{
  for (unsigned int i = 1;; i++)
    {
      g_autoptr (GError) local = NULL;

      if (ask (request, &local))
        return true;
      if (i < TRIES && virt_error_is (local, VIR_ERR_RPC) && fiber_sleep (AGAIN_MS, NULL))
        continue;
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
}

/* Another try may find the port made. */
static bool
make_port (const Request *request, GError **error)
{
  DomainInterface *interface = request->interface;
  g_auto (NetworkLookupByNameRet) network = { 0 };
  g_autoptr (RpcClient) client = open_network (interface->network, CHANGE_MS, &network, error);
  g_auto (NetworkPortCreateXmlRet) made = { 0 };
  g_autofree char *document = port_document (request->guest, interface, request->uuid);
  NetworkPortCreateXmlArgs args = { .network = network.net, .xml = document };
  RemoteNonnullNetworkPort port = { .net = network.net };
  g_autoptr (GError) local = NULL;

  if (client == NULL)
    return false;
  if (!*request->recorded
      && !net_record_add (request->guest->id, request->guest->name, interface->info.alias,
                          net_thing_port (interface->network, request->uuid), error))
    return false;
  *request->recorded = true;
  if (!remote_call_network_port_create_xml (client, &args, &made, &local) && !virt_error_is (local, VIR_ERR_NETWORK_PORT_EXIST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  memcpy (port.uuid, request->uuid, sizeof (port.uuid));
  memcpy (interface->port_id, request->uuid, sizeof (interface->port_id));
  return learn_port (client, &port, interface, error);
}

bool
net_port_plug (const NetGuest *guest, DomainInterface *interface, GError **error)
{
  bool plugged, recorded = false;
  Request request = { .guest = guest, .interface = interface, .recorded = &recorded };
  uint8_t uuid[16];

  memcpy (uuid, guest->uuid, sizeof (uuid));
  uuid_generate (request.uuid);
  g_hash_table_insert (plugging (), uuid, fiber_self ());
  plugged = insist (make_port, &request, error);
  g_hash_table_remove (plugging (), uuid);
  return plugged;
}

/* --- ports that their network has lost --------------------------------------------------------------- */

static bool
has_port (const DomainInterface *interface)
{
  return interface->type == INTERFACE_TYPE_NETWORK && interface->actual != NULL && uuid_is_valid (interface->port_id);
}

bool
net_port_is_lost (const DomainInterface *interface, bool *ret_later)
{
  g_auto (NetworkLookupByNameRet) network = { 0 };
  g_auto (NetworkPortLookupByUuidRet) found = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RpcClient) client = has_port (interface) ? open_network (interface->network, SHORT_MS, &network, &error) : NULL;
  NetworkPortLookupByUuidArgs args = { .network = network.net };

  *ret_later = false;
  if (!has_port (interface))
    return false;
  memcpy (args.uuid, interface->port_id, sizeof (args.uuid));
  if (client != NULL && remote_call_network_port_lookup_by_uuid (client, &args, &found, &error))
    return false;
  *ret_later = !virt_error_is (error, VIR_ERR_NO_SUPPORT);
  return virt_error_is (error, VIR_ERR_NO_NETWORK_PORT);
}

bool
net_port_reclaim (const NetGuest *guest, DomainInterface *interface, GError **error)
{
  g_auto (NetworkLookupByNameRet) network = { 0 };
  g_autoptr (RpcClient) client = open_network (interface->network, SHORT_MS, &network, error);
  g_auto (NetworkPortCreateXmlRet) made = { 0 };
  g_autofree char *document = reclaim_document (guest, interface);
  NetworkPortCreateXmlArgs args = { .network = network.net, .xml = document, .flags = VIR_NETWORK_PORT_CREATE_RECLAIM };
  DomainInterfaceActual *before = interface->actual;

  if (client == NULL || !remote_call_network_port_create_xml (client, &args, &made, error))
    return false;
  interface->actual = NULL;
  if (!learn_port (client, &made.port, interface, error))
    {
      interface->actual = before;
      return false;
    }
  xml_free (&domain_interface_actual_schema, before);
  return true;
}

/* --- unplugging ---------------------------------------------------------------------------------- */

void
net_port_forget (DomainInterface *interface)
{
  memset (interface->port_id, 0, sizeof (interface->port_id));
  if (interface->actual != NULL)
    xml_free (&domain_interface_actual_schema, interface->actual);
  interface->actual = NULL;
}

/* A network or port that is gone already is as good. */
static bool
is_missing (const GError *error)
{
  return error->domain == VIRT_ERROR && (error->code == VIR_ERR_NO_NETWORK_PORT || error->code == VIR_ERR_NO_NETWORK);
}

bool
net_port_unplug (const char *network, const uint8_t uuid[16])
{
  g_auto (NetworkLookupByNameRet) found = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RpcClient) client = open_network (network, END_MS, &found, &error);
  NetworkPortDeleteArgs args = { .port = { .net = found.net } };

  memcpy (args.port.uuid, uuid, sizeof (args.port.uuid));
  if ((client != NULL && remote_call_network_port_delete (client, &args, &error)) || is_missing (error))
    return true;
  log_warning ("a port of network '%s' is not removed yet: %s", network, error->message);
  return false;
}

/* --- bandwidth ------------------------------------------------------------------------------------ */

typedef struct
{
  RemoteTypedParam items[7];
  unsigned int n;
} PortParams;

static void
add_rate (PortParams *params, const NetworkRate *rate, const char *const names[4])
{
  const uint64_t values[4] = { rate != NULL ? rate->average : 0, rate != NULL ? rate->peak : 0,
                               rate != NULL ? rate->burst : 0, rate != NULL ? rate->floor : 0 };

  for (unsigned int i = 0; i < 4; i++)
    if (names[i] != NULL)
      params->items[params->n++] = (RemoteTypedParam) {
        .field = (char *) names[i], .value = { .type = VIR_TYPED_PARAM_UINT, .ui = (unsigned int) values[i] },
      };
}

static bool
limit_port (const Request *request, GError **error)
{
  static const char *const in_names[4] = {
    VIR_NETWORK_PORT_BANDWIDTH_IN_AVERAGE, VIR_NETWORK_PORT_BANDWIDTH_IN_PEAK, VIR_NETWORK_PORT_BANDWIDTH_IN_BURST,
    VIR_NETWORK_PORT_BANDWIDTH_IN_FLOOR,
  };
  static const char *const out_names[4] = {
    VIR_NETWORK_PORT_BANDWIDTH_OUT_AVERAGE, VIR_NETWORK_PORT_BANDWIDTH_OUT_PEAK, VIR_NETWORK_PORT_BANDWIDTH_OUT_BURST, NULL,
  };
  g_auto (NetworkLookupByNameRet) network = { 0 };
  const DomainInterface *interface = request->interface;
  const NetworkBandwidth *bandwidth = request->bandwidth;
  g_autoptr (RpcClient) client = open_network (interface->network, CHANGE_MS, &network, error);
  PortParams params = { .n = 0 };
  NetworkPortSetParametersArgs args = { .port = { .net = network.net }, .params = params.items };

  if (client == NULL)
    return false;
  add_rate (&params, bandwidth != NULL ? bandwidth->inbound : NULL, in_names);
  add_rate (&params, bandwidth != NULL ? bandwidth->outbound : NULL, out_names);
  args.n_params = params.n;
  memcpy (args.port.uuid, interface->port_id, sizeof (args.port.uuid));
  return remote_call_network_port_set_parameters (client, &args, error);
}

bool
net_port_set_bandwidth (const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error)
{
  return insist (limit_port, &(Request) { .interface = (DomainInterface *) interface, .bandwidth = bandwidth }, error);
}

/* --- leases ------------------------------------------------------------------------------------------ */

bool
net_port_leases (const char *network, const uint8_t mac[6], NetworkGetDhcpLeasesRet *ret, GError **error)
{
  g_auto (NetworkLookupByNameRet) found = { 0 };
  g_autoptr (RpcClient) client = open_network (network, SHORT_MS, &found, error);
  g_autofree char *text = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  NetworkGetDhcpLeasesArgs args = { .net = found.net, .mac = text, .need_results = 1 };

  return client != NULL && remote_call_network_get_dhcp_leases (client, &args, ret, error);
}
