/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* walk.c: making, copying, freeing and searching structs by their rows. A struct
 * without rows for a case still owns what the other cases' rows hold, so making,
 * copying and freeing look at all cases. */
#include "xml/private.h"

/* What walking the rows of a schema once has told: an object in which all is absent, and where
 * objects own something. */
typedef struct { const XmlField *field; size_t offset; } Owned;
typedef struct { char *blank; GArray *owned; } Plan;

static void
plan_free (void *data)
{
  Plan *plan = data;

  g_free (plan->blank);
  g_array_unref (plan->owned);
  g_free (plan);
}

/* A member that several rows share is owned once. */
static void
plan_member (Plan *plan, const XmlField *field, size_t offset)
{
  Owned owned = { field, offset };

  if (field->kind == XML_KIND_SCALAR && field->type->is_integer && field->absent != 0)
    {
      if (field->type->size == 8)
        *(int64_t *) (void *) (plan->blank + offset) = field->absent;
      else
        *(int32_t *) (void *) (plan->blank + offset) = (int32_t) field->absent;
    }
  if (field->kind == XML_KIND_SCALAR && field->type->clear == NULL)
    return;
  for (unsigned int i = 0; i < plan->owned->len; i++)
    if (g_array_index (plan->owned, Owned, i).offset == offset)
      return;
  g_array_append_val (plan->owned, owned);
}

static void
plan_rows (Plan *plan, const XmlField *rows, size_t base)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      const XmlCases *cases = field->aux;

      switch ((XmlKind) field->kind)
        {
        case XML_KIND_CASES:
          for (unsigned int i = 0; i < cases->n; i++)
            if (cases->rows[i] != NULL)
              plan_rows (plan, cases->rows[i], base);
          break;
        case XML_KIND_PART:
          plan_rows (plan, field->aux, base + field->offset);
          break;
        case XML_KIND_SCALAR: case XML_KIND_CHILD: case XML_KIND_LIST: case XML_KIND_FOREIGN:
          plan_member (plan, field, base + field->offset);
          break;
        default:
          break;
        }
    }
}

/* Each thread has plans of its own, so that none waits for another. */
static GPrivate plans_key = G_PRIVATE_INIT ((GDestroyNotify) g_hash_table_unref);

static const Plan *
plan_of (const XmlSchema *schema)
{
  GHashTable *plans = g_private_get (&plans_key);
  Plan *plan;

  if (plans == NULL)
    g_private_set (&plans_key, plans = g_hash_table_new_full (NULL, NULL, NULL, plan_free));
  plan = g_hash_table_lookup (plans, schema);
  if (plan != NULL)
    return plan;
  plan = g_new (Plan, 1);
  *plan = (Plan) { g_malloc0 (schema->size), g_array_new (FALSE, FALSE, sizeof (Owned)) };
  plan_rows (plan, schema->fields, 0);
  g_hash_table_insert (plans, (void *) schema, plan);
  return plan;
}

void *
xml_new (const XmlSchema *schema)
{
  return g_memdup2 (plan_of (schema)->blank, schema->size);
}

static void
free_member (const XmlField *field, void *at)
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

static void
free_members (const Plan *plan, void *object)
{
  for (unsigned int i = 0; i < plan->owned->len; i++)
    {
      const Owned *owned = &g_array_index (plan->owned, Owned, i);

      free_member (owned->field, (char *) object + owned->offset);
    }
}

void
xml_reset (const XmlSchema *schema, void *object)
{
  const Plan *plan = plan_of (schema);

  free_members (plan, object);
  memcpy (object, plan->blank, schema->size);
}

void
xml_free (const XmlSchema *schema, void *object)
{
  if (object == NULL)
    return;
  free_members (plan_of (schema), object);
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

/* @at is a plain copy of @other: what it points to is still the other's. */
static void
copy_member (const XmlField *field, void *at, const void *other)
{
  if (*(void **) at == NULL)
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
  const Plan *plan = plan_of (schema);
  void *copy;

  if (object == NULL)
    return NULL;
  copy = g_memdup2 (object, schema->size);
  for (unsigned int i = 0; i < plan->owned->len; i++)
    {
      const Owned *owned = &g_array_index (plan->owned, Owned, i);

      copy_member (owned->field, (char *) copy + owned->offset, (const char *) object + owned->offset);
    }
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
