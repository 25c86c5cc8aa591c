/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/networks.h: guests that run while their networks are stopped and started again.
 *
 * A bridge that is made on the host and that running guests name gets their taps back, and their networks get the ports back that
 * they have forgotten. It is the kernel that tells of bridges: nothing is polled, no connection to the network daemon is kept. */
#pragma once

#include "vm/vm.h"

/* Begins to follow the host's bridges. Failures are logged: guests run without. */
void vm_networks_setup (VmList *list);

/* Looks in the background whether the networks of @vm, which was found again, have its ports still. Never awaits. */
void vm_networks_check (Vm *vm);
