/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client.h: calling another daemon, in straight lines.
 *
 * One connection; calls of several fibers overlap on it and are matched by
 * serial. A broken connection fails all waiting calls with VIR_ERR_RPC; the
 * owner drops the client and connects anew. */
#pragma once

#include "protocol/protocol.h"
#include "util/fiber.h"

typedef struct RpcClient RpcClient;

/* Connects to the UNIX socket @path. Errors name the socket: VIR_ERR_SYSTEM_ERROR
 * with errno. Awaits. */
RpcClient *rpc_client_connect (const char *path, GError **error);
void rpc_client_free (RpcClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RpcClient, rpc_client_free)

/* Calls procedure @proc of @program; @args and @ret are the generated structs
 * (NULL where void). A failure of the far side arrives as its own error. Awaits. */
bool rpc_client_call (RpcClient *client, const RpcProgram *program, unsigned int proc,
                      const void *args, void *ret, GError **error);

/* The same with descriptors both ways: @fds are sent (still the caller's);
 * received ones are stored in @ret_fds (up to @max_ret_fds, rest closed) and
 * counted in @ret_n_fds. Awaits. */
bool rpc_client_call_fds (RpcClient *client, const RpcProgram *program, unsigned int proc,
                          const void *args, const int *fds, unsigned int n_fds,
                          void *ret, int *ret_fds, unsigned int max_ret_fds,
                          unsigned int *ret_n_fds, GError **error);

/* How long a call may take before it fails with VIR_ERR_OPERATION_TIMEOUT;
 * milliseconds, 0 is for ever (the default). */
void rpc_client_set_timeout (RpcClient *client, uint64_t ms);

bool rpc_client_is_open (const RpcClient *client);
/* @func is called once, on the loop, when the connection breaks. */
void rpc_client_on_close (RpcClient *client, void (*func) (RpcClient *client, void *data), void *data);
