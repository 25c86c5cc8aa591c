/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/process.h: a QEMU that runs: its start, its watch, its end, and finding it
 * again after a restart of the daemon.
 *
 * The order of a start, for recovery: the caller has written the intent (the guest's
 * id and live document) to disk; then the guest's folder and monitor socket are
 * made, files are handed to the guest's user, QEMU runs (paused), the monitor is
 * connected, `spawned` lets the caller write down pid and start time. A daemon that
 * died in between finds folder and monitor by the id and name alone. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "model/domain/domain.h"
#include "qemu/caps.h"
#include "qemu/config.h"
#include "qemu/qmp.h"
#include "util/fiber.h"

typedef struct NetLinks NetLinks;       /* net/net.h */
typedef struct QemuProcess QemuProcess;
struct QemuProcess
{
  int id;
  char *name;                   /* of the guest */
  pid_t pid;                    /* 0: not known */
  int pidfd;
  uint64_t start_time;          /* of /proc/PID/stat, field 22: tells a reused pid apart */
  bool is_child;                /* started by this instance of the daemon: its status is known */
  bool gone;                    /* seen dead (its pidfd) */
  int status;                   /* wait status once gone, -1 if not known */
  char *lib_dir;                /* PATH_LIB/qemu/domain-ID-NAME */
  char *channel_dir;            /* PATH_RUN/qemu/channel/ID-NAME; NULL: none */
  char *monitor_path;
  char *log_path;
  char *cgroup;                 /* its group (cgroup/cgroup.h), NULL: none */
  Qmp *qmp;                     /* NULL: not connected */
  /*< private >*/
  sd_event_source *watch;
  void (*on_gone) (QemuProcess *process, void *user);
  void *on_gone_user;
};

/* What a start needs; all borrowed until qemu_process_start returns, but the handler. */
typedef struct
{
  Domain *domain;               /* the live copy; gets ports, pty paths, backing facts... */
  int id;
  const QemuConfig *config;
  QemuCaps *caps;
  bool reset_nvram;             /* the variables of its firmware begin anew */
  const NetLinks *links;        /* to the host's ends of interfaces; NULL: none */
  const QmpHandler *handler;    /* of the monitor; events may come before the start returns */
  void *user;                   /* for handler and the functions below */
  /* The @index-th descriptor that a client gave under the name @group, borrowed; -1: there are no more. NULL: there are none. */
  int (*client_fd) (const char *group, unsigned int index, void *user);
  /* As in QemuChainRules. */
  void (*dropped) (const char *alias, const char *path, bool is_disk, void *user);
  bool (*note) (void *user, GError **error);
  /* All is ready but the process, and the document as complete as it gets without it. May await; failing stops the
   * start. May be NULL. */
  bool (*ready) (void *user, GError **error);
  /* The process exists: put down process->pid, start_time, paths. May await; failing stops
   * the start. May be NULL. */
  bool (*spawned) (const QemuProcess *process, void *user, GError **error);
  Deadline deadline;            /* greeting and first batch; FOREVER: 60 s from the start of QEMU */
} QemuStart;

/* Starts QEMU with the virtual CPUs stopped and returns when its monitor has answered and
 * the live document is complete. On failure nothing is left of it (process, folder, labels,
 * log entry written) and the error has QEMU's last words: VIR_ERR_INTERNAL_ERROR for a QEMU
 * that ended or refused. Awaits. */
QemuProcess *qemu_process_start (const QemuStart *start, GError **error);

/* Takes from interfaces what stock does not show of a guest that is not started: they become taps without options. */
void qemu_show_plainly (Domain *domain);

/* Environment and argument vector of a start without starting: for domxml-to-native. QEMU opens
 * sockets and logs by their paths in it. NULL-terminated; caller frees with g_strfreev. Awaits. */
char **qemu_process_argv (Domain *domain, const QemuConfig *config, QemuCaps *caps, GError **error);

/* What a daemon wrote down of a QEMU. */
typedef struct
{
  int id;
  const char *name;
  pid_t pid;                    /* 0: the daemon died before it knew */
  uint64_t start_time;          /* 0: not known */
  const char *cgroup;           /* NULL: not known */
  const char *partition;        /* of the document, where its group would be; NULL: the default */
  const char *monitor_path;     /* NULL: the one that a start would have made */
} QemuRecord;

/* Finds that QEMU again. Returns it without a monitor (qemu_process_connect is next), NULL
 * without @error if it is gone (what it left behind is removed then), NULL with @error if that cannot be told.
 * Talks to QEMU only if its pid is not known. Awaits. */
QemuProcess *qemu_process_find (const QemuRecord *record, GError **error);
/* Connects the monitor and greets. Awaits. */
bool qemu_process_connect (QemuProcess *process, const QmpHandler *handler, void *user,
                           Deadline deadline, GError **error);

/* Calls @gone on the loop when the process has ended (also if it has already). At most one
 * watch a process; replaces the former. NULL ends the watch. */
typedef void (*QemuGone) (QemuProcess *process, void *user);
bool qemu_process_watch (QemuProcess *process, QemuGone gone, void *user, GError **error);

/* Ends the process: SIGTERM, and after a grace of 200 ms (a stopped or hung QEMU) SIGKILL.
 * @graceful: SIGTERM and 15 s, then VIR_ERR_OPERATION_FAILED with the process left alone.
 * True when it is gone. Awaits. */
bool qemu_process_stop (QemuProcess *process, bool graceful, GError **error);

/* Removes what a start made: ownership given back, folder, sockets, cgroup. @domain is
 * the live document. @reason ("destroyed", "shutdown", "crashed", "failed"...) ends the
 * guest's log; NULL: no line. Failures are logged, nothing stops it. The process must be gone. Awaits. */
void qemu_process_cleanup (QemuProcess *process, const Domain *domain, const QemuConfig *config,
                           const char *reason);

/* NULL is fine. Ends the watch, closes the monitor; does not touch the process. */
void qemu_process_free (QemuProcess *process);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuProcess, qemu_process_free)

/* One line "DATE: @text" for the guest's log, by virtlogd. Failures are logged. Awaits. */
void qemu_log_line (const QemuConfig *config, const char *name, const uint8_t *uuid, const char *text);

/* Fresh facts in the live document after a reconnect: pty paths, ports, tray states... One
 * batch. Awaits. */
bool qemu_process_refresh (QemuProcess *process, Domain *domain, Deadline deadline, GError **error);

/* Its CPU time in nanoseconds (user, system; cgroup if it has one) and resident memory in KiB.
 * From /proc; never awaits. */
typedef struct { uint64_t cpu_ns, user_ns, system_ns, rss_kib; } QemuUsage;
bool qemu_process_usage (const QemuProcess *process, QemuUsage *ret, GError **error);
/* Of the thread of one virtual CPU: run time in ns and the host CPU it was last on. */
bool qemu_thread_usage (pid_t pid, pid_t tid, uint64_t *ret_ns, int *ret_cpu, GError **error);
