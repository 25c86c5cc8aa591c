/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/common/size.h"

static const char *
pretty_unit (uint64_t bytes, uint64_t *ret_number)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  unsigned int i = 0;

  for (; bytes != 0 && bytes % 1024 == 0 && i + 1 < G_N_ELEMENTS (units); i++)
    bytes /= 1024;
  *ret_number = bytes;
  return units[i];
}

static bool
scaled_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, uint64_t scale, uint64_t *bytes,
              GError **error)
{
  if (!xml_type_bytes.parse (reader, field, node, text, bytes, error))
    return false;
  if (xml_attribute (node, "unit") == NULL && __builtin_mul_overflow (*bytes, scale, bytes))
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_OVERFLOW, error, "size %s is too large", text);
  return true;
}

static bool
kib_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return scaled_parse (reader, field, node, text, 1024, value, error);
}

static bool
mib_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return scaled_parse (reader, field, node, text, 1024 * 1024, value, error);
}

static void
number_format (const XmlField *field, const void *value, GString *out)
{
  uint64_t number;

  pretty_unit (*(const uint64_t *) value, &number);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, number);
}

static void
unit_format (const XmlField *field, const void *value, GString *out)
{
  uint64_t number;

  g_string_append (out, pretty_unit (*(const uint64_t *) value, &number));
}

const XmlType xml_type_pretty_kib = {
  .name = "a size with unit=", .size = sizeof (uint64_t), .is_integer = true, .parse = kib_parse, .format = number_format,
};

const XmlType xml_type_pretty_mib = {
  .name = "a size with unit=", .size = sizeof (uint64_t), .is_integer = true, .parse = mib_parse, .format = number_format,
};

const XmlType xml_type_pretty_unit = {
  .name = "a unit like KiB", .size = sizeof (uint64_t), .is_integer = true, .parse = kib_parse, .format = unit_format,
};
