/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* format.c: structs into text, driven by the rows.
 *
 * Elements are opened only when something is written into them: those on the
 * writer's stack above `written` are still pending. */
#include "xml/private.h"

#define MAX_DEPTH 64
#define INDENT 2

struct XmlWriter
{
  GString *out;
  const char *const *namespaces;    /* of the innermost document */
  unsigned int flags;
  unsigned int indent;              /* of the document's root */
  const char *stack[MAX_DEPTH];     /* components of paths; the name ends at '/', '[' or '\0' */
  unsigned int depth, written;
  bool tag_open;                    /* the last written start tag has no '>' yet */
  bool has_text;                    /* the last written element holds text */
};

static void format_rows (XmlWriter *writer, const XmlField *rows, const void *object);

size_t
component_length (const char *component)
{
  const char *end = strchr (component, '[');
  const char *slash = strchr (component, '/');

  if (end != NULL && (slash == NULL || end < slash))
    return strchr (end, ']') + 1 - component;
  return slash != NULL ? (size_t) (slash - component) : strlen (component);
}

static void
append_indent (XmlWriter *writer, unsigned int depth)
{
  static const char blanks[] = "                                                                ";
  unsigned int columns = writer->indent + depth * INDENT;

  for (; columns >= sizeof (blanks); columns -= sizeof (blanks) - 1)
    g_string_append_len (writer->out, blanks, sizeof (blanks) - 1);
  g_string_append_len (writer->out, blanks, columns);
}

static void
finish_tag (XmlWriter *writer)
{
  if (writer->tag_open)
    g_string_append (writer->out, ">\n");
  writer->tag_open = false;
}

/* Writes the start tags that are pending. */
static void
flush (XmlWriter *writer)
{
  for (; writer->written < writer->depth; writer->written++)
    {
      const char *component = writer->stack[writer->written];
      const char *equals = strchr (component, '=');

      finish_tag (writer);
      append_indent (writer, writer->written);
      g_string_append_c (writer->out, '<');
      g_string_append_len (writer->out, component, strcspn (component, "/["));
      if (equals != NULL && equals < component + component_length (component))
        {
          const char *name = strchr (component, '[') + 1;

          g_string_append_printf (writer->out, " %.*s='%.*s'", (int) (equals - name), name,
                                  (int) strcspn (equals + 1, "]"), equals + 1);
        }
      writer->tag_open = true;
      writer->has_text = false;
    }
}

static void
push (XmlWriter *writer, const char *component)
{
  g_assert (writer->depth < MAX_DEPTH);
  writer->stack[writer->depth++] = component;
}

/* Closes the innermost element, or forgets it if nothing was written into it. */
static void
pop (XmlWriter *writer)
{
  const char *component = writer->stack[--writer->depth];

  if (writer->written <= writer->depth)
    return;
  writer->written--;
  if (writer->tag_open)
    g_string_append (writer->out, "/>\n");
  else
    {
      if (!writer->has_text)
        append_indent (writer, writer->depth);
      g_string_append_len (writer->out, "</", 2);
      g_string_append_len (writer->out, component, strcspn (component, "/["));
      g_string_append_len (writer->out, ">\n", 2);
    }
  writer->tag_open = writer->has_text = false;
}

/* Makes the elements above @base those of @path, all components or all but the
 * last; what is open already stays open. Returns the last component. */
static const char *
enter_path (XmlWriter *writer, unsigned int base, const char *path, bool with_leaf)
{
  unsigned int level = base;

  for (;;)
    {
      size_t length = component_length (path);
      bool is_leaf = path[length] == '\0';

      if ((is_leaf && !with_leaf) || *path == '@' || *path == '.')
        break;
      if (level < writer->depth && (strncmp (writer->stack[level], path, length) != 0
                                    || component_length (writer->stack[level]) != length))
        while (writer->depth > level)
          pop (writer);
      if (level == writer->depth)
        push (writer, path);
      level++;
      if (is_leaf)
        break;
      path += length + 1;
    }
  while (writer->depth > level)
    pop (writer);
  return path;
}

static void
write_attribute (XmlWriter *writer, const char *name, const XmlField *field, const void *value)
{
  flush (writer);
  g_assert (writer->tag_open);
  g_string_append_c (writer->out, ' ');
  g_string_append (writer->out, name);
  g_string_append_len (writer->out, "='", 2);
  field->type->format (field, value, writer->out);
  g_string_append_c (writer->out, '\'');
}

static void
format_scalar (XmlWriter *writer, unsigned int base, const XmlField *field, const void *at)
{
  const char *leaf;

  if (scalar_is_absent (field, at)
      && (!(field->flags & XML_ALWAYS) || (field->type == &xml_type_enum && *(const unsigned int *) at == 0)))
    return;
  leaf = enter_path (writer, base, field->path, true);
  if (*leaf == '@')
    write_attribute (writer, leaf + 1, field, at);
  flush (writer);
  if (field->type->unit != NULL)
    g_string_append_printf (writer->out, " unit='%s'", field->type->unit);
  if (*leaf == '@')
    return;
  g_string_append_c (writer->out, '>');
  field->type->format (field, at, writer->out);
  writer->tag_open = false;
  writer->has_text = true;
}

/* An XML_ANY's item has its element's name, any other takes @component. */
static void
format_object (XmlWriter *writer, const char *component, const XmlSchema *schema, const void *object)
{
  const char *const *above = writer->namespaces;
  const XmlField *rows = schema->fields;

  if (rows->path != NULL && rows->path[0] == '%')
    component = xml_enum_name (rows->aux, *(const unsigned int *) field_at (object, rows));
  if (schema->namespaces != NULL)
    writer->namespaces = schema->namespaces;
  push (writer, component);
  flush (writer);
  format_rows (writer, rows, object);
  pop (writer);
  writer->namespaces = above;
}

static void
format_foreign (XmlWriter *writer, unsigned int base, const XmlField *field, const XmlList *list)
{
  if (list->n == 0)
    return;
  enter_path (writer, base, field->path, true);
  flush (writer);
  finish_tag (writer);
  for (unsigned int i = 0; i < list->n; i++)
    {
      append_indent (writer, writer->depth);
      xml_foreign_append (list->items[i], writer->indent + writer->depth * INDENT, writer->out);
      g_string_append_c (writer->out, '\n');
    }
}

static void
format_namespace (XmlWriter *writer, const XmlField *field)
{
  for (const char *const *pair = writer->namespaces; pair != NULL && *pair != NULL; pair += 2)
    if (strcmp (pair[0], field->path) == 0)
      g_string_append_printf (writer->out, " xmlns:%s='%s'", pair[0], pair[1]);
}

static bool
is_printed (const XmlWriter *writer, const XmlField *field, const void *object)
{
  unsigned int unwanted = XML_READ_ONLY;

  if (field->path != NULL && field->path[0] == '%')
    return false;
  if (!(writer->flags & XML_FORMAT_SECURE))
    unwanted |= XML_SECRET;
  if (writer->flags & XML_FORMAT_INACTIVE)
    unwanted |= XML_LIVE;
  if (writer->flags & XML_FORMAT_MIGRATABLE)
    unwanted |= XML_NO_MIGRATE;
  if (!(writer->flags & XML_FORMAT_STATUS))
    unwanted |= XML_STATUS;
  return !(field->flags & unwanted) && (field->when == NULL || field->when (object, writer->flags));
}

static void
format_row (XmlWriter *writer, unsigned int base, const XmlField *field, const void *object)
{
  const void *at = field_at (object, field);
  const XmlSchema *schema = field->aux;
  const XmlList *list = at;

  switch ((XmlKind) field->kind)
    {
    case XML_KIND_SCALAR:
      format_scalar (writer, base, field, at);
      break;
    case XML_KIND_FLAG:
      if (*(const bool *) at)
        {
          enter_path (writer, base, field->path, true);
          flush (writer);
        }
      break;
    case XML_KIND_PART:
      enter_path (writer, base, field->path, true);
      if (field->flags & XML_KEEP_EMPTY)
        flush (writer);
      format_rows (writer, field->aux, at);
      break;
    case XML_KIND_CHILD:
      if (*(void *const *) at != NULL)
        format_object (writer, enter_path (writer, base, field->path, false), schema, *(void *const *) at);
      break;
    case XML_KIND_LIST:
      for (unsigned int i = 0; i < list->n; i++)
        format_object (writer, enter_path (writer, base, field->path, false), schema, list->items[i]);
      break;
    case XML_KIND_FOREIGN:
      format_foreign (writer, base, field, list);
      break;
    case XML_KIND_NAMESPACE:
      format_namespace (writer, field);
      break;
    case XML_KIND_CASES: case XML_KIND_VIEW: case XML_KIND_UNSUPPORTED: case XML_KIND_IGNORED: case XML_KIND_LINE:
    case XML_KIND_END:
      break;
    }
}

static void
format_rows_above (XmlWriter *writer, unsigned int base, const XmlField *rows, const void *object)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      if (!is_printed (writer, field, object))
        continue;
      if (field->kind == XML_KIND_CASES)
        {
          const XmlField *inner = active_rows (field, object, NULL);

          if (inner != NULL)
            format_rows_above (writer, base, inner, object);
        }
      else if (is_inline (field))
        format_rows_above (writer, base, field->aux, field_at (object, field));
      else if (field->kind == XML_KIND_VIEW)
        {
          const void *other = *(void *const *) field_at (object, field);

          if (other != NULL)
            format_rows_above (writer, base, field->aux, other);
        }
      else
        format_row (writer, base, field, object);
    }
}

static void
format_rows (XmlWriter *writer, const XmlField *rows, const void *object)
{
  unsigned int base = writer->depth;

  format_rows_above (writer, base, rows, object);
  while (writer->depth > base)
    pop (writer);
}

void
xml_format_into (const XmlSchema *schema, const char *element, const void *object, unsigned int format_flags, GString *out,
                 unsigned int indent)
{
  XmlWriter writer = { .out = out, .flags = format_flags, .indent = indent };

  format_object (&writer, element != NULL ? element : schema->element, schema, object);
}

char *
xml_format (const XmlSchema *schema, const void *object, unsigned int format_flags)
{
  GString *out = g_string_sized_new (4096);

  xml_format_into (schema, NULL, object, format_flags, out, 0);
  return g_string_free (out, FALSE);
}
