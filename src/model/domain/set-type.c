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

const XmlType domain_set_type = {
  .name = "a set like 0-3,^1,7", .parse = set_parse, XML_LIKE_BITMAP,
};
