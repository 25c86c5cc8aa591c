/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec.c: how long a server takes from exec to its first useful reply. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"
#include "support.h"
#include "wire.h"

#define LIMIT_US 120e6

/* True once the server at @path knows all its @definitions. */
static bool
answers (const char *path, const char *uri, long definitions)
{
  const struct timeval patience = { 60, 0 };
  int fd = wire_connect (path);
  bool good;

  if (fd < 0)
    return false;
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  good = wire_open (fd, uri) && wire_call (fd, WIRE_NUM_DEFINED, 0) == definitions;
  close (fd);
  return good;
}

static pid_t
start (char **argv)
{
  pid_t pid = vfork ();

  if (pid == 0)
    {
      execv (argv[0], argv);
      _exit (127);
    }
  if (pid < 0)
    die ("cannot start %s", argv[0]);
  return pid;
}

static void
stop (pid_t pid)
{
  kill (pid, SIGTERM);
  waitpid (pid, NULL, 0);
}

void
floor_exec (int argc, char **argv)
{
  Samples samples = { 0 };

  for (long i = argument (argc, argv, 3, 1); i > 0; i--)
    {
      double begin;
      pid_t pid;

      unlink (argv[0]);
      begin = now_us ();
      pid = start (argv + 4);
      while (!answers (argv[0], argv[1], argument (argc, argv, 2, 0)))
        {
          if (now_us () - begin > LIMIT_US || waitpid (pid, NULL, WNOHANG) == pid)
            die ("%s does not answer at %s", argv[4], argv[0]);
          sleep_us (100);
        }
      samples_add (&samples, now_us () - begin);
      stop (pid);
    }
  result_samples ("exec", &samples);
  result_end ();
}
