/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* floor.c: bench-floor, what the machine can do without any daemon, and the bare
 * protocol client. Static, linked to nothing but the C library. */
#include "floor.h"

#include "support.h"

static const Command commands[] = {
  /* A server with canned replies, which first reads FOLDER and then says it has so many DEFINITIONS. */
  { "stub", "SOCKET [DEFINITIONS [FOLDER]]", 1, floor_stub },
  { "echo", "SOCKET", 1, floor_echo },
  /* Calls a second, one call in flight on each connection, to anything that answers or echoes frames. */
  { "load", "SOCKET CONNECTIONS MILLISECONDS [URI]", 3, floor_load },
  /* Keeps CONNECTIONS open until its standard input ends. */
  { "idle", "SOCKET CONNECTIONS URI", 3, floor_idle },
  /* Replaces files the safe way: write, fsync, rename, fsync of the folder. */
  { "write", "FOLDER COUNT BYTES", 3, floor_write },
  /* Time from exec of a server until it says that it has so many DEFINITIONS, COUNT times. */
  { "exec", "SOCKET URI DEFINITIONS COUNT PROGRAM [ARGUMENT...]", 5, floor_exec },
  /* Starts the guest of the NUL-separated command line in FILE, PARALLEL at a time, until its monitor
   * greets; then ends all by SIGTERM. "@FD@" stands for the monitor's descriptor. */
  { "guests", "FILE FOLDER COUNT PARALLEL", 4, floor_guests },
  /* Asks the monitors behind all SOCKETs for their disks' statistics at once, COUNT times. */
  { "ask", "COUNT SOCKET...", 2, floor_ask },
  { 0 },
};

int
main (int argc, char **argv)
{
  return commands_main (commands, argc, argv);
}
