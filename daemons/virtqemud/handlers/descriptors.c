/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors that a client opened for a guest's images. */
#include "handlers/handlers.h"
#include "util/cleanup.h"
#include "vm/fd-groups.h"

#define KNOWN_FLAGS (VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_RESTORE | VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_WRITABLE)

bool
handle_domain_fd_associate (Call *call, const DomainFdAssociateArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  unsigned int n = call_n_fds (call);
  g_autofree int *fds = NULL;

  if (!handler_check_flags (args->flags, KNOWN_FLAGS, "virDomainFDAssociate", error))
    return false;
  if (n == 0)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "no descriptor came with the call");
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  fds = g_new (int, n);
  for (unsigned int i = 0; i < n; i++)
    fds[i] = call_take_fd (call, i);
  vm_fd_group_set (vm, call_peer (call), args->name, fds, n);
  return true;
}
