/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"

/* Names change rarely and clients come often: the last answers are kept. */
static const char *
user_name (uid_t uid)
{
  static struct { bool known; uid_t uid; char name[64]; } last;
  const struct passwd *entry;

  if (!last.known || last.uid != uid)
    {
      entry = getpwuid (uid);
      g_snprintf (last.name, sizeof last.name, "%s", entry != NULL ? entry->pw_name : "");
      last.known = true;
      last.uid = uid;
    }
  return last.name[0] != '\0' ? last.name : NULL;
}

static const char *
group_name (gid_t gid)
{
  static struct { bool known; gid_t gid; char name[64]; } last;
  const struct group *entry;

  if (!last.known || last.gid != gid)
    {
      entry = getgrgid (gid);
      g_snprintf (last.name, sizeof last.name, "%s", entry != NULL ? entry->gr_name : "");
      last.known = true;
      last.gid = gid;
    }
  return last.name[0] != '\0' ? last.name : NULL;
}

/* Field 22 of /proc/PID/stat; 0 if the process is gone. */
static uint64_t
start_time (pid_t pid)
{
  char path[64], text[1024];
  const char *rest;
  unsigned long long value = 0;
  fd_auto int fd = -1;
  ssize_t n;

  g_snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;
  if (n <= 0)
    return 0;
  text[n] = '\0';
  rest = strrchr (text, ')');
  if (rest == NULL
      || sscanf (rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &value) != 1)
    return 0;
  return value;
}

bool
identity_from_socket (Identity *ret_identity, int fd, GError **error)
{
  struct ucred cred;
  socklen_t length = sizeof cred;
  char label[512];
  socklen_t label_length = sizeof label - 1;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &cred, &length) < 0)
    return fail_errno (error, VIR_FROM_RPC, errno, "cannot read who is at the other end of a socket");
  *ret_identity = (Identity) {
    .uid = cred.uid, .gid = cred.gid, .pid = cred.pid, .pid_start = start_time (cred.pid),
    .user = g_strdup (user_name (cred.uid)), .group = g_strdup (group_name (cred.gid)),
  };
  if (getsockopt (fd, SOL_SOCKET, SO_PEERSEC, label, &label_length) == 0 && label_length > 0)
    ret_identity->selinux = g_strndup (label, label_length);
  return true;
}

void
identity_copy (Identity *to, const Identity *from)
{
  *to = *from;
  to->user = g_strdup (from->user);
  to->group = g_strdup (from->group);
  to->selinux = g_strdup (from->selinux);
  to->sasl_user = g_strdup (from->sasl_user);
  to->x509_dname = g_strdup (from->x509_dname);
}

void
identity_clear (Identity *identity)
{
  g_free (identity->user);
  g_free (identity->group);
  g_free (identity->selinux);
  g_free (identity->sasl_user);
  g_free (identity->x509_dname);
  *identity = (Identity) { .uid = -1, .gid = -1, .pid = -1 };
}
