/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/tc.h"

#include "link/queue.h"
#include "util/error.h"
#include "util/worker.h"

typedef struct
{
  const char *name;
  NetworkRate sent, received;   /* average 0: no limit */
} Limits;

static bool
limit_sent (Rtnl *rtnl, const Limits *limits, GError **error)
{
  const NetworkRate *rate = &limits->sent;
  QueueClass all = { .rate = QUEUE_RATE (rate->average), .ceil = QUEUE_RATE (rate->peak), .burst = QUEUE_SIZE (rate->burst),
                     .quantum = queue_quantum (rate->average) };

  return rate->average == 0
         || (queue_add_root (rtnl, limits->name, 1, error) && queue_set_class (rtnl, limits->name, 0, 1, &all, error)
             && queue_share (rtnl, limits->name, 1, 2, error));
}

static bool
limit_received (Rtnl *rtnl, const Limits *limits, GError **error)
{
  const NetworkRate *rate = &limits->received;

  return rate->average == 0
         || queue_police (rtnl, limits->name, QUEUE_RATE (rate->average),
                          QUEUE_SIZE (rate->burst != 0 ? rate->burst : rate->average), error);
}

static bool
set_limits (Rtnl *rtnl, const void *data, GError **error)
{
  const Limits *limits = data;

  return queue_clear (rtnl, limits->name, error) && limit_sent (rtnl, limits, error) && limit_received (rtnl, limits, error);
}

static void
clear_limits (Rtnl *rtnl, const void *data)
{
  queue_clear (rtnl, ((const Limits *) data)->name, NULL);
}

static bool
work_limits (void *data, GError **error)
{
  return queue_change ("", ((const Limits *) data)->name, set_limits, clear_limits, data, error);
}

bool
tc_set_bandwidth (const char *name, const NetworkBandwidth *bandwidth, bool is_tap, GError **error)
{
  static const NetworkRate none;
  const NetworkRate *inbound = bandwidth != NULL && bandwidth->inbound != NULL ? bandwidth->inbound : &none;
  const NetworkRate *outbound = bandwidth != NULL && bandwidth->outbound != NULL ? bandwidth->outbound : &none;
  Limits limits = { .name = name, .sent = is_tap ? *inbound : *outbound, .received = is_tap ? *outbound : *inbound };

  return worker_run ("limit a device", work_limits, &limits, error);
}
