/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where displays listen and what they draw with. */
#include "qemu/prepare-graphics.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "args/args.h"
#include "helpers/paths.h"
#include "util/error.h"
#include "util/paths.h"

#define DRI_FOLDER "/dev/dri"

static void
prepare_listen (DomainGraphics *graphics, const QemuHome *home, const QemuConfig *config)
{
  bool vnc = graphics->type == GRAPHICS_TYPE_VNC;
  bool sockets = vnc ? config->vnc_auto_unix_socket : config->spice_auto_unix_socket;
  DomainListen *listen;

  if (graphics->listens.n == 0)
    {
      listen = g_new0 (DomainListen, 1);
      listen->type = LISTEN_TYPE_ADDRESS;
      xml_list_append (&graphics->listens, listen);
    }
  listen = graphics->listens.items[0];
  if (sockets && listen->type == LISTEN_TYPE_ADDRESS && listen->address == NULL)
    listen->type = LISTEN_TYPE_SOCKET;
  if (listen->type == LISTEN_TYPE_ADDRESS && listen->address == NULL)
    listen->address = g_strdup (vnc ? config->vnc_listen : config->spice_listen);
  if (listen->type == LISTEN_TYPE_SOCKET && listen->socket == NULL)
    listen->socket = g_strdup_printf ("%s/%s.sock", home->dir, vnc ? "vnc" : "spice");
}

/* The first of the host's devices that only compute; NULL: there is none. A folder of few entries in memory. */
static char *
find_rendernode (void)
{
  DIR *dir = opendir (DRI_FOLDER);
  const struct dirent *entry;
  g_autofree char *best = NULL;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (g_str_has_prefix (entry->d_name, "renderD") && (best == NULL || strcmp (entry->d_name, best) < 0))
      {
        g_free (best);
        best = g_strdup (entry->d_name);
      }
  if (dir != NULL)
    closedir (dir);
  return best != NULL ? g_build_filename (DRI_FOLDER, best, NULL) : NULL;
}

static bool
prepare_rendernode (DomainGraphics *graphics, GError **error)
{
  bool draws = graphics->type == GRAPHICS_TYPE_EGL_HEADLESS
               || (graphics->gl == TRI_YES && (graphics->type == GRAPHICS_TYPE_SPICE || graphics->type == GRAPHICS_TYPE_DBUS));

  if (!draws || graphics->rendernode != NULL)
    return true;
  graphics->rendernode = find_rendernode ();
  return graphics->rendernode != NULL
         || fail_errno (error, VIR_FROM_QEMU, ENOENT, "a display of type '%s' draws with a device of the host, of which there is none in "
                        DRI_FOLDER, xml_enum_name (&graphics_type_names, graphics->type));
}

/* The bus of a display on D-Bus, if it has to have one. */
static void
prepare_bus (DomainGraphics *graphics, int id, const char *name)
{
  g_autofree char *guest = qemu_short_name (id, name);
  g_autofree char *path = path_driver (PATH_RUN, "qemu", "dbus/%s-dbus.sock", guest);

  if (graphics->type == GRAPHICS_TYPE_DBUS && graphics->p2p != TRI_YES && graphics->address == NULL)
    graphics->address = g_strconcat ("unix:path=", path, NULL);
}

bool
qemu_prepare_graphics (Domain *domain, const QemuHome *home, const QemuConfig *config, bool offline, GError **error)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      DomainGraphics *graphics = domain->graphics.items[i];

      if (graphics->type == GRAPHICS_TYPE_VNC || graphics->type == GRAPHICS_TYPE_SPICE)
        prepare_listen (graphics, home, config);
      if (graphics->type == GRAPHICS_TYPE_DBUS && graphics->p2p != TRI_YES && graphics->address == NULL)
        graphics->address = helper_dbus_address (home->dir);
      if (!prepare_rendernode (graphics, error))
        return false;
      if (offline)
        prepare_bus (graphics, -1, domain->name);
    }
  return true;
}

void
qemu_prepare_example_ports (Domain *domain, const QemuConfig *config)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      DomainGraphics *graphics = domain->graphics.items[i];

      if (graphics->type == GRAPHICS_TYPE_VNC && graphics->port <= 0)
        graphics->port = (int) config->display_port_min;
      if (graphics->type != GRAPHICS_TYPE_SPICE || graphics->port > 0 || graphics->tls_port > 0
          || (graphics->listens.n > 0 && graphics->listens.items[0]->type == LISTEN_TYPE_NONE))
        continue;
      graphics->port = (int) config->display_port_min + 1;
      if (config->spice_tls && graphics->spice.default_mode != SPICE_MODE_INSECURE)
        graphics->tls_port = (int) config->display_port_min + 2;
    }
}
