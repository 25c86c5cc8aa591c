/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* store.h: descriptors that a daemon left with us for its next instance.
 *
 * As systemd's: one descriptor is kept once however often it is sent; a pipe or socket whose
 * other end is gone is dropped, unless its sender said FDPOLL=0. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

typedef struct
{
  char *name;
  int fd;
  bool poll;                  /* dropped when the other end is gone */
  sd_event_source *hangup;
} StoredFd;

typedef struct
{
  GPtrArray *entries;         /* of StoredFd, in the order of arrival */
  unsigned int limit;
} FdStore;

void store_init (FdStore *store, unsigned int limit);
void store_clear (FdStore *store);

/* Takes @fd over; closes it when the store is full or has it already. */
void store_add (FdStore *store, const char *name, int fd, bool poll);

/* Drops every descriptor of that name. */
void store_remove (FdStore *store, const char *name);
