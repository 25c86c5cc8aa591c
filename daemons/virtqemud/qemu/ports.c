/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"

/* Ports chosen for a QEMU that does not listen yet. */
static GHashTable *promised;

/* Whether nothing listens on @port, on any address of @family. */
static bool
can_bind (int family, unsigned int port)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons ((uint16_t) port) };
  bool six = family == AF_INET6;
  fd_auto int fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;

  if (fd < 0)
    return six;                 /* a host without IPv6 */
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (six)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  return bind (fd, six ? (struct sockaddr *) &v6 : (struct sockaddr *) &v4, six ? sizeof v6 : sizeof v4) == 0;
}

static int
choose (unsigned int min, unsigned int max, GError **error)
{
  if (promised == NULL)
    promised = g_hash_table_new (NULL, NULL);
  for (unsigned int port = min; port <= max; port++)
    if (!g_hash_table_contains (promised, GUINT_TO_POINTER (port)) && can_bind (AF_INET, port)
        && can_bind (AF_INET6, port))
      {
        g_hash_table_add (promised, GUINT_TO_POINTER (port));
        return (int) port;
      }
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "no port from %u to %u is free for a display", min, max);
  return -1;
}

static bool
choose_into (int *port, unsigned int min, unsigned int max, GError **error)
{
  int chosen = choose (min, max, error);

  if (chosen < 0)
    return false;
  *port = chosen;
  return true;
}

/* A display on a socket, or on nothing, has no port. */
static bool
wants_port (const DomainGraphics *graphics)
{
  return (graphics->type == GRAPHICS_TYPE_VNC || graphics->type == GRAPHICS_TYPE_SPICE)
         && (graphics->listens.n == 0
             || (graphics->listens.items[0]->type != LISTEN_TYPE_SOCKET
                 && graphics->listens.items[0]->type != LISTEN_TYPE_NONE));
}

/* Which ports of a SPICE server that leaves them to us its channels need. */
static void
needed_ports (const DomainGraphics *graphics, bool tls, bool *ret_plain, bool *ret_secure)
{
  DomainSpiceMode mode = graphics->spice.default_mode;

  *ret_plain = mode != SPICE_MODE_SECURE;
  *ret_secure = tls && mode != SPICE_MODE_INSECURE;
  for (unsigned int i = 0; i < graphics->spice.channels.n; i++)
    {
      *ret_plain |= graphics->spice.channels.items[i]->mode != SPICE_MODE_SECURE;
      *ret_secure |= tls && graphics->spice.channels.items[i]->mode == SPICE_MODE_SECURE;
    }
}

static bool
choose_spice (DomainGraphics *graphics, const QemuConfig *config, GError **error)
{
  bool automatic = graphics->autoport == TRI_YES, plain, secure;

  needed_ports (graphics, config->spice_tls, &plain, &secure);
  if (((automatic && plain) || graphics->port == -1) && graphics->port <= 0
      && !choose_into (&graphics->port, config->display_port_min, config->display_port_max, error))
    return false;
  return !((automatic && secure) || (graphics->tls_port == -1 && config->spice_tls)) || graphics->tls_port > 0
         || choose_into (&graphics->tls_port, config->display_port_min, config->display_port_max, error);
}

bool
qemu_ports_choose (Domain *domain, const QemuConfig *config, GError **error)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      DomainGraphics *graphics = domain->graphics.items[i];
      bool automatic = graphics->autoport == TRI_YES || graphics->port == -1;

      if (!wants_port (graphics))
        continue;
      if (graphics->type == GRAPHICS_TYPE_SPICE)
        {
          if (!choose_spice (graphics, config, error))
            return false;
          continue;
        }
      if (automatic && graphics->port <= 0
          && !choose_into (&graphics->port, config->display_port_min, config->display_port_max, error))
        return false;
      if (graphics->websocket == -1
          && !choose_into (&graphics->websocket, config->websocket_port_min, config->websocket_port_max, error))
        return false;
    }
  return true;
}

void
qemu_ports_settle (const Domain *domain)
{
  for (unsigned int i = 0; promised != NULL && i < domain->graphics.n; i++)
    {
      const DomainGraphics *graphics = domain->graphics.items[i];

      g_hash_table_remove (promised, GINT_TO_POINTER (graphics->port));
      g_hash_table_remove (promised, GINT_TO_POINTER (graphics->tls_port));
      g_hash_table_remove (promised, GINT_TO_POINTER (graphics->websocket));
    }
}
