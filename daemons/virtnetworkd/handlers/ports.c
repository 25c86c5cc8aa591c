/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about ports. */
#include "net/ports.h"

#include <string.h>

#include "handlers/handlers.h"
#include "util/uuid.h"

/* The port that a client means. Borrowed; VIR_ERR_NO_NETWORK_PORT. */
static NetworkPort *
find_port (const Net *net, const uint8_t uuid[16], GError **error)
{
  NetworkPort *port = net_port_find (net, uuid);
  char text[UUID_TEXT_SIZE];

  if (port == NULL)
    fail (error, VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK_PORT, "network '%s' has no port '%s'", net->name, uuid_format (uuid, text));
  return port;
}

static void
put_port (RemoteNonnullNetworkPort *ret, const Net *net, const NetworkPort *port)
{
  handler_put_net (&ret->net, net);
  memcpy (ret->uuid, port->uuid, sizeof (ret->uuid));
}

bool
handle_network_list_all_ports (Call *call, const NetworkListAllPortsArgs *args, NetworkListAllPortsRet *ret, GError **error)
{
  g_autoptr (Net) net = NULL;

  if (!handler_check_flags (args->flags, 0, "virNetworkListAllPorts", error))
    return false;
  net = handler_net (&args->network, error);
  if (net == NULL || !net_require_active (net, error))
    return false;
  ret->ret = net->ports->len;
  if (args->need_results == 0)
    return true;
  ret->ports = g_new0 (RemoteNonnullNetworkPort, net->ports->len);
  ret->n_ports = net->ports->len;
  for (unsigned int i = 0; i < net->ports->len; i++)
    put_port (&ret->ports[i], net, net->ports->pdata[i]);
  return true;
}

bool
handle_network_port_lookup_by_uuid (Call *call, const NetworkPortLookupByUuidArgs *args, NetworkPortLookupByUuidRet *ret,
                                    GError **error)
{
  g_autoptr (Net) net = handler_net (&args->network, error);
  const NetworkPort *port = net != NULL ? find_port (net, args->uuid, error) : NULL;

  if (port == NULL)
    return false;
  put_port (&ret->port, net, port);
  return true;
}

bool
handle_network_port_get_xml_desc (Call *call, const NetworkPortGetXmlDescArgs *args, NetworkPortGetXmlDescRet *ret,
                                  GError **error)
{
  g_autoptr (Net) net = NULL;
  const NetworkPort *port;

  if (!handler_check_flags (args->flags, 0, "virNetworkPortGetXMLDesc", error))
    return false;
  net = handler_net (&args->port.net, error);
  port = net != NULL ? find_port (net, args->port.uuid, error) : NULL;
  if (port == NULL)
    return false;
  ret->xml = xml_format (&network_port_schema, port, 0);
  return true;
}

/* --- create and delete --------------------------------------------------------------------------- */

/* Who brings back a port says what it is plugged into; who wants one is told. */
static bool
check_plug (const NetworkPort *port, bool reclaim, GError **error)
{
  return (port->plug.type > NETWORK_PLUG_NONE) == reclaim
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_INVALID_ARG,
                  reclaim ? "a port that is brought back needs a <plug>" : "a port that is asked for must not have a <plug>");
}

bool
handle_network_port_create_xml (Call *call, const NetworkPortCreateXmlArgs *args, NetworkPortCreateXmlRet *ret, GError **error)
{
  g_autoptr (NetworkPort) port = NULL;
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };
  bool reclaim = args->flags & VIR_NETWORK_PORT_CREATE_RECLAIM;
  uint8_t uuid[UUID_SIZE];

  if (!handler_check_flags (args->flags, VIR_NETWORK_PORT_CREATE_RECLAIM | VIR_NETWORK_PORT_CREATE_VALIDATE,
                            "virNetworkPortCreateXML", error))
    return false;
  port = xml_parse (&network_port_schema, args->xml, strlen (args->xml),
                    args->flags & VIR_NETWORK_PORT_CREATE_VALIDATE ? XML_PARSE_STRICT : 0, error);
  net = port != NULL ? handler_net_job (&args->network, &guard, "port creation", error) : NULL;
  if (net == NULL || !net_require_active (net, error) || !check_plug (port, reclaim, error))
    return false;
  memcpy (uuid, port->uuid, sizeof (uuid));
  if (!net_port_create (net, g_steal_pointer (&port), reclaim, error))
    return false;
  put_port (&ret->port, net, net_port_find (net, uuid));
  return true;
}

bool
handle_network_port_delete (Call *call, const NetworkPortDeleteArgs *args, GError **error)
{
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (!handler_check_flags (args->flags, 0, "virNetworkPortDelete", error))
    return false;
  net = handler_net_job (&args->port.net, &guard, "port deletion", error);
  return net != NULL && find_port (net, args->port.uuid, error) != NULL && net_port_delete (net, args->port.uuid, error);
}

/* --- bandwidth -------------------------------------------------------------------------------------- */

/* A parameter and the figure of either direction that it is. */
typedef struct { const char *name; bool is_inbound; size_t offset; } Figure;

#define FIGURE(name_, inbound_, member_) { name_, inbound_, offsetof (NetworkRate, member_) }
static const Figure figures[] = {
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_IN_AVERAGE, true, average),
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_IN_PEAK, true, peak),
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_IN_FLOOR, true, floor),
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_IN_BURST, true, burst),
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_OUT_AVERAGE, false, average),
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_OUT_PEAK, false, peak),
  FIGURE (VIR_NETWORK_PORT_BANDWIDTH_OUT_BURST, false, burst),
};

static uint64_t *
figure_of (NetworkRate *rate, const Figure *figure)
{
  return G_STRUCT_MEMBER_P (rate, figure->offset);
}

/* A new limit of what the client gave; *@ret is NULL if there is none. */
static bool
read_bandwidth (const NetworkPortSetParametersArgs *args, NetworkBandwidth **ret, GError **error)
{
  NetworkRate rates[2] = { 0 };         /* out, in */
  ParamRow rows[G_N_ELEMENTS (figures)];

  for (unsigned int i = 0; i < G_N_ELEMENTS (figures); i++)
    rows[i] = (ParamRow) { figures[i].name, VIR_TYPED_PARAM_UINT };
  if (!params_check (args->params, args->n_params, rows, G_N_ELEMENTS (rows), error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      const RemoteTypedParamValue *value = params_find (args->params, args->n_params, figures[i].name);

      if (value != NULL)
        *figure_of (&rates[figures[i].is_inbound], &figures[i]) = (uint64_t) params_number (value);
    }
  *ret = NULL;
  if (rates[0].average + rates[1].average + rates[1].floor == 0)
    return true;
  *ret = xml_new (&network_class_bandwidth_schema);
  if (rates[1].average + rates[1].floor > 0)
    (*ret)->inbound = g_memdup2 (&rates[1], sizeof (rates[1]));
  if (rates[0].average > 0)
    (*ret)->outbound = g_memdup2 (&rates[0], sizeof (rates[0]));
  return true;
}

bool
handle_network_port_set_parameters (Call *call, const NetworkPortSetParametersArgs *args, GError **error)
{
  NetworkBandwidth *bandwidth = NULL;
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (!handler_check_flags (args->flags, 0, "virNetworkPortSetParameters", error))
    return false;
  net = handler_net_job (&args->port.net, &guard, "port bandwidth", error);
  return net != NULL && find_port (net, args->port.uuid, error) != NULL && read_bandwidth (args, &bandwidth, error)
         && net_port_set_bandwidth (net, args->port.uuid, bandwidth, error);
}

bool
handle_network_port_get_parameters (Call *call, const NetworkPortGetParametersArgs *args, NetworkPortGetParametersRet *ret,
                                    GError **error)
{
  g_autoptr (Net) net = NULL;
  g_auto (Params) params = { 0 };
  const NetworkPort *port;

  if (!handler_check_flags (args->flags, VIR_TYPED_PARAM_STRING_OKAY, "virNetworkPortGetParameters", error))
    return false;
  net = handler_net (&args->port.net, error);
  port = net != NULL ? find_port (net, args->port.uuid, error) : NULL;
  if (port == NULL)
    return false;
  for (unsigned int i = 0; port->bandwidth != NULL && i < G_N_ELEMENTS (figures); i++)
    {
      NetworkRate *rate = figures[i].is_inbound ? port->bandwidth->inbound : port->bandwidth->outbound;

      if (rate != NULL)
        params_add_uint (&params, figures[i].name, (unsigned int) *figure_of (rate, &figures[i]));
    }
  /* All of them, however many are asked for: as stock, whose clients rely on it. */
  params_reply (&params, -1, &ret->params, &ret->n_params, NULL);
  return true;
}
