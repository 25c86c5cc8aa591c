/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/paths.h"

#include <string.h>

#include "args/args.h"
#include "util/paths.h"

char *
helper_swtpm_socket (int id, const char *name)
{
  g_autofree char *short_name = qemu_short_name (id, name);

  return path_driver (PATH_RUN, "qemu", "swtpm/%s-swtpm.sock", short_name);
}

char *
helper_virtiofs_socket (const char *lib_dir, const char *alias)
{
  return g_strdup_printf ("%s/%s-fs.sock", lib_dir, alias);
}

char *
helper_dbus_socket (const char *lib_dir)
{
  g_autofree char *folder = g_path_get_basename (lib_dir);
  const char *short_name = g_str_has_prefix (folder, "domain-") ? folder + strlen ("domain-") : folder;

  return path_driver (PATH_RUN, "qemu", "dbus/%s-dbus.sock", short_name);
}

char *
helper_dbus_address (const char *lib_dir)
{
  g_autofree char *socket = helper_dbus_socket (lib_dir);

  return g_strconcat ("unix:path=", socket, NULL);
}

char *
helper_shmem_socket (const char *name)
{
  return path_make (PATH_LIB, "shmem-%s-sock", name);
}

char *
helper_reservations_socket (const char *lib_dir)
{
  return g_strconcat (lib_dir, "/pr-helper0.sock", NULL);
}
