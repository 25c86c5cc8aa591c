/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/events.h"

#include <string.h>

#include "driver.h"

RemoteNonnullNetwork
net_subject (const Net *net)
{
  RemoteNonnullNetwork subject = { .name = net->name };

  memcpy (subject.uuid, net->uuid, sizeof (subject.uuid));
  return subject;
}

void
net_event_lifecycle (const Net *net, int event, int detail)
{
  NetworkEventLifecycleMsg msg = { .net = net_subject (net), .event = event, .detail = detail };

  event_hub_emit (driver.events, &remote_program, VIR_NETWORK_EVENT_ID_LIFECYCLE, net->uuid,
                  REMOTE_PROC_NETWORK_EVENT_LIFECYCLE, &msg, 0, NULL, NULL, NULL);
}

void
net_event_metadata_change (const Net *net, int type, const char *uri)
{
  g_autofree char *text = g_strdup (uri);
  NetworkEventCallbackMetadataChangeMsg msg = { .net = net_subject (net), .type = type, .nsuri = text };

  event_hub_emit (driver.events, &remote_program, VIR_NETWORK_EVENT_ID_METADATA_CHANGE, net->uuid,
                  REMOTE_PROC_NETWORK_EVENT_CALLBACK_METADATA_CHANGE, &msg, 0, NULL, NULL, NULL);
}
