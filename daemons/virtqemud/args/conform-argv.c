/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-argv DOCUMENT: the command line that a definition gets with the host's own QEMU, to be compared with the
 * corpus. Exit status: 0, 1 if the document is refused, 77 if something in it is not supported yet. */
#include <stdio.h>
#include <stdlib.h>

#include "args/args.h"
#include "qemu/platform.h"
#include "qemu/process.h"
#include "util/error.h"
#include "util/loop.h"
#include "util/paths.h"

static const char *root;


static char *
command_line (const char *file, GError **error)
{
  g_autofree char *text = NULL, *out = NULL;
  g_autoptr (QemuConfig) config = NULL;
  g_autoptr (Domain) domain = NULL;
  g_auto (QemuPlatform) platform = { 0 };
  g_auto (GStrv) argv = NULL, pieces = NULL;
  size_t length;

  if (!g_file_get_contents (file, &text, &length, error))
    return NULL;
  config = qemu_config_load (error);
  domain = config != NULL ? domain_parse (text, length, DOMAIN_PARSE_INACTIVE, error) : NULL;
  if (domain == NULL || !qemu_platform_init (&platform, domain, error)
      || !domain_complete (domain, &platform.base, error))
    return NULL;
  domain_assign_aliases (domain);
  config->stdio_logd = false;
  argv = qemu_process_argv (domain, config, platform.caps, error);
  if (argv == NULL)
    return NULL;
  for (unsigned int i = 0; argv[i] != NULL; i++)
    {
      char *quoted = g_shell_quote (argv[i]);

      g_free (argv[i]);
      argv[i] = quoted;
    }
  out = g_strjoinv (" ", argv);
  pieces = g_strsplit (out, root, -1);
  return g_strjoinv ("", pieces);
}

static void
run (void *data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = command_line (data, &error);

  if (line != NULL)
    puts (line);
  else
    fprintf (stderr, "%s\n", error->message);
  loop_quit (line != NULL ? 0 : virt_error_is (error, VIR_ERR_CONFIG_UNSUPPORTED) ? 77 : 1);
}

int
main (int argc, char **argv)
{
  root = g_getenv ("CONFORM_ROOT");
  if (argc != 2 || root == NULL)
    {
      fprintf (stderr, "usage: CONFORM_ROOT=DIR conform-argv DOCUMENT\n");
      return 2;
    }
  path_init (root, false);
  fiber_start ("conform", argv[1], run, argv[1]);
  return loop_run ();
}
