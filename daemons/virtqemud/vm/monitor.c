/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/monitor.h"

#include <string.h>

#include "agent/guest.h"
#include "qemu/memory-devices.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "vm/block.h"
#include "vm/dump.h"
#include "vm/events.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"
#include "vm/state.h"
#include "vm/status.h"
#include "vm/unplug.h"

#define LOG_CATEGORY "qemu.events"

/* --- running, paused, off --------------------------------------------------------------------- */

static void
on_stop (Vm *vm, const char *name, json_t *data)
{
  if (vm->state == VIR_DOMAIN_RUNNING && !vm->rebooting)
    vm_enter (vm, VIR_DOMAIN_PAUSED, vm->pause_reason, VM_DETAIL_OF_MOVE);
  vm->pause_reason = VIR_DOMAIN_PAUSED_UNKNOWN;
}

static void
on_resume (Vm *vm, const char *name, json_t *data)
{
  /* The first one belongs to the start, which makes the move itself. */
  if (vm->state == VIR_DOMAIN_PAUSED && vm->reason != VIR_DOMAIN_PAUSED_STARTING_UP && !vm->rebooting)
    vm_enter (vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, VM_DETAIL_OF_MOVE);
}

static void
on_shutdown (Vm *vm, const char *name, json_t *data)
{
  bool guest = json_get_bool (data, "guest", false);
  /* With on_reboot destroy, QEMU makes an end of a reset. */
  bool reset = g_str_has_suffix (json_get_string (data, "reason", ""), "reset");

  vm_agent_note_power (vm);
  /* One that is ended because it crashed was not shut down. */
  if (vm->state == VIR_DOMAIN_SHUTDOWN || vm->end == VM_END_CRASHED)
    return;
  /* A reboot by way of the power button is no shutdown, nor is one that ends in a restart. */
  if ((vm->fake_reboot || vm->live->on_poweroff == LIFECYCLE_ACTION_RESTART) && guest && !reset && vm->end == VM_END_UNEXPECTED)
    {
      vm->rebooting = true;
      vm_begin_power_off (vm);
      return;
    }
  vm_enter (vm, VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_UNKNOWN,
            guest ? VIR_DOMAIN_EVENT_SHUTDOWN_GUEST : VIR_DOMAIN_EVENT_SHUTDOWN_HOST);
  if (vm->end != VM_END_UNEXPECTED)
    return;
  vm->end = VM_END_SHUTDOWN;
  vm->reset_ends = reset;
  vm_begin_power_off (vm);
}

static void
on_reset (Vm *vm, const char *name, json_t *data)
{
  vm_agent_note_power (vm);
  vm_event_reboot (vm);
  if (vm->state == VIR_DOMAIN_CRASHED && !vm->rebooting)
    vm_enter (vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, VM_DETAIL_OF_MOVE);
}

static void
on_panicked (Vm *vm, const char *name, json_t *data)
{
  if (vm->state == VIR_DOMAIN_CRASHED)
    return;
  /* QEMU stops the CPUs; its STOP comes after this. */
  if (vm->state == VIR_DOMAIN_RUNNING)
    vm_enter (vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, VM_DETAIL_OF_MOVE);
  vm_enter (vm, VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, VM_DETAIL_OF_MOVE);
  vm_begin_panic (vm);
}

static void
on_suspend (Vm *vm, const char *name, json_t *data)
{
  vm_agent_note_power (vm);
  if (vm->state == VIR_DOMAIN_RUNNING)
    vm_enter (vm, VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, VM_DETAIL_OF_MOVE);
  vm_event_pmsuspend (vm);
}

static void
on_suspend_disk (Vm *vm, const char *name, json_t *data)
{
  vm_agent_note_power (vm);
  vm_event_pmsuspend_disk (vm);
}

static void
on_wakeup (Vm *vm, const char *name, json_t *data)
{
  if (vm->state == VIR_DOMAIN_PMSUSPENDED)
    vm_enter (vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_WAKEUP, VM_DETAIL_OF_MOVE);
  vm_event_pmwakeup (vm);
}

/* --- devices ------------------------------------------------------------------------------------- */

static void
on_rtc_change (Vm *vm, const char *name, json_t *data)
{
  vm_event_rtc_change (vm, json_get_int (data, "offset", 0));
}

static int
lookup_name (const char *const *names, unsigned int n, const char *name, int fallback)
{
  for (unsigned int i = 0; i < n; i++)
    if (names[i] != NULL && g_strcmp0 (names[i], name) == 0)
      return (int) i;
  return fallback;
}

static void
on_watchdog (Vm *vm, const char *name, json_t *data)
{
  static const char *const actions[] = {
    [VIR_DOMAIN_EVENT_WATCHDOG_NONE] = "none",         [VIR_DOMAIN_EVENT_WATCHDOG_PAUSE] = "pause",
    [VIR_DOMAIN_EVENT_WATCHDOG_RESET] = "reset",       [VIR_DOMAIN_EVENT_WATCHDOG_POWEROFF] = "poweroff",
    [VIR_DOMAIN_EVENT_WATCHDOG_SHUTDOWN] = "shutdown", [VIR_DOMAIN_EVENT_WATCHDOG_DEBUG] = "debug",
    [VIR_DOMAIN_EVENT_WATCHDOG_INJECTNMI] = "inject-nmi",
  };
  int action = lookup_name (actions, G_N_ELEMENTS (actions), json_get_string (data, "action", ""),
                            VIR_DOMAIN_EVENT_WATCHDOG_NONE);

  if (action == VIR_DOMAIN_EVENT_WATCHDOG_PAUSE)
    vm->pause_reason = VIR_DOMAIN_PAUSED_WATCHDOG;
  vm_event_watchdog (vm, action);
  if (action == VIR_DOMAIN_EVENT_WATCHDOG_PAUSE && vm->live->watchdogs.n > 0
      && vm->live->watchdogs.items[0]->action == WATCHDOG_ACTION_DUMP)
    vm_begin_watchdog_dump (vm);
}

/* The disk that a block event is about, by its device or its node; NULL: none of ours. */
static DomainDisk *
disk_of_event (const Domain *live, json_t *data)
{
  static const char *const keys[] = { "id", "qom-path", "device", "node-name" };

  for (unsigned int k = 0; k < G_N_ELEMENTS (keys); k++)
    {
      const char *value = json_get_string (data, keys[k], "");

      for (unsigned int i = 0; i < live->disks.n; i++)
        {
          DomainDisk *disk = live->disks.items[i];
          g_autofree char *node = g_strdup_printf ("libvirt-%u-format", disk->source.index);
          g_autofree char *in_path = g_strdup_printf ("/%s/", disk->info.alias != NULL ? disk->info.alias : "");
          g_autofree char *path = g_strdup_printf ("%s/", value);

          if (disk->info.alias == NULL || *value == '\0')
            continue;
          if (strcmp (value, disk->info.alias) == 0 || strcmp (value, node) == 0
              || strstr (path, in_path) != NULL)
            return disk;
        }
    }
  return NULL;
}

static void
on_block_io_error (Vm *vm, const char *name, json_t *data)
{
  static const char *const actions[] = {
    [VIR_DOMAIN_EVENT_IO_ERROR_NONE] = "ignore",
    [VIR_DOMAIN_EVENT_IO_ERROR_PAUSE] = "stop",
    [VIR_DOMAIN_EVENT_IO_ERROR_REPORT] = "report",
  };
  const DomainDisk *disk = disk_of_event (vm->live, data);
  int action = lookup_name (actions, G_N_ELEMENTS (actions), json_get_string (data, "action", ""),
                            VIR_DOMAIN_EVENT_IO_ERROR_NONE);

  if (action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE)
    vm->pause_reason = VIR_DOMAIN_PAUSED_IOERROR;
  vm_event_io_error (vm, disk != NULL && disk->source.path != NULL ? disk->source.path : "",
                     disk != NULL ? disk->info.alias : "", action,
                     json_get_bool (data, "nospace", false) ? "enospc" : "");
}

/* A threshold is told of the disk's own image by its plain name too. */
static void
on_block_threshold (Vm *vm, const char *name, json_t *data)
{
  uint64_t threshold = (uint64_t) json_get_int (data, "write-threshold", 0), excess = (uint64_t) json_get_int (data, "amount-exceeded", 0);
  unsigned int index;
  const DomainStorageSource *image;
  const DomainDisk *disk;
  g_autofree char *indexed = NULL;

  if (sscanf (json_get_string (data, "node-name", ""), "libvirt-%u-", &index) != 1)
    return;
  disk = vm_find_image (vm->live, index, &image);
  if (disk == NULL)
    return;
  indexed = g_strdup_printf ("%s[%u]", disk->target.dev, index);
  if (image == &disk->source)
    vm_event_block_threshold (vm, disk->target.dev, image->path, threshold, excess);
  vm_event_block_threshold (vm, indexed, image->path, threshold, excess);
}

static void
on_tray_moved (Vm *vm, const char *name, json_t *data)
{
  bool open = json_get_bool (data, "tray-open", false);
  DomainDisk *disk = disk_of_event (vm->live, data);

  if (disk == NULL)
    return;
  disk->target.tray = open ? DISK_TRAY_OPEN : DISK_TRAY_CLOSED;
  vm_event_tray_change (vm, disk->info.alias,
                        open ? VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN : VIR_DOMAIN_EVENT_TRAY_CHANGE_CLOSE);
  vm_status_touch (vm);
}

static void
on_dump_completed (Vm *vm, const char *name, json_t *data)
{
  vm_dump_completed (vm, data);
}

static void
on_balloon_change (Vm *vm, const char *name, json_t *data)
{
  uint64_t kib = (uint64_t) MAX (json_get_int (data, "actual", 0), 0) / 1024;

  vm_figures_set_balloon (vm, kib);
  vm_event_balloon_change (vm, kib);
}

static void
on_memory_device_size (Vm *vm, const char *name, json_t *data)
{
  const char *alias = json_get_string (data, "id", "");
  uint64_t kib = (uint64_t) MAX (json_get_int (data, "size", 0), 0) / 1024;

  if (!qemu_memory_device_resized (vm->live, alias, kib))
    return;
  vm_status_touch (vm);
  vm_event_memory_device_size (vm, alias, kib);
}

static void
on_device_deleted (Vm *vm, const char *name, json_t *data)
{
  const char *alias = json_get_string (data, "device", NULL);

  if (alias != NULL)
    vm_unplug_deleted (vm, alias);
}

static void
on_unplug_refused (Vm *vm, const char *name, json_t *data)
{
  const char *alias = json_get_string (data, "device", NULL);

  if (alias != NULL)
    vm_unplug_refused (vm, alias);
}

/* The guest opened or closed its end of a channel. */
static void
on_serial_port_change (Vm *vm, const char *name, json_t *data)
{
  const char *id = json_get_string (data, "id", "");
  bool open = json_get_bool (data, "open", false);

  for (unsigned int i = 0; i < vm->live->channels.n; i++)
    {
      DomainChardev *channel = vm->live->channels.items[i];

      if (g_strcmp0 (channel->info.alias, id) != 0)
        continue;
      channel->state = open ? CHANNEL_STATE_CONNECTED : CHANNEL_STATE_DISCONNECTED;
      vm_status_touch (vm);
      if (g_strcmp0 (channel->name, AGENT_CHANNEL) != 0)
        return;
      vm_agent_follow (vm);
      vm_event_agent_lifecycle (vm, open ? VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
                                         : VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED,
                                VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL);
      return;
    }
}

static void
on_memory_failure (Vm *vm, const char *name, json_t *data)
{
  static const char *const recipients[] = {
    [VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_HYPERVISOR] = "hypervisor",
    [VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_GUEST] = "guest",
  };
  static const char *const actions[] = {
    [VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_IGNORE] = "ignore",
    [VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_INJECT] = "inject",
    [VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_FATAL] = "fatal",
    [VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_RESET] = "reset",
  };
  const json_t *flags = json_object_get (data, "flags");
  unsigned int bits = 0;

  if (json_get_bool (flags, "action-required", false))
    bits |= VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED;
  if (json_get_bool (flags, "recursive", false))
    bits |= VIR_DOMAIN_MEMORY_FAILURE_RECURSIVE;
  vm_event_memory_failure (vm, lookup_name (recipients, G_N_ELEMENTS (recipients),
                                            json_get_string (data, "recipient", ""), 0),
                           lookup_name (actions, G_N_ELEMENTS (actions),
                                        json_get_string (data, "action", ""), 0), bits);
}

/* --- graphics -------------------------------------------------------------------------------------- */

static VmGraphicsAddress
graphics_address (const json_t *side, const char *service_key)
{
  const char *family = json_get_string (side, "family", "ipv4");

  return (VmGraphicsAddress) {
    .family = strcmp (family, "ipv6") == 0   ? VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_IPV6
              : strcmp (family, "unix") == 0 ? VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_UNIX
                                             : VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_IPV4,
    .node = json_get_string (side, "host", ""),
    .service = json_get_string (side, service_key, ""),
  };
}

/* VNC_CONNECTED, SPICE_INITIALIZED...: the last word says which phase. */
static void
on_graphics (Vm *vm, const char *name, json_t *data)
{
  static const char *const phases[] = {
    [VIR_DOMAIN_EVENT_GRAPHICS_CONNECT] = "CONNECTED",
    [VIR_DOMAIN_EVENT_GRAPHICS_INITIALIZE] = "INITIALIZED",
    [VIR_DOMAIN_EVENT_GRAPHICS_DISCONNECT] = "DISCONNECTED",
  };
  bool spice = g_str_has_prefix (name, "SPICE_");
  const char *service_key = spice ? "port" : "service";
  int phase = lookup_name (phases, G_N_ELEMENTS (phases), strchr (name, '_') + 1, VIR_DOMAIN_EVENT_GRAPHICS_CONNECT);
  const json_t *server = json_object_get (data, "server");
  const json_t *client = json_object_get (data, "client");
  VmGraphicsAddress local = graphics_address (server, service_key);
  VmGraphicsAddress remote = graphics_address (client, service_key);
  const char *identities[5] = { NULL };
  unsigned int n = 0;

  if (json_get_string (client, "x509_dname", NULL) != NULL)
    {
      identities[n++] = "x509dname";
      identities[n++] = json_get_string (client, "x509_dname", "");
    }
  if (json_get_string (client, "sasl_username", NULL) != NULL)
    {
      identities[n++] = "saslUsername";
      identities[n++] = json_get_string (client, "sasl_username", "");
    }
  vm_event_graphics (vm, phase, &local, &remote, json_get_string (server, "auth", spice ? "spice" : ""), identities);
}

/* --- dispatch ----------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  void (*handle) (Vm *vm, const char *name, json_t *data);
} handlers[] = {
  { "STOP", on_stop },
  { "RESUME", on_resume },
  { "SHUTDOWN", on_shutdown },
  { "RESET", on_reset },
  { "GUEST_PANICKED", on_panicked },
  { "SUSPEND", on_suspend },
  { "SUSPEND_DISK", on_suspend_disk },
  { "WAKEUP", on_wakeup },
  { "RTC_CHANGE", on_rtc_change },
  { "WATCHDOG", on_watchdog },
  { "BLOCK_IO_ERROR", on_block_io_error },
  { "BLOCK_WRITE_THRESHOLD", on_block_threshold },
  { "DEVICE_TRAY_MOVED", on_tray_moved },
  { "BALLOON_CHANGE", on_balloon_change },
  { "MEMORY_DEVICE_SIZE_CHANGE", on_memory_device_size },
  { "DUMP_COMPLETED", on_dump_completed },
  { "DEVICE_DELETED", on_device_deleted },
  { "DEVICE_UNPLUG_GUEST_ERROR", on_unplug_refused },
  { "MEM_UNPLUG_ERROR", on_unplug_refused },
  { "VSERPORT_CHANGE", on_serial_port_change },
  { "MEMORY_FAILURE", on_memory_failure },
  { "VNC_CONNECTED", on_graphics },
  { "VNC_INITIALIZED", on_graphics },
  { "VNC_DISCONNECTED", on_graphics },
  { "SPICE_CONNECTED", on_graphics },
  { "SPICE_INITIALIZED", on_graphics },
  { "SPICE_DISCONNECTED", on_graphics },
};

static void
monitor_event (Qmp *qmp, const char *name, json_t *data, int64_t when_us, void *user)
{
  g_autoptr (Vm) vm = vm_ref (user);
  g_autofree char *details = json_object_size (data) > 0 ? json_to_text (data) : NULL;

  /* Of a process that is given up already, or not yet ours. */
  if (vm->live == NULL)
    return;
  log_debug ("domain '%s': %s %s", vm->name, name, details != NULL ? details : "");
  vm_event_monitor (vm, name, when_us, details);
  for (unsigned int i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (strcmp (handlers[i].name, name) == 0)
      {
        handlers[i].handle (vm, name, data);
        return;
      }
}

/* The process may live on: its end is seen by its pidfd, and until then the guest can be
 * destroyed but not spoken to. */
static void
monitor_closed (Qmp *qmp, const GError *reason, void *user)
{
  Vm *vm = user;

  log_info ("the monitor of domain '%s' is gone: %s", vm->name, reason->message);
  if (vm->monitor == qmp)
    vm->monitor = NULL;
  vm_unplug_lost (vm);
}

const QmpHandler vm_monitor_handler = { monitor_event, monitor_closed };
