/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/perf.h: what the kernel counts of a guest's threads: cycles, page faults...
 *
 * A counter is a descriptor for each thread, and counts the threads that those make. Counting begins anew with a restart of the
 * daemon. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vm/vm.h"

/* The parameter of the public API and of the document. */
const char *vm_perf_name (DomainPerfEventName event);

/* Begins or ends to count. Awaits (worker: the first counter of a host costs the kernel some milliseconds). Errors of VIR_FROM_PERF: VIR_ERR_ARGUMENT_UNSUPPORTED (an event that this build knows no
 * counter for), VIR_ERR_SYSTEM_ERROR (the kernel has none). */
bool vm_perf_set (Vm *vm, DomainPerfEventName event, bool enabled, GError **error);

/* Begins all that the live definition asks for. Awaits. */
bool vm_perf_begin (Vm *vm, GError **error);

/* Whether @event is counted, and how often it was. */
bool vm_perf_is_on (const Vm *vm, DomainPerfEventName event);
bool vm_perf_read (const Vm *vm, DomainPerfEventName event, uint64_t *ret_count);

/* Closes all. */
void vm_perf_end (Vm *vm);
