/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtnetworkd: the daemon of virtual networks. */
#include "daemon/daemon.h"
#include "driver.h"
#include "handlers/handlers.h"

int
main (int argc, char **argv)
{
  static const DaemonProgram programs[] = {
    { &remote_program, &remote_handlers },
    { NULL, NULL },
  };
  static const DaemonSpec spec = {
    .name = "virtnetworkd",
    .socket_prefix = "virtnetworkd",
    .summary = "manage virtual networks",
    .programs = programs,
    .families = 1u << RPC_FAMILY_CONNECT | 1u << RPC_FAMILY_NETWORK,
    .scheme = "network",
    .setup = driver_setup,
    .started = driver_started,
    .busy = driver_busy,
  };

  return daemon_main (argc, argv, &spec);
}
