/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "args/args.h"
#include "driver.h"
#include "qemu/qmp.h"
#include "qemu/spawn.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/json.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/process.h"
#include "util/state-file.h"
#include "util/worker.h"
#include "vm/events.h"
#include "vm/lifecycle.h"
#include "vm/state.h"
#include "vm/status.h"

#define LOG_CATEGORY "qemu.dump"
#define FD_NAME "dump"
#define POLL_MIN_MS 5
#define POLL_MAX_MS 250
#define END_MS 60000            /* that a program may take to write what it still has */

static const char *const format_names[] = {
  [VIR_DOMAIN_CORE_DUMP_FORMAT_RAW] = "elf",
  [VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB] = "kdump-zlib",
  [VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_LZO] = "kdump-lzo",
  [VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_SNAPPY] = "kdump-snappy",
  [VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP] = "win-dmp",
};

/* --- QEMU -------------------------------------------------------------------------------------- */

/* The monitor, as long as the guest is the same one. */
static Qmp *
monitor_of (const Vm *vm, GError **error)
{
  if (vm->monitor == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "the monitor of domain '%s' is not connected", vm->name);
  return qmp_ref (vm->monitor);
}

static json_t *
ask (Qmp *qmp, const char *name, json_t *args, GError **error)
{
  return qmp_command (qmp, name, args, deadline_in_ms (VM_COMMAND_MS), error);
}

static bool
hand_over (Qmp *qmp, int fd, GError **error)
{
  g_autoptr (json_t) done = qmp_command_fd (qmp, "getfd", json_pack ("{s:s}", "fdname", FD_NAME), fd,
                                            deadline_in_ms (VM_COMMAND_MS), error);

  return done != NULL;
}

static bool
knows_format (Qmp *qmp, unsigned int format, GError **error)
{
  g_autoptr (json_t) known = ask (qmp, "query-dump-guest-memory-capability", NULL, error);
  json_t *item;
  size_t i;

  if (known == NULL)
    return false;
  json_array_foreach (json_object_get (known, "formats"), i, item)
    if (g_strcmp0 (json_string_value (item), format_names[format]) == 0)
      return true;
  return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "this QEMU does not write dumps of the format '%s'",
               format_names[format]);
}

void
vm_dump_completed (Vm *vm, json_t *data)
{
  if (vm->dump == NULL)
    return;
  g_free (vm->dump->result);
  vm->dump->result = g_strdup (json_get_string (data, "error", ""));
}

/* How far it is; what cannot be learnt is not. */
static void
learn_progress (VmDump *dump, Qmp *qmp)
{
  g_autoptr (json_t) status = ask (qmp, "query-dump", NULL, NULL);

  if (status == NULL)
    return;
  dump->total = (uint64_t) json_get_int (status, "total", 0);
  dump->done = (uint64_t) json_get_int (status, "completed", 0);
}

static bool
wait_for_dump (Vm *vm, Qmp *qmp, GError **error)
{
  VmDump *dump = vm->dump;

  for (uint64_t pause_ms = POLL_MIN_MS; dump->result == NULL; pause_ms = MIN (pause_ms * 2, POLL_MAX_MS))
    {
      if (!qmp_is_open (qmp) || vm->monitor != qmp)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "domain '%s' ended while it was dumped", vm->name);
      if (!fiber_sleep (pause_ms, error))
        return false;
      if (pause_ms > POLL_MIN_MS)
        learn_progress (dump, qmp);
    }
  return *dump->result == '\0'
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "QEMU could not dump the memory of domain '%s': %s",
                  vm->name, dump->result);
}

static bool
dump_memory (Vm *vm, Qmp *qmp, int fd, unsigned int format, GError **error)
{
  json_t *args = json_pack ("{s:b, s:s, s:b, s:s}", "paging", 0, "protocol", "fd:" FD_NAME, "detach", 1, "format",
                            format_names[format]);
  g_autoptr (json_t) begun = NULL;

  if (!hand_over (qmp, fd, error))
    {
      json_decref (args);
      return false;
    }
  begun = ask (qmp, "dump-guest-memory", args, error);
  return begun != NULL && wait_for_dump (vm, qmp, error);
}

/* --- all of the state ------------------------------------------------------------------------------ */

static void
keep (json_t **place, json_t *status)
{
  g_clear_pointer (place, json_decref);
  *place = json_incref (status);
}

static bool
wait_for_migration (Vm *vm, Qmp *qmp, GError **error)
{
  for (uint64_t pause_ms = POLL_MIN_MS;; pause_ms = MIN (pause_ms * 2, POLL_MAX_MS))
    {
      g_autoptr (json_t) status = ask (qmp, "query-migrate", NULL, error);
      const char *word = json_get_string (status, "status", "");

      if (status == NULL)
        return false;
      keep (&vm->dump->status, status);
      if (strcmp (word, "completed") == 0)
        {
          keep (&vm->last_job, status);
          vm_event_job_completed (vm, VIR_DOMAIN_JOB_OPERATION_DUMP, status);
          return true;
        }
      if (strcmp (word, "failed") == 0 || strcmp (word, "cancelled") == 0)
        return fail (error, VIR_FROM_QEMU, vm->dump->aborted ? VIR_ERR_OPERATION_ABORTED : VIR_ERR_OPERATION_FAILED,
                     "QEMU did not dump domain '%s': %s", vm->name, json_get_string (status, "error-desc", word));
      if (!fiber_sleep (pause_ms, error))
        return false;
    }
}

/* Reads and writes until the other end is closed. Gone: its exit status tells. */
static bool
end_of_program (const char *program, int pidfd, GError **error)
{
  int status = -1;

  if (!fiber_wait_pidfd (pidfd, deadline_in_ms (END_MS), &status, error))
    {
      process_stop (pidfd, 0, deadline_in_ms (END_MS), NULL, NULL);
      return false;
    }
  return status == 0
         || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "'%s', which writes the dump, failed with status %d",
                  program, status);
}

static bool
spawn_program (const char *program, int from, int to, int *ret_pidfd, GError **error)
{
  const char *const argv[] = { program, "-c", NULL };
  const ProcessFd fds[] = { { 0, from }, { 1, to } };
  ProcessSpec spec = { .argv = argv, .fds = fds, .n_fds = G_N_ELEMENTS (fds), .new_session = true };

  pid_t pid;

  return qemu_spawn (&spec, &pid, ret_pidfd, error);
}

static bool
write_state (Vm *vm, Qmp *qmp, int fd, GError **error)
{
  /* As fast as the disk is; QEMU's default comes back afterwards. */
  static const json_int_t fast = G_MAXINT64, usual = 128 << 20;
  g_autoptr (json_t) speed = ask (qmp, "migrate-set-parameters", json_pack ("{s:I}", "max-bandwidth", fast), error);
  g_autoptr (json_t) begun = NULL;
  bool ok;

  if (speed == NULL || !hand_over (qmp, fd, error))
    return false;
  begun = ask (qmp, "migrate", json_pack ("{s:s}", "uri", "fd:" FD_NAME), error);
  ok = begun != NULL && wait_for_migration (vm, qmp, error);
  qmp_do (qmp, "migrate-set-parameters", json_pack ("{s:I}", "max-bandwidth", usual), deadline_in_ms (VM_COMMAND_MS), NULL);
  return ok;
}

static bool
dump_state (Vm *vm, Qmp *qmp, int fd, GError **error)
{
  const char *program = driver.config->dump_image_format;
  fd_auto int from = -1, to = -1, pidfd = -1;
  int ends[2];
  bool ok;

  if (strcmp (program, "raw") == 0)
    return write_state (vm, qmp, fd, error);
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make a pipe to '%s'", program);
  from = ends[0];
  to = ends[1];
  if (!spawn_program (program, from, fd, &pidfd, error))
    return false;
  fd_clear (&from);
  ok = write_state (vm, qmp, to, error);
  fd_clear (&to);
  return end_of_program (program, pidfd, ok ? error : NULL) && ok;
}

/* --- the file ---------------------------------------------------------------------------------------- */

typedef struct
{
  const char *path;
  int fd;
  bool made;                    /* it was not there before */
  bool bypass_cache;
} DumpFile;

static bool
open_file (void *args, GError **error)
{
  DumpFile *file = args;

  file->made = access (file->path, F_OK) != 0;
  file->fd = open (file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
  return file->fd >= 0 || fail_errno (error, VIR_FROM_QEMU, errno, "cannot create '%s'", file->path);
}

/* What is on disk need not stay in memory: QEMU's writes are too odd for O_DIRECT. */
static bool
close_file (void *args, GError **error)
{
  DumpFile *file = args;

  if (fdatasync (file->fd) < 0 && errno != EINVAL)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot write '%s'", file->path);
  if (file->bypass_cache)
    posix_fadvise (file->fd, 0, 0, POSIX_FADV_DONTNEED);
  return true;
}

/* --- the whole -------------------------------------------------------------------------------------------- */

static bool
stop_for_dump (Vm *vm, GError **error)
{
  bool stopped;

  vm->pause_reason = VIR_DOMAIN_PAUSED_DUMP;
  stopped = vm_command (vm, "stop", NULL, error);
  vm->pause_reason = VIR_DOMAIN_PAUSED_UNKNOWN;
  return stopped && vm_status_save (vm, error);
}

static bool
write_dump (Vm *vm, int fd, unsigned int format, unsigned int flags, GError **error)
{
  g_autoptr (Qmp) qmp = monitor_of (vm, error);

  if (qmp == NULL)
    return false;
  if (!(flags & VIR_DUMP_MEMORY_ONLY))
    return dump_state (vm, qmp, fd, error);
  return (format == VIR_DOMAIN_CORE_DUMP_FORMAT_RAW || knows_format (qmp, format, error))
         && dump_memory (vm, qmp, fd, format, error);
}

void
vm_dump_forget (Vm *vm)
{
  g_clear_pointer (&vm->last_job, json_decref);
}

bool
vm_dump_abort (Vm *vm, GError **error)
{
  if (vm->dump == NULL || vm->monitor == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "no job of domain '%s' is under way", vm->name);
  if (vm->dump->memory_only)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "QEMU does not end the dump of a memory half way");
  vm->dump->aborted = true;
  return vm_command (vm, "migrate_cancel", NULL, error);
}

static bool
dump_to_file (Vm *vm, const char *path, unsigned int format, unsigned int flags, GError **error)
{
  DumpFile file = { .path = path, .fd = -1, .bypass_cache = flags & VIR_DUMP_BYPASS_CACHE };
  VmDump dump = { .memory_only = flags & VIR_DUMP_MEMORY_ONLY, .since = loop_now () };
  bool ok = worker_run ("make a dump's file", open_file, &file, error);

  if (!ok)
    return false;
  vm->dump = &dump;
  ok = write_dump (vm, file.fd, format, flags, error);
  vm->dump = NULL;
  g_clear_pointer (&dump.status, json_decref);
  g_clear_pointer (&dump.result, g_free);
  ok = ok && worker_run ("flush a dump", close_file, &file, error);
  fd_clear (&file.fd);
  /* A device stays, of course. */
  if (!ok && file.made)
    state_file_remove (path, NULL);
  return ok;
}

bool
vm_dump (Vm *vm, const char *path, unsigned int format, unsigned int flags, GError **error)
{
  bool running = vm->state == VIR_DOMAIN_RUNNING;
  g_autoptr (GError) local = NULL;
  bool ok;

  if (running && !(flags & VIR_DUMP_LIVE) && !stop_for_dump (vm, error))
    return false;
  ok = format == VIR_DOMAIN_CORE_DUMP_FORMAT_RAW || (flags & VIR_DUMP_MEMORY_ONLY)
         ? dump_to_file (vm, path, format, flags, error)
         : fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the format '%s' has memory only: VIR_DUMP_MEMORY_ONLY is "
                 "needed", format_names[format]);
  if (!vm_is_active (vm))
    return ok || (error != NULL && *error == NULL && fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "domain '%s' ended",
                                                           vm->name));
  if (ok && (flags & VIR_DUMP_CRASH))
    return vm_stop (vm, VM_END_CRASHED, false, error);
  if (ok && (flags & VIR_DUMP_RESET) && !vm_command (vm, "system_reset", NULL, error))
    ok = false;
  if (running && vm->state == VIR_DOMAIN_PAUSED && !vm_resume (vm, &local))
    log_error ("domain '%s' does not go on after its dump: %s", vm->name, local->message);
  return ok;
}

bool
vm_dump_automatically (Vm *vm, GError **error)
{
  g_autofree char *short_name = qemu_short_name (vm->id, vm->name);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d-%H:%M:%S");
  g_autofree char *path = g_strdup_printf ("%s/%s-%s", driver.config->auto_dump_path, short_name, time);

  return state_dir_make (driver.config->auto_dump_path, 0700, error)
         && dump_to_file (vm, path, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW,
                          VIR_DUMP_MEMORY_ONLY | (driver.config->auto_dump_bypass_cache ? VIR_DUMP_BYPASS_CACHE : 0), error);
}

/* --- recovery ------------------------------------------------------------------------------------------------ */

static void
end_of_dump (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;
  int id = vm->id;

  if (!vm_job (&guard, vm, "end of a dump", &error))
    {
      log_warning ("%s", error->message);
      return;
    }
  for (uint64_t pause_ms = POLL_MIN_MS;; pause_ms = MIN (pause_ms * 2, POLL_MAX_MS))
    {
      g_autoptr (Qmp) qmp = vm->id == id ? monitor_of (vm, NULL) : NULL;
      g_autoptr (json_t) status = qmp != NULL ? ask (qmp, "query-dump", NULL, &error) : NULL;

      if (status == NULL || strcmp (json_get_string (status, "status", ""), "active") != 0 || !fiber_sleep (pause_ms, NULL))
        break;
    }
  if (vm->id == id && vm->state == VIR_DOMAIN_PAUSED && vm->reason == VIR_DOMAIN_PAUSED_DUMP && !vm_resume (vm, &error))
    log_warning ("domain '%s' does not go on after its dump: %s", vm->name, error->message);
}

void
vm_begin_end_of_dump (Vm *vm)
{
  fiber_start ("end of a dump", vm->name, end_of_dump, vm_ref (vm));
}
