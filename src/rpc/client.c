/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/keepalive.h"
#include "rpc/client-private.h"
#include "util/cleanup.h"
#include "util/error.h"

/* A call that waits for its answer; lives on the caller's stack. */
typedef struct
{
  const RpcProgram *program;
  const RpcProc *proc;
  void *ret;
  int *ret_fds;
  unsigned int max_ret_fds, n_ret_fds;
  GError *error;
  Wait wait;
} Pending;

struct RpcClient
{
  Link *link;              /* NULL once broken */
  char *path;
  uint32_t serial;
  GHashTable *pending;     /* serial → Pending */
  uint64_t timeout_ms;
  void (*close_func) (RpcClient *client, void *data);
  void *close_data;
};

static void
take_answer (Pending *pending, RpcFrame *frame)
{
  if (frame->header.status == VIR_NET_ERROR)
    {
      pending->error = frame_decode_error (frame);
      return;
    }
  if (pending->proc->ret != RPC_VOID && pending->ret != NULL
      && !frame_decode (frame, pending->program->types, pending->proc->ret, pending->ret,
                        rpc_proc_name (pending->program, pending->proc), &pending->error))
    return;
  while (pending->n_ret_fds < frame->n_fds && pending->n_ret_fds < pending->max_ret_fds)
    {
      pending->ret_fds[pending->n_ret_fds] = frame_take_fd (frame, pending->n_ret_fds);
      pending->n_ret_fds++;
    }
}

static void
on_frame (Link *link, RpcFrame *frame, void *data)
{
  RpcClient *client = data;
  Pending *pending;

  if (frame->header.prog == KEEPALIVE_PROGRAM && frame->header.proc == KEEPALIVE_PROC_PING)
    {
      RpcHeader pong = { KEEPALIVE_PROGRAM, KEEPALIVE_PROTOCOL_VERSION, KEEPALIVE_PROC_PONG,
                         VIR_NET_MESSAGE, 0, VIR_NET_OK };
      size_t length;
      const uint8_t *bytes = frame_encode (&pong, -1, NULL, 0, NULL, &length);

      link_send (link, bytes, length, NULL, 0);
    }
  if (frame->header.type != VIR_NET_REPLY && frame->header.type != VIR_NET_REPLY_WITH_FDS)
    return;
  pending = g_hash_table_lookup (client->pending, GUINT_TO_POINTER (frame->header.serial));
  if (pending == NULL)
    return;
  g_hash_table_remove (client->pending, GUINT_TO_POINTER (frame->header.serial));
  take_answer (pending, frame);
  wait_done (&pending->wait);
}

static void
break_off (RpcClient *client, const char *reason)
{
  GHashTableIter iter;
  Pending *pending;

  g_clear_pointer (&client->link, link_free);
  g_hash_table_iter_init (&iter, client->pending);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &pending))
    {
      fail (&pending->error, VIR_FROM_RPC, VIR_ERR_RPC, "the connection to '%s' broke: %s", client->path, reason);
      wait_done (&pending->wait);
    }
  g_hash_table_remove_all (client->pending);
}

static void
on_closed (Link *link, const GError *reason, void *data)
{
  RpcClient *client = data;

  break_off (client, reason != NULL ? reason->message : "the daemon has closed it");
  if (client->close_func != NULL)
    client->close_func (client, client->close_data);
}

static const LinkOps client_link_ops = { on_frame, on_closed, NULL };

RpcClient *
rpc_client_connect (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  RpcClient *client;

  if (fd < 0)
    return fail_errno_null (error, VIR_FROM_RPC, errno, "cannot make a socket");
  if (strlen (path) >= sizeof address.sun_path)
    return fail_errno_null (error, VIR_FROM_RPC, ENAMETOOLONG, "cannot connect to socket '%s'", path);
  strcpy (address.sun_path, path);
  while (connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    {
      /* EAGAIN: the backlog is full, and nothing tells when it is not. */
      if (errno != EAGAIN || fiber_self () == NULL)
        return fail_errno_null (error, VIR_FROM_RPC, errno, "cannot connect to socket '%s'", path);
      if (!fiber_sleep (5, error))
        return NULL;
    }

  client = g_new0 (RpcClient, 1);
  client->path = g_strdup (path);
  client->pending = g_hash_table_new (NULL, NULL);
  client->link = link_new (fd_steal (&fd), "a daemon's answer", &client_link_ops, client);
  return client;
}

void
rpc_client_free (RpcClient *client)
{
  if (client == NULL)
    return;
  break_off (client, "its owner has closed it");
  g_hash_table_unref (client->pending);
  g_free (client->path);
  g_free (client);
}

Link *
rpc_client_steal_link (RpcClient *client)
{
  return g_steal_pointer (&client->link);
}

static void
forget_pending (RpcClient *client, uint32_t serial, Pending *pending)
{
  if (pending->wait.done)
    return;
  g_hash_table_remove (client->pending, GUINT_TO_POINTER (serial));
}

bool
rpc_client_call_fds (RpcClient *client, const RpcProgram *program, unsigned int proc,
                     const void *args, const int *fds, unsigned int n_fds,
                     void *ret, int *ret_fds, unsigned int max_ret_fds,
                     unsigned int *ret_n_fds, GError **error)
{
  const RpcProc *row = rpc_program_proc (program, proc);
  Pending pending = { .program = program, .proc = row, .ret = ret, .ret_fds = ret_fds, .max_ret_fds = max_ret_fds };
  RpcHeader header = { program->number, program->version, (int) proc,
                       n_fds > 0 ? VIR_NET_CALL_WITH_FDS : VIR_NET_CALL, client->serial++, VIR_NET_OK };
  const uint8_t *frame;
  size_t length;

  if (client->link == NULL)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "the connection to '%s' is broken", client->path);
  frame = frame_encode (&header, n_fds > 0 ? (int) n_fds : -1, program->types, row->args, args, &length);
  if (frame == NULL)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "the arguments of %s do not fit a message",
                 rpc_proc_name (program, row));
  g_hash_table_insert (client->pending, GUINT_TO_POINTER (header.serial), &pending);
  link_send (client->link, frame, length, fds, n_fds);
  if (!wait_for (&pending.wait, client->timeout_ms > 0 ? deadline_in_ms (client->timeout_ms) : FOREVER,
                 rpc_proc_name (program, row), error))
    {
      forget_pending (client, header.serial, &pending);
      return false;
    }
  if (pending.error != NULL)
    {
      g_propagate_error (error, pending.error);
      return false;
    }
  if (ret_n_fds != NULL)
    *ret_n_fds = pending.n_ret_fds;
  return true;
}

bool
rpc_client_call (RpcClient *client, const RpcProgram *program, unsigned int proc,
                 const void *args, void *ret, GError **error)
{
  return rpc_client_call_fds (client, program, proc, args, NULL, 0, ret, NULL, 0, NULL, error);
}

void
rpc_client_set_timeout (RpcClient *client, uint64_t ms)
{
  client->timeout_ms = ms;
}

bool
rpc_client_is_open (const RpcClient *client)
{
  return client->link != NULL;
}

void
rpc_client_on_close (RpcClient *client, void (*func) (RpcClient *client, void *data), void *data)
{
  client->close_func = func;
  client->close_data = data;
}
