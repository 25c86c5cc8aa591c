/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cap-ng.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "util/error.h"

bool
daemon_drop_privileges (const DaemonSpec *spec, GError **error)
{
  unsigned int kept[CAP_LAST_CAP], n = 0;
  bool bounds;

  if (spec->capabilities == NULL || geteuid () != 0)
    return true;
  capng_get_caps_process ();
  bounds = capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
  /* A container may have given less than the daemon could use. */
  for (const int *capability = spec->capabilities; *capability >= 0; capability++)
    if (capng_have_capability (CAPNG_PERMITTED, (unsigned int) *capability))
      kept[n++] = (unsigned int) *capability;
  capng_clear (CAPNG_SELECT_BOTH);
  for (unsigned int i = 0; i < n; i++)
    capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, kept[i]);
  /* The bounding set needs CAP_SETPCAP, which a container may not give; the other sets are what
   * counts for a process that executes nothing. */
  if (bounds)
    capng_apply (CAPNG_SELECT_BOUNDS);
  if (capng_apply (CAPNG_SELECT_CAPS) != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_SYSTEM_ERROR, "cannot give up capabilities");
  return true;
}
