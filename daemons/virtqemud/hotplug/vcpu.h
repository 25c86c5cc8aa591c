/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug/vcpu.h: virtual CPUs that come and go.
 *
 * QEMU plugs what it calls hotpluggable CPUs: on x86 each is one vCPU, on others a core with all its threads. Which vCPUs a
 * guest has is asked of QEMU before and after each change; the document follows. All of these await; the caller has the
 * guest's job. */
#pragma once

#include "hotplug/hotplug.h"

/* Brings the number of vCPUs of the running guest to @count, plugging the first that are not there, or unplugging the
 * last that can go. Errors: VIR_ERR_INVALID_ARG: more than the maximum, or not a number that whole cores make;
 * VIR_ERR_OPERATION_TIMEOUT: the guest does not give one up in time (it may later). */
bool hotplug_set_vcpu_count (Vm *vm, const HotplugHost *host, unsigned int count, GError **error);

/* Plugs or unplugs the vCPUs of @map, which must be whole cores. */
bool hotplug_set_vcpus (Vm *vm, const HotplugHost *host, const XmlBitmap *map, bool enable, GError **error);

/* After QEMU started, before the guest does: plugs the vCPUs that are there but are no part of the machine. */
bool hotplug_start_vcpus (Vm *vm, const HotplugHost *host, GError **error);

/* Brings the list of vCPUs in the document to what QEMU has. */
bool hotplug_refresh_vcpus (Vm *vm, const HotplugHost *host, GError **error);

/* The same for definitions: changed, complete copies. @mark: vCPUs that come are pluggable from then on. Await. */
Domain *config_set_vcpu_count (const Domain *config, unsigned int count, bool mark, GError **error);
Domain *config_set_max_vcpus (const Domain *config, unsigned int max, GError **error);
Domain *config_set_vcpus (const Domain *config, const XmlBitmap *map, bool enable, GError **error);
