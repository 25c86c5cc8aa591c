/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* service.h: a daemon, its sockets and what becomes of it.
 *
 * One fiber a service waits for a connection, starts the daemon with the sockets and the stored
 * descriptors, watches it until it ends, and decides what comes next: wait for
 * the next connection, start it again, or give up for a while. While it is given up,
 * connections are closed at once. */
#pragma once

#include "listener.h"
#include "store.h"
#include "util/fiber.h"

typedef enum
{
  SERVICE_LISTENING,      /* not running; the next connection starts it */
  SERVICE_STARTING,       /* runs, is not ready yet */
  SERVICE_RUNNING,
  SERVICE_STOPPING,
  SERVICE_RESTARTING,     /* ended badly, is started again after a pause */
  SERVICE_FAILED,         /* started too often; connections are refused for a while */
} ServiceState;
const char *service_state_name (ServiceState state);

/* What the unit says. Times in microseconds. */
typedef struct
{
  int type;                       /* index in service_types */
  int restart;                    /* index in restart policies */
  uint64_t restart_us, start_timeout_us, stop_timeout_us, watchdog_us, limit_interval_us;
  unsigned int limit_burst, store_max;
  uint64_t nofile;                /* 0: not set */
  int oom_score_adj;
  bool set_oom_score_adj;
  char *oom_text;
} ServiceSettings;

typedef struct
{
  char *name;                     /* without ".service" */
  Unit *unit;
  const char *root;               /* "" if there is none; borrowed */
  char *binary, *log_path, *notify_path;
  ServiceSettings settings;
  GPtrArray *listeners;           /* of Listener */
  GPtrArray *sources;             /* an sd_event_source for each, off but while listening */
  FdStore store;

  ServiceState state;
  pid_t pid;                      /* 0: not running */
  int pidfd;
  sd_event_source *exit_source;
  bool exited, triggered, retiring, start_now, was_ready, said_stopping;
  const char *kill_reason;        /* why we are ending it; static, NULL: we are not */
  int wait_status;                /* as of wait(2); -1: it was not our child */
  uint64_t started_at, state_since;
  Deadline deadline;              /* of the current state */
  unsigned int starts, restarts, failures_in_a_row;
  GArray *recent_starts;          /* uint64_t, for the start limit */
  char *status;                   /* STATUS= */
  char *result;                   /* how it ended last, or why it did not start */
  Wait wake;
  void (*changed) (void);         /* the store changed, or the daemon ended for good */
} Service;

void service_free (Service *service);     /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Service, service_free)

/* Reads the service @name and its sockets from @dirs; @extra_sockets are units that are opened
 * though they are not part of the default. @binary is the program (copied). Opens nothing. */
Service *service_new (const char *const *dirs, const char *name, const char *const *extra_sockets,
                      const char *root, const char *binary, const char *notify_path, GError **error);

/* Opens the sockets that are not open yet. */
bool service_open (Service *service, GError **error);

/* Takes over a running daemon: @pidfd is taken. */
void service_adopt (Service *service, pid_t pid, int pidfd);

/* Starts the fiber that supervises it. */
void service_begin (Service *service);

/* Asks the daemon to end and the fiber to leave; service_is_gone tells when. */
void service_retire (Service *service);
bool service_is_gone (const Service *service);

/* Has a running daemon replaced by a new instance, which gets what it stored. */
void service_restart (Service *service);

/* What the daemon said on the notification socket: "KEY=value" lines. The descriptors are
 * taken. */
void service_notify (Service *service, char **lines, int *fds, unsigned int n_fds);
