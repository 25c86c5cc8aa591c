/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/events.h"

#include <string.h>

typedef struct
{
  EventHub *hub;
  Peer *peer;              /* borrowed: the peer frees its subscriptions when it goes */
  int callback_id, event_id;
  bool legacy, all;
  uint8_t uuid[16];
  void *data;
  GDestroyNotify free_data;
} Subscription;

struct EventHub
{
  GQueue subscriptions;    /* in the order they came */
};

/* What a hub keeps with a peer. The key is the hub itself. */
typedef struct
{
  EventHub *hub;
  Peer *peer;
  int last_id;
  unsigned int n;
} Subscriber;

static void
subscription_free (Subscription *subscription)
{
  if (subscription->free_data != NULL)
    subscription->free_data (subscription->data);
  g_free (subscription);
}

static void
subscriber_free (void *data)
{
  Subscriber *subscriber = data;

  for (GList *l = subscriber->hub->subscriptions.head, *next; l != NULL; l = next)
    {
      next = l->next;
      if (((Subscription *) l->data)->peer != subscriber->peer)
        continue;
      subscription_free (l->data);
      g_queue_delete_link (&subscriber->hub->subscriptions, l);
    }
  g_free (subscriber);
}

EventHub *
event_hub_new (void)
{
  EventHub *hub = g_new0 (EventHub, 1);

  g_queue_init (&hub->subscriptions);
  return hub;
}

void
event_hub_free (EventHub *hub)
{
  g_queue_clear_full (&hub->subscriptions, (GDestroyNotify) subscription_free);
  g_free (hub);
}

static Subscriber *
subscriber_of (EventHub *hub, Peer *peer)
{
  Subscriber *subscriber = peer_get_data (peer, hub);

  if (subscriber == NULL)
    {
      subscriber = g_new0 (Subscriber, 1);
      *subscriber = (Subscriber) { .hub = hub, .peer = peer, .last_id = -1 };
      peer_set_data (peer, hub, subscriber, subscriber_free);
    }
  return subscriber;
}

int
event_hub_subscribe (EventHub *hub, Peer *peer, int event_id, const uint8_t *uuid,
                     bool legacy, void *data, GDestroyNotify free_data)
{
  Subscription *subscription = g_new0 (Subscription, 1);
  Subscriber *subscriber;

  *subscription = (Subscription) {
    .hub = hub, .peer = peer, .event_id = event_id, .legacy = legacy, .all = uuid == NULL,
    .data = data, .free_data = free_data,
  };
  if (uuid != NULL)
    memcpy (subscription->uuid, uuid, sizeof subscription->uuid);
  if (peer_is_closed (peer))
    {
      subscription_free (subscription);
      return 0;
    }
  subscriber = subscriber_of (hub, peer);
  if (subscriber->n >= EVENT_SUBSCRIPTIONS_MAX)
    {
      subscription_free (subscription);
      return -1;
    }
  subscriber->n++;
  subscription->callback_id = ++subscriber->last_id;
  g_queue_push_tail (&hub->subscriptions, subscription);
  return subscription->callback_id;
}

static bool
remove_where (EventHub *hub, Peer *peer, bool legacy, int number)
{
  for (GList *l = hub->subscriptions.head; l != NULL; l = l->next)
    {
      Subscription *subscription = l->data;

      if (subscription->peer != peer || subscription->legacy != legacy
          || (legacy ? subscription->event_id : subscription->callback_id) != number)
        continue;
      subscriber_of (hub, peer)->n--;
      subscription_free (subscription);
      g_queue_delete_link (&hub->subscriptions, l);
      return true;
    }
  return false;
}

bool
event_hub_unsubscribe (EventHub *hub, Peer *peer, int callback_id)
{
  return remove_where (hub, peer, false, callback_id);
}

bool
event_hub_unsubscribe_legacy (EventHub *hub, Peer *peer, int event_id)
{
  return remove_where (hub, peer, true, event_id);
}

bool
event_hub_in_use (const EventHub *hub)
{
  return hub->subscriptions.length > 0;
}

static bool
wants (const Subscription *subscription, int event_id, const uint8_t *uuid,
       bool (*filter) (void *data, void *context), void *context)
{
  return subscription->event_id == event_id
    && (subscription->all || memcmp (subscription->uuid, uuid, sizeof subscription->uuid) == 0)
    && (filter == NULL || filter (subscription->data, context));
}

void
event_hub_emit (EventHub *hub, const RpcProgram *program, int event_id, const uint8_t *uuid,
                unsigned int proc, void *msg, unsigned int legacy_proc, const void *legacy_msg,
                bool (*filter) (void *data, void *context), void *context)
{
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func ((GDestroyNotify) peer_unref);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int));

  /* Sending may close a peer, and so change the list. */
  for (GList *l = hub->subscriptions.head; l != NULL; l = l->next)
    {
      const Subscription *subscription = l->data;
      int id = subscription->legacy ? -1 : subscription->callback_id;

      if (!wants (subscription, event_id, uuid, filter, context))
        continue;
      g_ptr_array_add (targets, peer_ref (subscription->peer));
      g_array_append_val (ids, id);
    }
  for (unsigned int i = 0; i < targets->len; i++)
    {
      Peer *peer = g_ptr_array_index (targets, i);
      int id = g_array_index (ids, int, i);

      if (id >= 0)
        {
          *(int32_t *) msg = id;
          peer_send_event (peer, program, proc, msg);
        }
      else if (legacy_msg != NULL)
        peer_send_event (peer, program, legacy_proc, legacy_msg);
    }
}
