/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest.c: QEMU alone: exec to the monitor's greeting, SIGTERM to the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"
#include "support.h"
#include "wire.h"

#define MAX_ARGS 512
#define MARK "@FD@"

typedef struct
{
  pid_t pid;
  int monitor;
  double begin;
} Guest;

static char *line[MAX_ARGS + 1];        /* the command line with its marks */

static void
load_line (const char *path)
{
  static char bytes[128 * 1024];
  int fd = open (path, O_RDONLY | O_CLOEXEC), n = 0;
  ssize_t length = fd < 0 ? -1 : read (fd, bytes, sizeof bytes - 1);

  if (length <= 0)
    die ("cannot read %s: %s", path, strerror (errno));
  close (fd);
  for (char *at = bytes; at < bytes + length && n < MAX_ARGS; at += strlen (at) + 1)
    line[n++] = at;
}

/* Fills @argv with the line, a mark replaced by @fd in @room. */
static void
fill_line (char **argv, int fd, char *room, size_t size)
{
  int n = 0;

  for (; line[n] != NULL; n++)
    {
      char *mark = strstr (line[n], MARK);

      argv[n] = line[n];
      if (mark == NULL)
        continue;
      snprintf (room, size, "%.*s%d%s", (int) (mark - line[n]), line[n], fd, mark + strlen (MARK));
      argv[n] = room;
    }
  argv[n] = NULL;
}

static void
start (Guest *guest, const char *folder)
{
  char path[100], room[1024], *argv[MAX_ARGS + 1];
  int listener;

  snprintf (path, sizeof path, "%s/monitor", folder);
  guest->begin = now_us ();
  listener = wire_listen (path);
  fcntl (listener, F_SETFD, 0);
  fill_line (argv, listener, room, sizeof room);
  guest->pid = vfork ();
  if (guest->pid == 0)
    {
      execv (argv[0], argv);
      _exit (127);
    }
  close (listener);
  guest->monitor = wire_connect (path);
  if (guest->pid < 0 || guest->monitor < 0)
    die ("cannot start %s", argv[0]);
}

/* Waits until one of the first @count guests that did not greet yet does; its index. */
static int
next_greeting (const Guest *guests, const bool *greeted, int count)
{
  struct pollfd *polls = make ((size_t) count, sizeof *polls);
  int found = 0;

  for (int i = 0; i < count; i++)
    polls[i] = (struct pollfd) { greeted[i] ? -1 : guests[i].monitor, POLLIN, 0 };
  if (poll (polls, (nfds_t) count, 60000) <= 0)
    die ("no greeting within 60 s");
  while (polls[found].revents == 0)
    found++;
  free (polls);
  return found;
}

static void
start_all (Guest *guests, int count, int parallel, const char *folder, Samples *samples)
{
  bool *greeted = make ((size_t) count, sizeof *greeted);
  int started = 0;

  for (int done = 0; done < count; done++)
    {
      char bytes[4096];
      int i;

      while (started < count && started < done + parallel)
        start (&guests[started++], folder);
      i = next_greeting (guests, greeted, started);
      if (read (guests[i].monitor, bytes, sizeof bytes) <= 0)
        die ("%s ended before its greeting", line[0]);
      greeted[i] = true;
      samples_add (samples, now_us () - guests[i].begin);
    }
  free (greeted);
}

void
floor_guests (int argc, char **argv)
{
  int count = (int) argument (argc, argv, 2, 1);
  Guest *guests = make ((size_t) count, sizeof *guests);
  Samples starts = { 0 }, ends = { 0 };
  double begin;

  load_line (argv[0]);
  begin = now_us ();
  start_all (guests, count, (int) argument (argc, argv, 3, 1), argv[1], &starts);
  result_number ("wall", now_us () - begin);
  for (int i = 0; i < count; i++)
    {
      double end_begin = now_us ();

      kill (guests[i].pid, SIGTERM);
      waitpid (guests[i].pid, NULL, 0);
      samples_add (&ends, now_us () - end_begin);
    }
  result_samples ("start", &starts);
  result_samples ("end", &ends);
  result_end ();
}
