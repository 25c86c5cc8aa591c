/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* process.h: child processes.
 *
 * A child gets an argument vector (no shell), the descriptors that its
 * specification names and nothing else of ours. Starting one does not copy the
 * daemon's address space: it takes as long as the child needs up to its exec, and
 * a failed exec is known exactly (which step, which errno). A process is named by a
 * pidfd, never by a bare number that may have been given to another.
 * Failures are VIR_ERR_SYSTEM_ERROR (int1: errno) or VIR_ERR_INTERNAL_ERROR and name the program. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "util/fiber.h"

/* @fd of ours becomes the child's descriptor number @child. */
typedef struct
{
  int child, fd;
} ProcessFd;

typedef struct
{
  int resource;             /* RLIMIT_... */
  struct rlimit limit;
} ProcessLimit;

/* Something mounted nowhere yet (fsmount, open_tree) that the child puts at @path. */
typedef struct
{
  int fd;
  const char *path;
} ProcessMount;

/* How to start a process. A zero-initialised one with argv set is complete. Everything
 * is borrowed until process_spawn returns. */
typedef struct
{
  const char *const *argv;      /* NULL-terminated; [0] names the program: a path, or looked up in PATH */
  const char *program;          /* if set: the file to run instead of argv[0] */
  const char *const *env;       /* NULL-terminated "NAME=value"; NULL: ours */
  const char *cwd;              /* NULL: "/" */

  const ProcessFd *fds;         /* 0, 1 and 2 are /dev/null where not named; all others are closed */
  unsigned int n_fds;

  bool new_session;             /* setsid */
  const char *cgroup_dir;       /* a cgroup v2 folder to start in; NULL: ours */
  const char *const *cgroup_procs;  /* NULL-terminated: files by which it enters groups of v1; NULL: none */

  const ProcessMount *mounts;   /* put in their places, in this order, in a mount namespace of its own, which follows ours */
  unsigned int n_mounts;        /* 0: ours */

  bool set_user;                /* become uid and gid with @groups as the only supplementary groups */
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  unsigned int n_groups;

  bool limit_caps;              /* keep only keep_caps, in all sets and the bounding set */
  uint64_t keep_caps;           /* bits 1 << CAP_...; kept across set_user and exec (ambient) */
  bool no_new_privs;
  const char *exec_label;       /* written to /proc/self/attr/exec: what the program is confined by; NULL: nothing */

  bool set_umask;
  mode_t umask;
  const ProcessLimit *limits;
  unsigned int n_limits;
  const int *oom_score_adj;     /* NULL: ours */
  const uint8_t *affinity;      /* CPU map, lowest bit of the first byte is CPU 0; NULL: ours */
  size_t affinity_length;       /* in bytes */
} ProcessSpec;

/* Starts a process. On success *@ret_pidfd (may be NULL: then the pidfd is closed, and the
 * caller reaps by pid) is CLOEXEC and the caller's. Does not await. */
bool process_spawn (const ProcessSpec *spec, pid_t *ret_pid, int *ret_pidfd, GError **error);

/* What came of a process that ended. */
typedef struct
{
  int status;               /* as of wait(2): WIFEXITED, WEXITSTATUS... */
  char *output;             /* standard output and error, NUL-terminated; may be "" */
  size_t output_length;
  char *errors;
  size_t errors_length;
} ProcessResult;
void process_result_clear (ProcessResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ProcessResult, process_result_clear)

typedef struct
{
  Deadline deadline;        /* 0: 30 seconds from now */
  size_t output_limit;      /* bytes, of each of output and errors; 0: 1 MiB */
} ProcessLimits;

/* Runs a program to its end: @input (NULL: none) goes to its standard input, its output is
 * collected. At the deadline, or past the output limit, or on cancellation, it is
 * killed and the call fails. Any exit status is success here. @limits may be
 * NULL. spec->fds may name descriptors from 3. Must be called on a fiber. Awaits. */
bool process_run (const ProcessSpec *spec, const char *input, size_t input_length,
                  const ProcessLimits *limits, ProcessResult *ret_result, GError **error);

/* Fails (VIR_ERR_INTERNAL_ERROR) if the result is not exit status 0; the message has
 * the program, its status or signal and the end of its standard error. */
bool process_check (const ProcessSpec *spec, const ProcessResult *result, GError **error);

/* The simple case of both: argv in, standard output out (caller frees; may be NULL). Awaits. */
bool process_run_simple (const char *const *argv, uint64_t timeout_ms, char **ret_output, GError **error);

/* Sends @signal. A process that has ended is fine. */
bool process_kill (int pidfd, int signal, GError **error);

/* True if the process behind @pidfd has ended (it may not be reaped yet). Does not await. */
bool process_ended (int pidfd);

/* Sends SIGTERM, after @grace_ms SIGKILL (0: at once), and awaits the end, at most until @deadline. Reaps a child.
 * @ret_killed (may be NULL) tells whether SIGKILL was needed. Awaits. */
bool process_stop (int pidfd, uint64_t grace_ms, Deadline deadline, bool *ret_killed, GError **error);

/* When the process started: clock ticks since boot, the field of /proc/PID/stat. With the
 * pid it names a process for good within one boot. False, no error text needed, if there is none. */
bool process_start_time (pid_t pid, uint64_t *ret_start_time);

/* Opens a pidfd of @pid if it is the process that started at @start_time
 * (0: any). Fails with errno ESRCH in int1 if it is gone or is another. */
bool process_pidfd_open (pid_t pid, uint64_t start_time, int *ret_pidfd, GError **error);

/* What a process or one of its threads has used. */
typedef struct
{
  uint64_t user_ns, system_ns;  /* CPU time, in steps of a clock tick */
  uint64_t rss_kib;             /* of the whole process */
  int last_cpu;
  char state;                   /* 'R', 'S', 'D', 'T', 'Z'... */
} ProcessUsage;
/* @tid 0: the whole process. Reads one /proc file; does not await. */
bool process_usage (pid_t pid, pid_t tid, ProcessUsage *ret_usage, GError **error);

/* The CPUs on which a thread may run; bits as in ProcessSpec.affinity. */
bool process_get_affinity (pid_t tid, uint8_t *ret_map, size_t length, GError **error);
bool process_set_affinity (pid_t tid, const uint8_t *map, size_t length, GError **error);
