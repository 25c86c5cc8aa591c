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
work_limits (void *data, GError **error)
{
  const Limits *limits = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  g_autoptr (GError) cause = NULL;
  bool asked;

  if (rtnl == NULL)
    return false;
  rtnl_batch (rtnl);
  asked = queue_clear (rtnl, limits->name, &cause) && limit_sent (rtnl, limits, &cause) && limit_received (rtnl, limits, &cause);
  if (rtnl_batch_end (rtnl, asked ? &cause : NULL) && asked)
    return true;
  queue_clear (rtnl, limits->name, NULL);
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the bandwidth of '%s' cannot be set: %s", limits->name,
               cause->message);
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
