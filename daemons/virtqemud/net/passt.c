/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/passt.h"

#include "args/args.h"
#include "util/paths.h"

char *
passt_socket_path (int id, const char *name, const char *alias)
{
  g_autofree char *guest = qemu_short_name (id, name);

  return path_driver (PATH_RUN, "qemu", "passt/%s-%s.socket", guest, alias);
}
