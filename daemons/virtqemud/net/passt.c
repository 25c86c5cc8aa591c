/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/passt.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "security/owner.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/process.h"

#define PROGRAM "passt"
#define PASST_FD 3
#define PASST_MS 10000

/* --- arguments ------------------------------------------------------------------------------- */

static void
add_pair (GPtrArray *argv, const char *option, char *value)
{
  g_ptr_array_add (argv, g_strdup (option));
  g_ptr_array_add (argv, value);
}

/* "2022-2024:22-24", and "~2023" for those between that stay the host's. */
static void
append_range (GString *out, const DomainPortRange *range)
{
  if (range->exclude == TRI_YES)
    g_string_append_c (out, '~');
  g_string_append_printf (out, "%u", range->start);
  if (range->end != 0)
    g_string_append_printf (out, "-%u", range->end);
  if (range->to == 0)
    return;
  g_string_append_printf (out, ":%u", range->to);
  if (range->end != 0)
    g_string_append_printf (out, "-%u", range->to + range->end - range->start);
}

/* "192.0.2.1%eth0/2022:22,80" */
static char *
forward_text (const DomainPortForward *forward)
{
  GString *out = g_string_new (NULL);

  if (forward->address.family != 0)
    ip_address_append (&forward->address, out);
  if (forward->dev != NULL)
    g_string_append_printf (out, "%%%s", forward->dev);
  if (out->len > 0)
    g_string_append_c (out, '/');
  if (forward->ranges.n == 0)
    g_string_append (out, "all");
  for (unsigned int i = 0; i < forward->ranges.n; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_range (out, forward->ranges.items[i]);
    }
  return g_string_free (out, FALSE);
}

char **
passt_argv (const DomainInterface *interface, int fd)
{
  GPtrArray *argv = g_ptr_array_new ();

  g_ptr_array_add (argv, g_strdup (PROGRAM));
  g_ptr_array_add (argv, g_strdup ("--quiet"));
  add_pair (argv, "--fd", g_strdup_printf ("%d", fd));
  if (interface->dev != NULL)
    add_pair (argv, "--interface", g_strdup (interface->dev));
  if (interface->backend->log_file != NULL)
    add_pair (argv, "--log-file", g_strdup (interface->backend->log_file));
  if (interface->mtu != 0)
    add_pair (argv, "--mtu", g_strdup_printf ("%u", interface->mtu));
  for (unsigned int i = 0; i < interface->ips.n; i++)
    {
      const DomainIp *ip = interface->ips.items[i];

      add_pair (argv, "--address", ip_address_text (&ip->address));
      if (ip->family == NETWORK_FAMILY_IPV4 && ip->prefix != 0)
        add_pair (argv, "--netmask", g_strdup_printf ("%u", ip->prefix));
    }
  for (unsigned int i = 0; i < interface->port_forwards.n; i++)
    {
      const DomainPortForward *forward = interface->port_forwards.items[i];

      add_pair (argv, forward->protocol == PORT_FORWARD_UDP ? "--udp-ports" : "--tcp-ports", forward_text (forward));
    }
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_free (argv, FALSE);
}

/* --- running it ------------------------------------------------------------------------------- */

/* It goes on by itself in the background once it is ready; the process that we start ends then. */
static bool
run (const NetGuest *guest, char **argv, int fd, GError **error)
{
  QemuOwner owner = qemu_owner_of (guest->config, NULL);
  ProcessFd given = { .child = PASST_FD, .fd = fd };
  ProcessSpec spec = {
    .argv = (const char *const *) argv, .fds = &given, .n_fds = 1, .new_session = true, .set_user = owner.user,
    .uid = owner.uid, .gid = owner.gid, .limit_caps = owner.user,
  };
  ProcessLimits limits = { .deadline = deadline_in_ms (PASST_MS) };
  g_auto (ProcessResult) result = { 0 };

  return process_run (&spec, NULL, 0, &limits, &result, error) && process_check (&spec, &result, error);
}

bool
passt_start (const NetGuest *guest, const DomainInterface *interface, int *ret_fd, GError **error)
{
  g_autofree char *program = g_find_program_in_path (PROGRAM);
  g_auto (GStrv) argv = passt_argv (interface, PASST_FD);
  int pair[2];
  fd_auto int ours = -1, theirs = -1;

  if (program == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "interface '%s' needs the program 'passt', which is not installed", interface->info.alias);
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make a socket for passt");
  ours = pair[0];
  theirs = pair[1];
  if (!run (guest, argv, theirs, error))
    return false;
  *ret_fd = fd_steal (&ours);
  return true;
}
