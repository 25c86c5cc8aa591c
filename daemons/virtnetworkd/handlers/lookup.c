/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that find networks and answer from what is known of them. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "util/uuid.h"

/* --- finding ---------------------------------------------------------------------------------- */

bool
handle_network_lookup_by_name (Call *call, const NetworkLookupByNameArgs *args, NetworkLookupByNameRet *ret, GError **error)
{
  g_autoptr (Net) net = object_list_by_name (driver.nets, args->name);

  if (net == NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK, "no network with matching name '%s'", args->name);
  handler_put_net (&ret->net, net);
  return true;
}

bool
handle_network_lookup_by_uuid (Call *call, const NetworkLookupByUuidArgs *args, NetworkLookupByUuidRet *ret, GError **error)
{
  g_autoptr (Net) net = object_list_by_uuid (driver.nets, args->uuid);
  char uuid[UUID_TEXT_SIZE];

  if (net == NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK, "no network with matching uuid '%s'",
                 uuid_format (args->uuid, uuid));
  handler_put_net (&ret->net, net);
  return true;
}

/* --- lists -------------------------------------------------------------------------------------- */

/* Flags that exclude each other, and what they ask of a network. */
static bool
is_listed (const void *object, const void *data)
{
  const Net *net = object;
  unsigned int flags = *(const unsigned int *) data;
  const struct { unsigned int yes, no; bool is; } pairs[] = {
    { VIR_CONNECT_LIST_NETWORKS_ACTIVE, VIR_CONNECT_LIST_NETWORKS_INACTIVE, net_is_active (net) },
    { VIR_CONNECT_LIST_NETWORKS_PERSISTENT, VIR_CONNECT_LIST_NETWORKS_TRANSIENT, net_is_persistent (net) },
    { VIR_CONNECT_LIST_NETWORKS_AUTOSTART, VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART, net->autostart },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (pairs); i++)
    if ((flags & (pairs[i].yes | pairs[i].no)) && !(flags & (pairs[i].is ? pairs[i].yes : pairs[i].no)))
      return false;
  return true;
}

static const unsigned int active = VIR_CONNECT_LIST_NETWORKS_ACTIVE, inactive = VIR_CONNECT_LIST_NETWORKS_INACTIVE;

/* The names of at most @max networks that @flags ask for. */
static void
put_names (unsigned int flags, int max, char ***ret_names, unsigned int *ret_n)
{
  g_autoptr (GPtrArray) nets = object_list_all (driver.nets, is_listed, &flags);
  unsigned int n = MIN (nets->len, (unsigned int) MAX (max, 0));

  *ret_names = g_new0 (char *, n);
  *ret_n = n;
  for (unsigned int i = 0; i < n; i++)
    (*ret_names)[i] = g_strdup (((const Net *) nets->pdata[i])->name);
}

bool
handle_connect_num_of_networks (Call *call, ConnectNumOfNetworksRet *ret, GError **error)
{
  ret->num = (int) object_list_count (driver.nets, is_listed, &active);
  return true;
}

bool
handle_connect_num_of_defined_networks (Call *call, ConnectNumOfDefinedNetworksRet *ret, GError **error)
{
  ret->num = (int) object_list_count (driver.nets, is_listed, &inactive);
  return true;
}

static bool
list_names (unsigned int flags, int max, char ***ret_names, unsigned int *ret_n, GError **error)
{
  if (max < 0 || max > REMOTE_NETWORK_LIST_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%d names are wanted, %d are possible", max, REMOTE_NETWORK_LIST_MAX);
  put_names (flags, max, ret_names, ret_n);
  return true;
}

bool
handle_connect_list_networks (Call *call, const ConnectListNetworksArgs *args, ConnectListNetworksRet *ret, GError **error)
{
  return list_names (active, args->maxnames, &ret->names, &ret->n_names, error);
}

bool
handle_connect_list_defined_networks (Call *call, const ConnectListDefinedNetworksArgs *args,
                                      ConnectListDefinedNetworksRet *ret, GError **error)
{
  return list_names (inactive, args->maxnames, &ret->names, &ret->n_names, error);
}

#define LIST_FLAGS (VIR_CONNECT_LIST_NETWORKS_ACTIVE | VIR_CONNECT_LIST_NETWORKS_INACTIVE           \
                    | VIR_CONNECT_LIST_NETWORKS_PERSISTENT | VIR_CONNECT_LIST_NETWORKS_TRANSIENT    \
                    | VIR_CONNECT_LIST_NETWORKS_AUTOSTART | VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART)

bool
handle_connect_list_all_networks (Call *call, const ConnectListAllNetworksArgs *args, ConnectListAllNetworksRet *ret,
                                  GError **error)
{
  g_autoptr (GPtrArray) nets = NULL;

  if (!handler_check_flags (args->flags, LIST_FLAGS, "virConnectListAllNetworks", error))
    return false;
  nets = object_list_all (driver.nets, is_listed, &args->flags);
  ret->ret = nets->len;
  if (args->need_results == 0)
    return true;
  ret->nets = g_new0 (RemoteNonnullNetwork, nets->len);
  ret->n_nets = nets->len;
  for (unsigned int i = 0; i < nets->len; i++)
    handler_put_net (&ret->nets[i], nets->pdata[i]);
  return true;
}

/* --- state ----------------------------------------------------------------------------------------- */

bool
handle_network_get_xml_desc (Call *call, const NetworkGetXmlDescArgs *args, NetworkGetXmlDescRet *ret, GError **error)
{
  g_autoptr (Net) net = NULL;
  bool is_config;

  if (!handler_check_flags (args->flags, VIR_NETWORK_XML_INACTIVE, "virNetworkGetXMLDesc", error))
    return false;
  net = handler_net (&args->net, error);
  if (net == NULL)
    return false;
  is_config = (args->flags & VIR_NETWORK_XML_INACTIVE) && net_is_persistent (net);
  ret->xml = xml_format (&network_schema, is_config ? net->config : net_document (net),
                         args->flags & VIR_NETWORK_XML_INACTIVE ? XML_FORMAT_INACTIVE : 0);
  return true;
}

bool
handle_network_get_bridge_name (Call *call, const NetworkGetBridgeNameArgs *args, NetworkGetBridgeNameRet *ret, GError **error)
{
  g_autoptr (Net) net = handler_net (&args->net, error);

  if (net == NULL)
    return false;
  ret->name = g_strdup (net_document (net)->bridge.name);
  return ret->name != NULL
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s' has no bridge of its own", net->name);
}

bool
handle_network_is_active (Call *call, const NetworkIsActiveArgs *args, NetworkIsActiveRet *ret, GError **error)
{
  g_autoptr (Net) net = handler_net (&args->net, error);

  if (net == NULL)
    return false;
  ret->active = net_is_active (net);
  return true;
}

bool
handle_network_is_persistent (Call *call, const NetworkIsPersistentArgs *args, NetworkIsPersistentRet *ret, GError **error)
{
  g_autoptr (Net) net = handler_net (&args->net, error);

  if (net == NULL)
    return false;
  ret->persistent = net_is_persistent (net);
  return true;
}

bool
handle_network_get_autostart (Call *call, const NetworkGetAutostartArgs *args, NetworkGetAutostartRet *ret, GError **error)
{
  g_autoptr (Net) net = handler_net (&args->net, error);

  if (net == NULL)
    return false;
  ret->autostart = net->autostart;
  return true;
}
