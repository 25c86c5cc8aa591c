/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtproxyd: the skeleton with no driver. It opens any URI by passing the
 * client on to the daemon that serves it. */
#include <linux/capability.h>

#include "daemon/daemon.h"
#include "protocol/lxc.h"
#include "protocol/qemu.h"
#include "protocol/remote.h"

static const DaemonProgram programs[] = {
  { &remote_program, NULL },
  { &qemu_program, NULL },
  { &lxc_program, NULL },
  { NULL },
};

/* It reaches sockets, wherever they lie, and nothing else. */
static const int capabilities[] = { CAP_DAC_OVERRIDE, -1 };

static const DaemonSpec spec = {
  .name = "virtproxyd",
  .socket_prefix = "libvirt",
  .summary = "passes clients on to the daemon that serves them",
  .programs = programs,
  .proxy = true,
  .capabilities = capabilities,
};

int
main (int argc, char **argv)
{
  return daemon_main (argc, argv, &spec);
}
