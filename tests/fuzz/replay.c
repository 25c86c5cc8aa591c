/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay.c: gives every file of the named folders to a target, and each of them
 * cut short at some places, so that a plain build has the truncated ones too. */
#include <glib.h>
#include <stdio.h>

#include "fuzz.h"

#define CUTS 16

static void
replay_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize length;

  if (!g_file_get_contents (path, &bytes, &length, &error))
    g_error ("%s", error->message);
  for (gsize cut = 0; cut <= CUTS; cut++)
    {
      /* A block of its own, so that a sanitizer or valgrind sees its end. */
      gsize part = length * cut / CUTS;
      g_autofree uint8_t *copy = g_memdup2 (bytes, MAX (part, 1));

      LLVMFuzzerTestOneInput (copy, part);
    }
}

static unsigned int
replay_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  unsigned int n = 0;

  if (dir == NULL)
    g_error ("%s", error->message);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL; n++)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      replay_file (file);
    }
  return n;
}

int
main (int argc, char **argv)
{
  unsigned int n = 0;

  for (int i = 1; i < argc; i++)
    n += replay_folder (argv[i]);
  printf ("%u inputs\n", n);
  return n > 0 ? 0 : 1;
}
