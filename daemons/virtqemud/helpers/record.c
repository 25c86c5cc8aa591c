/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is written down of helpers. */
#include "helpers/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args/args.h"
#include "util/paths.h"
#include "util/state-file.h"

#define RECORD_LIMIT 8192

void
helper_record_clear (HelperRecord *record)
{
  g_free (record->alias);
  g_free (record->kind);
  g_free (record->socket);
  *record = (HelperRecord) { 0 };
}

char *
helper_folder (int id, const char *name)
{
  g_autofree char *short_name = qemu_short_name (id, name);

  return path_driver (PATH_RUN, "qemu", "helpers/%s", short_name);
}

bool
helper_record_write_now (const char *folder, const HelperRecord *record, GError **error)
{
  g_autofree char *path = g_build_filename (folder, record->alias, NULL);
  g_autofree char *text = g_strdup_printf ("%s %d %" G_GUINT64_FORMAT " %s", record->kind, (int) record->pid,
                                           record->start_time, record->socket != NULL ? record->socket : "-");

  return state_dir_make_now (folder, 0700, error) && state_file_write_now (path, text, strlen (text), 0600, error);
}

static void
clear_element (void *data)
{
  helper_record_clear (data);
}

GArray *
helper_records_load_now (const char *folder)
{
  GArray *records = g_array_new (FALSE, TRUE, sizeof (HelperRecord));
  g_autoptr (GPtrArray) files = NULL;

  g_array_set_clear_func (records, clear_element);
  if (!state_dir_load_now (folder, NULL, RECORD_LIMIT, &files, NULL))
    return records;
  for (unsigned int i = 0; i < files->len; i++)
    {
      const StateFile *file = files->pdata[i];
      g_auto (GStrv) words = g_strsplit (file->data != NULL ? file->data : "", " ", 4);
      HelperRecord record = { .alias = g_strdup (file->name) };

      if (g_strv_length (words) == 4)
        {
          record.kind = g_strdup (words[0]);
          record.pid = (pid_t) atoi (words[1]);
          record.start_time = g_ascii_strtoull (words[2], NULL, 10);
          record.socket = g_strdup (words[3]);
        }
      g_array_append_val (records, record);
    }
  return records;
}

char *
helper_mark (const char *folder, const char *alias)
{
  return g_strdup_printf ("VIRTSWARM_HELPER=%s/%s", folder, alias);
}

/* Whether @environ, its variables separated by NUL, has @mark. */
static bool
has_variable (const char *text, size_t length, const char *mark)
{
  for (const char *at = text; at < text + length; at += strlen (at) + 1)
    if (strcmp (at, mark) == 0)
      return true;
  return false;
}

pid_t
helper_find_marked_now (const char *mark)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "environ", NULL);
      g_autofree char *text = NULL;
      size_t length;

      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &length, NULL) && has_variable (text, length, mark))
        return (pid_t) atoi (name);
    }
  return 0;
}
