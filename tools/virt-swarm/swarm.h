/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* swarm.h: all daemons of one root directory, and the process that looks after them.
 *
 * There is one such process a root; a lock file says so. It can be killed at any time: its
 * successor takes the daemons over with their sockets and what they left in the store,
 * or, where it may not reach into them, replaces them. Guests are never touched. */
#pragma once

#include <jansson.h>

#include "service.h"

typedef struct
{
  char *root;                     /* absolute, without a '/' at the end; "" for the host itself */
  char *unit_dir, *bin_dir;       /* bin_dir may be NULL: where the units say */
  char **only;                    /* services by name; NULL: all that can be run */
  char **enable;                  /* more socket units to open; may be NULL */
} SwarmOptions;

typedef struct
{
  const SwarmOptions *options;
  int lock_fd, notify_fd, control_fd;
  GPtrArray *services;            /* of Service */
  uint64_t since;
  bool saving, save_again;
} Swarm;

extern Swarm swarm;

/* ROOT/run/virt-swarm/NAME. Caller frees. */
char *swarm_path (const char *root, const char *name);

/* Takes the lock. False without an error if another process has it. */
bool swarm_lock (const char *root, int *ret_fd, GError **error);

/* Reads the units. Nothing runs or listens yet. */
bool swarm_load (const SwarmOptions *options, int lock_fd, GError **error);

/* Takes over what a predecessor left, listens on everything, starts to supervise. */
bool swarm_begin (GError **error);

/* Frees what swarm_load made; the loop has ended. */
void swarm_clear (void);

/* Ends all daemons. Returns when they are gone. Awaits. */
void swarm_end (void);

/* The same on a fiber of its own; then the loop ends. */
void swarm_end_soon (void);

/* The service whose main process is @pid, NULL if there is none. */
Service *swarm_find_pid (pid_t pid);
Service *swarm_find (const char *name);

/* adopt.c */

/* Finds the daemons of a predecessor and takes them over or ends them. */
bool swarm_adopt (GError **error);

/* Remembers where the units are and which stored descriptors belong to whom, so that a
 * successor finds them. */
void swarm_save_soon (void);

/* The folders of the swarm that is or was up; false if it ended in order. Caller frees both. */
bool swarm_recall_dirs (const char *root, char **ret_unit_dir, char **ret_bin_dir);

/* control.c */

/* Serves the control socket. */
bool control_listen (GError **error);

/* Sends @request to the swarm of @root and waits for the answer; NULL without an error if
 * nobody is there. Blocks. */
json_t *control_ask (const char *root, const char *request, GError **error);

/* notify.c */
bool notify_listen (GError **error);
