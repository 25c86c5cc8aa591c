/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/autodestroy.h: guests that end with the client that started them. */
#pragma once

#include "rpc/server.h"
#include "vm/vm.h"

/* Ties @vm to @peer until it stops. Never awaits. */
void vm_autodestroy_add (Vm *vm, Peer *peer);
/* Unties it; a guest that is not tied is fine. Never awaits. */
void vm_autodestroy_forget (Vm *vm);
/* Ends a guest whose client is gone, on a fiber of its own. Never awaits. */
void vm_autodestroy_begin (Vm *vm);
