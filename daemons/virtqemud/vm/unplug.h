/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/unplug.h: devices that a guest gives up: who waits for that, and what is done if nobody does. */
#pragma once

#include <stdbool.h>

#include "util/fiber.h"
#include "vm/vm.h"

/* What is done about devices outside of a call; set once by the driver. */
typedef struct
{
  /* QEMU removed @alias and nobody waited for it. Never awaits. */
  void (*deleted) (Vm *vm, const char *alias);
  /* QEMU runs, the guest does not yet: what comes to it before. The caller has the job. Awaits. */
  bool (*starting) (Vm *vm, GError **error);
  /* The guest was found again: brings the document to what QEMU has. The caller has the job. Awaits. */
  bool (*reconcile) (Vm *vm, GError **error);
} VmDeviceHooks;
extern const VmDeviceHooks *vm_device_hooks;

/* The wait of a call for the guest, to be begun before QEMU is asked, on the caller's stack; the caller has the job. */
typedef struct VmUnplug
{
  const char *alias;
  Wait wait;
  bool refused, lost;
} VmUnplug;
void vm_unplug_begin (Vm *vm, VmUnplug *unplug, const char *alias);
void vm_unplug_end (Vm *vm, VmUnplug *unplug);

/* Awaits until QEMU says that it is gone (true), the guest refuses it (VIR_ERR_OPERATION_FAILED), the monitor is lost, or the
 * deadline (true with *@ret_gone false). Awaits. */
bool vm_unplug_wait (Vm *vm, VmUnplug *unplug, Deadline deadline, bool *ret_gone, GError **error);

/* QEMU said so of the device @alias. Never awaits. */
void vm_unplug_deleted (Vm *vm, const char *alias);
void vm_unplug_refused (Vm *vm, const char *alias);
/* The monitor is gone: nothing will be said any more. Never awaits. */
void vm_unplug_lost (Vm *vm);
