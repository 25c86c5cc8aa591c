/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* protocol.h: the RPC programs as data.
 *
 * The generator writes one constant RpcProgram for each description file
 * (remote_program in "protocol/remote.h", qemu_program, ...). All rows are
 * constants without pointers, so they stay in shared, clean pages. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libvirt-constants.h"
#include "protocol/access.h"
#include "protocol/codec.h"

typedef struct Call Call;               /* see rpc/call.h */
typedef struct RpcClient RpcClient;     /* see rpc/client.h */

typedef enum
{
  RPC_PROC_NONE,                /* a number that is not in use */
  RPC_PROC_CALL,                /* client to daemon, answered */
  RPC_PROC_EVENT,               /* daemon to client, reports a public event */
  RPC_PROC_MESSAGE,             /* either way, not answered */
} RpcProcKind;

/* The kind of object that a procedure's name speaks of. */
typedef enum
{
  RPC_FAMILY_NONE,
  RPC_FAMILY_AUTH,
  RPC_FAMILY_CONNECT,
  RPC_FAMILY_DOMAIN,
  RPC_FAMILY_HOST,
  RPC_FAMILY_INTERFACE,
  RPC_FAMILY_NETWORK,
  RPC_FAMILY_NODEDEV,
  RPC_FAMILY_NWFILTER,
  RPC_FAMILY_SECRET,
  RPC_FAMILY_STORAGE,
} RpcFamily;

/* The connection a call runs on: the one opened by CONNECT_OPEN, or the
 * secondary one of a family. */
typedef enum
{
  RPC_CONN_NONE,
  RPC_CONN_PRIMARY,
  RPC_CONN_INTERFACE,
  RPC_CONN_NETWORK,
  RPC_CONN_NODEDEV,
  RPC_CONN_NWFILTER,
  RPC_CONN_SECRET,
  RPC_CONN_STORAGE,
} RpcConn;

/* The daemon that does the work. */
typedef enum
{
  RPC_DAEMON_ANY,               /* every daemon for itself */
  RPC_DAEMON_HYPERVISOR,        /* that of the URI's scheme */
  RPC_DAEMON_VIRTINTERFACED,
  RPC_DAEMON_VIRTNETWORKD,
  RPC_DAEMON_VIRTNODEDEVD,
  RPC_DAEMON_VIRTNWFILTERD,
  RPC_DAEMON_VIRTSECRETD,
  RPC_DAEMON_VIRTSTORAGED,
  RPC_DAEMON_VIRTLOCKD,
  RPC_DAEMON_VIRTLOGD,
} RpcDaemon;

/* What a daemon does with a call or event that another one serves. */
typedef enum
{
  RPC_ROUTE_LOCAL,              /* answered where the client is attached */
  RPC_ROUTE_FORWARD,            /* passed on as it is */
  RPC_ROUTE_OPEN,               /* chooses the daemon and sets up forwarding */
  RPC_ROUTE_SPLIT,              /* partly local, partly passed on */
  RPC_ROUTE_REGISTER,           /* passed on, the callback number is mapped */
  RPC_ROUTE_EVENT,              /* from the serving daemon, callback number mapped back */
  RPC_ROUTE_EVENT_ORIGIN,       /* sent when the connection to the serving daemon breaks */
} RpcRoute;

/* Seen from the client. */
typedef enum
{
  RPC_STREAM_NONE,
  RPC_STREAM_READ,
  RPC_STREAM_WRITE,
} RpcStreamDir;

/* A condition on one integer of the decoded arguments. */
typedef enum
{
  RPC_WHEN_ALWAYS,
  RPC_WHEN_NEVER,
  RPC_WHEN_ANY_SET,             /* the argument has a bit of @value */
  RPC_WHEN_NONE_SET,            /* the argument has no bit of @value */
  RPC_WHEN_EQUALS,              /* the argument equals @value */
} RpcWhenKind;

typedef struct
{
  uint8_t kind;                 /* RpcWhenKind */
  uint8_t width;                /* bytes of the argument: 4 or 8 */
  uint16_t offset;              /* of the argument in the args struct */
  uint32_t value;
} RpcWhen;

/* An access rule: who calls must have @permission on @object. */
typedef struct
{
  uint8_t object;               /* RpcObject */
  uint8_t permission;           /* RpcPermission */
  RpcWhen when;
} RpcRule;

#define RPC_VOID UINT16_MAX             /* no struct: an empty payload */
#define RPC_NO_HANDLER UINT16_MAX
#define RPC_FDS_ANY (-1)                /* any number of descriptors */
#define RPC_NO_EVENT (-1)

typedef struct
{
  uint16_t number;
  uint16_t name;                /* offset into the program's strings; see rpc_proc_name () */
  uint16_t api;                 /* likewise; see rpc_proc_api () */
  uint16_t args, ret;           /* rows of the types, or RPC_VOID; an event's payload is @args */
  uint16_t args_size, ret_size; /* of the C structs, bytes; 0 for RPC_VOID */
  uint16_t handler;             /* offset into the program's handlers struct, or RPC_NO_HANDLER */
  uint16_t rules;               /* the first of its rules; see rpc_proc_acl () */
  uint8_t n_acl;
  uint8_t n_aclfilter;
  uint8_t kind;                 /* RpcProcKind */
  uint8_t family;               /* RpcFamily */
  uint8_t conn;                 /* RpcConn */
  uint8_t daemon;               /* RpcDaemon */
  uint8_t route;                /* RpcRoute */
  uint8_t stream;               /* RpcStreamDir */
  uint8_t error_domain;         /* virErrorDomain of refusals before the driver is asked */
  bool needs_auth;              /* refused before authentication is complete */
  bool priority;                /* never waits for a guest: may overtake others */
  bool has_callback_id;         /* an event's payload starts with the callback number */
  int8_t fds_in, fds_out;       /* descriptors with the call and the reply; RPC_FDS_ANY */
  int16_t event_id;             /* public event identifier, or RPC_NO_EVENT */
  uint32_t sparse_flag;         /* bit of the flags argument that allows stream holes, or 0 */
  RpcWhen denied_readonly;      /* when a read-only client is refused */
} RpcProc;

typedef struct RpcProgram
{
  uint32_t number;
  uint32_t version;
  const char *name;             /* "remote" */
  const char *strings;
  const RpcProc *procs;         /* indexed by number; holes are RPC_PROC_NONE */
  const RpcRule *rules;
  const RpcTypes *types;
  uint16_t n_procs;             /* highest number + 1 */
  uint16_t handlers_size;       /* of the handlers struct, bytes; 0 if it has none */
  /* Calls the handler of @proc with its true types; the handler must exist. */
  bool (*dispatch) (const void *handlers, unsigned int proc, Call *call,
                    const void *args, void *ret, GError **error);
} RpcProgram;

/* The program of @number among the NULL-terminated @programs, or NULL. The
 * version is not compared. */
const RpcProgram *rpc_program_find (const RpcProgram *const *programs, uint32_t number);

/* The row of procedure @number, or NULL where @program has none. */
const RpcProc *rpc_program_proc (const RpcProgram *program, int64_t number);

/* The name in lower case without a prefix: "domain_get_info". */
const char *rpc_proc_name (const RpcProgram *program, const RpcProc *proc);

/* The public C function: "virDomainGetInfo"; the procedure's name if it has none. */
const char *rpc_proc_api (const RpcProgram *program, const RpcProc *proc);

/* Encodes, decodes or frees (as @xdrs says) the arguments of a call or the payload
 * of an event; @args may be NULL if there are none. See rpc_xdr (). */
bool rpc_xdr_args (XDR *xdrs, const RpcProgram *program, const RpcProc *proc, void *args);

/* The same for the result of a call. */
bool rpc_xdr_ret (XDR *xdrs, const RpcProgram *program, const RpcProc *proc, void *ret);

/* Frees what decoded or filled structs hold; NULL is fine. */
void rpc_clear_args (const RpcProgram *program, const RpcProc *proc, void *args);
void rpc_clear_ret (const RpcProgram *program, const RpcProc *proc, void *ret);

/* True if @handlers, a handlers struct of @program, serves @proc. */
bool rpc_proc_is_served (const RpcProc *proc, const void *handlers);

/* Calls the handler of @proc in @handlers with decoded @args and a zeroed @ret
 * (of proc->args_size and proc->ret_size bytes). Fails with VIR_ERR_NO_SUPPORT
 * naming the public function if there is no handler. Awaits if the handler does. */
bool rpc_dispatch (const RpcProgram *program, const RpcProc *proc, const void *handlers,
                   Call *call, const void *args, void *ret, GError **error);

/* Fails with the VIR_ERR_NO_SUPPORT of an unserved @proc. Returns false. */
bool rpc_fail_unserved (const RpcProgram *program, const RpcProc *proc, GError **error);

/* True if the condition holds for decoded @args (which may be NULL if it needs none). */
bool rpc_when_holds (const RpcWhen *when, const void *args);

/* True if a read-only client may call @proc with decoded @args. */
bool rpc_proc_readonly_allowed (const RpcProc *proc, const void *args);

/* Fails with the VIR_ERR_OPERATION_DENIED that a read-only client gets from @proc,
 * naming the public function. Returns false. */
bool rpc_fail_readonly (const RpcProgram *program, const RpcProc *proc, GError **error);

/* True if no arguments make @proc fit for a read-only client: can be refused
 * before decoding. */
bool rpc_proc_readonly_never (const RpcProc *proc);

/* The rules that a caller must pass: the array and its length in @ret_n. All whose
 * condition holds apply. Without rules everybody may call. */
const RpcRule *rpc_proc_acl (const RpcProgram *program, const RpcProc *proc,
                             unsigned int *ret_n);

/* The rules by which objects are left out of the list that @proc returns. */
const RpcRule *rpc_proc_aclfilter (const RpcProgram *program, const RpcProc *proc,
                                   unsigned int *ret_n);
