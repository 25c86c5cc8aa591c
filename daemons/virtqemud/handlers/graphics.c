/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that tie a client's socket to a guest's display. */
#include <sys/socket.h>
#include <sys/stat.h>

#include "handlers/handlers.h"
#include "qemu/qmp.h"
#include "util/cleanup.h"
#include "vm/lifecycle.h"

static const char fd_name[] = "graphicsfd";

/* The server in QEMU that display @idx of @domain has; NULL with an error if it has none. */
static const char *
display_protocol (const Domain *domain, unsigned int idx, GError **error)
{
  if (idx >= domain->graphics.n)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "domain '%s' has no graphics %u", domain->name, idx);
  switch (domain->graphics.items[idx]->type)
    {
    case GRAPHICS_TYPE_VNC:
      return "vnc";
    case GRAPHICS_TYPE_SPICE:
      return "spice";
    default:
      return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                        "graphics %u of domain '%s' are neither VNC nor SPICE", idx, domain->name);
    }
}

/* Gives QEMU the socket @fd (still the caller's) as a new client of the display. */
static bool
add_client (const RemoteNonnullDomain *dom, unsigned int idx, unsigned int flags, int fd, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (Qmp) qmp = NULL;
  g_autoptr (json_t) taken = NULL;
  const char *protocol;

  vm = handler_active_vm_job (dom, &guard, "opening the display", error);
  if (vm == NULL || (protocol = display_protocol (vm->live, idx, error)) == NULL)
    return false;
  if (vm->monitor == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "the monitor of domain '%s' is not connected", vm->name);
  qmp = qmp_ref (vm->monitor);
  taken = qmp_command_fd (qmp, "getfd", json_pack ("{s:s}", "fdname", fd_name), fd,
                          deadline_in_ms (VM_COMMAND_MS), error);
  if (taken == NULL)
    return false;
  if (qmp_do (qmp, "add_client", json_pack ("{s:s, s:s, s:b}", "protocol", protocol, "fdname", fd_name,
                                            "skipauth", (flags & VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH) ? 1 : 0),
              deadline_in_ms (VM_COMMAND_MS), error))
    return true;
  qmp_do (qmp, "closefd", json_pack ("{s:s}", "fdname", fd_name), deadline_in_ms (VM_COMMAND_MS), NULL);
  return false;
}

bool
handle_domain_open_graphics (Call *call, const DomainOpenGraphicsArgs *args, GError **error)
{
  fd_auto int fd = call_take_fd (call, 0);
  struct stat info;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH, "virDomainOpenGraphics", error))
    return false;
  if (fd < 0 || fstat (fd, &info) < 0 || !S_ISSOCK (info.st_mode))
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "a display is opened on a socket that comes with the call");
  return add_client (&args->dom, args->idx, args->flags, fd, error);
}

bool
handle_domain_open_graphics_fd (Call *call, const DomainOpenGraphicsFdArgs *args, GError **error)
{
  int pair[2];
  bool added;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH, "virDomainOpenGraphicsFD", error))
    return false;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "making a pair of sockets");
  added = add_client (&args->dom, args->idx, args->flags, pair[1], error);
  close (pair[1]);
  if (added)
    call_return_fd (call, pair[0]);
  else
    close (pair[0]);
  return added;
}
