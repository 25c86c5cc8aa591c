/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* events.h: who wants to hear of what.
 *
 * A hub holds the subscriptions of one kind of object (domains, networks...).
 * Subscriptions end with their peer. */
#pragma once

#include "rpc/server.h"

typedef struct EventHub EventHub;

EventHub *event_hub_new (void);
void event_hub_free (EventHub *hub);

/* Subscriptions that one peer may have in one hub. */
#define EVENT_SUBSCRIPTIONS_MAX 4096

/* Subscribes @peer to event @event_id (VIR_DOMAIN_EVENT_ID_...), of the object
 * @uuid (16 bytes) or of all (NULL). @legacy: the old style, without callback
 * numbers. @data (freed with @free_data) is handed to the filter at emission.
 * Returns the callback number, unique within the peer; -1 if it has EVENT_SUBSCRIPTIONS_MAX already
 * (then @data is freed). */
int event_hub_subscribe (EventHub *hub, Peer *peer, int event_id, const uint8_t *uuid,
                         bool legacy, void *data, GDestroyNotify free_data);

/* Ends a subscription of @peer by number. False (no error set) if there is none. */
bool event_hub_unsubscribe (EventHub *hub, Peer *peer, int callback_id);
/* Ends the old-style subscription of @peer to @event_id. */
bool event_hub_unsubscribe_legacy (EventHub *hub, Peer *peer, int event_id);
/* True if anybody subscribed: inhibits the idle exit. */
bool event_hub_in_use (const EventHub *hub);

/* Sends an event of the object @uuid to its subscribers: @msg is the generated
 * struct of @proc whose first member is `int32_t callbackID`, set here for each;
 * @legacy_msg is that of @legacy_proc for old-style subscribers (0, NULL: none).
 * @filter (may be NULL) decides by the subscription's data. */
void event_hub_emit (EventHub *hub, const RpcProgram *program, int event_id, const uint8_t *uuid,
                     unsigned int proc, void *msg, unsigned int legacy_proc, const void *legacy_msg,
                     bool (*filter) (void *data, void *context), void *context);
