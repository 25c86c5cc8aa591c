/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a program to its end, with its input and output. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/process.h"

#define DEFAULT_TIMEOUT_MS 30000
#define DEFAULT_OUTPUT_LIMIT (1024 * 1024)
#define SHOWN_ERRORS 512      /* bytes of standard error in a message */

/* One end of a pipe of ours. */
typedef struct
{
  int fd;
  GString *text;      /* what came; NULL for the input */
} Channel;

typedef struct
{
  const char *program;
  int epoll, pidfd;
  pid_t pid;
  Channel input, output, errors;
  const char *unsent;
  size_t n_unsent, limit;
} Run;

void
process_result_clear (ProcessResult *result)
{
  g_clear_pointer (&result->output, g_free);
  g_clear_pointer (&result->errors, g_free);
}

/* -- Leaving ---------------------------------------------------------------------------- */

static void
reap_fiber (void *data)
{
  fd_auto int pidfd = GPOINTER_TO_INT (data);

  fiber_wait_pidfd (pidfd, FOREVER, NULL, NULL);
}

/* The program and what it started in its session's group. It is reaped when it has gone,
 * without keeping the caller. */
static void
run_abandon (Run *run)
{
  kill (-run->pid, SIGKILL);
  process_kill (run->pidfd, SIGKILL, NULL);
  fiber_start ("reaping a program", run->program, reap_fiber, GINT_TO_POINTER (fd_steal (&run->pidfd)));
}

static void
channel_clear (Channel *channel)
{
  fd_clear (&channel->fd);
  if (channel->text != NULL)
    g_string_free (channel->text, TRUE);
  channel->text = NULL;
}

static void
run_clear (Run *run)
{
  if (run->pidfd >= 0)
    run_abandon (run);
  channel_clear (&run->input);
  channel_clear (&run->output);
  channel_clear (&run->errors);
  fd_clear (&run->epoll);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* -- Moving bytes -------------------------------------------------------------------------- */

/* A program that closed its input is no reason to end by SIGPIPE. */
static ssize_t
write_quietly (int fd, const char *data, size_t length)
{
  struct timespec now = { 0 };
  sigset_t pipe_signal, saved;
  ssize_t n;
  int errnum;

  sigemptyset (&pipe_signal);
  sigaddset (&pipe_signal, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_signal, &saved);
  n = write (fd, data, length);
  errnum = errno;
  if (n < 0 && errnum == EPIPE && !sigismember (&saved, SIGPIPE))
    sigtimedwait (&pipe_signal, NULL, &now);
  pthread_sigmask (SIG_SETMASK, &saved, NULL);
  errno = errnum;
  return n;
}

static bool
feed (Run *run, GError **error)
{
  ssize_t n = run->n_unsent > 0 ? write_quietly (run->input.fd, run->unsent, run->n_unsent) : 0;

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return true;
  if (n < 0 && errno != EPIPE)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot write to '%s'", run->program);
  if (n > 0)
    {
      run->unsent += n;
      run->n_unsent -= (size_t) n;
    }
  if (n < 0 || run->n_unsent == 0)
    fd_clear (&run->input.fd);
  return true;
}

/* Takes what is there now. */
static bool
collect (Run *run, Channel *channel, GError **error)
{
  char chunk[16384];

  while (channel->fd >= 0)
    {
      ssize_t n = read (channel->fd, chunk, sizeof chunk);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return true;
      if (n < 0)
        return fail_errno (error, VIR_FROM_NONE, errno, "cannot read from '%s'", run->program);
      if (n == 0)
        fd_clear (&channel->fd);
      else if (channel->text->len + (size_t) n > run->limit)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "'%s' wrote more than %zu bytes",
                     run->program, run->limit);
      else
        g_string_append_len (channel->text, chunk, n);
    }
  return true;
}

static bool
collect_both (Run *run, GError **error)
{
  return collect (run, &run->output, error) && collect (run, &run->errors, error);
}

static bool
pump (Run *run, Deadline deadline, GError **error)
{
  while (!process_ended (run->pidfd))
    {
      if (!fiber_wait_fd (run->epoll, EPOLLIN, deadline, "a program to end", error))
        {
          g_prefix_error (error, "'%s': ", run->program);
          return false;
        }
      if ((run->input.fd >= 0 && !feed (run, error)) || !collect_both (run, error))
        return false;
    }
  /* What it left in the pipes. One of its children may hold them open for ever. */
  return collect_both (run, error);
}

/* -- Starting -------------------------------------------------------------------------------- */

static bool
watch (Run *run, int fd, uint32_t events, GError **error)
{
  struct epoll_event event = { .events = events };

  if (epoll_ctl (run->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot watch '%s'", run->program);
  return true;
}

/* A pipe of which we keep end @ours (0: we read) in @channel; *@ret_theirs is the caller's. */
static bool
open_channel (Run *run, Channel *channel, int ours, int *ret_theirs, GError **error)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot start '%s': cannot make a pipe", run->program);
  channel->fd = ends[ours];
  *ret_theirs = ends[1 - ours];
  if (fcntl (channel->fd, F_SETFL, O_NONBLOCK) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot start '%s': cannot prepare a pipe", run->program);
  if (ours == 0)
    channel->text = g_string_new (NULL);
  return watch (run, channel->fd, ours == 0 ? EPOLLIN : EPOLLOUT, error);
}

static bool
start (Run *run, const ProcessSpec *spec, bool has_input, GError **error)
{
  fd_auto int in = -1;
  fd_auto int out = -1;
  fd_auto int err = -1;
  g_autofree ProcessFd *fds = g_new (ProcessFd, spec->n_fds + 3);
  ProcessSpec own = *spec;
  unsigned int n = 0;

  run->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (run->epoll < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot start '%s'", run->program);
  if ((has_input && !open_channel (run, &run->input, 1, &in, error))
      || !open_channel (run, &run->output, 0, &out, error)
      || !open_channel (run, &run->errors, 0, &err, error))
    return false;
  for (; n < spec->n_fds; n++)
    fds[n] = spec->fds[n];
  if (has_input)
    fds[n++] = (ProcessFd) { 0, in };
  fds[n++] = (ProcessFd) { 1, out };
  fds[n++] = (ProcessFd) { 2, err };
  own.fds = fds;
  own.n_fds = n;
  own.new_session = true;
  return process_spawn (&own, &run->pid, &run->pidfd, error)
         && watch (run, run->pidfd, EPOLLIN, error);
}

static char *
take_text (Channel *channel, size_t *ret_length)
{
  *ret_length = channel->text->len;
  return g_string_free (g_steal_pointer (&channel->text), FALSE);
}

bool
process_run (const ProcessSpec *spec, const char *input, size_t input_length,
             const ProcessLimits *limits, ProcessResult *ret_result, GError **error)
{
  ProcessLimits set = limits != NULL ? *limits : (ProcessLimits) { 0 };
  g_auto (Run) run = {
    .program = spec->program != NULL ? spec->program : spec->argv[0],
    .epoll = -1, .pidfd = -1,
    .input.fd = -1, .output.fd = -1, .errors.fd = -1,
    .unsent = input, .n_unsent = input_length,
    .limit = set.output_limit != 0 ? set.output_limit : DEFAULT_OUTPUT_LIMIT,
  };
  Deadline deadline = set.deadline != 0 ? set.deadline : deadline_in_ms (DEFAULT_TIMEOUT_MS);
  int status = -1;

  if (!start (&run, spec, input != NULL, error) || !pump (&run, deadline, error)
      || !fiber_wait_pidfd (run.pidfd, deadline, &status, error))
    return false;
  fd_clear (&run.pidfd);
  ret_result->status = status;
  ret_result->output = take_text (&run.output, &ret_result->output_length);
  ret_result->errors = take_text (&run.errors, &ret_result->errors_length);
  return true;
}

/* -- Judging --------------------------------------------------------------------------------- */

bool
process_check (const ProcessSpec *spec, const ProcessResult *result, GError **error)
{
  const char *program = spec->program != NULL ? spec->program : spec->argv[0];
  g_autofree char *errors = NULL;
  size_t skipped = result->errors_length > SHOWN_ERRORS ? result->errors_length - SHOWN_ERRORS : 0;

  if (WIFEXITED (result->status) && WEXITSTATUS (result->status) == 0)
    return true;
  errors = g_utf8_make_valid (result->errors != NULL ? result->errors + skipped : "", -1);
  g_strstrip (errors);
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "'%s' ended %s %d%s%s", program,
               WIFEXITED (result->status) ? "with status" : "by signal",
               WIFEXITED (result->status) ? WEXITSTATUS (result->status) : WTERMSIG (result->status),
               *errors != '\0' ? ": " : "", errors);
}

bool
process_run_simple (const char *const *argv, uint64_t timeout_ms, char **ret_output, GError **error)
{
  ProcessSpec spec = { .argv = argv };
  ProcessLimits limits = { .deadline = deadline_in_ms (timeout_ms) };
  g_auto (ProcessResult) result = { 0 };

  if (!process_run (&spec, NULL, 0, &limits, &result, error) || !process_check (&spec, &result, error))
    return false;
  if (ret_output != NULL)
    *ret_output = g_steal_pointer (&result.output);
  return true;
}
