/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor.c: QEMU's monitors asked directly, all at once. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"
#include "support.h"
#include "wire.h"

static const char negotiate[] = "{\"execute\":\"qmp_capabilities\"}\n";
static const char question[] = "{\"execute\":\"query-blockstats\",\"arguments\":{\"query-nodes\":false}}\n";

static void
send_text (int fd, const char *text)
{
  if (write (fd, text, strlen (text)) != (ssize_t) strlen (text))
    die ("cannot write to a monitor");
}

/* Reads what there is; true once a line is complete. */
static bool
read_line (int fd)
{
  char bytes[65536];
  ssize_t n = read (fd, bytes, sizeof bytes);

  if (n <= 0)
    die ("a monitor was closed");
  return bytes[n - 1] == '\n';
}

/* Waits until each of @fds said a line. */
static void
await_lines (const int *fds, int count)
{
  struct pollfd *polls = make ((size_t) count, sizeof *polls);
  int left = count;

  for (int i = 0; i < count; i++)
    polls[i] = (struct pollfd) { fds[i], POLLIN, 0 };
  while (left > 0)
    {
      poll (polls, (nfds_t) count, -1);
      for (int i = 0; i < count; i++)
        if (polls[i].revents != 0 && read_line (polls[i].fd))
          {
            polls[i].fd = -1;
            left--;
          }
    }
  free (polls);
}

static void
ask (const int *fds, int count, const char *text)
{
  for (int i = 0; i < count; i++)
    send_text (fds[i], text);
  await_lines (fds, count);
}

void
floor_ask (int argc, char **argv)
{
  long rounds = argument (argc, argv, 0, 0);
  int count = argc - 1;
  int *fds = make ((size_t) count, sizeof *fds);
  Samples samples = { 0 };

  for (int i = 0; i < count; i++)
    {
      fds[i] = wire_connect (argv[1 + i]);
      if (fds[i] < 0)
        die ("cannot connect to %s", argv[1 + i]);
    }
  await_lines (fds, count);
  ask (fds, count, negotiate);
  for (long i = 0; i < rounds; i++)
    {
      double begin = now_us ();

      ask (fds, count, question);
      samples_add (&samples, now_us () - begin);
    }
  result_samples ("ask", &samples);
  result_end ();
}
