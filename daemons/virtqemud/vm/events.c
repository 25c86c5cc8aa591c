/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/events.h"

#include <string.h>
#include <strings.h>

#include "daemon/events.h"
#include "driver.h"
#include "protocol/qemu.h"
#include "protocol/remote.h"
#include "util/error.h"
#include "util/loop.h"

/* The guest as it goes over the wire, borrowed from @vm. */
static RemoteNonnullDomain
subject (const Vm *vm)
{
  RemoteNonnullDomain dom = { .name = vm->name, .id = vm->id };

  memcpy (dom.uuid, vm->uuid, sizeof dom.uuid);
  return dom;
}

/* Sends an event that exists in both styles: @msg_ is the callback form, whose member
 * `msg` is the old form. */
#define EMIT_BOTH(vm_, ID, msg_)                                                               \
  event_hub_emit (driver.events, &remote_program, VIR_DOMAIN_EVENT_ID_##ID, (vm_)->uuid,       \
                  REMOTE_PROC_DOMAIN_EVENT_CALLBACK_##ID, (msg_),                              \
                  REMOTE_PROC_DOMAIN_EVENT_##ID, &(msg_)->msg, NULL, NULL)

/* Sends an event of the newer style only. */
#define EMIT_NEW(vm_, ID, PROC, msg_)                                                          \
  event_hub_emit (driver.events, &remote_program, VIR_DOMAIN_EVENT_ID_##ID, (vm_)->uuid,       \
                  REMOTE_PROC_DOMAIN_EVENT_##PROC, (msg_), 0, NULL, NULL, NULL)

/* The wire structs have plain char pointers, and encoding does not write to them. */
static char *
borrow (const char *text)
{
  return (char *) text;
}

/* --- what nobody has heard ------------------------------------------------------------------------ */

/* Later than this it is history. */
#define MISSED_US (60 * G_USEC_PER_SEC)

typedef struct
{
  char *name;
  uint8_t uuid[16];
  int id, event, detail;
  uint64_t at;
} Missed;

static GQueue missed = G_QUEUE_INIT;

static void
missed_free (Missed *item)
{
  g_free (item->name);
  g_free (item);
}

static void
keep_missed (const Vm *vm, int event, int detail)
{
  Missed *item = g_new (Missed, 1);

  *item = (Missed) { .name = g_strdup (vm->name), .id = vm->id, .event = event, .detail = detail, .at = loop_now () };
  memcpy (item->uuid, vm->uuid, sizeof item->uuid);
  g_queue_push_tail (&missed, item);
}

/* A client knows its subscription by our answer, and drops what comes for one that it does not
 * know yet: its threads need a moment. */
#define MISSED_PAUSE_MS 100

static void
tell_missed (void *data)
{
  g_autofree uint8_t *uuid = data;

  /* Whoever has gone meanwhile leaves it to the next. */
  if (!fiber_sleep (MISSED_PAUSE_MS, NULL) || !event_hub_in_use (driver.events))
    return;
  for (GList *l = missed.head, *next; l != NULL; l = next)
    {
      Missed *item = l->data;
      DomainEventCallbackLifecycleMsg msg = { .msg = { { .name = item->name, .id = item->id }, item->event, item->detail } };

      next = l->next;
      if (uuid != NULL && memcmp (uuid, item->uuid, sizeof item->uuid) != 0)
        continue;
      memcpy (msg.msg.dom.uuid, item->uuid, sizeof item->uuid);
      if (loop_now () < item->at + MISSED_US)
        EMIT_BOTH (item, LIFECYCLE, &msg);
      missed_free (item);
      g_queue_delete_link (&missed, l);
    }
}

void
vm_events_tell_missed (const uint8_t *uuid)
{
  if (missed.length > 0)
    fiber_start ("tell what was missed", NULL, tell_missed, g_memdup2 (uuid, uuid != NULL ? 16 : 0));
}

/* --- the events -------------------------------------------------------------------------------------- */

void
vm_event_lifecycle (const Vm *vm, int event, int detail)
{
  DomainEventCallbackLifecycleMsg msg = { .msg = { subject (vm), event, detail } };

  /* Clients cannot come before the guests that are gone are found to be. */
  if (vm->recovering && !event_hub_in_use (driver.events))
    keep_missed (vm, event, detail);
  else
    EMIT_BOTH (vm, LIFECYCLE, &msg);
}

void
vm_event_reboot (const Vm *vm)
{
  DomainEventCallbackRebootMsg msg = { .msg = { subject (vm) } };

  EMIT_BOTH (vm, REBOOT, &msg);
}

void
vm_event_control_error (const Vm *vm)
{
  DomainEventCallbackControlErrorMsg msg = { .msg = { subject (vm) } };

  EMIT_BOTH (vm, CONTROL_ERROR, &msg);
}

void
vm_event_rtc_change (const Vm *vm, int64_t offset)
{
  DomainEventCallbackRtcChangeMsg msg = { .msg = { subject (vm), offset } };

  EMIT_BOTH (vm, RTC_CHANGE, &msg);
}

void
vm_event_watchdog (const Vm *vm, int action)
{
  DomainEventCallbackWatchdogMsg msg = { .msg = { subject (vm), action } };

  EMIT_BOTH (vm, WATCHDOG, &msg);
}

void
vm_event_io_error (const Vm *vm, const char *path, const char *alias, int action, const char *reason)
{
  DomainEventCallbackIoErrorMsg plain = {
    .msg = { subject (vm), borrow (path), borrow (alias), action } };
  DomainEventCallbackIoErrorReasonMsg reasoned = {
    .msg = { subject (vm), borrow (path), borrow (alias), action, borrow (reason) } };

  EMIT_BOTH (vm, IO_ERROR, &plain);
  EMIT_BOTH (vm, IO_ERROR_REASON, &reasoned);
}

void
vm_event_tray_change (const Vm *vm, const char *alias, int reason)
{
  DomainEventCallbackTrayChangeMsg msg = { .msg = { subject (vm), borrow (alias), reason } };

  EMIT_BOTH (vm, TRAY_CHANGE, &msg);
}

void
vm_event_block_threshold (const Vm *vm, const char *dev, const char *path, uint64_t threshold, uint64_t excess)
{
  DomainEventBlockThresholdMsg msg = {
    .dom = subject (vm), .dev = borrow (dev), .path = borrow (path), .threshold = threshold, .excess = excess,
  };

  EMIT_NEW (vm, BLOCK_THRESHOLD, BLOCK_THRESHOLD, &msg);
}

void
vm_event_pmsuspend (const Vm *vm)
{
  DomainEventCallbackPmsuspendMsg msg = { .msg = { subject (vm) } };

  EMIT_BOTH (vm, PMSUSPEND, &msg);
}

void
vm_event_pmsuspend_disk (const Vm *vm)
{
  DomainEventCallbackPmsuspendDiskMsg msg = { .msg = { subject (vm) } };

  EMIT_BOTH (vm, PMSUSPEND_DISK, &msg);
}

void
vm_event_pmwakeup (const Vm *vm)
{
  DomainEventCallbackPmwakeupMsg msg = { .msg = { subject (vm) } };

  EMIT_BOTH (vm, PMWAKEUP, &msg);
}

void
vm_event_balloon_change (const Vm *vm, uint64_t actual_kib)
{
  DomainEventCallbackBalloonChangeMsg msg = { .msg = { subject (vm), actual_kib } };

  EMIT_BOTH (vm, BALLOON_CHANGE, &msg);
}

void
vm_event_device_removed (const Vm *vm, const char *alias)
{
  DomainEventCallbackDeviceRemovedMsg msg = { .msg = { subject (vm), borrow (alias) } };

  EMIT_BOTH (vm, DEVICE_REMOVED, &msg);
}

void
vm_event_memory_device_size (const Vm *vm, const char *alias, uint64_t kib)
{
  DomainEventMemoryDeviceSizeChangeMsg msg = { .dom = subject (vm), .alias = borrow (alias), .size = kib };

  EMIT_NEW (vm, MEMORY_DEVICE_SIZE_CHANGE, MEMORY_DEVICE_SIZE_CHANGE, &msg);
}

void
vm_event_device_added (const Vm *vm, const char *alias)
{
  DomainEventCallbackDeviceAddedMsg msg = { .dom = subject (vm), .devAlias = borrow (alias) };

  EMIT_NEW (vm, DEVICE_ADDED, CALLBACK_DEVICE_ADDED, &msg);
}

void
vm_event_device_removal_failed (const Vm *vm, const char *alias)
{
  DomainEventCallbackDeviceRemovalFailedMsg msg = { .dom = subject (vm), .devAlias = borrow (alias) };

  EMIT_NEW (vm, DEVICE_REMOVAL_FAILED, CALLBACK_DEVICE_REMOVAL_FAILED, &msg);
}

void
vm_event_disk_change (const Vm *vm, const char *old_path, const char *new_path, const char *alias, int reason)
{
  char *old_text = borrow (old_path), *new_text = borrow (new_path);
  DomainEventCallbackDiskChangeMsg msg = {
    .msg = { .dom = subject (vm), .oldSrcPath = old_text, .newSrcPath = new_text, .devAlias = borrow (alias), .reason = reason },
  };

  EMIT_BOTH (vm, DISK_CHANGE, &msg);
}

void
vm_event_agent_lifecycle (const Vm *vm, int state, int reason)
{
  DomainEventCallbackAgentLifecycleMsg msg = { .dom = subject (vm), .state = state, .reason = reason };

  EMIT_NEW (vm, AGENT_LIFECYCLE, CALLBACK_AGENT_LIFECYCLE, &msg);
}

void
vm_event_metadata_change (const Vm *vm, int type, const char *uri)
{
  DomainEventCallbackMetadataChangeMsg msg = { .dom = subject (vm), .type = type, .nsuri = borrow (uri) };

  EMIT_NEW (vm, METADATA_CHANGE, CALLBACK_METADATA_CHANGE, &msg);
}

void
vm_event_tunable (const Vm *vm, RemoteTypedParam *params, unsigned int n)
{
  DomainEventCallbackTunableMsg msg = { .dom = subject (vm), .params = params, .n_params = n };

  EMIT_NEW (vm, TUNABLE, CALLBACK_TUNABLE, &msg);
}

void
vm_event_memory_failure (const Vm *vm, int recipient, int action, unsigned int flags)
{
  DomainEventMemoryFailureMsg msg = {
    .dom = subject (vm), .recipient = recipient, .action = action, .flags = flags };

  EMIT_NEW (vm, MEMORY_FAILURE, MEMORY_FAILURE, &msg);
}

/* Where QEMU has the figures of a migration. */
static const struct { const char *field, *part, *key; } job_figures[VM_JOB_FIGURES] = {
  { VIR_DOMAIN_JOB_TIME_ELAPSED, NULL, "total-time" },
  { VIR_DOMAIN_JOB_DOWNTIME, NULL, "downtime" },
  { VIR_DOMAIN_JOB_SETUP_TIME, NULL, "setup-time" },
  { VIR_DOMAIN_JOB_DATA_TOTAL, "ram", "total" },
  { VIR_DOMAIN_JOB_DATA_PROCESSED, "ram", "transferred" },
  { VIR_DOMAIN_JOB_DATA_REMAINING, "ram", "remaining" },
  { VIR_DOMAIN_JOB_MEMORY_TOTAL, "ram", "total" },
  { VIR_DOMAIN_JOB_MEMORY_PROCESSED, "ram", "transferred" },
  { VIR_DOMAIN_JOB_MEMORY_REMAINING, "ram", "remaining" },
  { VIR_DOMAIN_JOB_MEMORY_CONSTANT, "ram", "duplicate" },
  { VIR_DOMAIN_JOB_MEMORY_NORMAL, "ram", "normal" },
  { VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, "ram", "normal-bytes" },
  { VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, "ram", "dirty-pages-rate" },
  { VIR_DOMAIN_JOB_MEMORY_ITERATION, "ram", "dirty-sync-count" },
  { VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, "ram", "postcopy-requests" },
  { VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, "ram", "page-size" },
};

const char *
vm_job_figure_name (unsigned int index)
{
  return job_figures[index].field;
}

bool
vm_job_figure (const json_t *status, unsigned int index, uint64_t *ret_figure)
{
  const json_t *part = job_figures[index].part != NULL ? json_object_get (status, job_figures[index].part) : status;
  const json_t *figure = json_object_get (part, job_figures[index].key);

  *ret_figure = (uint64_t) json_integer_value (figure);
  return json_is_integer (figure);
}

void
vm_event_job_completed (const Vm *vm, int operation, const json_t *status)
{
  RemoteTypedParam params[VM_JOB_FIGURES + 1] = {
    { .field = borrow (VIR_DOMAIN_JOB_OPERATION), .value = { .type = VIR_TYPED_PARAM_INT, .i = operation } },
  };
  DomainEventCallbackJobCompletedMsg msg = { .dom = subject (vm), .params = params, .n_params = 1 };

  for (unsigned int i = 0; i < VM_JOB_FIGURES; i++)
    {
      uint64_t figure;

      if (vm_job_figure (status, i, &figure))
        params[msg.n_params++] = (RemoteTypedParam) {
          .field = borrow (vm_job_figure_name (i)), .value = { .type = VIR_TYPED_PARAM_ULLONG, .ul = figure },
        };
    }
  EMIT_NEW (vm, JOB_COMPLETED, CALLBACK_JOB_COMPLETED, &msg);
}

void
vm_event_graphics (const Vm *vm, int phase, const VmGraphicsAddress *local,
                   const VmGraphicsAddress *remote, const char *auth_scheme,
                   const char *const *identities)
{
  RemoteDomainEventGraphicsIdentity subjects[4];
  unsigned int n = 0;

  for (; n < G_N_ELEMENTS (subjects) && identities[2 * n] != NULL; n++)
    subjects[n] = (RemoteDomainEventGraphicsIdentity) { borrow (identities[2 * n]),
                                                        borrow (identities[2 * n + 1]) };
  DomainEventCallbackGraphicsMsg msg = {
    .msg = { .dom = subject (vm), .phase = phase,
             .local = { local->family, borrow (local->node), borrow (local->service) },
             .remote = { remote->family, borrow (remote->node), borrow (remote->service) },
             .authScheme = borrow (auth_scheme), .subject = subjects, .n_subject = n } };

  EMIT_BOTH (vm, GRAPHICS, &msg);
}

/* --- monitor events -------------------------------------------------------------- */

struct VmEventFilter
{
  char *name;                   /* NULL: not compared */
  GRegex *pattern;              /* NULL: not matched */
  bool ignore_case;
};

VmEventFilter *
vm_event_filter_new (const char *event, unsigned int flags, GError **error)
{
  g_autofree VmEventFilter *filter = g_new0 (VmEventFilter, 1);
  bool ignore_case = flags & VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE;

  filter->ignore_case = ignore_case;
  if (event != NULL && (flags & VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX))
    {
      g_autoptr (GError) broken = NULL;

      filter->pattern = g_regex_new (event, ignore_case ? G_REGEX_CASELESS : 0, 0, &broken);
      if (filter->pattern == NULL)
        return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                          "pattern '%s' for monitor events: %s", event, broken->message);
    }
  else
    filter->name = g_strdup (event);
  return g_steal_pointer (&filter);
}

void
vm_event_filter_free (VmEventFilter *filter)
{
  if (filter == NULL)
    return;
  if (filter->pattern != NULL)
    g_regex_unref (filter->pattern);
  g_free (filter->name);
  g_free (filter);
}

static bool
wants_monitor_event (void *data, void *context)
{
  const VmEventFilter *filter = data;
  const char *event = context;

  if (filter->pattern != NULL)
    return g_regex_match (filter->pattern, event, 0, NULL);
  return filter->name == NULL
         || (filter->ignore_case ? strcasecmp : strcmp) (filter->name, event) == 0;
}

void
vm_event_monitor (const Vm *vm, const char *event, int64_t when_us, const char *details)
{
  QemuDomainMonitorEventMsg msg = {
    .dom = subject (vm), .event = borrow (event), .seconds = when_us / G_USEC_PER_SEC,
    .micros = (unsigned int) (when_us % G_USEC_PER_SEC), .details = borrow (details) };

  event_hub_emit (driver.monitor_events, &qemu_program, DRIVER_MONITOR_EVENT_ID, vm->uuid,
                  QEMU_PROC_DOMAIN_MONITOR_EVENT, &msg, 0, NULL, wants_monitor_event, borrow (event));
}
