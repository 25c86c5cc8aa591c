/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/tables.h"

/* A set with at least one member. */
static bool
set_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  const XmlBitmap *bitmap;

  if (!xml_type_bitmap.parse (reader, field, node, text, value, error))
    return false;
  bitmap = *(XmlBitmap **) value;
  for (unsigned int bit = 0; bit < bitmap->n_bits; bit++)
    if (xml_bitmap_has (bitmap, bit))
      return true;
  return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'%s' has nothing in it", text);
}

static void
set_format (const XmlField *field, const void *value, GString *out)
{
  xml_type_bitmap.format (field, value, out);
}

static bool
set_is_absent (const XmlField *field, const void *value)
{
  return *(XmlBitmap *const *) value == NULL;
}

static void
set_copy (void *to, const void *from)
{
  xml_type_bitmap.copy (to, from);
}

static void
set_clear (void *value)
{
  g_clear_pointer ((XmlBitmap **) value, g_free);
}

static bool
set_equal (const void *a, const void *b)
{
  return xml_type_bitmap.equal (a, b);
}

const XmlType domain_set_type = {
  .name = "a set like 0-3,^1,7", .size = sizeof (XmlBitmap *), .parse = set_parse, .format = set_format,
  .is_absent = set_is_absent, .copy = set_copy, .clear = set_clear, .equal = set_equal,
};
