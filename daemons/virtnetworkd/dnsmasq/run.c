/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c: runs a network's dnsmasq until it serves.
 *
 * All of it blocks, in one go on one worker: the program's start does not hold the loop, and there are no hops between a worker
 * and the loop, which on a busy host take longer than what they are for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dnsmasq/find.h"
#include "dnsmasq/helper-path.h"
#include "dnsmasq/private.h"
#include "link/sysctl.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"

#define LOG_CATEGORY "network.dnsmasq"
#define DNSMASQ "/usr/sbin/dnsmasq"
#define START_MS 20000
#define WORDS_MAX 4096
#define WATCHERS "fs/inotify/max_user_instances"
#define WATCHERS_MIN 1024
#define WATCHERS_MAX 65536

/* What came of its first process. */
typedef struct
{
  int status;                   /* as of waitid: si_code and si_status */
  int code;
  char words[WORDS_MAX + 1];    /* on one line */
} Outcome;

/* The program that keeps leases: the build's own beside a daemon that is not installed. Caller frees. */
static char *
helper_path (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *built = folder != NULL ? g_build_filename (folder, "dnsmasq", "libvirt_leaseshelper", NULL) : NULL;

  return built != NULL && access (built, X_OK) == 0 ? g_steal_pointer (&built) : g_strdup (LEASE_HELPER);
}

/* Caller frees. */
static char *
find_program (GError **error)
{
  char *program = g_find_program_in_path ("dnsmasq");

  /* A daemon's PATH may have no sbin. */
  if (program == NULL && access (DNSMASQ, X_OK) == 0)
    program = g_strdup (DNSMASQ);
  if (program == NULL)
    fail_errno (error, VIR_FROM_NETWORK, ENOENT, "there is no program dnsmasq in PATH, which serves addresses and names");
  return program;
}

static void
read_words (int fd, char *words)
{
  ssize_t n = read (fd, words, WORDS_MAX);

  words[MAX (n, 0)] = '\0';
  g_strstrip (g_strdelimit (words, "\n", ' '));
}

/* Runs @spec to its end. The process that serves has another standard error by then. */
static bool
run_to_end (ProcessSpec *spec, Outcome *ret, GError **error)
{
  fd_auto int in = -1;
  fd_auto int out = -1;
  fd_auto int pidfd = -1;
  struct pollfd end = { .events = POLLIN };
  siginfo_t info = { 0 };
  int ends[2], n;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return fail_errno (error, VIR_FROM_NETWORK, errno, "cannot start dnsmasq: no pipe");
  in = ends[0];
  out = ends[1];
  spec->fds = &(ProcessFd) { .child = 2, .fd = out };
  spec->n_fds = 1;
  if (fcntl (in, F_SETFL, O_NONBLOCK) < 0 || !process_spawn (spec, NULL, &pidfd, error))
    return false;
  end.fd = pidfd;
  do
    n = poll (&end, 1, START_MS);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    process_kill (pidfd, SIGKILL, NULL);
  waitid (P_PIDFD, (id_t) pidfd, &info, WEXITED);
  read_words (in, ret->words);
  ret->code = info.si_code;
  ret->status = info.si_status;
  return n > 0
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_TIMEOUT, "dnsmasq does not get ready: %s", ret->words);
}

static bool
has_failed (const Outcome *outcome)
{
  return outcome->code != CLD_EXITED || outcome->status != 0;
}

/* Each dnsmasq watches /etc/resolv.conf, and the kernel lets a user have so many watchers: often 128. A host that has more
 * networks than that is meant to. */
static bool
allow_more_watchers (GError **error)
{
  int limit;

  if (!sysctl_get (&limit, error, WATCHERS))
    return false;
  return limit < WATCHERS_MAX ? sysctl_set (CLAMP (2 * limit, WATCHERS_MIN, WATCHERS_MAX), error, WATCHERS)
                              : fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_FAILED, WATCHERS " is %d already", limit);
}

/* Whether it failed for want of something that there is more of now. */
static bool
can_try_again (const Outcome *outcome)
{
  g_autoptr (GError) error = NULL;

  if (!has_failed (outcome) || strstr (outcome->words, "inotify") == NULL)
    return false;
  if (allow_more_watchers (&error))
    {
      log_info ("there are more networks than " WATCHERS " allowed: it is raised");
      return true;
    }
  log_warning ("%s", error->message);
  return false;
}

/* What it said, and who is in its way. */
static bool
explain (const char *network, const Outcome *outcome, GError **error)
{
  g_autofree char *owner = dnsmasq_port_owner_now (outcome->words);

  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "network '%s': dnsmasq ended at its start with %s %d: %s%s%s",
               network, outcome->code == CLD_EXITED ? "status" : "signal", outcome->status,
               *outcome->words != '\0' ? outcome->words : "it said nothing", owner != NULL ? "; " : "",
               owner != NULL ? owner : "");
}

bool
dnsmasq_run_now (const char *network, const char *conf, const char *bridge, GError **error)
{
  g_autofree char *program = find_program (error), *helper = helper_path ();
  g_autofree char *option = g_strconcat ("--conf-file=", conf, NULL), *script = g_strconcat ("--dhcp-script=", helper, NULL);
  g_autofree char *bridge_variable = g_strconcat ("VIR_BRIDGE_NAME=", bridge, NULL);
  g_autofree char *root_variable = g_strconcat ("VIRTSWARM_ROOT=", path_root (), NULL);
  const char *argv[] = { program, option, "--leasefile-ro", script, NULL };
  /* The helper inherits them. */
  const char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", bridge_variable,
                        *path_root () != '\0' ? root_variable : NULL, NULL };
  ProcessSpec spec = { .argv = argv, .env = env, .new_session = true, .set_umask = true, .umask = 022 };
  Outcome outcome = { 0 };

  if (program == NULL)
    return false;
  if (!run_to_end (&spec, &outcome, error) || (can_try_again (&outcome) && !run_to_end (&spec, &outcome, error)))
    {
      if (error != NULL)
        virt_error_claim (*error, VIR_FROM_NETWORK);
      return false;
    }
  return !has_failed (&outcome) || explain (network, &outcome, error);
}
