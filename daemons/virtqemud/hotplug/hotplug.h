/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug/hotplug.h: devices of a guest that runs, coming, going and changing.
 *
 * One builder has two readers: what a device is in QEMU (args/args.h) is said once, and given to a QEMU
 * that starts or to one that runs. A device comes by adding its parts in order, and goes by asking the guest
 * for it and then removing the parts in reverse.
 *
 * For recovery: while a device comes, the status file has it already, though vm->live has not. What
 * a guest's document has and QEMU has not is removed when the guest is found again: so an attach
 * or a detach that a crash cut short ends as not attached, or as detached.
 *
 * All of these await; the caller holds the guest's job and a reference. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/domain/device-edit.h"
#include "qemu/caps.h"
#include "qemu/config.h"
#include "qemu/platform.h"
#include "vm/vm.h"

/* What the guest's emulator and host can do. */
typedef struct
{
  const DomainPlatform *platform;
  QemuCaps *caps;
  const QemuConfig *config;
  bool only_qemu;               /* nothing is done on the host: for tests */
  unsigned int unplug_ms;       /* how long a guest has to give a device up; 0: as long as stock waits */
} HotplugHost;

/* Attaches @device (taken, also on failure) to the running guest: it gets what it leaves open, and controllers that it
 * needs come before it. On failure nothing of it is left in QEMU, on the host or in the document. */
bool hotplug_attach (Vm *vm, const HotplugHost *host, DomainDevice *device, GError **error);

/* Whether devices of this kind leave guests that run: VIR_ERR_OPERATION_UNSUPPORTED. Never awaits. */
bool hotplug_check_kind (const DomainDevice *device, GError **error);

/* Asks the guest for @device (of vm->live). @wait: until it is gone, at most until the deadline; a guest that does not answer
 * is no failure, the device goes when it does. *@ret_gone (may be NULL): whether it is gone. A guest that refuses, or a device
 * that others need, is VIR_ERR_OPERATION_FAILED; one that cannot go VIR_ERR_OPERATION_UNSUPPORTED. */
bool hotplug_detach (Vm *vm, const HotplugHost *host, const DomainDevice *device, bool wait, bool *ret_gone, GError **error);

/* Changes the device of the running guest that @wanted means to what it says, as far as that can change:
 * VIR_ERR_OPERATION_UNSUPPORTED naming what cannot. @force: a medium leaves even if the guest holds on to it. */
bool hotplug_update (Vm *vm, const HotplugHost *host, DomainDevice *wanted, bool force, GError **error);

/* Fills @ret_host for the guest's emulator; @platform is to be cleared after it. */
bool hotplug_host_init (HotplugHost *ret_host, QemuPlatform *platform, const Domain *domain, GError **error);

/* To be called once: what happens to devices without being asked for comes here (vm/unplug.h). Never awaits. */
void hotplug_setup (void);
