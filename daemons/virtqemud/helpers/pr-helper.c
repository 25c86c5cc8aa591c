/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that makes reservations of SCSI disks in place of QEMU, which has no right to. One serves all disks of a guest. */
#include "helpers/private.h"

#include <errno.h>

#include "helpers/paths.h"
#include "util/error.h"
#include "util/paths.h"

/* It takes a socket as systemd hands them over, with its own pid, which nobody knows before it runs. */
#define LAUNCH "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\""

HelperPlan *
helper_plan_reservations (const HelperGuest *guest, const void *device, GError **error)
{
  const DomainStorageReservations *reservations = ((const DomainDisk *) device)->source.reservations;
  g_autofree char *program = NULL;
  HelperPlan *plan;

  if (reservations == NULL || reservations->managed != TRI_YES || helper_runs (guest, HELPER_RESERVATIONS))
    return NULL;
  program = g_find_program_in_path (guest->config->pr_helper);
  if (program == NULL)
    {
      fail_errno (error, VIR_FROM_QEMU, ENOENT, "there is no program '%s' for reservations (qemu.conf: pr_helper)",
                  guest->config->pr_helper);
      return NULL;
    }
  plan = helper_plan_new ("qemu-pr-helper", "/bin/sh");
  plan->alias = HELPER_RESERVATIONS;
  plan->socket = helper_reservations_socket (guest->lib_dir);
  plan->log = path_driver (PATH_LOG, "qemu", "%s-" HELPER_RESERVATIONS ".log", guest->domain->name);
  helper_plan_add (plan, "-c");
  helper_plan_add (plan, "%s", LAUNCH);
  helper_plan_add (plan, "%s", program);
  return plan;
}
