/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dump.c: the tables as JSON, for what is generated from them at build time:
 * schemas and references. Each XmlSchema is said once, under a number. */
#include "xml/private.h"

#include <jansson.h>

static json_t *dump_rows (const XmlField *rows, GPtrArray *schemas);

static const struct { unsigned int flag; const char *name; } flag_names[] = {
  { XML_ALWAYS, "always" }, { XML_SECRET, "secret" }, { XML_LIVE, "live" }, { XML_NO_MIGRATE, "no-migrate" },
  { XML_STATUS, "status" }, { XML_LENIENT, "lenient" }, { XML_ALLOW_EMPTY, "allow-empty" }, { XML_WRITE_ONLY, "write-only" },
  { XML_READ_ONLY, "read-only" }, { XML_POSITIVE, "positive" }, { XML_CLOSED, "closed" }, { XML_BARE, "bare" },
  { XML_ABI, "abi" }, { XML_LATER, "later" },
};

static const char *const kind_names[] = {
  [XML_KIND_SCALAR] = "scalar", [XML_KIND_FLAG] = "flag", [XML_KIND_PART] = "part", [XML_KIND_CHILD] = "child",
  [XML_KIND_LIST] = "list", [XML_KIND_CASES] = "cases", [XML_KIND_FOREIGN] = "foreign", [XML_KIND_NAMESPACE] = "namespace",
  [XML_KIND_UNSUPPORTED] = "unsupported", [XML_KIND_IGNORED] = "ignored",
};

static json_t *
dump_flags (const XmlField *field)
{
  json_t *flags = json_array ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (flag_names); i++)
    if (field->flags & flag_names[i].flag)
      json_array_append_new (flags, json_string (flag_names[i].name));
  if ((field->flags & XML_REQUIRED) || field->missing != 0)
    json_array_append_new (flags, json_string ("required"));
  return flags;
}

static void
dump_scalar (const XmlField *field, json_t *row)
{
  const XmlType *type = field->type;
  const XmlEnum *names = field->aux;

  json_object_set_new (row, "type", json_string (type->name));
  if (type->pattern != NULL)
    json_object_set_new (row, "pattern", json_string (type->pattern));
  if (type->unit != NULL)
    json_object_set_new (row, "unit", json_string (type->unit));
  if (type == &xml_type_enum)
    {
      json_t *values = json_array ();

      for (unsigned int i = 1; i < names->n; i++)
        json_array_append_new (values, json_string (names->names[i]));
      json_object_set_new (row, "values", values);
      if (field->absent != 0)
        json_object_set_new (row, "default", json_string (xml_enum_name (names, field->absent)));
    }
  else if (type->is_integer && field->absent > 0)
    json_object_set_new (row, "default", json_sprintf ("%d", field->absent));
}

/* The rows of each value by its name, "" if it is absent; null: not possible. */
static json_t *
dump_cases (const XmlCases *cases, GPtrArray *schemas)
{
  json_t *by_value = json_object ();

  if (cases->n > 0 && cases->rows[0] != NULL)
    json_object_set_new (by_value, "", dump_rows (cases->rows[0], schemas));
  for (unsigned int i = 1; i < cases->names->n; i++)
    json_object_set_new (by_value, cases->names->names[i], i < cases->n && cases->rows[i] != NULL
                                                              ? dump_rows (cases->rows[i], schemas) : json_null ());
  return by_value;
}

static unsigned int
schema_number (const XmlSchema *schema, GPtrArray *schemas)
{
  unsigned int index;

  if (!g_ptr_array_find (schemas, schema, &index))
    {
      index = schemas->len;
      g_ptr_array_add (schemas, (void *) schema);
    }
  return index;
}

static json_t *
dump_row (const XmlField *field, GPtrArray *schemas)
{
  const XmlCases *cases = field->aux;
  json_t *row = json_object ();

  json_object_set_new (row, "kind", json_string (kind_names[field->kind]));
  json_object_set_new (row, "path", json_string (field->path));
  json_object_set_new (row, "offset", json_integer (field->kind == XML_KIND_CASES ? cases->selector : field->offset));
  json_object_set_new (row, "flags", dump_flags (field));
  if (field->kind == XML_KIND_SCALAR)
    dump_scalar (field, row);
  else if (field->kind == XML_KIND_PART)
    json_object_set_new (row, "rows", dump_rows (field->aux, schemas));
  else if (field->kind == XML_KIND_CHILD || field->kind == XML_KIND_LIST)
    json_object_set_new (row, "schema", json_integer (schema_number (field->aux, schemas)));
  else if (field->kind == XML_KIND_CASES)
    json_object_set_new (row, "cases", dump_cases (cases, schemas));
  return row;
}

static json_t *
dump_rows (const XmlField *rows, GPtrArray *schemas)
{
  json_t *list = json_array ();

  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    if (field->kind != XML_KIND_LINE && field->kind != XML_KIND_VIEW)
      json_array_append_new (list, dump_row (field, schemas));
  return list;
}

json_t *
xml_dump (const XmlSchema *schema)
{
  g_autoptr (GPtrArray) schemas = g_ptr_array_new ();
  json_t *list = json_array (), *namespaces = json_object ();

  schema_number (schema, schemas);
  for (unsigned int i = 0; i < schemas->len; i++)
    {
      const XmlSchema *each = schemas->pdata[i];

      json_array_append_new (list, dump_rows (each->fields, schemas));
      for (const char *const *pair = each->namespaces; pair != NULL && *pair != NULL; pair += 2)
        json_object_set_new (namespaces, pair[0], json_string (pair[1]));
    }
  return json_pack ("{s:s, s:o, s:o}", "element", schema->element, "namespaces", namespaces, "schemas", list);
}
