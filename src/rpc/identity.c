/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/process.h"

/* The name of the last id that was asked for: names change rarely and clients come often. */
typedef struct
{
  bool known;
  id_t id;
  char *name;
} NameCache;

static const char *
user_of (id_t id)
{
  const struct passwd *entry = getpwuid (id);

  return entry != NULL ? entry->pw_name : NULL;
}

static const char *
group_of (id_t id)
{
  const struct group *entry = getgrgid (id);

  return entry != NULL ? entry->gr_name : NULL;
}

/* Caller frees. */
static char *
name_of (NameCache *cache, const char *(*look_up) (id_t id), id_t id)
{
  if (!cache->known || cache->id != id)
    {
      g_free (cache->name);
      *cache = (NameCache) { true, id, g_strdup (look_up (id)) };
    }
  return g_strdup (cache->name);
}

bool
identity_from_socket (Identity *ret_identity, int fd, GError **error)
{
  static NameCache users, groups;
  struct ucred cred;
  socklen_t length = sizeof cred;
  char label[512];
  socklen_t label_length = sizeof label - 1;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &cred, &length) < 0)
    return fail_errno (error, VIR_FROM_RPC, errno, "cannot read who is at the other end of a socket");
  *ret_identity = (Identity) {
    .uid = cred.uid, .gid = cred.gid, .pid = cred.pid, .user = name_of (&users, user_of, cred.uid), .group = name_of (&groups, group_of, cred.gid),
  };
  process_start_time (cred.pid, &ret_identity->pid_start);
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
