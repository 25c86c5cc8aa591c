/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting a process.
 *
 * The child shares our memory until its exec and has a stack of its own, so nothing
 * is copied however large the daemon is. It must not allocate, lock, or call what
 * acts on all threads of a process: all is prepared by the parent in a Plan, and
 * identity is changed by plain system calls. It tells of a failure in the Plan.
 * Sanitizers cannot follow that: there the child is a fork that tells through a pipe. */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/sched.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/process.h"

#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SPAWN_BY_FORK 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SPAWN_BY_FORK 1
#endif
#ifndef SPAWN_BY_FORK
#define SPAWN_BY_FORK 0
#endif

#define CHILD_STACK (64 * 1024)

/* Where a child failed and why. */
typedef struct
{
  int step;         /* index in steps, -1: nowhere */
  int errnum;
} Failure;

typedef struct
{
  const ProcessSpec *spec;
  char *program;
  char **env;
  ProcessFd *map;             /* by ascending child number, 0 to 2 always there */
  unsigned int n_map;
  int null_fd, cgroup_fd;
  bool join_cgroup;           /* the child was not born in its cgroup */
  bool drop_bounding;
  char oom_score_adj[16];
  int failure_fd;             /* of the pipe, if by fork */
  Failure failure;
} Plan;

static void
plan_clear (Plan *plan)
{
  g_free (plan->program);
  g_free (plan->map);
  fd_clear (&plan->null_fd);
  fd_clear (&plan->cgroup_fd);
  fd_clear (&plan->failure_fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, plan_clear)

/* -- In the child: each step returns 0 or -1 with errno ------------------------------------ */

/* Ignored signals would stay ignored after exec, and our handlers must not run here. */
static int
reset_signals (Plan *plan)
{
  struct sigaction action = { .sa_handler = SIG_DFL };

  for (int number = 1; number < NSIG; number++)
    sigaction (number, &action, NULL);      /* fails for SIGKILL, SIGSTOP and libc's own */
  return 0;
}

static int
make_session (Plan *plan)
{
  return plan->spec->new_session ? (int) setsid () : 0;
}

static int
write_file (int folder, const char *path, const char *text)
{
  int fd = openat (folder, path, O_WRONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? write (fd, text, strlen (text)) : -1;

  if (fd >= 0)
    fd_clear (&fd);
  return n < 0 ? -1 : 0;
}

static int
enter_cgroup (Plan *plan)
{
  const char *const *files = plan->spec->cgroup_procs;

  if (plan->join_cgroup && write_file (plan->cgroup_fd, "cgroup.procs", "0") < 0)
    return -1;
  for (unsigned int i = 0; files != NULL && files[i] != NULL; i++)
    if (write_file (AT_FDCWD, files[i], "0") < 0)
      return -1;
  return 0;
}

/* What is mounted or unmounted by us later happens there too, and not the other way round. */
static int
make_namespace (Plan *plan)
{
  const ProcessSpec *spec = plan->spec;

  if (spec->n_mounts == 0)
    return 0;
  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
    return -1;
  for (unsigned int i = 0; i < spec->n_mounts; i++)
    if (move_mount (spec->mounts[i].fd, "", AT_FDCWD, spec->mounts[i].path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
      return -1;
  return 0;
}

static int
set_oom_score (Plan *plan)
{
  return plan->spec->oom_score_adj != NULL
         ? write_file (AT_FDCWD, "/proc/self/oom_score_adj", plan->oom_score_adj) : 0;
}

static int
set_affinity (Plan *plan)
{
  if (plan->spec->affinity == NULL)
    return 0;
  return syscall (SYS_sched_setaffinity, 0, plan->spec->affinity_length, plan->spec->affinity) < 0 ? -1 : 0;
}

static int
enter_folder (Plan *plan)
{
  return chdir (plan->spec->cwd != NULL ? plan->spec->cwd : "/");
}

/* First all sources above all targets, so that no target overwrites a source. */
static int
arrange_fds (Plan *plan)
{
  int last = plan->map[plan->n_map - 1].child;
  int next = 0;

  for (unsigned int i = 0; i < plan->n_map; i++)
    {
      int moved = plan->map[i].fd > last ? plan->map[i].fd
                                         : fcntl (plan->map[i].fd, F_DUPFD_CLOEXEC, last + 1);

      if (moved < 0)
        return -1;
      plan->map[i].fd = moved;
    }
  if (plan->failure_fd >= 0 && plan->failure_fd <= last)
    plan->failure_fd = fcntl (plan->failure_fd, F_DUPFD_CLOEXEC, last + 1);
  for (unsigned int i = 0; i < plan->n_map; i++)
    {
      int target = plan->map[i].child;

      if (dup2 (plan->map[i].fd, target) < 0
          || (target > next && close_range ((unsigned int) next, (unsigned int) target - 1, 0) < 0))
        return -1;
      next = target + 1;
    }
  return close_range ((unsigned int) next, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int
set_limits (Plan *plan)
{
  for (unsigned int i = 0; i < plan->spec->n_limits; i++)
    if (setrlimit ((__rlimit_resource_t) plan->spec->limits[i].resource, &plan->spec->limits[i].limit) < 0)
      return -1;
  if (plan->spec->set_umask)
    umask (plan->spec->umask);
  return 0;
}

/* Needs a capability that the next step may take away. */
static int
limit_bounding_set (Plan *plan)
{
  for (int capability = 0; plan->drop_bounding && capability < 64; capability++)
    if ((plan->spec->keep_caps >> capability & 1) == 0
        && prctl (PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL)
      return -1;
  return 0;
}

/* libc's functions of these names would signal the parent's threads. */
static int
change_user (Plan *plan)
{
  const ProcessSpec *spec = plan->spec;

  if (!spec->set_user)
    return 0;
  if (spec->limit_caps && prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
    return -1;
  if (syscall (SYS_setgroups, (size_t) spec->n_groups, spec->groups) < 0
      || syscall (SYS_setresgid, spec->gid, spec->gid, spec->gid) < 0
      || syscall (SYS_setresuid, spec->uid, spec->uid, spec->uid) < 0)
    return -1;
  return 0;
}

static int
limit_capabilities (Plan *plan)
{
  uint64_t keep = plan->spec->keep_caps;
  uint32_t low = (uint32_t) keep, high = (uint32_t) (keep >> 32);
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct sets[2] = { { low, low, low }, { high, high, high } };

  if (!plan->spec->limit_caps)
    return 0;
  if (syscall (SYS_capset, &header, sets) < 0)
    return -1;
  for (int capability = 0; capability < 64; capability++)
    if ((keep >> capability & 1) != 0
        && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
      return -1;
  return 0;
}

static int
forbid_privileges (Plan *plan)
{
  return plan->spec->no_new_privs ? prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

static int
set_exec_label (Plan *plan)
{
  return plan->spec->exec_label != NULL ? write_file (AT_FDCWD, "/proc/self/attr/exec", plan->spec->exec_label) : 0;
}

static int
execute (Plan *plan)
{
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  return execve (plan->program, (char *const *) plan->spec->argv, plan->env);
}

static const struct
{
  int (*run) (Plan *plan);
  const char *what;
} steps[] = {
  { reset_signals, "resetting its signals" },
  { make_session, "making its session" },
  { enter_cgroup, "entering its control group" },
  { make_namespace, "making its mount namespace" },
  { set_oom_score, "setting its OOM score" },
  { set_affinity, "setting its CPU affinity" },
  { enter_folder, "entering its working folder" },
  { arrange_fds, "arranging its descriptors" },
  { set_limits, "setting its resource limits" },
  { limit_bounding_set, "limiting its capabilities" },
  { set_exec_label, "setting its security label" },
  { change_user, "changing its user" },
  { limit_capabilities, "setting its capabilities" },
  { forbid_privileges, "forbidding it new privileges" },
  { execute, "executing it" },
};

static int
child_main (void *data)
{
  Plan *plan = data;

  for (unsigned int i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].run (plan) < 0)
      {
        plan->failure = (Failure) { (int) i, errno };
        break;
      }
  if (plan->failure_fd >= 0 && write (plan->failure_fd, &plan->failure, sizeof plan->failure) < 0)
    _exit (126);
  _exit (127);
}

/* -- In the parent: making the child --------------------------------------------------------- */

/* clone3 with a function and a stack for the child, as libc's clone has. The stack is
 * empty in the child, so it never comes back from @func. */
#if defined __x86_64__
static long
clone3_call (struct clone_args *args, int (*func) (void *), void *data)
{
  register int (*child_func) (void *) __asm__ ("r12") = func;
  register void *child_data __asm__ ("r13") = data;
  long result;

  __asm__ volatile ("syscall\n\t"
                    "testq %%rax, %%rax\n\t"
                    "jnz 1f\n\t"
                    "xorl %%ebp, %%ebp\n\t"
                    "movq %%r13, %%rdi\n\t"
                    "callq *%%r12\n\t"
                    "hlt\n"
                    "1:"
                    : "=a"(result)
                    : "0"((long) SYS_clone3), "D"(args), "S"(sizeof *args), "r"(child_func), "r"(child_data)
                    : "rcx", "r11", "memory");
  return result;
}
#elif defined __aarch64__
static long
clone3_call (struct clone_args *args, int (*func) (void *), void *data)
{
  register long number __asm__ ("x8") = SYS_clone3;
  register long result __asm__ ("x0") = (long) args;
  register size_t size __asm__ ("x1") = sizeof *args;
  register int (*child_func) (void *) __asm__ ("x19") = func;
  register void *child_data __asm__ ("x20") = data;

  __asm__ volatile ("svc #0\n\t"
                    "cbnz x0, 1f\n\t"
                    "mov x29, xzr\n\t"
                    "mov x0, x20\n\t"
                    "blr x19\n\t"
                    "brk #0\n"
                    "1:"
                    : "+r"(result)
                    : "r"(number), "r"(size), "r"(child_func), "r"(child_data)
                    : "memory");
  return result;
}
#else
static long
clone3_call (struct clone_args *args, int (*func) (void *), void *data)
{
  return -ENOSYS;
}
#endif

/* The child and its pidfd, or -1 and errno. Returns when the child has executed or failed.
 * Being born in a control group spares the child a slow move; where the kernel refuses,
 * the child moves itself, and tells why if that fails too. */
static pid_t
clone_child (Plan *plan, int *ret_pidfd)
{
  g_autofree char *stack = g_malloc (CHILD_STACK);
  int pidfd = -1;
  struct clone_args args = {
    .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | (plan->cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
    .pidfd = (uintptr_t) &pidfd,
    .exit_signal = SIGCHLD,
    .stack = (uintptr_t) stack,
    .stack_size = CHILD_STACK,
    .cgroup = (uint64_t) MAX (plan->cgroup_fd, 0),
  };
  long pid = clone3_call (&args, child_main, plan);

  if (pid < 0)
    {
      plan->join_cgroup = plan->cgroup_fd >= 0;
      pid = clone (child_main, stack + CHILD_STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, plan, &pidfd);
    }
  *ret_pidfd = pidfd;
  return (pid_t) pid;
}

static pid_t
fork_child (Plan *plan, int *ret_pidfd)
{
  int ends[2];
  pid_t pid;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -1;
  plan->failure_fd = ends[1];
  plan->join_cgroup = plan->cgroup_fd >= 0;
  pid = fork ();
  if (pid == 0)
    child_main (plan);
  fd_clear (&plan->failure_fd);
  /* Nothing comes if the child could execute: its end closed then. */
  if (pid > 0 && read (ends[0], &plan->failure, sizeof plan->failure) < 0)
    plan->failure = (Failure) { 0, errno };
  fd_clear (&ends[0]);
  *ret_pidfd = pid > 0 ? pidfd_open (pid, 0) : -1;
  return pid;
}

/* With all signals blocked, as a handler of ours would run in the child on our memory. */
static pid_t
make_child (Plan *plan, int *ret_pidfd)
{
  sigset_t all, saved;
  pid_t pid;
  int errnum;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &saved);
  pid = SPAWN_BY_FORK ? fork_child (plan, ret_pidfd) : clone_child (plan, ret_pidfd);
  errnum = errno;
  pthread_sigmask (SIG_SETMASK, &saved, NULL);
  errno = errnum;
  return pid;
}

/* -- In the parent: the plan -------------------------------------------------------------------- */

static int
compare_map (const void *a, const void *b)
{
  return ((const ProcessFd *) a)->child - ((const ProcessFd *) b)->child;
}

static bool
plan_fds (Plan *plan, GError **error)
{
  const ProcessSpec *spec = plan->spec;
  bool named[3] = { false };

  plan->null_fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (plan->null_fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot start '%s': cannot open /dev/null", plan->program);
  plan->map = g_new (ProcessFd, spec->n_fds + 3);
  for (unsigned int i = 0; i < spec->n_fds; i++)
    {
      plan->map[plan->n_map++] = spec->fds[i];
      if (spec->fds[i].child < 3)
        named[spec->fds[i].child] = true;
    }
  for (int number = 0; number < 3; number++)
    if (!named[number])
      plan->map[plan->n_map++] = (ProcessFd) { number, plan->null_fd };
  qsort (plan->map, plan->n_map, sizeof plan->map[0], compare_map);
  return true;
}

static bool
plan_cgroup (Plan *plan, GError **error)
{
  if (plan->spec->cgroup_dir == NULL)
    return true;
  plan->cgroup_fd = open (plan->spec->cgroup_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (plan->cgroup_fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot start '%s': cannot open control group '%s'",
                       plan->program, plan->spec->cgroup_dir);
  return true;
}

/* Without the capability to limit the bounding set it is left alone, unless the child
 * is root, whom an exec would give back what is in that set. */
static bool
may_skip_bounding (const ProcessSpec *spec)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct sets[2] = { { 0 } };
  uid_t uid = spec->set_user ? spec->uid : geteuid ();

  syscall (SYS_capget, &header, sets);
  return uid != 0 && (sets[CAP_SETPCAP / 32].effective >> CAP_SETPCAP % 32 & 1) == 0;
}

static bool
plan_program (Plan *plan, GError **error)
{
  const char *name = plan->spec->program != NULL ? plan->spec->program : plan->spec->argv[0];

  plan->program = strchr (name, '/') != NULL ? g_strdup (name) : g_find_program_in_path (name);
  if (plan->program == NULL)
    return fail_errno (error, VIR_FROM_NONE, ENOENT, "cannot start '%s': it is in no folder of PATH", name);
  return true;
}

static bool
plan_make (Plan *plan, GError **error)
{
  const ProcessSpec *spec = plan->spec;

  plan->null_fd = plan->cgroup_fd = plan->failure_fd = -1;
  plan->failure.step = -1;
  plan->env = spec->env != NULL ? (char **) spec->env : environ;
  plan->drop_bounding = spec->limit_caps && !may_skip_bounding (spec);
  if (spec->oom_score_adj != NULL)
    g_snprintf (plan->oom_score_adj, sizeof plan->oom_score_adj, "%d", *spec->oom_score_adj);
  return plan_program (plan, error) && plan_fds (plan, error) && plan_cgroup (plan, error);
}

/* A child that failed ends by itself at once. */
static void
reap (pid_t pid)
{
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

bool
process_spawn (const ProcessSpec *spec, pid_t *ret_pid, int *ret_pidfd, GError **error)
{
  g_auto (Plan) plan = { .spec = spec };
  fd_auto int pidfd = -1;
  pid_t pid;

  if (!plan_make (&plan, error))
    return false;
  pid = make_child (&plan, &pidfd);
  if (pid < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot start '%s': cannot make a process", plan.program);
  if (plan.failure.step >= 0)
    {
      reap (pid);
      return fail_errno (error, VIR_FROM_NONE, plan.failure.errnum, "cannot start '%s': %s",
                         plan.program, steps[plan.failure.step].what);
    }
  if (ret_pid != NULL)
    *ret_pid = pid;
  if (ret_pidfd != NULL)
    *ret_pidfd = fd_steal (&pidfd);
  return true;
}
