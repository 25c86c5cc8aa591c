/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* listener.h: a listening socket as a .socket unit describes it. */
#pragma once

#include "unit.h"

typedef struct
{
  char *name;         /* the unit's: what the daemon finds in LISTEN_FDNAMES */
  char *address;      /* ListenStream as written */
  char *path;         /* below the root; NULL for an IP socket */
  unsigned int mode, directory_mode, backlog;
  char *user, *group;
  int fd;             /* -1: not listening */
} Listener;

void listener_free (Listener *listener);      /* NULL is fine; closes, leaves the path */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listener, listener_free)

/* What the unit says, with paths below @root. Does not listen yet. */
Listener *listener_new (const Unit *unit, const char *root, GError **error);

/* Makes the socket's folder and the socket, with owner and mode, and listens. A socket file
 * that nobody listens on is replaced; one that is served is VIR_ERR_OPERATION_INVALID. */
bool listener_open (Listener *listener, GError **error);

/* Stops listening and removes the path. */
void listener_close (Listener *listener);

/* Accepts and closes what waits: the clients see that nobody is there. */
void listener_refuse (Listener *listener);
