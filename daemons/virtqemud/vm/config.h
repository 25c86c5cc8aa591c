/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/config.h: changes of what a guest's next start uses. */
#pragma once

#include <stdbool.h>

#include "model/domain/device-edit.h"
#include "vm/vm.h"

/* Each gives a changed, complete copy of @config and leaves @config alone; @device is taken, also on failure. Errors:
 * VIR_ERR_OPERATION_UNSUPPORTED: a device of this kind does not come, go or change in definitions;
 * VIR_ERR_OPERATION_INVALID: it is there already; VIR_ERR_DEVICE_MISSING and others, by its kind: it is not; those of a
 * definition. Await. */
Domain *vm_config_attach (const Domain *config, DomainDevice *device, GError **error);
Domain *vm_config_detach (const Domain *config, DomainDevice *device, GError **error);
Domain *vm_config_update (const Domain *config, DomainDevice *device, GError **error);

/* Makes @config (taken on success) the definition of @vm, on disk first. The caller has the job. Awaits. */
bool vm_config_replace (Vm *vm, Domain **config, GError **error);
