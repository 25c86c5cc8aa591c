/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "util/error.h"

void
daemon_notify (const char *state)
{
  sd_notify (0, state);
}

GArray *
daemon_passed_fds (GError **error)
{
  g_autoptr (GArray) passed = g_array_new (FALSE, FALSE, sizeof (PassedFd));
  bool named = getenv ("LISTEN_FDNAMES") != NULL;
  char **names = NULL;
  int n = sd_listen_fds_with_names (1, &names);

  if (n < 0)
    return fail_errno_null (error, VIR_FROM_NONE, -n, "the descriptors passed by the service manager make no sense");
  if (n > 0 && !named)
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                      "%d descriptors were passed without LISTEN_FDNAMES", n);
  for (int i = 0; i < n; i++)
    {
      PassedFd fd = { names[i], SD_LISTEN_FDS_START + i };

      g_array_append_val (passed, fd);
    }
  free (names);
  return g_steal_pointer (&passed);
}

bool
daemon_store_fd (const char *name, int fd)
{
  g_autofree char *state = g_strdup_printf ("FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);

  return sd_pid_notify_with_fds (0, 0, state, &fd, 1) > 0;
}

void
daemon_forget_fd (const char *name)
{
  g_autofree char *state = g_strdup_printf ("FDSTOREREMOVE=1\nFDNAME=%s", name);

  daemon_notify (state);
}
