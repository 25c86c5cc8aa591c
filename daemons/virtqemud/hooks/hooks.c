/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hooks/hooks.h"

#include "daemon/hooks.h"
#include "util/error.h"
#include "util/log.h"
#include "util/uuid.h"

#define LOG_CATEGORY "qemu.hooks"
#define DRIVER "qemu"

static const struct { const char *operation, *phase; } occasions[] = {
  [HOOK_PREPARE] = { "prepare", "begin" }, [HOOK_START] = { "start", "begin" },
  [HOOK_STARTED] = { "started", "begin" }, [HOOK_STOPPED] = { "stopped", "end" },
  [HOOK_RELEASE] = { "release", "end" },   [HOOK_RECONNECT] = { "reconnect", "begin" },
};

/* The runs of starts, which can be interrupted: uuid (borrowed) -> HookRun (borrowed). */
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
  HookRun *run = g_hash_table_lookup (starting (), uuid);

  if (run != NULL)
    hook_run_interrupt (run);
}

bool
hooks_run (HookOccasion occasion, const Domain *domain, const QemuConfig *config, GError **error)
{
  g_autofree char *document = NULL;
  g_autoptr (Domain) copy = NULL;
  HookRun run = { 0 };
  bool ok;

  if (!hook_programs_exist (DRIVER))
    return true;
  copy = domain_copy (domain);
  if (occasion == HOOK_STOPPED || occasion == HOOK_RELEASE)
    copy->id = -1;
  document = domain_format (copy, 0);
  if (belongs_to_start (occasion))
    g_hash_table_insert (starting (), copy->uuid, &run);
  ok = hook_programs_run (&(HookCall) { DRIVER, copy->name, occasions[occasion].operation, occasions[occasion].phase, document,
                                        config->hook_timeout, "hook_timeout in qemu.conf", &run }, error);
  if (belongs_to_start (occasion))
    g_hash_table_remove (starting (), copy->uuid);
  if (ok && run.interrupted)
    return fail (error, VIR_FROM_HOOK, VIR_ERR_HOOK_SCRIPT_FAILED, "domain '%s' was destroyed while its hooks ran", copy->name);
  return ok;
}

void
hooks_tell (HookOccasion occasion, const Domain *domain, const QemuConfig *config)
{
  g_autoptr (GError) error = NULL;

  if (!hooks_run (occasion, domain, config, &error))
    log_warning ("%s", error->message);
}
