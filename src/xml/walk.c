/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* walk.c: making, copying, freeing and searching structs by their rows. A struct without rows for a case still owns what the
 * other cases' rows hold, so making, copying and freeing visit all cases. */
#include "xml/private.h"

typedef void (*Visit) (const XmlField *field, void *object, const void *other);

/* Calls @visit for each row that holds a member, in every case, once or more
 * for a member that several rows share. @other goes along, if not NULL. */
static void
visit_rows (const XmlField *rows, void *object, const void *other, Visit visit)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      const XmlCases *cases = field->aux;

      switch ((XmlKind) field->kind)
        {
        case XML_KIND_CASES:
          for (unsigned int i = 0; i < cases->n; i++)
            if (cases->rows[i] != NULL)
              visit_rows (cases->rows[i], object, other, visit);
          break;
        case XML_KIND_PART:
          visit_rows (field->aux, field_at (object, field), other != NULL ? field_at (other, field) : NULL, visit);
          break;
        case XML_KIND_SCALAR: case XML_KIND_CHILD: case XML_KIND_LIST: case XML_KIND_FOREIGN:
          visit (field, field_at (object, field), other != NULL ? field_at (other, field) : NULL);
          break;
        default:
          break;
        }
    }
}

static void
make_absent (const XmlField *field, void *at, const void *other)
{
  if (field->kind != XML_KIND_SCALAR || !field->type->is_integer || field->absent == 0)
    return;
  if (field->type->size == 8)
    *(int64_t *) at = field->absent;
  else
    *(int32_t *) at = (int32_t) field->absent;
}

void *
xml_new (const XmlSchema *schema)
{
  void *object = g_malloc0 (schema->size);

  visit_rows (schema->fields, object, NULL, make_absent);
  return object;
}

static void
free_member (const XmlField *field, void *at, const void *other)
{
  XmlList *list = at;

  switch ((XmlKind) field->kind)
    {
    case XML_KIND_SCALAR:
      if (field->type->clear != NULL)
        field->type->clear (at);
      break;
    case XML_KIND_CHILD:
      xml_free (field->aux, *(void **) at);
      *(void **) at = NULL;
      break;
    case XML_KIND_LIST:
    case XML_KIND_FOREIGN:
      for (unsigned int i = 0; i < list->n; i++)
        if (field->kind == XML_KIND_LIST)
          xml_free (field->aux, list->items[i]);
        else
          xml_foreign_free (list->items[i]);
      g_clear_pointer (&list->items, g_free);
      list->n = 0;
      break;
    default:
      break;
    }
}

void
xml_reset (const XmlSchema *schema, void *object)
{
  visit_rows (schema->fields, object, NULL, free_member);
  memset (object, 0, schema->size);
  visit_rows (schema->fields, object, NULL, make_absent);
}

void
xml_free (const XmlSchema *schema, void *object)
{
  if (object == NULL)
    return;
  visit_rows (schema->fields, object, NULL, free_member);
  g_free (object);
}

static XmlForeign *
foreign_copy (const XmlForeign *foreign)
{
  XmlForeign *copy = g_new (XmlForeign, 1);

  *copy = (XmlForeign) { g_strdup (foreign->uri), g_strdup (foreign->prefix), g_strdup (foreign->xml) };
  return copy;
}

static void
copy_list (const XmlField *field, XmlList *to, const XmlList *from)
{
  to->items = from->n > 0 ? g_new (void *, from->n) : NULL;
  for (unsigned int i = 0; i < from->n; i++)
    to->items[i] = field->kind == XML_KIND_LIST ? xml_copy (field->aux, from->items[i]) : foreign_copy (from->items[i]);
}

/* @at is a plain copy of @other: what it points to is still the other's, unless
 * a row that shares the member has been here. */
static void
copy_member (const XmlField *field, void *at, const void *other)
{
  if (field->kind == XML_KIND_SCALAR ? field->type->copy == NULL : false)
    return;
  if (*(void **) at == NULL || *(void **) at != *(void *const *) other)
    return;
  if (field->kind == XML_KIND_SCALAR)
    field->type->copy (at, other);
  else if (field->kind == XML_KIND_CHILD)
    *(void **) at = xml_copy (field->aux, *(void *const *) other);
  else
    copy_list (field, at, other);
}

void *
xml_copy (const XmlSchema *schema, const void *object)
{
  void *copy;

  if (object == NULL)
    return NULL;
  copy = g_memdup2 (object, schema->size);
  visit_rows (schema->fields, copy, object, copy_member);
  return copy;
}

static char *find_in_rows (const XmlField *rows, const void *object, unsigned int flags);

/* Whether the row holds anything. */
static bool
is_present (const XmlField *field, const void *at)
{
  switch ((XmlKind) field->kind)
    {
    case XML_KIND_SCALAR: return !scalar_is_absent (field, at);
    case XML_KIND_FLAG: return *(const bool *) at;
    case XML_KIND_CHILD: return *(void *const *) at != NULL;
    case XML_KIND_LIST: case XML_KIND_FOREIGN: return ((const XmlList *) at)->n > 0;
    default: return false;
    }
}

/* Looks below the row. @flags 0: for anything at all. */
static char *
find_below (const XmlField *field, const void *at, unsigned int flags)
{
  const XmlSchema *schema = field->aux;
  const XmlList *list = at;
  char *found = NULL;

  if (field->kind == XML_KIND_PART)
    return find_in_rows (field->aux, at, flags);
  if (field->kind == XML_KIND_CHILD && *(void *const *) at != NULL)
    return find_in_rows (schema->fields, *(void *const *) at, flags);
  for (unsigned int i = 0; field->kind == XML_KIND_LIST && found == NULL && i < list->n; i++)
    found = find_in_rows (schema->fields, list->items[i], flags);
  return found;
}

static char *
find_in_rows (const XmlField *rows, const void *object, unsigned int flags)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      const XmlField *inner = field->kind == XML_KIND_CASES ? active_rows (field, object, NULL) : NULL;
      bool wanted = flags == 0 || (field->flags & flags);
      char *found = NULL;

      if (inner != NULL)
        found = find_in_rows (inner, object, flags);
      else if (field->kind != XML_KIND_CASES && !(field->flags & XML_READ_ONLY))
        found = wanted && is_present (field, field_at (object, field)) ? g_strdup ("")
                                                                       : find_below (field, field_at (object, field), wanted ? 0 : flags);
      if (found == NULL)
        continue;
      char *path = inner != NULL || field->path[0] == '\0' ? g_strdup (found)
                                                           : g_strconcat (field->path, *found != '\0' ? "/" : "", found, NULL);
      g_free (found);
      return path;
    }
  return NULL;
}

char *
xml_find_flagged (const XmlSchema *schema, const void *object, unsigned int flags)
{
  return find_in_rows (schema->fields, object, flags);
}
