/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* put.c: files that are made anew when they are lost. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnsmasq/private.h"
#include "util/cleanup.h"
#include "util/error.h"

bool
dnsmasq_put_now (const char *path, const char *text, mode_t mode, GError **error)
{
  g_autofree char *fresh = g_strconcat (path, ".new", NULL);
  size_t length = strlen (text);
  fd_auto int fd = open (fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

  if (fd < 0 || fchmod (fd, mode) < 0 || write (fd, text, length) != (ssize_t) length || rename (fresh, path) < 0)
    {
      int errnum = errno;

      unlink (fresh);
      return fail_errno (error, VIR_FROM_NETWORK, errnum, "cannot write '%s'", path);
    }
  return true;
}
