/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/bridge-helper.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/process.h"

#define HELPER_FD 3
#define HELPER_MS 10000

/* The descriptor that the helper has left in the socket, -1: none. */
static int
take_fd (int socket)
{
  char byte;
  struct iovec data = { .iov_base = &byte, .iov_len = 1 };
  union { struct cmsghdr align; char room[CMSG_SPACE (sizeof (int))]; } control;
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof (control.room),
  };
  const struct cmsghdr *header;
  int fd;

  if (recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
    return -1;
  header = CMSG_FIRSTHDR (&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS
      || header->cmsg_len != CMSG_LEN (sizeof (int)))
    return -1;
  memcpy (&fd, CMSG_DATA (header), sizeof (fd));
  return fd;
}

bool
bridge_helper_tap (const char *helper, const char *bridge, bool vnet_hdr, int *ret_fd, char ret_name[TAP_NAME_SIZE],
                   GError **error)
{
  g_autofree char *option = g_strdup_printf ("--br=%s", bridge);
  g_autofree char *fd_option = g_strdup_printf ("--fd=%d", HELPER_FD);
  const char *argv[] = { helper, option, fd_option, vnet_hdr ? "--use-vnet" : NULL, NULL };
  ProcessFd given = { .child = HELPER_FD };
  ProcessSpec spec = { .argv = argv, .fds = &given, .n_fds = 1 };
  ProcessLimits limits = { .deadline = deadline_in_ms (HELPER_MS) };
  g_auto (ProcessResult) result = { 0 };
  g_autoptr (GError) local = NULL;
  struct ifreq request = { 0 };
  fd_auto int ours = -1, theirs = -1, tap = -1;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make a socket for '%s'", helper);
  ours = pair[0];
  theirs = pair[1];
  given.fd = theirs;
  if (!process_run (&spec, NULL, 0, &limits, &result, error))
    return false;
  if (!process_check (&spec, &result, &local))
    return fail (error, VIR_FROM_NONE, VIR_ERR_SYSTEM_ERROR, "no tap on bridge '%s': %s", bridge, local->message);
  tap = take_fd (ours);
  if (tap < 0 || ioctl (tap, TUNGETIFF, &request) < 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_SYSTEM_ERROR, "'%s' gave no tap on bridge '%s'", helper, bridge);
  g_strlcpy (ret_name, request.ifr_name, TAP_NAME_SIZE);
  *ret_fd = fd_steal (&tap);
  return true;
}
