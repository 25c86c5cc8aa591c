/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/tuning.h: what the calls about resources share. */
#pragma once

#include "cgroup/resources.h"
#include "handlers/handlers.h"
#include "vm/edit.h"

/* The path of the control group of a guest that runs; NULL: it has none. */
const char *tuning_group (const Vm *vm);
/* Applies @resources to a guest that runs. For a VmEffect. Awaits. */
bool tuning_apply (Vm *vm, const Resources *resources, GError **error);

/* What a query of resources begins with: the guest in *@ret_vm (a reference) and the definition that @flags
 * choose, borrowed. NULL and an error: bad flags, no guest, it has none of these. */
const Domain *tuning_query (const RemoteNonnullDomain *dom, unsigned int flags, const char *api, Vm **ret_vm,
                            GError **error);
/* Whether such a query is about the running guest. */
bool tuning_is_live (const Vm *vm, unsigned int flags);

/* What a change of resources begins with: the guest (a reference) with its job, and what is to be changed.
 * @together: LIVE and CONFIG may be asked for at once. Awaits. */
Vm *tuning_change (const RemoteNonnullDomain *dom, unsigned int flags, bool together, const char *api, const char *what,
                   JobGuard *guard, unsigned int *ret_affect, GError **error);

/* Fails with VIR_ERR_OPERATION_UNSUPPORTED for a driver that has no control groups of its own. */
bool tuning_require_privileges (const char *what, GError **error);
