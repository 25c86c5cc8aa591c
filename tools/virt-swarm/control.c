/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket: one request line from our own user or root, one JSON text back. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "swarm.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"
#include "util/loop.h"

#define REQUEST_LIMIT 4096
#define REQUEST_MS 5000

static json_t *
describe_listener (const Listener *listener)
{
  json_t *out = json_pack ("{ss, ss, sb}", "name", listener->name, "address",
                           listener->path != NULL ? listener->path : listener->address, "open", listener->fd >= 0);
  g_autofree char *mode = g_strdup_printf ("%04o", listener->mode);

  if (listener->path != NULL)
    json_object_set_new (out, "mode", json_string (mode));
  return out;
}

static json_t *
describe_service (const Service *service)
{
  uint64_t now = loop_now ();
  json_t *sockets = json_array ();
  json_t *out = json_pack ("{ss, ss, si, si, si, si, ss}", "name", service->name, "state",
                           service_state_name (service->state), "pid", (int) service->pid,
                           "starts", (int) service->starts, "restarts", (int) service->restarts,
                           "stored_fds", (int) service->store.entries->len, "program", service->binary);

  if (service->pid != 0)
    json_object_set_new (out, "uptime", json_real ((now - service->started_at) / 1e6));
  json_object_set_new (out, "state_for", json_real ((now - service->state_since) / 1e6));
  json_object_set_new (out, "status", json_string (service->status));
  json_object_set_new (out, "last_end", json_string (service->result));
  json_object_set_new (out, "log", json_string (service->log_path));
  for (unsigned int i = 0; i < service->listeners->len; i++)
    json_array_append_new (sockets, describe_listener (g_ptr_array_index (service->listeners, i)));
  json_object_set_new (out, "sockets", sockets);
  return out;
}

static json_t *
answer_status (void)
{
  json_t *daemons = json_array ();

  for (unsigned int i = 0; i < swarm.services->len; i++)
    json_array_append_new (daemons, describe_service (g_ptr_array_index (swarm.services, i)));
  return json_pack ("{sb, ss, si, sf, so}", "up", 1, "root", swarm.options->root, "pid", (int) getpid (),
                    "uptime", (loop_now () - swarm.since) / 1e6, "daemons", daemons);
}

static json_t *
answer_down (void)
{
  swarm_end ();
  loop_quit (0);
  return json_object ();
}

static json_t *
answer_restart (void)
{
  for (unsigned int i = 0; i < swarm.services->len; i++)
    service_restart (g_ptr_array_index (swarm.services, i));
  return json_object ();
}

static const struct
{
  const char *request;
  json_t *(*answer) (void);
} requests[] = {
  { "status", answer_status },
  { "down", answer_down },
  { "restart", answer_restart },
};

static json_t *
answer (const char *request)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (requests); i++)
    if (strcmp (requests[i].request, request) == 0)
      return requests[i].answer ();
  return json_pack ("{ss}", "error", "unknown request");
}

static bool
is_ours (int fd)
{
  struct ucred peer = { .uid = (uid_t) -1 };
  socklen_t length = sizeof peer;

  return getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == 0 || peer.uid == geteuid ());
}

/* Up to the newline; NULL if it does not come. */
static char *
read_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  Deadline deadline = deadline_in_ms (REQUEST_MS);
  char part[256];

  while (line->len < REQUEST_LIMIT)
    {
      ssize_t length = read (fd, part, sizeof part);
      char *newline;

      if (length > 0)
        g_string_append_len (line, part, length);
      else if (length == 0 || errno != EAGAIN || !fiber_wait_fd (fd, EPOLLIN, deadline, "a request", NULL))
        return NULL;
      newline = strchr (line->str, '\n');
      if (newline != NULL)
        return g_strndup (line->str, newline - line->str);
    }
  return NULL;
}

static void
write_all (int fd, const char *text)
{
  size_t left = strlen (text);
  Deadline deadline = deadline_in_ms (REQUEST_MS);

  while (left > 0)
    {
      ssize_t length = send (fd, text, left, MSG_NOSIGNAL);

      if (length >= 0)
        {
          text += length;
          left -= length;
        }
      else if (errno != EAGAIN || !fiber_wait_fd (fd, EPOLLOUT, deadline, "its asker", NULL))
        return;
    }
}

static void
serve (void *data)
{
  fd_auto int fd = GPOINTER_TO_INT (data);
  g_autofree char *request = is_ours (fd) ? read_line (fd) : NULL;
  g_autoptr (json_t) reply = NULL;
  g_autofree char *text = NULL;

  if (request == NULL)
    return;
  reply = answer (request);
  text = json_to_text (reply);
  write_all (fd, text);
}

static int
on_client (sd_event_source *source, int fd, uint32_t events, void *data)
{
  int client = accept4 (fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (client >= 0)
    fiber_start ("control", NULL, serve, GINT_TO_POINTER (client));
  return 0;
}

static bool
control_address (const char *root, struct sockaddr_un *ret, GError **error)
{
  g_autofree char *path = swarm_path (root, "control");

  *ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
  if (g_strlcpy (ret->sun_path, path, sizeof ret->sun_path) >= sizeof ret->sun_path)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "the socket path %s is too long; choose a shorter --root", path);
  return true;
}

bool
control_listen (GError **error)
{
  struct sockaddr_un address;
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sd_event_source *source;

  if (!control_address (swarm.options->root, &address, error))
    return false;
  unlink (address.sun_path);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || chmod (address.sun_path, 0600) < 0
      || listen (fd, SOMAXCONN) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot listen on %s", address.sun_path);
  sd_event_add_io (loop_event (), &source, fd, EPOLLIN, on_client, NULL);
  sd_event_source_set_description (source, "control");
  sd_event_source_set_floating (source, true);
  sd_event_source_unref (source);
  swarm.control_fd = fd_steal (&fd);
  return true;
}

json_t *
control_ask (const char *root, const char *request, GError **error)
{
  struct sockaddr_un address;
  g_autofree char *line = g_strconcat (request, "\n", NULL);
  g_autoptr (GString) reply = g_string_new (NULL);
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char part[4096];
  ssize_t length;

  if (!control_address (root, &address, error))
    return NULL;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    return errno == ENOENT || errno == ECONNREFUSED
             ? NULL : fail_errno_null (error, VIR_FROM_NONE, errno, "cannot connect to %s", address.sun_path);
  if (send (fd, line, strlen (line), MSG_NOSIGNAL) < 0)
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot write to %s", address.sun_path);
  while ((length = read (fd, part, sizeof part)) > 0 || (length < 0 && errno == EINTR))
    g_string_append_len (reply, part, MAX (length, 0));
  return json_from_text (reply->str, reply->len, "the answer of virt-swarm", error);
}
