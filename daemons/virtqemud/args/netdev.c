/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "args/netdev.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/error.h"

#define STREAM_SINCE 7002000    /* the first QEMU that has the netdev */

bool
netdev_is_shown (const Builder *b)
{
  return b->context->shown;
}

/* Without, only the names of the parts count. */
static bool
has_descriptors (const Builder *b)
{
  return b->context->fd != NULL;
}

/* What the interface's network made of it counts. */
static DomainInterfaceType
actual_type (const Builder *b, const DomainInterface *interface)
{
  if (netdev_is_shown (b))
    return INTERFACE_TYPE_ETHERNET;
  return interface->actual != NULL ? interface->actual->type : interface->type;
}

bool
netdev_is_host_device (const Builder *b, const DomainInterface *interface)
{
  return (interface->actual != NULL ? interface->actual->type : interface->type) == INTERFACE_TYPE_HOSTDEV;
}

unsigned int
netdev_queues (const Builder *b, const DomainInterface *interface)
{
  return interface->driver != NULL && !netdev_is_shown (b) ? interface->driver->queues : 0;
}

typedef bool (*Fill) (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error);

/* --- taps ------------------------------------------------------------------------------- */

/* Asks for the descriptors of all queues and joins their names as QEMU wants them: "21" or "21:22". NULL without an error:
 * the first one is not to be had. */
static char *
ask_queues (Builder *b, QemuFdKind kind, const DomainInterface *interface, unsigned int queues, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (unsigned int i = 0; i < MAX (queues, 1); i++)
    {
      g_autofree char *name = ask_fd (b, kind, NULL, &interface->info, i, error);

      if (name == NULL)
        return NULL;
      g_string_append_printf (names, "%s%s", i > 0 ? ":" : "", name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static bool
fill_tap (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error)
{
  unsigned int queues = netdev_queues (b, interface);
  g_autoptr (GError) local = NULL;
  g_autofree char *taps = NULL;
  g_autofree char *vhosts = NULL;

  set_string (netdev, "type", "tap");
  if (!has_descriptors (b))
    return true;
  taps = ask_queues (b, QEMU_FD_TAP, interface, queues, &local);
  if (local == NULL && taps == NULL)
    fail (&local, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "interface '%s' has no tap", interface->info.alias);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  set_string (netdev, queues > 1 ? "fds" : "fd", taps);
  if (interface->sndbuf != UINT64_MAX)
    set_int (netdev, "sndbuf", (int64_t) interface->sndbuf);
  if (!domain_interface_is_virtio (interface))
    return true;
  vhosts = ask_queues (b, QEMU_FD_VHOST_NET, interface, queues, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  if (vhosts != NULL)
    {
      set_bool (netdev, "vhost", true);
      set_string (netdev, queues > 1 ? "vhostfds" : "vhostfd", vhosts);
    }
  return true;
}

/* --- QEMU's own --------------------------------------------------------------------------- */

static void
set_user_address (json_t *netdev, const DomainIp *ip)
{
  g_autofree char *address = ip_address_text (&ip->address);

  if (ip->family == NETWORK_FAMILY_IPV6)
    {
      set_string (netdev, "ipv6-prefix", address);
      set_uint (netdev, "ipv6-prefixlen", ip->prefix);
    }
  else if (ip->prefix != 0)
    set_format (netdev, "net", "%s/%u", address, ip->prefix);
  else
    set_string (netdev, "net", address);
}

/* A program beside QEMU, at the other end of a socket. */
static bool
fill_passt (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error)
{
  g_autofree char *fd = NULL;

  if (b->context->caps->version < STREAM_SINCE)
    return unsupported (error, "interface '%s': %s cannot use passt: it has no netdev 'stream'", interface->info.alias,
                        b->context->caps->binary);
  set_string (netdev, "type", "stream");
  if (!has_descriptors (b))
    return true;
  fd = ask_fd (b, QEMU_FD_PASST, NULL, &interface->info, 0, error);
  if (fd == NULL)
    return false;
  json_object_set_new (netdev, "addr", json_pack ("{s:s, s:s}", "type", "fd", "str", fd));
  set_bool (netdev, "server", false);
  return true;
}

static bool
fill_user (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error)
{
  if (interface->backend != NULL && interface->backend->type == INTERFACE_BACKEND_PASST)
    return fill_passt (b, netdev, interface, error);
  if (interface->port_forwards.n > 0)
    return unsupported (error, "interface '%s': <portForward> needs <backend type='passt'/>", interface->info.alias);
  set_string (netdev, "type", "user");
  for (unsigned int i = 0; i < interface->ips.n; i++)
    set_user_address (netdev, interface->ips.items[i]);
  return true;
}

static bool
fill_socket (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error)
{
  static const char *const keys[INTERFACE_TYPE_LAST] = {
    [INTERFACE_TYPE_SERVER] = "listen", [INTERFACE_TYPE_CLIENT] = "connect", [INTERFACE_TYPE_MCAST] = "mcast",
    [INTERFACE_TYPE_UDP] = "udp",
  };
  const DomainInterfaceSocket *socket = interface->socket;

  set_string (netdev, "type", "socket");
  set_format (netdev, keys[interface->type], "%s:%d", socket->address != NULL ? socket->address : "", socket->port);
  if (interface->type == INTERFACE_TYPE_UDP)
    set_format (netdev, "localaddr", "%s:%d", socket->local_address, socket->local_port);
  return true;
}

/* --- other programs and devices -------------------------------------------------------------- */

/* A server waits for its client, as the card needs it. */
static void
add_vhostuser_chardev (Builder *b, const DomainInterface *interface)
{
  const DomainInterfaceVhostuser *vhostuser = interface->vhostuser;
  json_t *chardev = json_object (), *data;

  data = json_pack ("{s:{s:s, s:{s:s}}, s:b}", "addr", "type", "unix", "data", "path", vhostuser->path,
                    "server", vhostuser->mode == VHOSTUSER_MODE_SERVER);
  if (vhostuser->reconnect == TRI_YES)
    set_int (data, "reconnect", vhostuser->reconnect_timeout);
  else if (vhostuser->reconnect == TRI_NO)
    set_int (data, "reconnect", 0);
  set_format (chardev, "id", "char%s", interface->info.alias);
  json_object_set_new (chardev, "backend", json_pack ("{s:s, s:o}", "type", "socket", "data", data));
  add_part (b, QEMU_CHARDEV, chardev);
}

static bool
fill_vhostuser (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error)
{
  if (interface->vhostuser->type != VHOSTUSER_TYPE_UNIX)
    return unsupported (error, "interface '%s': vhost-user runs over a UNIX socket only", interface->info.alias);
  if (interface->backend != NULL && (interface->backend->tap != NULL || interface->backend->vhost != NULL))
    return unsupported (error, "interface '%s' of type 'vhostuser' opens no <backend> of its own", interface->info.alias);
  add_vhostuser_chardev (b, interface);
  set_string (netdev, "type", "vhost-user");
  set_format (netdev, "chardev", "char%s", interface->info.alias);
  set_uint (netdev, "queues", netdev_queues (b, interface) > 1 ? netdev_queues (b, interface) : 0);
  return true;
}

static bool
fill_vdpa (Builder *b, json_t *netdev, const DomainInterface *interface, GError **error)
{
  g_autofree char *set = NULL;

  set_string (netdev, "type", "vhost-vdpa");
  if (!has_descriptors (b))
    return true;
  set = ask_fdset (b, QEMU_FD_VDPA, interface->dev, &interface->info, "vdpa", error);
  if (set == NULL)
    return false;
  set_string (netdev, "vhostdev", set);
  set_uint (netdev, "queues", netdev_queues (b, interface) > 1 ? netdev_queues (b, interface) : 0);
  return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

static const Fill fills[INTERFACE_TYPE_LAST] = {
  [INTERFACE_TYPE_USER] = fill_user,         [INTERFACE_TYPE_INTERNAL] = fill_user,
  [INTERFACE_TYPE_ETHERNET] = fill_tap,      [INTERFACE_TYPE_BRIDGE] = fill_tap,
  [INTERFACE_TYPE_NETWORK] = fill_tap,       [INTERFACE_TYPE_DIRECT] = fill_tap,
  [INTERFACE_TYPE_SERVER] = fill_socket,     [INTERFACE_TYPE_CLIENT] = fill_socket,
  [INTERFACE_TYPE_MCAST] = fill_socket,      [INTERFACE_TYPE_UDP] = fill_socket,
  [INTERFACE_TYPE_VHOSTUSER] = fill_vhostuser, [INTERFACE_TYPE_VDPA] = fill_vdpa,
};

bool
build_netdev (Builder *b, const DomainInterface *interface, GError **error)
{
  DomainInterfaceType type = actual_type (b, interface);
  g_autoptr (json_t) netdev = json_object ();

  if (fills[type] == NULL)
    return unsupported (error, "interface '%s' of type '%s' is not supported", interface->info.alias,
                        xml_enum_name (&interface_type_names, type));
  if (!fills[type] (b, netdev, interface, error))
    return false;
  set_format (netdev, "id", "host%s", interface->info.alias);
  add_part (b, QEMU_NETDEV, g_steal_pointer (&netdev));
  return true;
}
