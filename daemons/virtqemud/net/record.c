/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/record.h"

#include <string.h>

#include "args/args.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"

#define LOG_CATEGORY "qemu.net"
#define RECORD_MAX (64 * 1024)

static char *
folder (void)
{
  return path_driver (PATH_RUN, "qemu", "net");
}

/* "5-name-net0.json" */
static char *
file_name (int id, const char *name, const char *alias)
{
  g_autofree char *guest = qemu_short_name (id, name);

  return g_strdup_printf ("%s-%s.json", guest, alias);
}

/* The array in a file; one that is not there is empty. */
static json_t *
read_file (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  size_t length;

  if (state_file_read (path, RECORD_MAX, &text, &length, &local))
    return json_from_text (text, length, path, error);
  if (state_error_is_missing (local))
    return json_array ();
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* A record is read and written anew while others may want the same. */
static bool
begin_change (JobGuard *guard, GError **error)
{
  static Job job;

  return fiber_self () == NULL || job_guard (guard, &job, "changing a record", "interfaces", deadline_in_ms (30000), error);
}

bool
net_record_add (int id, const char *name, const char *alias, json_t *thing, GError **error)
{
  g_autoptr (json_t) owned = thing, things = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *dir = folder ();
  g_autofree char *file = file_name (id, name, alias);
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *text = NULL;

  things = begin_change (&guard, error) ? read_file (path, error) : NULL;
  if (things == NULL)
    return false;
  json_array_insert (things, 0, owned);
  text = json_to_text (things);
  return state_dir_make (dir, 0700, error) && state_file_write (path, text, strlen (text), 0600, error);
}

/* Those that begin with @prefix. */
static char **
list (const char *prefix)
{
  g_autofree char *dir = folder ();
  g_autoptr (GPtrArray) chosen = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  /* Most hosts never record anything. */
  if (g_file_test (dir, G_FILE_TEST_EXISTS) && !state_dir_list (dir, ".json", &names, &error))
    log_error ("%s", error->message);
  for (unsigned int i = 0; names != NULL && names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], prefix))
      g_ptr_array_add (chosen, g_strdup (names[i]));
  g_ptr_array_add (chosen, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&chosen), FALSE);
}

char **
net_record_files (int id, const char *name, const char *alias)
{
  g_autofree char *guest = qemu_short_name (id, name);
  g_autofree char *prefix = g_strconcat (guest, "-", NULL);
  char **one;

  if (alias == NULL)
    return list (prefix);
  one = g_new0 (char *, 2);
  one[0] = file_name (id, name, alias);
  return one;
}

char **
net_record_all (void)
{
  return list ("");
}

json_t *
net_record_read (const char *file)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) things = read_file (path, &error);

  if (things != NULL && json_is_array (things))
    return g_steal_pointer (&things);
  log_error ("the record '%s' is damaged: %s", path, error != NULL ? error->message : "it is no list");
  return json_array ();
}

void
net_record_keep (const char *file, const json_t *things)
{
  g_autofree char *dir = folder ();
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *text = json_to_text (things);
  g_autoptr (GError) error = NULL;

  if (json_array_size (things) > 0 ? !state_file_write (path, text, strlen (text), 0600, &error)
                                   : !state_file_remove (path, &error))
    log_error ("%s", error->message);
}

void
net_record_drop (const char *file, const uint8_t uuid[16])
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (json_t) things = NULL;
  char text[UUID_TEXT_SIZE];
  size_t i = 0;

  if (!begin_change (&guard, NULL))
    return;
  things = net_record_read (file);
  uuid_format (uuid, text);
  while (i < json_array_size (things))
    if (strcmp (json_get_string (json_array_get (things, i), "uuid", ""), text) == 0)
      json_array_remove (things, i);
    else
      i++;
  net_record_keep (file, things);
}
