/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames as a socket brings them: framing, the lookup of programs and procedures, and the
 * arguments, results and errors of all of them. What can be decoded can be encoded again. */
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "protocol/admin.h"
#include "protocol/lock.h"
#include "protocol/log.h"
#include "protocol/lxc.h"
#include "protocol/qemu.h"
#include "protocol/remote.h"
#include "protocol/swarm.h"
#include "rpc/link.h"
#include "util/loop.h"

/* Longer frames are as good as none: the input is shorter. */
#define MAX_FRAME (128 * 1024)

static const RpcProgram *const programs[] = { &remote_program, &qemu_program, &lxc_program, &admin_program,
                                              &lock_program,   &log_program,  &swarm_program, NULL };

typedef bool (*Codec) (XDR *xdrs, const RpcProgram *program, const RpcProc *proc, void *value);

/* Decodes @frame's payload; what comes out must encode, into no more bytes, and to the same again. */
static void
check_codec (const RpcFrame *frame, const RpcProgram *program, const RpcProc *proc, Codec codec, size_t size)
{
  g_autofree void *value = g_malloc0 (MAX (size, 1)), *again = g_malloc0 (MAX (size, 1));
  g_autofree char *first = g_malloc0 (frame->payload_length + 1), *second = g_malloc0 (frame->payload_length + 1);
  unsigned int length;
  XDR xdrs;

  xdrmem_create (&xdrs, (char *) frame->payload, (unsigned int) frame->payload_length, XDR_DECODE);
  if (!codec (&xdrs, program, proc, value))
    return;
  xdrmem_create (&xdrs, first, (unsigned int) frame->payload_length, XDR_ENCODE);
  g_assert_true (codec (&xdrs, program, proc, value));
  length = xdr_getpos (&xdrs);
  xdrmem_create (&xdrs, first, length, XDR_DECODE);
  g_assert_true (codec (&xdrs, program, proc, again));
  xdrmem_create (&xdrs, second, length, XDR_ENCODE);
  g_assert_true (codec (&xdrs, program, proc, again));
  g_assert_cmpmem (first, length, second, xdr_getpos (&xdrs));
  xdrs.x_op = XDR_FREE;
  codec (&xdrs, program, proc, value);
  codec (&xdrs, program, proc, again);
}

static void
on_frame (Link *link, RpcFrame *frame, void *data)
{
  const RpcProgram *program = rpc_program_find (programs, frame->header.prog);
  const RpcProc *proc = program != NULL ? rpc_program_proc (program, frame->header.proc) : NULL;
  g_autoptr (RpcFrame) kept = frame_steal (frame);

  g_assert_cmpmem (kept->payload, kept->payload_length, frame->payload, frame->payload_length);
  if (kept->header.status == VIR_NET_ERROR)
    g_error_free (frame_decode_error (kept));
  if (proc == NULL)
    return;
  g_assert_nonnull (rpc_proc_api (program, proc));
  check_codec (kept, program, proc, rpc_xdr_args, proc->args_size);
  check_codec (kept, program, proc, rpc_xdr_ret, proc->ret_size);
}

static void
on_closed (Link *link, const GError *reason, void *data)
{
  *(bool *) data = true;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const LinkOps ops = { on_frame, on_closed, NULL };
  g_autoptr (Link) link = NULL;
  bool closed = false;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    g_error ("no socket pair");
  link = link_new (pair[0], "fuzz", &ops, &closed);
  link_set_max_frame (link, MAX_FRAME);
  while (!closed && size > 0)
    {
      /* In pieces that end anywhere, as a network may bring them. */
      ssize_t n = send (pair[1], data, MIN (size, data[0] % 2 == 0 ? size : 40), MSG_NOSIGNAL);

      if (n > 0)
        {
          data += n;
          size -= (size_t) n;
        }
      loop_turn (0);
    }
  close (pair[1]);
  while (!closed)
    loop_turn (0);
  return 0;
}
