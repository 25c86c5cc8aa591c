/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare.c: what differs between two structs of a kind. */
#include "xml/private.h"

typedef struct
{
  unsigned int flags;           /* only rows with one of these; 0: all */
  GString *path;
  XmlDifference report;
  void *data;
  bool differs, stopped;
} Comparison;

static void compare_rows (Comparison *c, const XmlField *rows, const void *a, const void *b);

static void
report (Comparison *c, const char *a, const char *b)
{
  c->differs = true;
  if (!c->stopped)
    c->stopped = c->report == NULL || !c->report (c->path->str, a, b, c->data);
}

static char *
scalar_text (const XmlField *field, const void *at)
{
  GString *text = g_string_new (NULL);

  if (!scalar_is_absent (field, at) || (field->flags & XML_ALWAYS))
    field->type->format (field, at, text);
  return g_string_free (text, FALSE);
}

static void
compare_scalars (Comparison *c, const XmlField *field, const void *a, const void *b)
{
  if (field->type->equal != NULL ? field->type->equal (a, b) : memcmp (a, b, field->type->size) == 0)
    return;
  g_autofree char *left = scalar_text (field, a);
  g_autofree char *right = scalar_text (field, b);
  report (c, left, right);
}

/* Where only one of both is, that itself is the difference, if the row counts. */
static void
compare_children (Comparison *c, const XmlField *field, bool counts, const void *a, const void *b)
{
  const XmlSchema *schema = field->aux;

  if (a != NULL && b != NULL)
    compare_rows (c, schema->fields, a, b);
  else if (counts && a != b)
    report (c, a != NULL ? "there" : "absent", b != NULL ? "there" : "absent");
}

static void
compare_lists (Comparison *c, const XmlField *field, bool counts, const XmlList *a, const XmlList *b)
{
  const size_t length = c->path->len;

  if (counts && a->n != b->n)
    {
      g_autofree char *left = g_strdup_printf ("%u", a->n), *right = g_strdup_printf ("%u", b->n);

      report (c, left, right);
    }
  for (unsigned int i = 0; i < MIN (a->n, b->n) && !c->stopped; i++)
    {
      g_string_append_printf (c->path, "[%u]", i + 1);
      if (field->kind == XML_KIND_LIST)
        compare_rows (c, ((const XmlSchema *) field->aux)->fields, a->items[i], b->items[i]);
      else if (counts && strcmp (((XmlForeign *) a->items[i])->xml, ((XmlForeign *) b->items[i])->xml) != 0)
        report (c, ((XmlForeign *) a->items[i])->xml, ((XmlForeign *) b->items[i])->xml);
      g_string_truncate (c->path, length);
    }
}

static void
compare_members (Comparison *c, const XmlField *field, const void *a, const void *b)
{
  bool counts = c->flags == 0 || (field->flags & c->flags);

  switch ((XmlKind) field->kind)
    {
    case XML_KIND_SCALAR:
      if (counts)
        compare_scalars (c, field, a, b);
      break;
    case XML_KIND_FLAG:
      if (counts && *(const bool *) a != *(const bool *) b)
        report (c, *(const bool *) a ? "there" : "absent", *(const bool *) b ? "there" : "absent");
      break;
    case XML_KIND_PART:
      compare_rows (c, field->aux, a, b);
      break;
    case XML_KIND_CHILD:
      compare_children (c, field, counts, *(void *const *) a, *(void *const *) b);
      break;
    case XML_KIND_LIST:
    case XML_KIND_FOREIGN:
      compare_lists (c, field, counts, a, b);
      break;
    default:
      break;
    }
}

static void
compare_rows (Comparison *c, const XmlField *rows, const void *a, const void *b)
{
  const size_t length = c->path->len;

  for (const XmlField *field = rows; field->kind != XML_KIND_END && !c->stopped; field++)
    {
      if (field->flags & XML_READ_ONLY)
        continue;
      if (field->kind == XML_KIND_CASES)
        {
          const XmlField *inner = active_rows (field, a, NULL);

          /* Of two kinds nothing can be compared, and the kind itself is a row. */
          if (inner != NULL && inner == active_rows (field, b, NULL))
            compare_rows (c, inner, a, b);
          continue;
        }
      if (field->path[0] != '\0')
        g_string_append_printf (c->path, c->path->len > 0 ? "/%s" : "%s", field->path);
      compare_members (c, field, field_at (a, field), field_at (b, field));
      g_string_truncate (c->path, length);
    }
}

bool
xml_compare (const XmlSchema *schema, const void *a, const void *b, unsigned int flags, XmlDifference difference, void *data)
{
  g_autoptr (GString) path = g_string_new (schema->element);
  Comparison c = { .flags = flags, .path = path, .report = difference, .data = data };

  if (a != NULL && b != NULL)
    compare_rows (&c, schema->fields, a, b);
  else if (a != b)
    report (&c, a != NULL ? "there" : "absent", b != NULL ? "there" : "absent");
  return !c.differs;
}

static bool
keep_path (const char *path, const char *a, const char *b, void *data)
{
  *(char **) data = g_strdup (path);
  return false;
}

bool
xml_equal (const XmlSchema *schema, const void *a, const void *b, char **ret_path)
{
  return xml_compare (schema, a, b, 0, ret_path != NULL ? keep_path : NULL, ret_path);
}
