/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the values of unit files mean: numbers, times, command lines, environments. */
#include <string.h>
#include <sys/types.h>

#include "unit.h"
#include "util/error.h"

static const struct
{
  const char *suffix;
  uint64_t us;
} time_units[] = {
  { "us", 1 }, { "usec", 1 }, { "ms", 1000 }, { "msec", 1000 },
  { "", 1000000 }, { "s", 1000000 }, { "sec", 1000000 }, { "second", 1000000 }, { "seconds", 1000000 },
  { "m", 60000000 }, { "min", 60000000 }, { "minute", 60000000 }, { "minutes", 60000000 },
  { "h", 3600000000 }, { "hr", 3600000000 }, { "hour", 3600000000 }, { "hours", 3600000000 },
  { "d", 86400000000 }, { "day", 86400000000 }, { "days", 86400000000 },
};

static bool
time_unit (const char *suffix, size_t length, uint64_t *ret_us)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (time_units); i++)
    if (strlen (time_units[i].suffix) == length && strncmp (time_units[i].suffix, suffix, length) == 0)
      {
        *ret_us = time_units[i].us;
        return true;
      }
  return false;
}

bool
unit_parse_time (const char *text, uint64_t *ret_us)
{
  double total = 0;

  if (strcmp (text, "infinity") == 0)
    {
      *ret_us = UINT64_MAX;
      return true;
    }
  do
    {
      char *end;
      uint64_t unit;
      double number = g_ascii_strtod (text, &end);
      size_t length;

      if (end == text || !(number >= 0 && number < 1e9))
        return false;
      end += strspn (end, " ");
      length = strspn (end, "abcdefghijklmnopqrstuvwxyz");
      if (!time_unit (end, length, &unit))
        return false;
      total += number * unit;
      text = end + length + strspn (end + length, " ");
    }
  while (*text != '\0');
  *ret_us = total;
  return true;
}

static bool
parse_bool (const char *text, bool *value)
{
  static const char *const yes[] = { "yes", "true", "on", "1", "y", "t", NULL };
  static const char *const no[] = { "no", "false", "off", "0", "n", "f", NULL };

  if (!g_strv_contains (yes, text) && !g_strv_contains (no, text))
    return false;
  *value = g_strv_contains (yes, text);
  return true;
}

static bool
parse_size (const char *text, uint64_t *value)
{
  g_autofree char *soft = g_strndup (text, strcspn (text, ":"));

  if (strcmp (soft, "infinity") == 0)
    {
      *value = UINT64_MAX;
      return true;
    }
  return g_ascii_string_to_unsigned (soft, 10, 0, INT64_MAX, value, NULL);
}

static bool
parse_enum (const char *const *names, const char *text, int *value)
{
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], text) == 0)
      {
        *value = i;
        return true;
      }
  return false;
}

static bool
field_set (const UnitField *field, const char *text, void *value)
{
  guint64 number = 0;
  gint64 with_sign = 0;

  switch (field->kind)
    {
    case UNIT_BOOL:
      return parse_bool (text, value);
    case UNIT_UINT:
      if (!g_ascii_string_to_unsigned (text, 10, 0, UINT_MAX, &number, NULL))
        return false;
      *(unsigned int *) value = number;
      return true;
    case UNIT_INT:
      if (!g_ascii_string_to_signed (text, 10, INT_MIN, INT_MAX, &with_sign, NULL))
        return false;
      *(int *) value = with_sign;
      return true;
    case UNIT_MODE:
      if (!g_ascii_string_to_unsigned (text, 8, 0, 07777, &number, NULL))
        return false;
      *(mode_t *) value = number;
      return true;
    case UNIT_TIME:
      return unit_parse_time (text, value);
    case UNIT_SIZE:
      return parse_size (text, value);
    case UNIT_STRING:
      g_free (*(char **) value);
      *(char **) value = g_strdup (text);
      return true;
    case UNIT_ENUM:
      return parse_enum (field->names, text, value);
    }
  return false;
}

bool
unit_read (const Unit *unit, const UnitField *fields, void *target, GError **error)
{
  for (; fields->section != NULL; fields++)
    {
      const char *text = unit_get (unit, fields->section, fields->key);

      if (text != NULL && !field_set (fields, text, (char *) target + fields->offset))
        return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s: %s=%s in section [%s] is not understood",
                     unit_name (unit), fields->key, text, fields->section);
    }
  return true;
}

/* ${NAME} and $$ within a word. */
static char *
expand_word (const char *word, GHashTable *env)
{
  GString *out = g_string_new (NULL);

  while (*word != '\0')
    {
      const char *end = g_str_has_prefix (word, "${") ? strchr (word, '}') : NULL;

      if (end != NULL)
        {
          g_autofree char *name = g_strndup (word + 2, end - word - 2);
          const char *value = g_hash_table_lookup (env, name);

          g_string_append (out, value != NULL ? value : "");
          word = end + 1;
        }
      else
        {
          word += g_str_has_prefix (word, "$$");
          g_string_append_c (out, *word++);
        }
    }
  return g_string_free (out, FALSE);
}

char **
unit_expand_command (const char *text, GHashTable *env, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) inner = NULL;

  text += strspn (text, "-@:+!");
  if (!g_shell_parse_argv (text, NULL, &words, &inner))
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "command line '%s': %s", text, inner->message);
  for (char **word = words; *word != NULL; word++)
    {
      const char *value = (*word)[0] == '$' ? g_hash_table_lookup (env, *word + 1) : NULL;
      g_auto (GStrv) parts = NULL;

      if ((*word)[0] != '$' || strchr ("{$", (*word)[1]) != NULL)
        {
          g_ptr_array_add (argv, expand_word (*word, env));
          continue;
        }
      if (value == NULL || !g_shell_parse_argv (value, NULL, &parts, NULL))
        continue;
      for (char **part = parts; *part != NULL; part++)
        g_ptr_array_add (argv, g_strdup (*part));
    }
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

bool
unit_parse_environment (GHashTable *env, const char *where, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *equals = strchr (line, '=');
      g_autofree char *value = NULL;

      if (*line == '\0' || *line == '#' || *line == ';')
        continue;
      if (equals == NULL || equals == line)
        return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%d: '%s' is not NAME=VALUE", where, i + 1, line);
      *equals = '\0';
      g_strchomp (line);
      value = g_strdup (g_strstrip (equals + 1));
      if (*value == '"' || *value == '\'')
        {
          g_autofree char *quoted = g_steal_pointer (&value);

          value = g_shell_unquote (quoted, NULL);
          if (value == NULL)
            return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%d: the quotes of %s do not match",
                         where, i + 1, line);
        }
      g_hash_table_replace (env, g_strdup (line), g_steal_pointer (&value));
    }
  return true;
}
