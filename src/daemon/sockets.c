/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/paths.h"

#define BACKLOG 1000

/* What a socket is called after "<daemon>", as a unit and as a file. */
static const struct { const char *unit, *file; } suffixes[N_SOCKET_KINDS] = {
  [SOCKET_MAIN] = { "", "-sock" },
  [SOCKET_RO] = { "-ro", "-sock-ro" },
  [SOCKET_ADMIN] = { "-admin", "-admin-sock" },
  [SOCKET_TCP] = { "-tcp", NULL },
  [SOCKET_TLS] = { "-tls", NULL },
};

char *
daemon_socket_path (const char *prefix, SocketKind kind)
{
  const DaemonSettings *settings = daemon_settings ();

  /* unix_sock_dir moves our own sockets; the other daemons' are where they always are. */
  if (settings != NULL && settings->unix_sock_dir != NULL && g_str_equal (prefix, daemon_spec ()->socket_prefix))
    return g_strconcat (path_root (), settings->unix_sock_dir, "/", prefix, suffixes[kind].file, NULL);
  return path_make (PATH_RUN, "%s%s", prefix, suffixes[kind].file);
}

/* The role that a passed descriptor's name gives it; -1 if it is no socket of ours. */
static int
kind_of_name (const DaemonSpec *spec, const char *name)
{
  for (SocketKind kind = 0; kind < N_SOCKET_KINDS; kind++)
    {
      g_autofree char *unit = g_strconcat (spec->name, suffixes[kind].unit, ".socket", NULL);

      if (g_str_equal (name, unit))
        return (int) kind;
    }
  return -1;
}

/* Sorts passed descriptors into sockets and what we had stored. */
static bool
take_passed (const DaemonSpec *spec, GArray *passed, GArray *sockets, GError **error)
{
  for (unsigned int i = 0; i < passed->len; i++)
    {
      PassedFd *fd = &g_array_index (passed, PassedFd, i);
      int kind = kind_of_name (spec, fd->name);

      if (kind == SOCKET_TLS)
        return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "TLS sockets are not supported");
      if (kind >= 0)
        {
          DaemonSocket socket = { (SocketKind) kind, fd->fd };

          g_array_append_val (sockets, socket);
        }
      else if (spec->restore_fd != NULL && !g_str_has_suffix (fd->name, ".socket"))
        spec->restore_fd (fd->name, fd->fd);
      else
        return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                     "descriptor '%s' was passed, which %s does not know", fd->name, spec->name);
      g_free (fd->name);
    }
  return true;
}

static bool
set_owner (const char *path, const char *perms, mode_t fallback, const char *group, GError **error)
{
  struct group *entry = group != NULL ? getgrnam (group) : NULL;
  guint64 mode = fallback;

  if (perms != NULL && !g_ascii_string_to_unsigned (perms, 8, 0, 0777, &mode, NULL))
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "'%s' are no permissions for socket '%s'", perms, path);
  if (group != NULL && entry == NULL)
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "there is no group '%s' for socket '%s'", group, path);
  if (chmod (path, (mode_t) mode) < 0 || (entry != NULL && chown (path, (uid_t) -1, entry->gr_gid) < 0))
    return fail_errno (error, VIR_FROM_RPC, errno, "cannot set the permissions of socket '%s'", path);
  return true;
}

/* Makes the socket of @kind; the pid file's lock has made sure that an existing one is
 * stale. */
static int
listen_unix (const DaemonSpec *spec, SocketKind kind, const char *perms, mode_t mode, GError **error)
{
  g_autofree char *path = daemon_socket_path (spec->socket_prefix, kind);
  g_autofree char *dir = g_path_get_dirname (path);
  const DaemonSettings *settings = daemon_settings ();
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask;
  int r;

  if (strlen (path) >= sizeof address.sun_path)
    {
      fail_errno (error, VIR_FROM_RPC, ENAMETOOLONG, "cannot listen on '%s'", path);
      return -1;
    }
  strcpy (address.sun_path, path);
  if (g_mkdir_with_parents (dir, 0755) < 0 || (unlink (path) < 0 && errno != ENOENT))
    {
      fail_errno (error, VIR_FROM_RPC, errno, "cannot make way for socket '%s'", path);
      return -1;
    }
  /* Nobody connects before the permissions are right. */
  mask = umask (0177);
  r = fd >= 0 ? bind (fd, (struct sockaddr *) &address, sizeof address) : -1;
  umask (mask);
  if (r < 0 || listen (fd, BACKLOG) < 0)
    {
      fail_errno (error, VIR_FROM_RPC, errno, "cannot listen on '%s'", path);
      return -1;
    }
  if (!set_owner (path, perms, mode, kind == SOCKET_ADMIN ? NULL : settings->unix_sock_group, error))
    return -1;
  return fd_steal (&fd);
}

static void
add_socket (GArray *sockets, SocketKind kind, int fd)
{
  DaemonSocket socket = { kind, fd };

  g_array_append_val (sockets, socket);
}

static bool
listen_tcp (const DaemonSettings *settings, GArray *sockets, GError **error)
{
  const char *port = settings->tcp_port != NULL ? settings->tcp_port : "16509";
  const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
  struct addrinfo *list = NULL;
  int r = getaddrinfo (settings->listen_addr, port, &hints, &list);
  unsigned int before = sockets->len;

  if (r != 0)
    return fail (error, VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "cannot listen on %s port %s: %s",
                 settings->listen_addr != NULL ? settings->listen_addr : "any address", port, gai_strerror (r));
  for (struct addrinfo *a = list; a != NULL; a = a->ai_next)
    {
      fd_auto int fd = socket (a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      const int on = 1;

      if (fd < 0)
        continue;
      setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      if (a->ai_family == AF_INET6)
        setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
      if (bind (fd, a->ai_addr, a->ai_addrlen) == 0 && listen (fd, BACKLOG) == 0)
        add_socket (sockets, SOCKET_TCP, fd_steal (&fd));
    }
  freeaddrinfo (list);
  if (sockets->len == before)
    return fail_errno (error, VIR_FROM_RPC, errno, "cannot listen on TCP port %s", port);
  return true;
}

static bool
open_own (const DaemonSpec *spec, const DaemonSettings *settings, GArray *sockets, GError **error)
{
  const struct { SocketKind kind; const char *perms; bool wanted; mode_t mode; } rows[] = {
    { SOCKET_MAIN, settings->unix_sock_rw_perms, true, 0700 },
    { SOCKET_RO, settings->unix_sock_ro_perms, !spec->owner_only && !path_is_session (), 0777 },
    { SOCKET_ADMIN, settings->unix_sock_admin_perms, !(path_is_session () && settings->unix_sock_dir), 0700 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int fd = rows[i].wanted ? listen_unix (spec, rows[i].kind, rows[i].perms, rows[i].mode, error) : -1;

      if (rows[i].wanted && fd < 0)
        return false;
      if (fd >= 0)
        add_socket (sockets, rows[i].kind, fd);
    }
  return !settings->listen_tcp || listen_tcp (settings, sockets, error);
}

/* The documented default for TCP is SASL, which is not there: whoever wants TCP without
 * it has to say so. */
static bool
check_tcp (const DaemonSettings *settings, const GArray *sockets, GError **error)
{
  for (unsigned int i = 0; i < sockets->len; i++)
    if (g_array_index (sockets, DaemonSocket, i).kind == SOCKET_TCP && settings->auth_tcp == NULL)
      return fail (error, VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED,
                   "auth_tcp is not set, and its default \"sasl\" is not supported: TCP needs auth_tcp = \"none\"");
  return true;
}

GArray *
daemon_sockets_open (const DaemonSpec *spec, const DaemonSettings *settings, GError **error)
{
  g_autoptr (GArray) sockets = g_array_new (FALSE, FALSE, sizeof (DaemonSocket));
  g_autoptr (GArray) passed = daemon_passed_fds (error);

  if (passed == NULL || !take_passed (spec, passed, sockets, error))
    return NULL;
  if (sockets->len == 0 && !open_own (spec, settings, sockets, error))
    return NULL;
  if (!check_tcp (settings, sockets, error))
    return NULL;
  return g_steal_pointer (&sockets);
}
