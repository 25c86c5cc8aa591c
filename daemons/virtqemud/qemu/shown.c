/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a guest that is not started. */
#include "qemu/home.h"
#include "qemu/prepare.h"
#include "qemu/process.h"
#include "qemu/process-private.h"
#include "qemu/start-host.h"

void
qemu_show_plainly (Domain *domain)
{
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    {
      DomainDeviceInfo *info = &domain->interfaces.items[i]->info;

      info->boot_order = info->acpi_index = 0;
      info->rom_bar = info->rom_enabled = TRI_ABSENT;
      g_clear_pointer (&info->rom_file, g_free);
    }
}

char **
qemu_process_argv (Domain *domain, const QemuConfig *config, QemuCaps *caps, GError **error)
{
  g_auto (QemuHome) home = qemu_home_of (-1, domain->name);
  QemuArgsContext context = {
    .config = config, .caps = caps, .id = -1, .lib_dir = home.dir, .channel_dir = home.channel_dir,
    .sandbox = config->seccomp_sandbox != 0, .shown = true,
  };
  g_autoptr (QemuArgs) args = NULL;
  g_auto (QemuStartHost) host = { 0 };
  g_auto (GStrv) env = NULL, argv = NULL;
  GPtrArray *all;

  qemu_show_plainly (domain);
  if (!qemu_prepare_offline (domain, &home, config, caps, error) || !qemu_start_host_read (&host, domain, config, error))
    return NULL;
  qemu_start_host_fill (&host, &context);
  args = qemu_args_build (domain, &context, error);
  if (args == NULL)
    return NULL;
  all = g_ptr_array_new ();
  env = qemu_environment_of (domain, config, home.dir);
  argv = qemu_args_to_argv (args);
  for (unsigned int i = 0; env[i] != NULL; i++)
    g_ptr_array_add (all, g_strdup (env[i]));
  for (unsigned int i = 0; argv[i] != NULL; i++)
    g_ptr_array_add (all, g_strdup (argv[i]));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (all, FALSE);
}
