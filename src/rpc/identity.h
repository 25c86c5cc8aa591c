/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* identity.h: who a client is. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Absent strings are NULL, absent numbers -1 (0 for the start time). */
typedef struct
{
  int64_t uid, gid, pid;
  uint64_t pid_start;        /* clock ticks after boot, as in /proc/PID/stat */
  char *user, *group;
  char *selinux;
  char *sasl_user;
  char *x509_dname;
} Identity;

/* Of the peer of the UNIX socket @fd, by SO_PEERCRED and SO_PEERSEC. */
bool identity_from_socket (Identity *ret_identity, int fd, GError **error);
void identity_copy (Identity *to, const Identity *from);
void identity_clear (Identity *identity);
