/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/hooks.h"

#include <string.h>
#include <unistd.h>

#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/worker.h"

#define LOG_CATEGORY "daemon.hooks"

/* What hooks know of the world: nothing of the daemon's. */
static const char *const environment[] = { "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

static char *
program_path (const char *driver)
{
  return path_make (PATH_CONF, "hooks/%s", driver);
}

static char *
folder_path (const char *driver)
{
  return path_make (PATH_CONF, "hooks/%s.d", driver);
}

bool
hook_programs_exist (const char *driver)
{
  g_autofree char *path = program_path (driver), *folder = folder_path (driver);

  return !path_is_session () && (access (path, X_OK) == 0 || access (folder, R_OK) == 0);
}

/* --- which there are -------------------------------------------------------------------------- */

typedef struct
{
  char *path, *folder;
  GPtrArray *programs;
} Search;

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static bool
find_programs (void *args, GError **error)
{
  Search *search = args;
  g_autoptr (GDir) dir = g_dir_open (search->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (search->folder, name, NULL);

      if (*name != '.' && g_file_test (path, G_FILE_TEST_IS_REGULAR) && access (path, X_OK) == 0)
        g_ptr_array_add (search->programs, g_steal_pointer (&path));
    }
  g_ptr_array_sort (search->programs, compare_names);
  if (access (search->path, X_OK) == 0)
    g_ptr_array_insert (search->programs, 0, g_strdup (search->path));
  return true;
}

/* --- running ------------------------------------------------------------------------------------ */

void
hook_run_interrupt (HookRun *run)
{
  run->interrupted = true;
  if (run->fiber != NULL)
    fiber_cancel (run->fiber);
}

static bool
run_program (const char *program, const HookCall *call, HookRun *run, GError **error)
{
  const char *const argv[] = { program, call->object, call->operation, call->phase, "-", NULL };
  ProcessSpec spec = { .argv = argv, .env = environment, .new_session = true };
  ProcessLimits limits = { .deadline = call->timeout > 0 ? deadline_in_ms (call->timeout * 1000ull) : FOREVER };
  g_auto (ProcessResult) result = { 0 };
  g_autoptr (GError) local = NULL;
  bool ok;

  run->fiber = fiber_self ();
  ok = process_run (&spec, call->input, strlen (call->input), &limits, &result, &local);
  run->fiber = NULL;
  if (ok && process_check (&spec, &result, &local))
    return true;
  if (virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
    return fail (error, VIR_FROM_HOOK, VIR_ERR_HOOK_SCRIPT_FAILED,
                 "the hook '%s %s %s %s -' failed: it did not end in time and was killed (%s)", program, call->object,
                 call->operation, call->phase, call->timeout_key);
  return fail (error, VIR_FROM_HOOK, VIR_ERR_HOOK_SCRIPT_FAILED, "the hook '%s %s %s %s -' failed: %s", program, call->object,
               call->operation, call->phase, local->message);
}

bool
hook_programs_run (const HookCall *call, GError **error)
{
  g_autofree char *path = program_path (call->driver), *folder = folder_path (call->driver);
  g_autoptr (GPtrArray) programs = g_ptr_array_new_with_free_func (g_free);
  Search search = { path, folder, programs };
  g_autoptr (GError) first = NULL;
  HookRun own = { 0 }, *run = call->run != NULL ? call->run : &own;

  worker_run ("look for hooks", find_programs, &search, NULL);
  for (unsigned int i = 0; i < programs->len && !run->interrupted; i++)
    {
      g_autoptr (GError) local = NULL;

      if (run_program (programs->pdata[i], call, run, &local))
        continue;
      if (first == NULL)
        first = g_steal_pointer (&local);
      else
        log_warning ("%s", local->message);
    }
  if (first == NULL)
    return true;
  g_propagate_error (error, g_steal_pointer (&first));
  return false;
}
