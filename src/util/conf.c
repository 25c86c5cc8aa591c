/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/conf.h"

#include <inttypes.h>
#include <string.h>

#include "util/error.h"
#include "util/state-file.h"

#define MAX_FILE (10 * 1024 * 1024)
#define MAX_DEPTH 16    /* of lists in lists */

typedef enum { VALUE_INT, VALUE_STRING, VALUE_LIST } ValueKind;

typedef struct
{
  ValueKind kind;
  bool negative;
  uint64_t magnitude;
  char *string;
  GPtrArray *list;      /* of Value */
} Value;

/* A line of the file: a setting, a comment or both. */
typedef struct
{
  char *key;
  Value *value;
  char *comment;        /* from behind the '#' to the end of the line */
  unsigned int line;
} Entry;

struct Conf
{
  char *name;
  GPtrArray *entries;   /* of Entry, as in the file */
  GHashTable *by_key;   /* key → first Entry with it */
};

typedef struct
{
  const char *name;
  const char *at, *end;
  unsigned int line;
  unsigned int depth;
} Parser;

static void
value_free (Value *value)
{
  if (value == NULL)
    return;
  g_free (value->string);
  g_clear_pointer (&value->list, g_ptr_array_unref);
  g_free (value);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Value, value_free)

static void
entry_free (Entry *entry)
{
  g_free (entry->key);
  value_free (entry->value);
  g_free (entry->comment);
  g_free (entry);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Entry, entry_free)

void
conf_free (Conf *conf)
{
  if (conf == NULL)
    return;
  g_hash_table_unref (conf->by_key);
  g_ptr_array_unref (conf->entries);
  g_free (conf->name);
  g_free (conf);
}

/* -- Parsing --------------------------------------------------------------- */

static char
peek (const Parser *parser)
{
  return parser->at < parser->end ? *parser->at : '\0';
}

static void
skip_blanks (Parser *parser)
{
  while (peek (parser) == ' ' || peek (parser) == '\t')
    parser->at++;
}

/* True and past it if there is the end of a line. */
static bool
take_newline (Parser *parser)
{
  if (peek (parser) == '\r' && parser->end - parser->at > 1 && parser->at[1] == '\n')
    parser->at++;
  if (peek (parser) != '\n')
    return false;
  parser->at++;
  parser->line++;
  return true;
}

static void
skip_blanks_and_newlines (Parser *parser)
{
  do
    skip_blanks (parser);
  while (take_newline (parser));
}

static bool
syntax_error (const Parser *parser, GError **error, const char *wanted)
{
  g_autofree char *found = parser->at >= parser->end ? g_strdup ("the end of the file")
                           : *parser->at == '\n'     ? g_strdup ("the end of the line")
                           : g_ascii_isprint (*parser->at)
                             ? g_strdup_printf ("'%c'", *parser->at)
                             : g_strdup_printf ("the byte 0x%02x", (unsigned char) *parser->at);

  return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: %s expected, but there is %s",
               parser->name, parser->line, wanted, found);
}

#define syntax_null(...) (syntax_error (__VA_ARGS__) ? NULL : NULL)

static Value *
parse_integer (Parser *parser, GError **error)
{
  g_autoptr (Value) value = g_new0 (Value, 1);
  uint64_t limit = UINT64_MAX;

  value->kind = VALUE_INT;
  if (peek (parser) == '-' || peek (parser) == '+')
    {
      value->negative = peek (parser) == '-';
      if (value->negative)
        limit = (uint64_t) INT64_MAX + 1;
      parser->at++;
    }
  if (!g_ascii_isdigit (peek (parser)))
    return syntax_null (parser, error, "a digit");
  for (; g_ascii_isdigit (peek (parser)); parser->at++)
    {
      unsigned int digit = (unsigned int) (*parser->at - '0');

      if (value->magnitude > (limit - digit) / 10)
        return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: the number does not fit in 64 bits",
                          parser->name, parser->line);
      value->magnitude = value->magnitude * 10 + digit;
    }
  return g_steal_pointer (&value);
}

/* The text between @quote and @quote; a NUL inside counts as any other byte but is refused. */
static Value *
parse_string (Parser *parser, const char *quote, bool lines, GError **error)
{
  g_autoptr (Value) value = g_new0 (Value, 1);
  size_t quote_length = strlen (quote);
  const char *start = parser->at + quote_length;
  const char *stop = memmem (start, (size_t) (parser->end - start), quote, quote_length);
  const char *newline = memchr (start, '\n', (size_t) (parser->end - start));

  if (stop == NULL || (!lines && newline != NULL && newline < stop))
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: the string has no closing %s",
                      parser->name, parser->line, quote);
  if (memchr (start, '\0', (size_t) (stop - start)) != NULL)
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: the string contains a NUL byte",
                      parser->name, parser->line);
  value->kind = VALUE_STRING;
  value->string = g_strndup (start, (gsize) (stop - start));
  for (const char *p = start; p < stop; p++)
    parser->line += *p == '\n';
  parser->at = stop + quote_length;
  return g_steal_pointer (&value);
}

static Value *parse_value (Parser *parser, GError **error);

static Value *
parse_list (Parser *parser, GError **error)
{
  g_autoptr (Value) value = g_new0 (Value, 1);

  value->kind = VALUE_LIST;
  value->list = g_ptr_array_new_with_free_func ((GDestroyNotify) value_free);
  if (++parser->depth > MAX_DEPTH)
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: lists are nested more than %d deep",
                      parser->name, parser->line, MAX_DEPTH);
  parser->at++;
  skip_blanks_and_newlines (parser);
  while (peek (parser) != ']')
    {
      Value *item = parse_value (parser, error);

      if (item == NULL)
        return NULL;
      g_ptr_array_add (value->list, item);
      skip_blanks_and_newlines (parser);
      if (peek (parser) != ',' && peek (parser) != ']')
        return syntax_null (parser, error, "',' or ']' after an item of a list");
      if (peek (parser) == ',')
        {
          parser->at++;
          skip_blanks_and_newlines (parser);
        }
    }
  parser->at++;
  parser->depth--;
  return g_steal_pointer (&value);
}

static Value *
parse_value (Parser *parser, GError **error)
{
  char c = peek (parser);

  if (c == '"' && parser->end - parser->at >= 3 && memcmp (parser->at, "\"\"\"", 3) == 0)
    return parse_string (parser, "\"\"\"", true, error);
  if (c == '"')
    return parse_string (parser, "\"", false, error);
  if (c == '\'')
    return parse_string (parser, "'", false, error);
  if (c == '[')
    return parse_list (parser, error);
  if (g_ascii_isdigit (c) || c == '-' || c == '+')
    return parse_integer (parser, error);
  return syntax_null (parser, error, "an integer, a quoted string or a list");
}

static bool
parse_setting (Parser *parser, Entry *entry, GError **error)
{
  const char *start = parser->at;

  if (!g_ascii_isalpha (peek (parser)))
    return syntax_error (parser, error, "the name of a setting");
  while (g_ascii_isalnum (peek (parser)) || peek (parser) == '_')
    parser->at++;
  entry->key = g_strndup (start, (gsize) (parser->at - start));
  skip_blanks (parser);
  if (peek (parser) != '=')
    return syntax_error (parser, error, "'=' after the name of a setting");
  parser->at++;
  skip_blanks (parser);
  entry->value = parse_value (parser, error);
  if (entry->value == NULL)
    {
      g_prefix_error (error, "setting '%s': ", entry->key);
      return false;
    }
  skip_blanks (parser);
  return true;
}

static char *
parse_comment (Parser *parser)
{
  const char *start = ++parser->at, *end;

  while (parser->at < parser->end && *parser->at != '\n')
    parser->at++;
  for (end = parser->at; end > start && end[-1] == '\r';)
    end--;
  return g_strndup (start, (gsize) (end - start));
}

static Entry *
parse_entry (Parser *parser, GError **error)
{
  g_autoptr (Entry) entry = g_new0 (Entry, 1);

  entry->line = parser->line;
  if (peek (parser) != '#' && !parse_setting (parser, entry, error))
    return NULL;
  if (peek (parser) == '#')
    entry->comment = parse_comment (parser);
  if (entry->key != NULL && peek (parser) == ';')
    parser->at++;
  else if (parser->at < parser->end && !take_newline (parser))
    return syntax_null (parser, error, "the end of the line");
  return g_steal_pointer (&entry);
}

Conf *
conf_parse (const char *name, const char *text, gssize length, GError **error)
{
  g_autoptr (Conf) conf = g_new0 (Conf, 1);
  Parser parser = { name, text, text + (length < 0 ? strlen (text) : (size_t) length), 1, 0 };

  conf->name = g_strdup (name);
  conf->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  conf->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  if (memchr (text, '\0', (size_t) (parser.end - text)) != NULL)
    return fail_null (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s: a NUL byte stands in it", name);
  for (;;)
    {
      Entry *entry;

      skip_blanks_and_newlines (&parser);
      if (parser.at >= parser.end)
        return g_steal_pointer (&conf);
      entry = parse_entry (&parser, error);
      if (entry == NULL)
        return NULL;
      g_ptr_array_add (conf->entries, entry);
      /* The first of several settings of one name counts. */
      if (entry->key != NULL && !g_hash_table_contains (conf->by_key, entry->key))
        g_hash_table_insert (conf->by_key, entry->key, entry);
    }
}

Conf *
conf_load (const char *path, bool required, GError **error)
{
  g_autofree char *text = NULL;
  size_t length = 0;
  g_autoptr (GError) local = NULL;

  if (!state_file_read (path, MAX_FILE, &text, &length, &local)
      && (required || !state_error_is_missing (local)))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local), "reading the configuration: ");
      return NULL;
    }
  return conf_parse (path, text != NULL ? text : "", (gssize) length, error);
}

/* -- Values ------------------------------------------------------------------ */

const char *
conf_name (const Conf *conf)
{
  return conf->name;
}

bool
conf_has (const Conf *conf, const char *key)
{
  return g_hash_table_contains (conf->by_key, key);
}

static bool
wrong_value (const Conf *conf, const Entry *entry, GError **error, const char *wanted)
{
  return fail (error, VIR_FROM_CONF, VIR_ERR_INTERNAL_ERROR, "%s:%u: setting '%s' must be %s",
               conf->name, entry->line, entry->key, wanted);
}

static const Entry *
lookup (const Conf *conf, const char *key)
{
  return g_hash_table_lookup (conf->by_key, key);
}

/* True if the value is an integer that @ret can hold. */
static bool
value_to_int64 (const Value *value, int64_t *ret)
{
  if (value->kind != VALUE_INT || (!value->negative && value->magnitude > INT64_MAX))
    return false;
  *ret = value->negative ? (int64_t) -value->magnitude : (int64_t) value->magnitude;
  return true;
}

bool
conf_get_int (const Conf *conf, const char *key, int64_t min, int64_t max, int64_t *value, GError **error)
{
  const Entry *entry = lookup (conf, key);
  g_autofree char *wanted = NULL;
  int64_t number;

  if (entry == NULL)
    return true;
  if (value_to_int64 (entry->value, &number) && number >= min && number <= max)
    {
      *value = number;
      return true;
    }
  wanted = g_strdup_printf ("an integer from %" PRId64 " to %" PRId64, min, max);
  return wrong_value (conf, entry, error, wanted);
}

bool
conf_get_uint (const Conf *conf, const char *key, unsigned int min, unsigned int max,
               unsigned int *value, GError **error)
{
  int64_t number = *value;

  if (!conf_get_int (conf, key, min, max, &number, error))
    return false;
  *value = (unsigned int) number;
  return true;
}

bool
conf_get_bool (const Conf *conf, const char *key, bool *value, GError **error)
{
  const Entry *entry = lookup (conf, key);
  int64_t number;

  if (entry == NULL)
    return true;
  if (!value_to_int64 (entry->value, &number) || number < 0 || number > 1)
    return wrong_value (conf, entry, error, "0 or 1");
  *value = number == 1;
  return true;
}

bool
conf_get_string (const Conf *conf, const char *key, char **value, GError **error)
{
  const Entry *entry = lookup (conf, key);

  if (entry == NULL)
    return true;
  if (entry->value->kind != VALUE_STRING)
    return wrong_value (conf, entry, error, "a string in quotes");
  g_free (*value);
  *value = g_strdup (entry->value->string);
  return true;
}

bool
conf_get_list (const Conf *conf, const char *key, bool single, char ***value, GError **error)
{
  const Entry *entry = lookup (conf, key);
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);

  if (entry == NULL)
    return true;
  if (single && entry->value->kind == VALUE_STRING)
    g_ptr_array_add (strings, g_strdup (entry->value->string));
  else if (entry->value->kind != VALUE_LIST)
    return wrong_value (conf, entry, error, single ? "a string in quotes or a list of strings in [ ]"
                                                   : "a list of strings in [ ]");
  for (unsigned int i = 0; entry->value->kind == VALUE_LIST && i < entry->value->list->len; i++)
    {
      const Value *item = entry->value->list->pdata[i];

      if (item->kind != VALUE_STRING)
        return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX,
                     "%s:%u: item %u in the list of setting '%s' must be a string in quotes",
                     conf->name, entry->line, i + 1, key);
      g_ptr_array_add (strings, g_strdup (item->string));
    }
  g_ptr_array_add (strings, NULL);
  g_strfreev (*value);
  *value = (char **) g_ptr_array_free (g_steal_pointer (&strings), FALSE);
  return true;
}

bool
conf_check_keys (const Conf *conf, const char *const *known, const char *const *more, GError **error)
{
  for (unsigned int i = 0; i < conf->entries->len; i++)
    {
      const Entry *entry = conf->entries->pdata[i];

      if (entry->key == NULL || g_strv_contains (known, entry->key)
          || (more != NULL && g_strv_contains (more, entry->key)))
        continue;
      return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: there is no setting '%s'",
                   conf->name, entry->line, entry->key);
    }
  return true;
}

void
conf_each (const Conf *conf, void (*each) (const Conf *conf, const char *key, unsigned int line))
{
  for (unsigned int i = 0; i < conf->entries->len; i++)
    {
      const Entry *entry = conf->entries->pdata[i];

      if (entry->key != NULL)
        each (conf, entry->key, entry->line);
    }
}

bool
conf_fail (const Conf *conf, const char *key, const char *words, GError **error)
{
  const Entry *entry = lookup (conf, key);

  return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%u: setting '%s' %s", conf->name,
               entry != NULL ? entry->line : 0, key, words);
}

/* -- Writing back -------------------------------------------------------------- */

static void
format_value (GString *out, const Value *value)
{
  switch (value->kind)
    {
    case VALUE_INT:
      g_string_append_printf (out, "%s%" PRIu64, value->negative ? "-" : "", value->magnitude);
      return;
    case VALUE_STRING:
      {
        const char *quote = strchr (value->string, '\n') != NULL ? "\"\"\""
                            : strchr (value->string, '"') == NULL ? "\""
                            : strchr (value->string, '\'') == NULL ? "'" : "\"\"\"";

        g_string_append_printf (out, "%s%s%s", quote, value->string, quote);
        return;
      }
    case VALUE_LIST:
      g_string_append (out, "[ ");
      for (unsigned int i = 0; i < value->list->len; i++)
        {
          if (i > 0)
            g_string_append (out, ", ");
          format_value (out, value->list->pdata[i]);
        }
      g_string_append (out, " ]");
      return;
    }
}

char *
conf_format (const Conf *conf)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (unsigned int i = 0; i < conf->entries->len; i++)
    {
      const Entry *entry = conf->entries->pdata[i];

      if (entry->key != NULL)
        {
          g_string_append_printf (out, "%s = ", entry->key);
          format_value (out, entry->value);
        }
      if (entry->comment != NULL)
        g_string_append_printf (out, "%s#%s", entry->key != NULL ? " " : "", entry->comment);
      g_string_append_c (out, '\n');
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
