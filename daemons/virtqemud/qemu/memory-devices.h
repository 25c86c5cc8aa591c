/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/memory-devices.h: what a running QEMU says of the memory that is plugged in. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/qmp.h"

/* Asks where modules were put and how much of virtio memory is in use, and notes it in @domain. Asks nothing if it has no
 * such devices. Awaits. */
bool qemu_memory_devices_refresh (Qmp *qmp, Domain *domain, Deadline deadline, GError **error);

/* The memory device called @alias uses @kib now. False: there is none. */
bool qemu_memory_device_resized (Domain *domain, const char *alias, uint64_t kib);
