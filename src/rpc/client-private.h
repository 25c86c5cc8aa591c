/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client-private.h: for forwarding, which sets a connection up with calls and then
 * passes other people's frames through it. */
#pragma once

#include "rpc/client.h"
#include "rpc/link.h"

/* The client's connection, which is the caller's from now on; NULL if it broke. */
Link *rpc_client_steal_link (RpcClient *client);
