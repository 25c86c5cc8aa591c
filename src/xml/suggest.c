/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* suggest.c: the known name that is nearest to an unknown one. */
#include "xml/private.h"

/* A row that counts in an element and what is left of its path there. */
typedef struct { const XmlField *field; const char *rest; } Place;

static void
append_rows (const XmlField *rows, GArray *out)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      const XmlCases *cases = field->aux;
      Place place = { field, field->path };

      if (field->kind == XML_KIND_CASES)
        {
          for (unsigned int i = 0; i < cases->n; i++)
            if (cases->rows[i] != NULL)
              append_rows (cases->rows[i], out);
        }
      else if (is_inline (field))
        append_rows (field->aux, out);
      else if (field->kind != XML_KIND_LINE)
        g_array_append_val (out, place);
    }
}

/* The name in the first component of @rest, without its prefix. */
static const char *
first_name (const char *rest, size_t *ret_length)
{
  size_t length = strcspn (rest, "[/");
  const char *colon = memchr (rest, ':', length);

  *ret_length = colon != NULL ? length - (colon + 1 - rest) : length;
  return colon != NULL ? colon + 1 : rest;
}

static void
append_below (const Place *place, GArray *out)
{
  const XmlField *field = place->field;
  const char *slash = place->rest + component_length (place->rest);
  Place below = { field, slash + 1 };

  if (*slash == '/')
    g_array_append_val (out, below);
  else if (field->kind == XML_KIND_PART)
    append_rows (field->aux, out);
  else if (field->kind == XML_KIND_CHILD || field->kind == XML_KIND_LIST)
    append_rows (((const XmlSchema *) field->aux)->fields, out);
}

static void
places_in (const XmlSchema *root, const xmlNode *node, GArray *out)
{
  g_autoptr (GArray) above = g_array_new (FALSE, FALSE, sizeof (Place));

  if (node->parent == NULL || node->parent->type != XML_ELEMENT_NODE)
    {
      append_rows (root->fields, out);
      return;
    }
  places_in (root, node->parent, above);
  for (unsigned int i = 0; i < above->len; i++)
    {
      const Place *place = &g_array_index (above, Place, i);
      size_t length;
      const char *name = first_name (place->rest, &length);

      if (*name == '*' || (strlen ((const char *) node->name) == length && strncmp (name, (const char *) node->name, length) == 0))
        append_below (place, out);
    }
}

/* How many letters to insert, delete or replace to get from one to the other. */
static unsigned int
distance (const char *a, size_t a_length, const char *b)
{
  unsigned int row[32];
  const size_t b_length = strlen (b);

  if (a_length >= G_N_ELEMENTS (row) || b_length >= G_N_ELEMENTS (row))
    return G_MAXUINT;
  for (size_t j = 0; j <= b_length; j++)
    row[j] = j;
  for (size_t i = 1; i <= a_length; i++)
    {
      unsigned int diagonal = row[0];

      row[0] = i;
      for (size_t j = 1; j <= b_length; j++)
        {
          unsigned int change = diagonal + (g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[j - 1]));

          diagonal = row[j];
          row[j] = MIN (change, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[b_length];
}

char *
suggest_name (const XmlSchema *schema, const xmlNode *parent, const char *name)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  unsigned int best = 2 + strlen (name) / 4;
  char *found = NULL;

  places_in (schema, parent, places);
  for (unsigned int i = 0; i < places->len; i++)
    {
      size_t length;
      const char *known = first_name (g_array_index (places, Place, i).rest, &length);
      unsigned int steps = (*known == '@') == (*name == '@') ? distance (known, length, name) : G_MAXUINT;

      if (steps < best)
        {
          best = steps;
          g_free (found);
          found = g_strndup (known, length);
        }
    }
  return found;
}
