/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/edit.h: a change of what a guest's definitions say, in the world, in memory and on disk. */
#pragma once

#include "vm/vm.h"

/* Makes the change in one definition (the live one has an id > 0); touches nothing else, may be called twice. */
typedef bool (*VmEdit) (Domain *domain, void *user, GError **error);

/* Makes the running guest what @wanted (its definition after the edit) says. If it fails, nothing has changed.
 * May await. */
typedef bool (*VmEffect) (Vm *vm, const Domain *wanted, void *user, GError **error);

/* Changes the definitions that @affect (as vm_resolve_affect gives it) names. The edit is tried on all of them
 * before anything happens; then comes @effect (NULL: none), if the guest runs and is meant; then files. True when all is on
 * disk. The caller holds the guest's job. Awaits. */
bool vm_edit (Vm *vm, unsigned int affect, VmEdit edit, VmEffect effect, void *user, GError **error);
