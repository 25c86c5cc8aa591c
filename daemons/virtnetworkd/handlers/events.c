/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls by which clients subscribe to events. */
#include "daemon/events.h"

#include "driver.h"
#include "handlers/handlers.h"

bool
handle_connect_network_event_register_any (Call *call, const ConnectNetworkEventRegisterAnyArgs *args,
                                           ConnectNetworkEventRegisterAnyRet *ret, GError **error)
{
  if (args->eventID < 0 || args->eventID >= VIR_NETWORK_EVENT_ID_LAST)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "unsupported network event ID %d", args->eventID);
  ret->callbackID = event_hub_subscribe (driver.events, call_peer (call), args->eventID,
                                         args->net != NULL ? args->net->uuid : NULL, false, NULL, NULL);
  return ret->callbackID >= 0
         || fail (error, VIR_FROM_RPC, VIR_ERR_RESOURCE_BUSY, "this client has %d subscriptions already",
                  EVENT_SUBSCRIPTIONS_MAX);
}

bool
handle_connect_network_event_deregister_any (Call *call, const ConnectNetworkEventDeregisterAnyArgs *args, GError **error)
{
  return event_hub_unsubscribe (driver.events, call_peer (call), args->callbackID)
         || fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "network event callback %d not registered", args->callbackID);
}
