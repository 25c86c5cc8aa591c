/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hooks/hooks.h"

#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.hooks"

static const struct { const char *operation, *phase; } occasions[] = {
  [HOOK_PREPARE] = { "prepare", "begin" }, [HOOK_START] = { "start", "begin" },
  [HOOK_STARTED] = { "started", "begin" }, [HOOK_STOPPED] = { "stopped", "end" },
  [HOOK_RELEASE] = { "release", "end" },   [HOOK_RECONNECT] = { "reconnect", "begin" },
};

/* What hooks know of the world: nothing of the daemon's. */
static const char *const environment[] = { "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

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

/* The hooks of a guest's start, one after the other. */
typedef struct
{
  Fiber *fiber;                 /* that waits for one of them now, NULL: none runs */
  bool interrupted;             /* no further one is to run */
} Run;

/* uuid (borrowed) -> Run (borrowed) */
static GHashTable *
starting (void)
{
  static GHashTable *table;

  if (table == NULL)
    table = g_hash_table_new (uuid_hash, uuid_equal);
  return table;
}

static bool
belongs_to_start (HookOccasion occasion)
{
  return occasion == HOOK_PREPARE || occasion == HOOK_START || occasion == HOOK_STARTED;
}

void
hooks_interrupt (const uint8_t uuid[16])
{
  Run *run = g_hash_table_lookup (starting (), uuid);

  if (run == NULL)
    return;
  run->interrupted = true;
  if (run->fiber != NULL)
    fiber_cancel (run->fiber);
}

static bool
run_program (const char *program, HookOccasion occasion, const Domain *domain, const char *document,
             const QemuConfig *config, Run *run, GError **error)
{
  const char *const argv[] = {
    program, domain->name, occasions[occasion].operation, occasions[occasion].phase, "-", NULL,
  };
  ProcessSpec spec = { .argv = argv, .env = environment, .new_session = true };
  ProcessLimits limits = { .deadline = config->hook_timeout > 0 ? deadline_in_ms (config->hook_timeout * 1000ull) : FOREVER };
  g_auto (ProcessResult) result = { 0 };
  g_autoptr (GError) local = NULL;
  bool ok;

  run->fiber = fiber_self ();
  ok = process_run (&spec, document, strlen (document), &limits, &result, &local);
  run->fiber = NULL;
  if (ok && process_check (&spec, &result, &local))
    return true;
  return fail (error, VIR_FROM_HOOK, VIR_ERR_HOOK_SCRIPT_FAILED, "the hook '%s %s %s %s -' failed: %s", program, domain->name,
               argv[2], argv[3], virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT)
               ? "it did not end in time and was killed (hook_timeout in qemu.conf)" : local->message);
}

bool
hooks_run (HookOccasion occasion, const Domain *domain, const QemuConfig *config, GError **error)
{
  g_autofree char *path = path_make (PATH_CONF, "hooks/qemu"), *folder = path_make (PATH_CONF, "hooks/qemu.d");
  g_autoptr (GPtrArray) programs = g_ptr_array_new_with_free_func (g_free);
  Search search = { path, folder, programs };
  g_autofree char *document = NULL;
  g_autoptr (Domain) copy = NULL;
  g_autoptr (GError) first = NULL;
  Run run = { 0 };

  if (path_is_session () || (access (path, X_OK) != 0 && access (folder, R_OK) != 0))
    return true;
  copy = domain_copy (domain);
  if (occasion == HOOK_STOPPED || occasion == HOOK_RELEASE)
    copy->id = -1;
  document = domain_format (copy, 0);
  if (belongs_to_start (occasion))
    g_hash_table_insert (starting (), copy->uuid, &run);
  worker_run ("look for hooks", find_programs, &search, NULL);
  for (unsigned int i = 0; i < programs->len && !run.interrupted; i++)
    {
      g_autoptr (GError) local = NULL;

      if (run_program (programs->pdata[i], occasion, copy, document, config, &run, &local))
        continue;
      if (first == NULL)
        first = g_steal_pointer (&local);
      else
        log_warning ("%s", local->message);
    }
  if (belongs_to_start (occasion))
    g_hash_table_remove (starting (), copy->uuid);
  if (first == NULL && run.interrupted)
    return fail (error, VIR_FROM_HOOK, VIR_ERR_HOOK_SCRIPT_FAILED, "domain '%s' was destroyed while its hooks ran", copy->name);
  if (first == NULL)
    return true;
  g_propagate_error (error, g_steal_pointer (&first));
  return false;
}

void
hooks_tell (HookOccasion occasion, const Domain *domain, const QemuConfig *config)
{
  g_autoptr (GError) error = NULL;

  if (!hooks_run (occasion, domain, config, &error))
    log_warning ("%s", error->message);
}
