/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtqemud: the daemon of QEMU's guests. */
#include "daemon/daemon.h"
#include "driver.h"
#include "handlers/handlers.h"

int
main (int argc, char **argv)
{
  static const DaemonProgram programs[] = {
    { &remote_program, &remote_handlers },
    { &qemu_program, &qemu_handlers },
    { NULL, NULL },
  };
  static const DaemonSpec spec = {
    .name = "virtqemud",
    .socket_prefix = "virtqemud",
    .summary = "manage QEMU guests",
    .programs = programs,
    .families = 1u << RPC_FAMILY_CONNECT | 1u << RPC_FAMILY_DOMAIN | 1u << RPC_FAMILY_HOST,
    .scheme = "qemu",
    .setup = driver_setup,
    .started = driver_started,
    .busy = driver_busy,
  };

  return daemon_main (argc, argv, &spec);
}
