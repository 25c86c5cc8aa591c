/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LOG_CATEGORY "rpc.call"
#include "rpc/call.h"

#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "rpc/peer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"

/* Its arguments and result follow in the same piece of memory. */
struct Call
{
  Peer *peer;
  const RpcProgram *program;
  const RpcProc *proc;
  RpcHeader header;
  void *args, *ret;
  int *fds_in;
  unsigned int n_fds_in;
  GArray *fds_out;
  Stream *stream;
};

#define ALIGNED(size) (((size) + alignof (max_align_t) - 1) & ~(alignof (max_align_t) - 1))

static void
call_free (Call *call)
{
  rpc_clear_args (call->program, call->proc, call->args);
  rpc_clear_ret (call->program, call->proc, call->ret);
  for (unsigned int i = 0; i < call->n_fds_in; i++)
    fd_clear (&call->fds_in[i]);
  g_free (call->fds_in);
  for (unsigned int i = 0; call->fds_out != NULL && i < call->fds_out->len; i++)
    close (g_array_index (call->fds_out, int, i));
  g_clear_pointer (&call->fds_out, g_array_unref);
  g_clear_pointer (&call->stream, stream_unref);
  peer_unref (call->peer);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static Call *
call_new (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame)
{
  size_t args = ALIGNED (sizeof (Call)), ret = args + ALIGNED (proc->args_size);
  Call *call = g_malloc0 (ret + proc->ret_size);

  call->peer = peer_ref (peer);
  call->program = program;
  call->proc = proc;
  call->header = frame->header;
  call->header.type = VIR_NET_REPLY;
  if (proc->args != RPC_VOID)
    call->args = (char *) call + args;
  if (proc->ret != RPC_VOID)
    call->ret = (char *) call + ret;
  call->fds_in = g_steal_pointer (&frame->fds);
  call->n_fds_in = frame->n_fds;
  return call;
}

static void
reply_ok (Call *call, GError **error)
{
  const int *fds = call->fds_out != NULL ? (const int *) (const void *) call->fds_out->data : NULL;
  unsigned int n_fds = call->fds_out != NULL ? call->fds_out->len : 0;
  const uint8_t *frame;
  size_t length;

  call->header.status = VIR_NET_OK;
  call->header.type = n_fds > 0 ? VIR_NET_REPLY_WITH_FDS : VIR_NET_REPLY;
  frame = frame_encode (&call->header, n_fds > 0 ? (int) n_fds : -1, call->program->types,
                        call->proc->ret, call->ret, &length);
  if (frame == NULL)
    fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "the answer to %s is too large for a message",
          rpc_proc_name (call->program, call->proc));
  else
    peer_send (call->peer, frame, length, fds, n_fds);
}

/* What a read-only client may not do is refused before anybody looks at the object. */
static bool
check_readonly (Call *call, GError **error)
{
  if (!peer_readonly (call->peer) || rpc_proc_readonly_allowed (call->proc, call->args))
    return true;
  return rpc_fail_readonly (call->program, call->proc, error);
}

static bool
run_handler (Call *call, GError **error)
{
  const ServerOps *ops;
  const void *handlers;

  if (peer_is_closed (call->peer))
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "the client has left");
  ops = server_ops (call->peer->server);
  if (ops->check != NULL && !ops->check (call, call->args, error))
    return false;
  if (!check_readonly (call, error))
    return false;
  handlers = ops->handlers (call->peer, call->program, call->proc);
  if (handlers == NULL)
    return rpc_fail_unserved (call->program, call->proc, error);
  return rpc_dispatch (call->program, call->proc, handlers, call, call->args, call->ret, error);
}

/* "client 3 (process 4711)", for people who ask what the daemon is doing. */
static char *
call_describe (void *data)
{
  const Call *call = data;
  int64_t pid = call->peer->identity.pid;

  return pid > 0 ? g_strdup_printf ("client %" G_GUINT64_FORMAT " (process %" G_GINT64_FORMAT ")", call->peer->id, pid)
                 : g_strdup_printf ("client %" G_GUINT64_FORMAT, call->peer->id);
}

static void
call_main (void *data)
{
  g_autoptr (Call) call = data;
  g_autoptr (Peer) peer = peer_ref (call->peer);
  g_autoptr (GError) error = NULL;

  fiber_set_describe (call_describe);
  if (run_handler (call, &error))
    reply_ok (call, &error);
  if (error != NULL)
    {
      log_info ("%s: %s", rpc_proc_name (call->program, call->proc), error->message);
      peer_reply_error (peer, &call->header, error);
    }
  if (call->stream != NULL && error == NULL)
    stream_activate (call->stream);
  else if (call->stream != NULL)
    stream_drop (call->stream);
  fiber_set_describe (NULL);
  g_clear_pointer (&call, call_free);
  peer_call_ended (peer);
}

void
call_start (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Call) call = call_new (peer, program, proc, frame);

  peer->running++;
  server_count_calls (peer->server, 1, 0);
  if (call->args != NULL)
    frame_decode (frame, program->types, proc->args, call->args, rpc_proc_name (program, proc), &error);
  if (error == NULL)
    {
      fiber_start (rpc_proc_name (program, proc), NULL, call_main, g_steal_pointer (&call));
      return;
    }
  peer_reply_error (peer, &call->header, error);
  peer_call_ended (peer);
}

Peer *
call_peer (Call *call)
{
  return call->peer;
}

const RpcProgram *
call_program (const Call *call)
{
  return call->program;
}

const RpcProc *
call_proc (const Call *call)
{
  return call->proc;
}

const Identity *
call_identity (Call *call)
{
  return peer_identity (call->peer);
}

bool
call_readonly (const Call *call)
{
  return peer_readonly (call->peer);
}

unsigned int
call_n_fds (const Call *call)
{
  return call->n_fds_in;
}

int
call_take_fd (Call *call, unsigned int index)
{
  return index < call->n_fds_in ? fd_steal (&call->fds_in[index]) : -1;
}

void
call_return_fd (Call *call, int fd)
{
  if (call->fds_out == NULL)
    call->fds_out = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_append_val (call->fds_out, fd);
}

Stream *
call_open_stream (Call *call)
{
  g_assert (call->stream == NULL && call->proc->stream != RPC_STREAM_NONE);
  call->stream = stream_new (call->peer, &call->header, call->proc);
  return stream_ref (call->stream);
}
