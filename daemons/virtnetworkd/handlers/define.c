/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that change what is defined and what runs. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "net/events.h"
#include "net/guests.h"
#include "net/lifecycle.h"
#include "net/pool.h"
#include "util/crash-point.h"

/* --- documents --------------------------------------------------------------------------------- */

static Network *
read_document (const char *xml, unsigned int flags, unsigned int validate, const char *api, GError **error)
{
  if (!handler_check_flags (flags, validate, api, error))
    return NULL;
  return xml_parse (&network_schema, xml, strlen (xml), XML_PARSE_INACTIVE | (flags & validate ? XML_PARSE_STRICT : 0), error);
}

/* A network that nobody else saw is gone if its making failed. */
static bool
give_up (Net *net)
{
  if (net->reserved)
    object_list_remove (driver.nets, net);
  return false;
}

/* --- define -------------------------------------------------------------------------------------- */

static bool
define (const char *xml, unsigned int flags, RemoteNonnullNetwork *ret, GError **error)
{
  g_autoptr (Network) network = read_document (xml, flags, VIR_NETWORK_DEFINE_VALIDATE, "virNetworkDefineXMLFlags", error);
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (network == NULL || !net_check (network, error))
    return false;
  net = object_list_claim (driver.nets, network->uuid, network->name, net_new, NULL, &guard, "definition", error);
  if (net == NULL)
    return false;
  crash_point ("net-define:begin");
  if (!net_complete (network, error) || !pool_check (network, error)
      || !net_save_config (net, g_steal_pointer (&network), error))
    return give_up (net);
  crash_point ("net-define:written");
  object_list_publish (driver.nets, net);
  net_event_lifecycle (net, VIR_NETWORK_EVENT_DEFINED, 0);
  handler_put_net (ret, net);
  return true;
}

bool
handle_network_define_xml (Call *call, const NetworkDefineXmlArgs *args, NetworkDefineXmlRet *ret, GError **error)
{
  return define (args->xml, 0, &ret->net, error);
}

bool
handle_network_define_xml_flags (Call *call, const NetworkDefineXmlFlagsArgs *args, NetworkDefineXmlFlagsRet *ret, GError **error)
{
  return define (args->xml, args->flags, &ret->net, error);
}

bool
handle_network_undefine (Call *call, const NetworkUndefineArgs *args, GError **error)
{
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  net = handler_net_job (&args->net, &guard, "undefinition", error);
  if (net == NULL)
    return false;
  if (!net_is_persistent (net))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "cannot undefine transient network '%s'", net->name);
  crash_point ("net-undefine:begin");
  if (!net_is_active (net))
    net_forget_guests (net, net->config);
  if (!definition_remove (&net_definitions, net->name, error))
    return false;
  crash_point ("net-undefine:removed");
  net->autostart = false;
  net_event_lifecycle (net, VIR_NETWORK_EVENT_UNDEFINED, 0);
  if (net_is_active (net))
    {
      g_clear_pointer (&net->config, network_free);
      return true;
    }
  /* A stock daemon leaves its files when a network stops. */
  dnsmasq_sweep (net->name);
  if (network_has_own_bridge (net->config) && net->config->bridge.name != NULL)
    dnsmasq_forget (net->config->bridge.name);
  object_list_remove (driver.nets, net);
  return true;
}

bool
handle_network_set_autostart (Call *call, const NetworkSetAutostartArgs *args, GError **error)
{
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };
  bool autostart = args->autostart != 0;

  net = handler_net_job (&args->net, &guard, "autostart setting", error);
  if (net == NULL)
    return false;
  if (!net_is_persistent (net))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient network '%s'",
                 net->name);
  if (net->autostart != autostart && !definition_set_autostart (&net_definitions, net->name, autostart, error))
    return false;
  net->autostart = autostart;
  return true;
}

/* --- create and destroy ----------------------------------------------------------------------------- */

static bool
check_inactive (const void *object, GError **error)
{
  const Net *net = object;

  return !net_is_active (net)
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network '%s' is active already", net->name);
}

static bool
create_xml (const char *xml, unsigned int flags, RemoteNonnullNetwork *ret, GError **error)
{
  g_autoptr (Network) network = read_document (xml, flags, VIR_NETWORK_CREATE_VALIDATE, "virNetworkCreateXMLFlags", error);
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  if (network == NULL || !net_check (network, error))
    return false;
  net = object_list_claim (driver.nets, network->uuid, network->name, net_new, check_inactive, &guard, "creation", error);
  if (net == NULL)
    return false;
  if (!net_start (net, network, error))
    return give_up (net);
  object_list_publish (driver.nets, net);
  handler_put_net (ret, net);
  return true;
}

bool
handle_network_create_xml (Call *call, const NetworkCreateXmlArgs *args, NetworkCreateXmlRet *ret, GError **error)
{
  return create_xml (args->xml, 0, &ret->net, error);
}

bool
handle_network_create_xml_flags (Call *call, const NetworkCreateXmlFlagsArgs *args, NetworkCreateXmlFlagsRet *ret, GError **error)
{
  return create_xml (args->xml, args->flags, &ret->net, error);
}

bool
handle_network_create (Call *call, const NetworkCreateArgs *args, GError **error)
{
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  net = handler_net_job (&args->net, &guard, "start", error);
  return net != NULL && check_inactive (net, error) && net_start (net, net->config, error);
}

bool
handle_network_destroy (Call *call, const NetworkDestroyArgs *args, GError **error)
{
  g_autoptr (Net) net = NULL;
  g_auto (JobGuard) guard = { 0 };

  net = handler_net_job (&args->net, &guard, "stop", error);
  if (net == NULL || !net_require_active (net, error))
    return false;
  crash_point ("net-stop:begin");
  net_stop (net, NULL);
  return true;
}
