/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtlogd: keeps the logs of guests.
 *
 * Others hold only the write end of a pipe; rotation, size limits and a full disk are
 * this daemon's business. See guest-log.h. */
#include <linux/capability.h>
#include <sys/resource.h>

#include "daemon/daemon.h"
#include "guest-log.h"
#include "handlers.h"
#include "settings.h"
#include "sweep.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/paths.h"

#define LOG_CATEGORY "virtlogd"

#define DAY_MS (24ull * 60 * 60 * 1000)

static Settings settings;

/* A log in use takes four descriptors. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

static bool
setup (const Conf *conf, GError **error)
{
  g_autofree char *state_dir = path_make (PATH_RUN, "virtlogd");

  if (!settings_read (conf, &settings, error))
    return false;
  raise_descriptor_limit ();
  guest_logs_init (settings.root, &settings.limits, state_dir);
  guest_logs_recover ();
  return true;
}

static void
started (void)
{
  if (settings.max_age_days == 0)
    return;
  do
    {
      g_autoptr (GPtrArray) in_use = guest_logs_paths ();

      sweep_logs (settings.root, settings.max_age_days, in_use);
    }
  while (fiber_sleep (DAY_MS, NULL));
}

/* Rotation only: where logs may be does not change under those that are open. */
static void
reload (const Conf *conf)
{
  g_auto (Settings) changed = { 0 };
  g_autoptr (GError) error = NULL;

  if (settings_read (conf, &changed, &error))
    guest_logs_set_limits (&changed.limits);
  else
    log_error ("the settings stay as they were: %s", error->message);
}

static const DaemonProgram programs[] = {
  { &log_program, &log_handlers },
  { NULL, NULL },
};

/* Logs have whatever owner, and pipes may exceed what is left of the user's share. */
static const int capabilities[] = { CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_SYS_RESOURCE, -1 };

static const DaemonSpec spec = {
  .name = "virtlogd",
  .socket_prefix = "virtlogd",
  .summary = "keeps the logs of virtual machines",
  .programs = programs,
  .owner_only = true,
  .capabilities = capabilities,
  .conf_keys = settings_keys,
  .setup = setup,
  .started = started,
  .reload = reload,
  .busy = guest_logs_busy,
  .restore_fd = guest_logs_restore_fd,
};

int
main (int argc, char **argv)
{
  return daemon_main (argc, argv, &spec);
}
