/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/events.h: what subscribers hear of guests.
 *
 * Each function sends one event to whoever subscribed, in both styles where both exist.
 * Strings are borrowed. None awaits. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdint.h>

#include "protocol/remote.h"
#include "vm/vm.h"

void vm_event_lifecycle (const Vm *vm, int event, int detail);
/* Somebody has subscribed to lifecycle events, of the guest @uuid or of all (NULL): a moment after the
 * present call, sends what became of guests while no daemon ran, of which nobody heard yet. */
void vm_events_tell_missed (const uint8_t *uuid);
void vm_event_reboot (const Vm *vm);
void vm_event_control_error (const Vm *vm);
void vm_event_rtc_change (const Vm *vm, int64_t offset);
void vm_event_watchdog (const Vm *vm, int action);
/* @path and @alias "" if not known; @reason "" or "enospc". Both IO error events. */
void vm_event_io_error (const Vm *vm, const char *path, const char *alias, int action, const char *reason);
void vm_event_tray_change (const Vm *vm, const char *alias, int reason);
/* The guest wrote @excess bytes behind @threshold of the image @dev ("vda", "vda[3]") at @path (may be NULL). */
void vm_event_block_threshold (const Vm *vm, const char *dev, const char *path, uint64_t threshold, uint64_t excess);
void vm_event_pmsuspend (const Vm *vm);
void vm_event_pmsuspend_disk (const Vm *vm);
void vm_event_pmwakeup (const Vm *vm);
void vm_event_balloon_change (const Vm *vm, uint64_t actual_kib);
/* A virtio memory device has grown or shrunk. */
void vm_event_memory_device_size (const Vm *vm, const char *alias, uint64_t kib);
void vm_event_device_added (const Vm *vm, const char *alias);
void vm_event_device_removed (const Vm *vm, const char *alias);
void vm_event_device_removal_failed (const Vm *vm, const char *alias);
/* A path is NULL for a drive that was or is empty. */
void vm_event_disk_change (const Vm *vm, const char *old_path, const char *new_path, const char *alias, int reason);
void vm_event_agent_lifecycle (const Vm *vm, int state, int reason);
/* @uri may be NULL. */
void vm_event_metadata_change (const Vm *vm, int type, const char *uri);
/* Limits of a guest that runs were changed; @params are borrowed. */
void vm_event_tunable (const Vm *vm, RemoteTypedParam *params, unsigned int n);
void vm_event_memory_failure (const Vm *vm, int recipient, int action, unsigned int flags);

/* The figures that QEMU has of a job that moves data, with their names as typed parameters; false: not this one. */
#define VM_JOB_FIGURES 16u
const char *vm_job_figure_name (unsigned int index);
bool vm_job_figure (const json_t *status, unsigned int index, uint64_t *ret_figure);

/* A job that moved data has ended; @status is what query-migrate answered. */
void vm_event_job_completed (const Vm *vm, int operation, const json_t *status);

/* A client's side of a graphics connection. */
typedef struct
{
  int family;
  const char *node, *service;
} VmGraphicsAddress;
/* @identities is a NULL-terminated list of type, name, type, name... */
void vm_event_graphics (const Vm *vm, int phase, const VmGraphicsAddress *local,
                        const VmGraphicsAddress *remote, const char *auth_scheme,
                        const char *const *identities);

/* An event of the monitor as QEMU sent it, for subscribers of the qemu program:
 * @details is JSON text or NULL. */
void vm_event_monitor (const Vm *vm, const char *event, int64_t when_us, const char *details);

/* How a subscription to monitor events chooses: by a name, a pattern or all. Freed with
 * vm_event_filter_free. A bad pattern is VIR_ERR_INVALID_ARG. */
typedef struct VmEventFilter VmEventFilter;
VmEventFilter *vm_event_filter_new (const char *event, unsigned int flags, GError **error);
void vm_event_filter_free (VmEventFilter *filter);
