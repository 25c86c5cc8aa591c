/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls by which clients subscribe to events. */
#include "daemon/events.h"
#include "driver.h"
#include "handlers/handlers.h"
#include "vm/events.h"

/* The old style knows the first events only. */
#define LEGACY_EVENTS (VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED + 1)

static bool
check_event (int event, int limit, GError **error)
{
  return (event >= 0 && event < limit)
         || fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "unsupported event ID %d", event);
}

static bool
too_many (GError **error)
{
  return fail (error, VIR_FROM_RPC, VIR_ERR_RESOURCE_BUSY, "this client has %d subscriptions already",
               EVENT_SUBSCRIPTIONS_MAX);
}

static bool
subscribe (Call *call, int event, const uint8_t *uuid, bool legacy, int *ret_id, GError **error)
{
  *ret_id = event_hub_subscribe (driver.events, call_peer (call), event, uuid, legacy, NULL, NULL);
  if (*ret_id < 0)
    return too_many (error);
  if (event == VIR_DOMAIN_EVENT_ID_LIFECYCLE)
    vm_events_tell_missed (uuid);
  return true;
}

static bool
unsubscribed (bool found, int id, GError **error)
{
  return found || fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "domain event %d not registered", id);
}

bool
handle_connect_domain_event_register (Call *call, ConnectDomainEventRegisterRet *ret, GError **error)
{
  int id;

  ret->cb_registered = 1;
  return subscribe (call, VIR_DOMAIN_EVENT_ID_LIFECYCLE, NULL, true, &id, error);
}

bool
handle_connect_domain_event_deregister (Call *call, ConnectDomainEventDeregisterRet *ret, GError **error)
{
  ret->cb_registered = 0;
  return unsubscribed (event_hub_unsubscribe_legacy (driver.events, call_peer (call), VIR_DOMAIN_EVENT_ID_LIFECYCLE),
                       VIR_DOMAIN_EVENT_ID_LIFECYCLE, error);
}

bool
handle_connect_domain_event_register_any (Call *call, const ConnectDomainEventRegisterAnyArgs *args, GError **error)
{
  int id;

  return check_event (args->eventID, LEGACY_EVENTS, error) && subscribe (call, args->eventID, NULL, true, &id, error);
}

bool
handle_connect_domain_event_deregister_any (Call *call, const ConnectDomainEventDeregisterAnyArgs *args,
                                            GError **error)
{
  return check_event (args->eventID, LEGACY_EVENTS, error)
         && unsubscribed (event_hub_unsubscribe_legacy (driver.events, call_peer (call), args->eventID),
                          args->eventID, error);
}

bool
handle_connect_domain_event_callback_register_any (Call *call, const ConnectDomainEventCallbackRegisterAnyArgs *args,
                                                   ConnectDomainEventCallbackRegisterAnyRet *ret, GError **error)
{
  return check_event (args->eventID, VIR_DOMAIN_EVENT_ID_LAST, error)
         && subscribe (call, args->eventID, args->dom != NULL ? args->dom->uuid : NULL, false, &ret->callbackID, error);
}

bool
handle_connect_domain_event_callback_deregister_any (Call *call,
                                                     const ConnectDomainEventCallbackDeregisterAnyArgs *args,
                                                     GError **error)
{
  return unsubscribed (event_hub_unsubscribe (driver.events, call_peer (call), args->callbackID),
                       args->callbackID, error);
}

/* --- events of the monitor --------------------------------------------------------------------------- */

bool
handle_connect_domain_monitor_event_register (Call *call, const QemuConnectDomainMonitorEventRegisterArgs *args,
                                              QemuConnectDomainMonitorEventRegisterRet *ret, GError **error)
{
  VmEventFilter *filter;

  if (!handler_check_flags (args->flags, VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX
                                           | VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE,
                            "virConnectDomainQemuMonitorEventRegister", error))
    return false;
  filter = vm_event_filter_new (args->event, args->flags, error);
  if (filter == NULL)
    return false;
  ret->callbackID = event_hub_subscribe (driver.monitor_events, call_peer (call), DRIVER_MONITOR_EVENT_ID,
                                         args->dom != NULL ? args->dom->uuid : NULL, false, filter,
                                         (GDestroyNotify) vm_event_filter_free);
  return ret->callbackID >= 0 || too_many (error);
}

bool
handle_connect_domain_monitor_event_deregister (Call *call, const QemuConnectDomainMonitorEventDeregisterArgs *args,
                                                GError **error)
{
  return unsubscribed (event_hub_unsubscribe (driver.monitor_events, call_peer (call), args->callbackID),
                       args->callbackID, error);
}
