/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon is doing, fiber by fiber, for `virt-swarm fibers`. */
#include "daemon/daemon-private.h"
#include "util/fiber.h"
#include "util/loop.h"

static void
add_fiber (const FiberInfo *info, void *data)
{
  SwarmListFibersRet *ret = data;
  SwarmFiber *fiber = &ret->fibers[ret->n_fibers];

  if (ret->n_fibers == SWARM_FIBERS_MAX)
    return;
  *fiber = (SwarmFiber) {
    .id = info->id, .name = g_strdup (info->name), .subject = g_strdup (info->subject), .why = g_strdup (info->why),
    .waited = info->why != NULL ? loop_now () - info->since : 0,
  };
  ret->n_fibers++;
}

static bool
list_fibers (Call *call, SwarmListFibersRet *ret, GError **error)
{
  ret->fibers = g_new0 (SwarmFiber, MIN (fiber_count (), SWARM_FIBERS_MAX));
  fiber_foreach (add_fiber, ret);
  return true;
}

const SwarmHandlers daemon_swarm_admin_handlers = {
  .list_fibers = list_fibers,
};
