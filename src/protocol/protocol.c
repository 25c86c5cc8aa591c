/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol/protocol.h"

#include <string.h>

#include "util/error.h"

const RpcProgram *
rpc_program_find (const RpcProgram *const *programs, uint32_t number)
{
  for (; *programs != NULL; programs++)
    if ((*programs)->number == number)
      return *programs;
  return NULL;
}

const RpcProc *
rpc_program_proc (const RpcProgram *program, int64_t number)
{
  if (number < 0 || number >= program->n_procs || program->procs[number].kind == RPC_PROC_NONE)
    return NULL;
  return &program->procs[number];
}

const char *
rpc_proc_name (const RpcProgram *program, const RpcProc *proc)
{
  return program->strings + proc->name;
}

const char *
rpc_proc_api (const RpcProgram *program, const RpcProc *proc)
{
  return program->strings + proc->api;
}

static bool
xdr_payload (XDR *xdrs, const RpcProgram *program, unsigned int type, void *value)
{
  return type == RPC_VOID || rpc_xdr (xdrs, program->types, type, value);
}

bool
rpc_xdr_args (XDR *xdrs, const RpcProgram *program, const RpcProc *proc, void *args)
{
  return xdr_payload (xdrs, program, proc->args, args);
}

bool
rpc_xdr_ret (XDR *xdrs, const RpcProgram *program, const RpcProc *proc, void *ret)
{
  return xdr_payload (xdrs, program, proc->ret, ret);
}

static void
clear_payload (const RpcProgram *program, unsigned int type, void *value)
{
  if (type != RPC_VOID && value != NULL)
    rpc_clear (program->types, type, value);
}

void
rpc_clear_args (const RpcProgram *program, const RpcProc *proc, void *args)
{
  clear_payload (program, proc->args, args);
}

void
rpc_clear_ret (const RpcProgram *program, const RpcProc *proc, void *ret)
{
  clear_payload (program, proc->ret, ret);
}

bool
rpc_proc_is_served (const RpcProc *proc, const void *handlers)
{
  void (*handler) (void);

  if (proc->handler == RPC_NO_HANDLER || handlers == NULL)
    return false;
  memcpy (&handler, (const char *) handlers + proc->handler, sizeof handler);
  return handler != NULL;
}

bool
rpc_fail_unserved (const RpcProgram *program, const RpcProc *proc, GError **error)
{
  return fail (error, proc->error_domain, VIR_ERR_NO_SUPPORT,
               "%s is not served by this connection's driver", rpc_proc_api (program, proc));
}

bool
rpc_dispatch (const RpcProgram *program, const RpcProc *proc, const void *handlers, Call *call,
              const void *args, void *ret, GError **error)
{
  if (!rpc_proc_is_served (proc, handlers))
    return rpc_fail_unserved (program, proc, error);
  return program->dispatch (handlers, proc->number, call, args, ret, error);
}

static uint64_t
when_argument (const RpcWhen *when, const void *args)
{
  uint32_t narrow;
  uint64_t wide;

  if (when->width == sizeof wide)
    {
      memcpy (&wide, (const char *) args + when->offset, sizeof wide);
      return wide;
    }
  memcpy (&narrow, (const char *) args + when->offset, sizeof narrow);
  return narrow;
}

bool
rpc_when_holds (const RpcWhen *when, const void *args)
{
  switch ((RpcWhenKind) when->kind)
    {
    case RPC_WHEN_ALWAYS:
      return true;
    case RPC_WHEN_NEVER:
      return false;
    case RPC_WHEN_ANY_SET:
      return (when_argument (when, args) & when->value) != 0;
    case RPC_WHEN_NONE_SET:
      return (when_argument (when, args) & when->value) == 0;
    case RPC_WHEN_EQUALS:
      return when_argument (when, args) == when->value;
    }
  g_return_val_if_reached (true);
}

bool
rpc_proc_readonly_allowed (const RpcProc *proc, const void *args)
{
  return !rpc_when_holds (&proc->denied_readonly, args);
}

bool
rpc_fail_readonly (const RpcProgram *program, const RpcProc *proc, GError **error)
{
  return fail (error, proc->error_domain, VIR_ERR_OPERATION_DENIED,
               proc->denied_readonly.kind == RPC_WHEN_ALWAYS
               ? "a read-only connection may not call %s"
               : "a read-only connection may not call %s with these flags",
               rpc_proc_api (program, proc));
}

bool
rpc_proc_readonly_never (const RpcProc *proc)
{
  return proc->denied_readonly.kind == RPC_WHEN_ALWAYS;
}

const RpcRule *
rpc_proc_acl (const RpcProgram *program, const RpcProc *proc, unsigned int *ret_n)
{
  *ret_n = proc->n_acl;
  return proc->n_acl > 0 ? program->rules + proc->rules : NULL;
}

const RpcRule *
rpc_proc_aclfilter (const RpcProgram *program, const RpcProc *proc, unsigned int *ret_n)
{
  *ret_n = proc->n_aclfilter;
  return proc->n_aclfilter > 0 ? program->rules + proc->rules + proc->n_acl : NULL;
}
