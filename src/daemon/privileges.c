/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cap-ng.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "util/error.h"

bool
daemon_drop_privileges (const DaemonSpec *spec, GError **error)
{
  bool bounds;

  if (spec->capabilities == NULL || geteuid () != 0)
    return true;
  capng_get_caps_process ();
  bounds = capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
  capng_clear (CAPNG_SELECT_BOTH);
  for (const int *capability = spec->capabilities; *capability >= 0; capability++)
    capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, (unsigned int) *capability);
  /* The bounding set needs CAP_SETPCAP, which a container may not give; the other sets are what
   * counts for a process that executes nothing. */
  if (bounds)
    capng_apply (CAPNG_SELECT_BOUNDS);
  if (capng_apply (CAPNG_SELECT_CAPS) != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_SYSTEM_ERROR, "cannot give up capabilities");
  return true;
}
