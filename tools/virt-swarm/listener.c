/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listening sockets, local and IP. */
#include "listener.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/state-file.h"

#define FIELD(key_, kind_, member_) { "Socket", key_, kind_, offsetof (Listener, member_) }
static const UnitField listener_fields[] = {
  FIELD ("ListenStream", UNIT_STRING, address),
  FIELD ("SocketMode", UNIT_MODE, mode),
  FIELD ("DirectoryMode", UNIT_MODE, directory_mode),
  FIELD ("Backlog", UNIT_UINT, backlog),
  FIELD ("SocketUser", UNIT_STRING, user),
  FIELD ("SocketGroup", UNIT_STRING, group),
  { NULL },
};

Listener *
listener_new (const Unit *unit, const char *root, GError **error)
{
  g_autoptr (Listener) listener = g_new0 (Listener, 1);

  listener->name = g_strdup (unit_name (unit));
  listener->mode = 0666;
  listener->directory_mode = 0755;
  listener->backlog = SOMAXCONN;
  listener->fd = -1;
  if (!unit_read (unit, listener_fields, listener, error))
    return NULL;
  if (listener->address == NULL)
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s has no ListenStream=", listener->name);
  if (*listener->address == '/')
    listener->path = g_strconcat (root, listener->address, NULL);
  return g_steal_pointer (&listener);
}

void
listener_free (Listener *listener)
{
  if (listener == NULL)
    return;
  fd_clear (&listener->fd);
  g_free (listener->name);
  g_free (listener->address);
  g_free (listener->path);
  g_free (listener->user);
  g_free (listener->group);
  g_free (listener);
}

static bool
is_served (const struct sockaddr_un *address)
{
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  return connect (fd, (const struct sockaddr *) address, sizeof *address) == 0 || errno == EAGAIN;
}

static bool
set_owner (Listener *listener, GError **error)
{
  struct passwd *user = listener->user != NULL ? getpwnam (listener->user) : NULL;
  struct group *group = listener->group != NULL ? getgrnam (listener->group) : NULL;
  gid_t gid = group != NULL ? group->gr_gid : user != NULL ? user->pw_gid : (gid_t) -1;

  if ((listener->user != NULL && user == NULL) || (listener->group != NULL && group == NULL))
    return fail (error, VIR_FROM_CONF, VIR_ERR_OPERATION_FAILED, "%s: there is no %s '%s'", listener->name,
                 user == NULL && listener->user != NULL ? "user" : "group",
                 user == NULL && listener->user != NULL ? listener->user : listener->group);
  if (chown (listener->path, user != NULL ? user->pw_uid : (uid_t) -1, gid) < 0
      || chmod (listener->path, listener->mode) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot set owner and mode of %s", listener->path);
  return true;
}

static bool
open_local (Listener *listener, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *folder = g_path_get_dirname (listener->path);
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask;
  int bound;

  if (g_strlcpy (address.sun_path, listener->path, sizeof address.sun_path) >= sizeof address.sun_path)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "the socket path %s is too long: %zu bytes, at most %zu are possible; choose a shorter --root",
                 listener->path, strlen (listener->path), sizeof address.sun_path - 1);
  if (!state_dir_make_now (folder, listener->directory_mode, error))
    return false;
  if (is_served (&address))
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "another program listens on %s", listener->path);
  unlink (listener->path);

  /* Nobody gets in before the mode is right. */
  mask = umask (0777);
  bound = bind (fd, (struct sockaddr *) &address, sizeof address);
  umask (mask);
  if (bound < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot bind %s", listener->path);
  if (!set_owner (listener, error))
    return false;
  if (listen (fd, listener->backlog) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot listen on %s", listener->path);
  listener->fd = fd_steal (&fd);
  return true;
}

/* "PORT", "HOST:PORT" or "[HOST]:PORT"; a port alone means every address of both families. */
static bool
open_ip (Listener *listener, GError **error)
{
  struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
  const char *colon = strrchr (listener->address, ':');
  g_autofree char *host = colon != NULL ? g_strndup (listener->address, colon - listener->address) : g_strdup ("::");
  const char *port = colon != NULL ? colon + 1 : listener->address;
  size_t length = strlen (host);
  struct addrinfo *found = NULL;
  fd_auto int fd = -1;
  int one = 1, status;

  if (*host == '[' && host[length - 1] == ']')
    {
      memmove (host, host + 1, length - 2);
      host[length - 2] = '\0';
    }
  status = getaddrinfo (host, port, &hints, &found);
  if (status != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "%s: ListenStream=%s: %s", listener->name,
                 listener->address, gai_strerror (status));
  fd = socket (found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0)
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  status = fd < 0 || bind (fd, found->ai_addr, found->ai_addrlen) < 0 || listen (fd, listener->backlog) < 0 ? errno : 0;
  freeaddrinfo (found);
  if (status != 0)
    return fail_errno (error, VIR_FROM_NONE, status, "%s: cannot listen on %s", listener->name, listener->address);
  listener->fd = fd_steal (&fd);
  return true;
}

bool
listener_open (Listener *listener, GError **error)
{
  return listener->path != NULL ? open_local (listener, error) : open_ip (listener, error);
}

void
listener_close (Listener *listener)
{
  if (listener->fd < 0)
    return;
  fd_clear (&listener->fd);
  if (listener->path != NULL)
    unlink (listener->path);
}

void
listener_refuse (Listener *listener)
{
  int fd;

  while ((fd = accept4 (listener->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    close (fd);
}
