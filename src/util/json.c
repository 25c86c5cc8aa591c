/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/json.h"

#include "util/error.h"

json_t *
json_from_text (const char *text, size_t length, const char *what, GError **error)
{
  json_error_t where;
  json_t *value = json_loadb (text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);

  if (value == NULL)
    fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s: no valid JSON at line %d column %d: %s",
          what, where.line, where.column, where.text);
  return value;
}

char *
json_to_text (const json_t *value)
{
  return json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
}

static const char *
kind_name (json_type type)
{
  switch (type)
    {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "an integer";
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: return "null";
    }
  return "unknown";
}

/* true and false are types of their own to jansson. */
static bool
same_kind (json_type type, json_type wanted)
{
  return type == wanted || (type == JSON_FALSE && wanted == JSON_TRUE);
}

static json_t *
want (const json_t *object, const char *key, json_type type, const char *what, GError **error)
{
  json_t *value = json_object_get (object, key);

  if (!json_is_object (object))
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                      "%s: there is no object that could have a member '%s'", what, key);
  if (value == NULL)
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s: member '%s' is missing", what, key);
  if (!same_kind (json_typeof (value), type))
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s: member '%s' is %s instead of %s",
                      what, key, kind_name (json_typeof (value)), kind_name (type));
  return value;
}

bool
json_want_string (const json_t *object, const char *key, const char *what,
                  const char **ret_value, GError **error)
{
  json_t *value = want (object, key, JSON_STRING, what, error);

  if (value != NULL)
    *ret_value = json_string_value (value);
  return value != NULL;
}

bool
json_want_int (const json_t *object, const char *key, const char *what, int64_t *ret_value, GError **error)
{
  json_t *value = want (object, key, JSON_INTEGER, what, error);

  if (value != NULL)
    *ret_value = json_integer_value (value);
  return value != NULL;
}

bool
json_want_bool (const json_t *object, const char *key, const char *what, bool *ret_value, GError **error)
{
  json_t *value = want (object, key, JSON_TRUE, what, error);

  if (value != NULL)
    *ret_value = json_is_true (value);
  return value != NULL;
}

bool
json_want_object (const json_t *object, const char *key, const char *what, json_t **ret_value, GError **error)
{
  json_t *value = want (object, key, JSON_OBJECT, what, error);

  if (value != NULL)
    *ret_value = value;
  return value != NULL;
}

bool
json_want_array (const json_t *object, const char *key, const char *what, json_t **ret_value, GError **error)
{
  json_t *value = want (object, key, JSON_ARRAY, what, error);

  if (value != NULL)
    *ret_value = value;
  return value != NULL;
}

const char *
json_get_string (const json_t *object, const char *key, const char *fallback)
{
  const char *value = json_string_value (json_object_get (object, key));

  return value != NULL ? value : fallback;
}

int64_t
json_get_int (const json_t *object, const char *key, int64_t fallback)
{
  json_t *value = json_object_get (object, key);

  return json_is_integer (value) ? json_integer_value (value) : fallback;
}

bool
json_get_bool (const json_t *object, const char *key, bool fallback)
{
  json_t *value = json_object_get (object, key);

  return json_is_boolean (value) ? json_is_true (value) : fallback;
}
