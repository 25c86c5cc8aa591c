/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The notification socket: datagrams of "KEY=value" lines, with descriptors. A message counts
 * for the daemon whose main process sent it; others are not listened to. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "swarm.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/loop.h"

#define MESSAGE_LIMIT 4096
#define FDS_LIMIT 253

typedef struct
{
  struct ucred peer;
  int fds[FDS_LIMIT];
  unsigned int n_fds;
} Ancillary;

static void
read_ancillary (struct msghdr *message, Ancillary *ret)
{
  for (struct cmsghdr *part = CMSG_FIRSTHDR (message); part != NULL; part = CMSG_NXTHDR (message, part))
    {
      if (part->cmsg_level != SOL_SOCKET)
        continue;
      if (part->cmsg_type == SCM_CREDENTIALS)
        memcpy (&ret->peer, CMSG_DATA (part), sizeof ret->peer);
      else if (part->cmsg_type == SCM_RIGHTS)
        {
          ret->n_fds = (part->cmsg_len - CMSG_LEN (0)) / sizeof (int);
          memcpy (ret->fds, CMSG_DATA (part), ret->n_fds * sizeof (int));
        }
    }
}

static int
on_message (sd_event_source *source, int fd, uint32_t events, void *data)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (struct ucred)) + CMSG_SPACE (sizeof (int) * FDS_LIMIT)];
  } control;
  char text[MESSAGE_LIMIT + 1];
  struct iovec part = { text, MESSAGE_LIMIT };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  Ancillary ancillary = { 0 };
  ssize_t length = recvmsg (fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  Service *service;

  if (length < 0)
    return 0;
  read_ancillary (&message, &ancillary);
  service = swarm_find_pid (ancillary.peer.pid);
  if (service != NULL && service->pid != 0 && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
    {
      g_auto (GStrv) lines = NULL;

      text[length] = '\0';
      lines = g_strsplit (text, "\n", -1);
      service_notify (service, lines, ancillary.fds, ancillary.n_fds);
      return 0;
    }
  for (unsigned int i = 0; i < ancillary.n_fds; i++)
    close (ancillary.fds[i]);
  return 0;
}

bool
notify_listen (GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = swarm_path (swarm.options->root, "notify");
  fd_auto int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sd_event_source *source;
  int one = 1;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "the socket path %s is too long; choose a shorter --root", path);
  unlink (path);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0
      || setsockopt (fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot listen on %s", path);
  sd_event_add_io (loop_event (), &source, fd, EPOLLIN, on_message, NULL);
  sd_event_source_set_description (source, "notification");
  /* What a daemon said before it ended counts before its end. */
  sd_event_source_set_priority (source, SD_EVENT_PRIORITY_NORMAL - 10);
  sd_event_source_set_floating (source, true);
  sd_event_source_unref (source);
  swarm.notify_fd = fd_steal (&fd);
  return true;
}
