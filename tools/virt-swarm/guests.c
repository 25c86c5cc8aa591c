/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ending guests by their status files. */
#include "guests.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/loop.h"
#include "util/process.h"
#include "util/state-file.h"

#define GRACE_MS 10000
#define STATUS_LIMIT (16 * 1024 * 1024)

/* A status file may be older than the process that has the number now. */
static bool
runs_guest (pid_t pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) pid);
  g_autofree char *wanted = g_strdup_printf ("guest=%s", name);
  g_autofree char *text = NULL;
  gsize length, wanted_length = strlen (wanted);

  if (!g_file_get_contents (path, &text, &length, NULL))
    return false;
  for (const char *at = text; at < text + length; at += strlen (at) + 1)
    if (strncmp (at, wanted, wanted_length) == 0 && (at[wanted_length] == ',' || at[wanted_length] == '\0'))
      return true;
  return false;
}

/* The process that a status file tells of in its root element; 0: none. */
static pid_t
status_pid (const char *path)
{
  g_autofree char *text = NULL;
  const char *element, *end, *pid;

  if (!state_file_read_now (path, STATUS_LIMIT, &text, NULL, NULL))
    return 0;
  element = strstr (text, "<domstatus ");
  end = element != NULL ? strchr (element, '>') : NULL;
  pid = element != NULL ? strstr (element, " pid='") : NULL;
  return pid != NULL && end != NULL && pid < end ? atoi (pid + strlen (" pid='")) : 0;
}

/* -1: there is no such guest. */
static int
open_guest (const char *dir, const char *file)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (".xml"));
  pid_t pid = status_pid (path);
  int pidfd;

  return pid > 1 && runs_guest (pid, name) && process_pidfd_open (pid, 0, &pidfd, NULL) ? pidfd : -1;
}

bool
guests_end (const char *root, GError **error)
{
  g_autofree char *dir = g_strconcat (root, "/run/libvirt/qemu", NULL);
  g_auto (GStrv) files = NULL;
  g_autoptr (GArray) pidfds = g_array_new (FALSE, FALSE, sizeof (int));
  Deadline deadline = deadline_in_ms (GRACE_MS);

  if (!state_dir_list_now (dir, ".xml", &files, error))
    return false;
  for (char **file = files; *file != NULL; file++)
    {
      int pidfd = open_guest (dir, *file);

      if (pidfd < 0)
        continue;
      g_array_append_val (pidfds, pidfd);
      process_kill (pidfd, SIGTERM, NULL);
      /* One that is stopped takes no other signal. */
      process_kill (pidfd, SIGCONT, NULL);
    }
  for (unsigned int i = 0; i < pidfds->len; i++)
    {
      fd_auto int pidfd = g_array_index (pidfds, int, i);

      while (!process_ended (pidfd))
        {
          if (loop_now () >= deadline)
            process_kill (pidfd, SIGKILL, NULL);
          g_usleep (10000);
        }
    }
  return true;
}
