/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text form of unit files. A key's values are kept under "Section.Key". */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "util/error.h"
#include "util/state-file.h"

#define UNIT_FILE_LIMIT (1024 * 1024)

struct Unit
{
  char *name;
  GHashTable *values;     /* "Section.Key" → GPtrArray of strings, NULL-terminated */
};

Unit *
unit_new (const char *name)
{
  Unit *unit = g_new0 (Unit, 1);

  unit->name = g_strdup (name);
  unit->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  return unit;
}

void
unit_free (Unit *unit)
{
  if (unit == NULL)
    return;
  g_hash_table_unref (unit->values);
  g_free (unit->name);
  g_free (unit);
}

const char *
unit_name (const Unit *unit)
{
  return unit->name;
}

/* An empty value takes back what was said before. */
static void
unit_assign (Unit *unit, const char *section, const char *key, const char *value)
{
  g_autofree char *path = g_strconcat (section, ".", key, NULL);
  GPtrArray *values = g_hash_table_lookup (unit->values, path);

  if (values == NULL || *value == '\0')
    {
      values = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (values, NULL);
      g_hash_table_replace (unit->values, g_steal_pointer (&path), values);
    }
  if (*value != '\0')
    g_ptr_array_insert (values, values->len - 1, g_strdup (value));
}

static bool
unit_parse_line (Unit *unit, char **section, char *line, const char *where, int number, GError **error)
{
  char *equals = strchr (line, '=');
  size_t length = strlen (line);

  if (*line == '[')
    {
      if (line[length - 1] != ']')
        return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%d: section '%s' has no ']'",
                     where, number, line);
      g_free (*section);
      *section = g_strndup (line + 1, length - 2);
      return true;
    }
  if (equals == NULL || equals == line)
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%d: '%s' is not KEY=VALUE", where, number, line);
  if (*section == NULL)
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%d: '%s' stands before any [section]",
                 where, number, line);
  *equals = '\0';
  unit_assign (unit, *section, g_strchomp (line), g_strstrip (equals + 1));
  return true;
}

bool
unit_parse (Unit *unit, const char *where, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *section = NULL;
  g_autoptr (GString) pending = g_string_new (NULL);

  for (int i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      size_t length = strlen (line);
      bool continued = length > 0 && line[length - 1] == '\\';

      /* Comments may stand between the lines of a continued value. */
      if (*line == '#' || *line == ';')
        continue;
      if (continued)
        line[length - 1] = ' ';
      g_string_append (pending, line);
      if (continued && lines[i + 1] != NULL)
        continue;
      g_strstrip (pending->str);
      if (*pending->str != '\0' && !unit_parse_line (unit, &section, pending->str, where, i + 1, error))
        return false;
      g_string_truncate (pending, 0);
    }
  return true;
}

bool
unit_exists (const char *const *dirs, const char *name)
{
  for (; *dirs != NULL; dirs++)
    {
      g_autofree char *path = g_build_filename (*dirs, name, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return true;
    }
  return false;
}

static bool
unit_parse_file (Unit *unit, const char *path, GError **error)
{
  g_autofree char *text = NULL;

  return state_file_read_now (path, UNIT_FILE_LIMIT, &text, NULL, error) && unit_parse (unit, path, text, error);
}

/* Of drop-ins with the same name the first folder's counts. */
static bool
unit_load_drop_ins (Unit *unit, const char *const *dirs, GError **error)
{
  g_autofree char *folder = g_strconcat (unit->name, ".d", NULL);
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GList) names = NULL;

  for (; *dirs != NULL; dirs++)
    {
      g_autofree char *dir = g_build_filename (*dirs, folder, NULL);
      g_auto (GStrv) found = NULL;

      if (!state_dir_list_now (dir, ".conf", &found, error))
        return false;
      for (char **name = found; *name != NULL; name++)
        if (!g_hash_table_contains (paths, *name))
          g_hash_table_insert (paths, g_strdup (*name), g_build_filename (dir, *name, NULL));
    }
  names = g_list_sort (g_hash_table_get_keys (paths), (GCompareFunc) strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    if (!unit_parse_file (unit, g_hash_table_lookup (paths, name->data), error))
      return false;
  return true;
}

Unit *
unit_load (const char *const *dirs, const char *name, GError **error)
{
  g_autoptr (Unit) unit = unit_new (name);

  for (const char *const *dir = dirs; *dir != NULL; dir++)
    {
      g_autofree char *path = g_build_filename (*dir, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      if (!unit_parse_file (unit, path, error) || !unit_load_drop_ins (unit, dirs, error))
        return NULL;
      return g_steal_pointer (&unit);
    }
  return fail_null (error, VIR_FROM_CONF, VIR_ERR_OPERATION_INVALID, "there is no unit file %s in %s", name,
                    dirs[0] != NULL ? dirs[g_strv_length ((char **) dirs) - 1] : "any folder");
}

const char *const *
unit_get_all (const Unit *unit, const char *section, const char *key)
{
  static const char *const none[] = { NULL };
  g_autofree char *path = g_strconcat (section, ".", key, NULL);
  GPtrArray *values = g_hash_table_lookup (unit->values, path);

  return values != NULL ? (const char *const *) values->pdata : none;
}

const char *
unit_get (const Unit *unit, const char *section, const char *key)
{
  const char *const *all = unit_get_all (unit, section, key);
  const char *last = NULL;

  for (; *all != NULL; all++)
    last = *all;
  return last;
}

char **
unit_get_words (const Unit *unit, const char *section, const char *key)
{
  GPtrArray *words = g_ptr_array_new ();

  for (const char *const *value = unit_get_all (unit, section, key); *value != NULL; value++)
    {
      g_auto (GStrv) parts = NULL;

      if (!g_shell_parse_argv (*value, NULL, &parts, NULL))
        parts = g_strsplit_set (*value, " \t", -1);
      for (char **part = parts; *part != NULL; part++)
        if (**part != '\0')
          g_ptr_array_add (words, g_strdup (*part));
    }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}
