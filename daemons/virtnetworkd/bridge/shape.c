/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge/shape.h"

#include <string.h>

#include "link/queue.h"
#include "util/error.h"
#include "util/worker.h"

#define CLASS_ALL 1
#define CLASS_REST 2

G_STATIC_ASSERT (SHAPE_CLASS_MAX <= QUEUE_CLASS_MAX);

/* One change: values, for a worker. */
typedef struct
{
  const char *bridge;
  NetworkRate inbound, outbound;        /* of the network; average 0: none */
  unsigned int class_id;                /* of a port; 0: the whole network */
  uint64_t floor;                       /* of the port; 0: its class goes */
  uint64_t share;                       /* as against other ports: its average */
  uint64_t rest;
  uint8_t mac[6];
} Change;

static NetworkRate
rate_of (const NetworkRate *rate)
{
  return rate != NULL ? *rate : (NetworkRate) { 0 };
}

static uint64_t
ceil_of (const Change *change)
{
  return QUEUE_RATE (change->inbound.peak != 0 ? change->inbound.peak : change->inbound.average);
}

/* The kernel has no class that is sure of nothing. */
static bool
set_class (Rtnl *rtnl, const Change *change, unsigned int number, uint64_t rate, uint64_t burst, uint64_t share, GError **error)
{
  QueueClass class = { .rate = QUEUE_RATE (MAX (rate, 1)), .ceil = ceil_of (change), .burst = QUEUE_SIZE (burst),
                       .quantum = queue_quantum (share) };

  return queue_set_class (rtnl, change->bridge, number == CLASS_ALL ? 0 : CLASS_ALL, number, &class, error);
}

static bool
set_network (Rtnl *rtnl, const Change *change, GError **error)
{
  const NetworkRate *in = &change->inbound, *out = &change->outbound;

  if (!queue_clear (rtnl, change->bridge, error))
    return false;
  if (in->average != 0
      && !(queue_add_root (rtnl, change->bridge, CLASS_REST, error)
           && set_class (rtnl, change, CLASS_ALL, in->average, 0, in->average, error)
           && set_class (rtnl, change, CLASS_REST, in->average, in->burst, in->average, error)
           && queue_share (rtnl, change->bridge, CLASS_REST, CLASS_REST, error)))
    return false;
  return out->average == 0
         || queue_police (rtnl, change->bridge, QUEUE_RATE (out->average),
                          QUEUE_SIZE (out->burst != 0 ? out->burst : out->average), error);
}

static bool
set_rest (Rtnl *rtnl, const Change *change, GError **error)
{
  return set_class (rtnl, change, CLASS_REST, change->rest, change->inbound.burst, change->inbound.average, error);
}

static bool
set_port (Rtnl *rtnl, const Change *change, GError **error)
{
  return set_class (rtnl, change, change->class_id, change->floor, 0, change->share, error)
         && queue_share (rtnl, change->bridge, change->class_id, change->class_id, error)
         && queue_set_receiver (rtnl, change->bridge, change->class_id, change->mac, error) && set_rest (rtnl, change, error);
}

static bool
ask (Rtnl *rtnl, const void *data, GError **error)
{
  const Change *change = data;

  if (change->class_id == 0)
    return set_network (rtnl, change, error);
  if (change->floor != 0)
    return set_port (rtnl, change, error);
  return queue_remove_class (rtnl, change->bridge, change->class_id, error) && set_rest (rtnl, change, error);
}

static void
undo (Rtnl *rtnl, const void *data)
{
  const Change *change = data;

  if (change->class_id == 0)
    queue_clear (rtnl, change->bridge, NULL);
  else
    queue_remove_class (rtnl, change->bridge, change->class_id, NULL);
}

static bool
work (void *data, GError **error)
{
  return queue_change ("bridge ", ((const Change *) data)->bridge, ask, undo, data, error);
}

bool
shape_network (const char *bridge, const NetworkBandwidth *bandwidth, GError **error)
{
  Change change = { .bridge = bridge, .inbound = rate_of (bandwidth != NULL ? bandwidth->inbound : NULL),
                    .outbound = rate_of (bandwidth != NULL ? bandwidth->outbound : NULL) };

  return worker_run ("limit a network", work, &change, error);
}

bool
shape_plug (const char *bridge, const NetworkBandwidth *network, const uint8_t mac[6], const NetworkBandwidth *port,
            unsigned int class_id, uint64_t rest, GError **error)
{
  Change change = { .bridge = bridge, .inbound = rate_of (network->inbound), .class_id = class_id, .rest = rest };

  change.floor = MAX (port->inbound->floor, 1);
  change.share = port->inbound->average;
  memcpy (change.mac, mac, sizeof (change.mac));
  return worker_run ("limit a port", work, &change, error);
}

bool
shape_unplug (const char *bridge, const NetworkBandwidth *network, unsigned int class_id, uint64_t rest, GError **error)
{
  Change change = { .bridge = bridge, .inbound = rate_of (network->inbound), .class_id = class_id, .rest = rest };

  return worker_run ("unlimit a port", work, &change, error);
}
