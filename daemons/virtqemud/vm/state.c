/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/state.h"

#include <string.h>

#include "util/loop.h"
#include "util/log.h"
#include "vm/events.h"
#include "vm/status.h"

#define LOG_CATEGORY "qemu.state"

/* --- names -------------------------------------------------------------------- */

static const char *const state_names[] = {
  [VIR_DOMAIN_NOSTATE] = "no state",     [VIR_DOMAIN_RUNNING] = "running",
  [VIR_DOMAIN_BLOCKED] = "blocked",      [VIR_DOMAIN_PAUSED] = "paused",
  [VIR_DOMAIN_SHUTDOWN] = "shutdown",    [VIR_DOMAIN_SHUTOFF] = "shutoff",
  [VIR_DOMAIN_CRASHED] = "crashed",      [VIR_DOMAIN_PMSUSPENDED] = "pmsuspended",
};

static const char *const running_reasons[] = {
  "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused",
  "migration canceled", "save canceled", "wakeup", "crashed", "post-copy", "post-copy failed",
};
static const char *const paused_reasons[] = {
  "unknown", "user", "migration", "save", "dump", "ioerror", "watchdog", "from snapshot",
  "shutdown", "snapshot", "panicked", "starting up", "post-copy", "post-copy failed", "api error",
};
static const char *const shutdown_reasons[] = { "unknown", "user" };
static const char *const shutoff_reasons[] = {
  "unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon",
};
static const char *const crashed_reasons[] = { "unknown", "panicked" };
static const char *const other_reasons[] = { "unknown" };

static const struct
{
  const char *const *names;
  unsigned int n;
} reason_names[] = {
#define REASONS(array) { array, G_N_ELEMENTS (array) }
  [VIR_DOMAIN_NOSTATE] = REASONS (other_reasons),     [VIR_DOMAIN_RUNNING] = REASONS (running_reasons),
  [VIR_DOMAIN_BLOCKED] = REASONS (other_reasons),     [VIR_DOMAIN_PAUSED] = REASONS (paused_reasons),
  [VIR_DOMAIN_SHUTDOWN] = REASONS (shutdown_reasons), [VIR_DOMAIN_SHUTOFF] = REASONS (shutoff_reasons),
  [VIR_DOMAIN_CRASHED] = REASONS (crashed_reasons),   [VIR_DOMAIN_PMSUSPENDED] = REASONS (other_reasons),
#undef REASONS
};

static bool
known_state (int state)
{
  return state >= 0 && state < (int) G_N_ELEMENTS (state_names);
}

const char *
vm_state_name (int state)
{
  return known_state (state) ? state_names[state] : NULL;
}

int
vm_state_from_name (const char *name)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (state_names[i], name) == 0)
      return (int) i;
  return -1;
}

const char *
vm_reason_name (int state, int reason)
{
  if (!known_state (state) || reason < 0 || (unsigned int) reason >= reason_names[state].n)
    return "unknown";
  return reason_names[state].names[reason];
}

int
vm_reason_from_name (int state, const char *name)
{
  for (unsigned int i = 0; known_state (state) && i < reason_names[state].n; i++)
    if (g_strcmp0 (reason_names[state].names[i], name) == 0)
      return (int) i;
  return 0;
}

/* --- moves ---------------------------------------------------------------------- */

#define ANY (-1)
#define NO_EVENT { -1, 0 }
typedef struct { int event, detail; } MoveEvent;

#define STARTED(detail_) { VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_##detail_ }
#define SUSPENDED(detail_) { VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_##detail_ }
#define RESUMED(detail_) { VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_##detail_ }
#define STOPPED(detail_) { VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_##detail_ }

#define STATE(state_) VIR_DOMAIN_##state_
#define RUNNING(reason_) VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_##reason_
#define PAUSED(reason_) VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_##reason_
#define SHUTOFF(reason_) VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_##reason_

/* The first row that fits applies. Up to two events, in their order. */
static const struct
{
  int from, from_reason;
  int to, to_reason;
  MoveEvent events[2];
} moves[] = {
  /* A start: QEMU is made with its CPUs stopped, and then let go or not. */
  { STATE (SHUTOFF), ANY, PAUSED (STARTING_UP), { NO_EVENT, NO_EVENT } },
  { PAUSED (STARTING_UP), RUNNING (BOOTED), { RESUMED (UNPAUSED), STARTED (BOOTED) } },
  { PAUSED (STARTING_UP), PAUSED (USER), { STARTED (BOOTED), SUSPENDED (PAUSED) } },
  { PAUSED (STARTING_UP), SHUTOFF (FAILED), { NO_EVENT, NO_EVENT } },

  { STATE (RUNNING), ANY, PAUSED (USER), { NO_EVENT, SUSPENDED (PAUSED) } },
  { STATE (RUNNING), ANY, PAUSED (IOERROR), { NO_EVENT, SUSPENDED (IOERROR) } },
  { STATE (RUNNING), ANY, PAUSED (WATCHDOG), { NO_EVENT, SUSPENDED (WATCHDOG) } },
  { STATE (RUNNING), ANY, PAUSED (UNKNOWN), { NO_EVENT, SUSPENDED (PAUSED) } },
  { STATE (RUNNING), ANY, PAUSED (DUMP), { NO_EVENT, SUSPENDED (PAUSED) } },
  { STATE (RUNNING), ANY, PAUSED (CRASHED), { NO_EVENT, SUSPENDED (PAUSED) } },
  /* A reason that becomes known later. */
  { STATE (PAUSED), ANY, VIR_DOMAIN_PAUSED, ANY, { NO_EVENT, NO_EVENT } },
  { STATE (PAUSED), ANY, RUNNING (UNPAUSED), { NO_EVENT, RESUMED (UNPAUSED) } },

  /* The guest asks the machine to sleep, and wakes up. */
  { STATE (RUNNING), ANY, STATE (PMSUSPENDED), ANY,
    { NO_EVENT, { VIR_DOMAIN_EVENT_PMSUSPENDED, VIR_DOMAIN_EVENT_PMSUSPENDED_MEMORY } } },
  { STATE (PMSUSPENDED), ANY, RUNNING (WAKEUP), { NO_EVENT, STARTED (WAKEUP) } },
  { STATE (PMSUSPENDED), ANY, VIR_DOMAIN_PAUSED, ANY, { NO_EVENT, NO_EVENT } },

  /* It powered off, or was told to; QEMU is still there. */
  { STATE (RUNNING), ANY, STATE (SHUTDOWN), ANY,
    { NO_EVENT, { VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_FINISHED } } },
  { STATE (PAUSED), ANY, STATE (SHUTDOWN), ANY,
    { NO_EVENT, { VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_FINISHED } } },
  { STATE (PMSUSPENDED), ANY, STATE (SHUTDOWN), ANY,
    { NO_EVENT, { VIR_DOMAIN_EVENT_SHUTDOWN, VIR_DOMAIN_EVENT_SHUTDOWN_FINISHED } } },
  /* A shutdown that was a reboot, seen to its end or found by a recovery. */
  { STATE (RUNNING), ANY, RUNNING (BOOTED), { NO_EVENT, NO_EVENT } },
  { STATE (SHUTDOWN), ANY, RUNNING (UNPAUSED), { NO_EVENT, RESUMED (UNPAUSED) } },
  { STATE (SHUTDOWN), ANY, VIR_DOMAIN_PAUSED, ANY, { NO_EVENT, NO_EVENT } },
  { STATE (SHUTDOWN), ANY, RUNNING (BOOTED), { NO_EVENT, RESUMED (UNPAUSED) } },
  { STATE (SHUTDOWN), ANY, STATE (SHUTDOWN), ANY, { NO_EVENT, NO_EVENT } },

  /* Its kernel panicked. */
  { ANY, ANY, STATE (CRASHED), ANY,
    { NO_EVENT, { VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_PANICKED } } },
  { STATE (CRASHED), ANY, VIR_DOMAIN_PAUSED, ANY, { NO_EVENT, NO_EVENT } },
  { STATE (CRASHED), ANY, RUNNING (BOOTED), { NO_EVENT, RESUMED (UNPAUSED) } },
  { STATE (CRASHED), ANY, RUNNING (CRASHED), { NO_EVENT, RESUMED (UNPAUSED) } },
  { STATE (CRASHED), ANY, RUNNING (UNPAUSED), { NO_EVENT, RESUMED (UNPAUSED) } },

  { STATE (CRASHED), ANY, SHUTOFF (CRASHED), { NO_EVENT, STOPPED (CRASHED) } },
  { ANY, ANY, SHUTOFF (SHUTDOWN), { NO_EVENT, STOPPED (SHUTDOWN) } },
  { ANY, ANY, SHUTOFF (DESTROYED), { NO_EVENT, STOPPED (DESTROYED) } },
  { ANY, ANY, SHUTOFF (CRASHED), { NO_EVENT, STOPPED (FAILED) } },
  { ANY, ANY, SHUTOFF (FAILED), { NO_EVENT, STOPPED (FAILED) } },
  { ANY, ANY, SHUTOFF (UNKNOWN), { NO_EVENT, STOPPED (FAILED) } },
};

static bool
fits (int row, int value)
{
  return row == ANY || row == value;
}

void
vm_enter (Vm *vm, int state, int reason, int detail)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      if (!fits (moves[i].from, vm->state) || !fits (moves[i].from_reason, vm->reason)
          || !fits (moves[i].to, state) || !fits (moves[i].to_reason, reason))
        continue;
      log_debug ("domain '%s': %s (%s) -> %s (%s)", vm->name,
                 vm_state_name (vm->state), vm_reason_name (vm->state, vm->reason),
                 vm_state_name (state), vm_reason_name (state, reason));
      vm->state = state;
      vm->reason = reason;
      for (unsigned int n = 0; n < G_N_ELEMENTS (moves[i].events); n++)
        if (moves[i].events[n].event >= 0)
          vm_event_lifecycle (vm, moves[i].events[n].event,
                              n == 1 && detail != VM_DETAIL_OF_MOVE ? detail : moves[i].events[n].detail);
      vm_status_touch (vm);
      return;
    }
  log_error ("domain '%s': no move leads from %s (%s) to %s (%s)", vm->name,
             vm_state_name (vm->state), vm_reason_name (vm->state, vm->reason),
             vm_state_name (state), vm_reason_name (state, reason));
}
