/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/handlers.h: the calls that this daemon serves. */
#pragma once

#include "protocol/remote.h"
#include "rpc/call.h"

extern const RemoteHandlers remote_handlers;
