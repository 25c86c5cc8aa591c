/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/bus.h"

#include <errno.h>
#include <unistd.h>

#include "util/paths.h"

#define SOCKET "/run/dbus/system_bus_socket"

static int
open_address (sd_bus *bus, const char *address)
{
  int r = sd_bus_set_address (bus, address);

  if (r >= 0)
    r = sd_bus_set_bus_client (bus, 1);
  return r < 0 ? r : sd_bus_start (bus);
}

int
bus_open_system (sd_bus **ret_bus)
{
  g_autofree char *socket = path_host (SOCKET), *address = g_strdup_printf ("unix:path=%s", socket);
  int r;

  if (*path_root () == '\0')
    return sd_bus_open_system (ret_bus);
  if (access (socket, F_OK) != 0)
    return -ENOENT;
  r = sd_bus_new (ret_bus);
  if (r >= 0)
    r = open_address (*ret_bus, address);
  if (r < 0)
    g_clear_pointer (ret_bus, sd_bus_unref);
  return r;
}
