/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scalar.c: the values that attributes and texts hold. */
#include "xml/private.h"

#include <errno.h>

bool
scalar_is_absent (const XmlField *field, const void *value)
{
  if (field->type->is_absent != NULL)
    return field->type->is_absent (field, value);
  if (field->type->size == 8)
    return *(const int64_t *) value == field->absent;
  return *(const int32_t *) value == (int32_t) field->absent;
}

bool
xml_pointer_is_absent (const XmlField *field, const void *value)
{
  return *(void *const *) value == NULL;
}

void
xml_pointer_clear (void *value)
{
  g_clear_pointer ((void **) value, g_free);
}

static bool
string_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  char **string = value;

  g_free (*string);
  *string = g_strdup (text);
  return true;
}

static void
append_escaped (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    switch (*text)
      {
      case '<': g_string_append (out, "&lt;"); break;
      case '>': g_string_append (out, "&gt;"); break;
      case '&': g_string_append (out, "&amp;"); break;
      case '"': g_string_append (out, "&quot;"); break;
      case '\'': g_string_append (out, "&apos;"); break;
      case '\t': case '\n': case '\r': g_string_append_c (out, *text); break;
      default:
        if ((unsigned char) *text >= 0x20)
          g_string_append_c (out, *text);
      }
}

void
xml_string_format (const XmlField *field, const void *value, GString *out)
{
  append_escaped (out, *(char *const *) value);
}

void
xml_string_copy (void *to, const void *from)
{
  *(char **) to = g_strdup (*(char *const *) from);
}

bool
xml_string_equal (const void *a, const void *b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b) == 0;
}

const XmlType xml_type_string = {
  .name = "text", .parse = string_parse, XML_LIKE_STRING,
};

static bool
enum_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  unsigned int found = xml_enum_value (field->aux, text);

  if (found == 0)
    return xml_fail_value (field, node, text, error);
  *(unsigned int *) value = found;
  return true;
}

static void
enum_format (const XmlField *field, const void *value, GString *out)
{
  const char *name = xml_enum_name (field->aux, *(const unsigned int *) value);

  g_string_append (out, name != NULL ? name : "");
}

/* A fallback (`absent`) has a name and is printed if the row says so; 0 has none. */
static bool
enum_is_absent (const XmlField *field, const void *value)
{
  unsigned int number = *(const unsigned int *) value;

  return number == 0 || number == (unsigned int) field->absent;
}

const XmlType xml_type_enum = {
  .name = "one of", .size = sizeof (unsigned int), .is_integer = true, .parse = enum_parse, .format = enum_format,
  .is_absent = enum_is_absent,
};

/* Reads a whole number of @base without sign, nothing around it but blanks. */
static bool
read_number (const char *text, int base, uint64_t max, uint64_t *ret_value)
{
  char *end;

  while (g_ascii_isspace (*text))
    text++;
  if (*text == '+')
    text++;
  if (!g_ascii_isdigit (*text) && !(base == 16 && g_ascii_isxdigit (*text)))
    return false;
  errno = 0;
  uint64_t value = g_ascii_strtoull (text, &end, base);
  while (g_ascii_isspace (*end))
    end++;
  if (errno != 0 || *end != '\0' || value > max)
    return false;
  *ret_value = value;
  return true;
}

static bool
uint_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint64_t number;

  if (!read_number (text, 10, UINT32_MAX, &number) || (number == 0 && (field->flags & XML_POSITIVE)))
    return xml_fail_value (field, node, text, error);
  *(unsigned int *) value = number;
  return true;
}

static void
uint_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%u", *(const unsigned int *) value);
}

const XmlType xml_type_uint = {
  .name = "a number from 0", .size = sizeof (unsigned int), .is_integer = true, .parse = uint_parse, .format = uint_format,
  .pattern = "[0-9]+",
};

static bool
int_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint64_t number;
  bool negative = *text == '-';

  if (!read_number (text + negative, 10, INT32_MAX, &number) || (negative && text[1] == '+'))
    return xml_fail_value (field, node, text, error);
  *(int *) value = negative ? -(int) number : (int) number;
  return true;
}

static void
int_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%d", *(const int *) value);
}

const XmlType xml_type_int = {
  .name = "a number", .size = sizeof (int), .is_integer = true, .parse = int_parse, .format = int_format,
  .pattern = "-?[0-9]+",
};

static bool
int64_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint64_t number;
  bool negative = *text == '-';

  if (!read_number (text + negative, 10, INT64_MAX, &number) || (negative && text[1] == '+'))
    return xml_fail_value (field, node, text, error);
  *(int64_t *) value = negative ? -(int64_t) number : (int64_t) number;
  return true;
}

static void
int64_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%" G_GINT64_FORMAT, *(const int64_t *) value);
}

const XmlType xml_type_int64 = {
  .name = "a number", .size = sizeof (int64_t), .is_integer = true, .parse = int64_parse, .format = int64_format,
  .pattern = "-?[0-9]+",
};

static bool
uint64_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint64_t number;

  if (!read_number (text, 10, UINT64_MAX, &number))
    return xml_fail_value (field, node, text, error);
  *(uint64_t *) value = number;
  return true;
}

static void
uint64_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, *(const uint64_t *) value);
}

const XmlType xml_type_uint64 = {
  .name = "a number from 0", .size = sizeof (uint64_t), .is_integer = true, .parse = uint64_parse, .format = uint64_format,
  .pattern = "[0-9]+",
};

static bool
hex_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  const XmlHex *hex = field->aux;
  g_autofree char *where = NULL;
  uint64_t number;

  if (!read_number (text, 0, UINT32_MAX, &number))
    return xml_fail_value (field, node, text, error);
  if (number > hex->max)
    {
      where = field_words (field);
      return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "%s is %s, above 0x%x", where, text, hex->max);
    }
  *(unsigned int *) value = number;
  return true;
}

static void
hex_format (const XmlField *field, const void *value, GString *out)
{
  const XmlHex *hex = field->aux;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_append_printf (out, hex->form, *(const unsigned int *) value);
#pragma GCC diagnostic pop
}

const XmlType xml_type_hex = {
  .name = "a decimal or hexadecimal number", .size = sizeof (unsigned int), .is_integer = true,
  .parse = hex_parse, .format = hex_format,
  .pattern = "(0x)?[0-9a-fA-F]+",
};

/* The bytes of a unit as the documentation names them, 0 if there is no such. */
static uint64_t
unit_bytes (const char *unit)
{
  static const char letters[] = "kmgtpe";
  const char *letter;
  uint64_t binary = 1, decimal = 1;

  if (g_ascii_strcasecmp (unit, "b") == 0 || g_ascii_strcasecmp (unit, "byte") == 0 || g_ascii_strcasecmp (unit, "bytes") == 0)
    return 1;
  letter = strchr (letters, g_ascii_tolower (*unit));
  if (*unit == '\0' || letter == NULL)
    return 0;
  for (const char *l = letters; l <= letter; l++)
    {
      binary *= 1024;
      decimal *= 1000;
    }
  if (unit[1] == '\0' || g_ascii_strcasecmp (unit + 1, "ib") == 0)
    return binary;
  return g_ascii_strcasecmp (unit + 1, "b") == 0 ? decimal : 0;
}

/* Reads @text as bytes, by the element's unit= or else @scale bytes. */
static bool
size_parse (const XmlField *field, xmlNode *node, const char *text, uint64_t scale, uint64_t max, uint64_t *ret_bytes, GError **error)
{
  const char *unit = xml_attribute (node, "unit");
  uint64_t number, bytes;

  if (unit != NULL)
    scale = unit_bytes (unit);
  if (scale == 0)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, error,
                     "unit '%s' is none of b, bytes, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB, EB, EiB", unit);
  if (!read_number (text, 10, UINT64_MAX, &number))
    return xml_fail_value (field, node, text, error);
  if (__builtin_mul_overflow (number, scale, &bytes) || bytes > max)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_OVERFLOW, error, "size %s %s is too large", text, unit != NULL ? unit : "");
  *ret_bytes = bytes;
  return true;
}

/* KiB if there is no unit, rounded up. */
static bool
kib_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint64_t bytes;

  if (!size_parse (field, node, text, 1024, INT64_MAX - 1023, &bytes, error))
    return false;
  *(uint64_t *) value = (bytes + 1023) / 1024;
  return true;
}

static bool
bytes_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return size_parse (field, node, text, 1, UINT64_MAX, value, error);
}

const XmlType xml_type_kib = {
  .name = "a size with unit=", .size = sizeof (uint64_t), .is_integer = true, .parse = kib_parse, .format = uint64_format,
  .unit = "KiB",
  .pattern = "[0-9]+",
};

const XmlType xml_type_bytes = {
  .name = "a size with unit=", .size = sizeof (uint64_t), .is_integer = true, .parse = bytes_parse, .format = uint64_format,
  .unit = "bytes",
  .pattern = "[0-9]+",
};

/* 32 hexadecimal digits with any number of dashes between them. */
static bool
uuid_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint8_t uuid[16] = { 0 };
  unsigned int n = 0;

  while (g_ascii_isspace (*text))
    text++;
  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '-' && n > 0)
        continue;
      if (g_ascii_isspace (*c) && n == 32)
        continue;
      if (!g_ascii_isxdigit (*c) || n == 32)
        return xml_fail_value (field, node, text, error);
      uuid[n / 2] = uuid[n / 2] << 4 | g_ascii_xdigit_value (*c);
      n++;
    }
  if (n != 32)
    return xml_fail_value (field, node, text, error);
  memcpy (value, uuid, sizeof (uuid));
  return true;
}

static void
uuid_format (const XmlField *field, const void *value, GString *out)
{
  const uint8_t *uuid = value;

  for (unsigned int i = 0; i < 16; i++)
    g_string_append_printf (out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
}

static bool
uuid_is_absent (const XmlField *field, const void *value)
{
  static const uint8_t zero[16];

  return memcmp (value, zero, sizeof (zero)) == 0;
}

const XmlType xml_type_uuid = {
  .name = "a UUID", .size = 16, .parse = uuid_parse, .format = uuid_format, .is_absent = uuid_is_absent,
  .pattern = "[0-9a-fA-F\\-]{32,}",
};

static bool
bitmap_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  XmlBitmap *bitmap = xml_bitmap_parse (text, 16384);

  if (bitmap == NULL)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, error, "'%.200s' is not %s", text, field->type->name);
  g_free (*(XmlBitmap **) value);
  *(XmlBitmap **) value = bitmap;
  return true;
}

void
xml_bitmap_format_value (const XmlField *field, const void *value, GString *out)
{
  g_autofree char *text = xml_bitmap_format (*(XmlBitmap *const *) value);

  g_string_append (out, text);
}

void
xml_bitmap_copy_value (void *to, const void *from)
{
  const XmlBitmap *bitmap = *(XmlBitmap *const *) from;

  *(XmlBitmap **) to = bitmap != NULL ? g_memdup2 (bitmap, sizeof (*bitmap) + (bitmap->n_bits + 63) / 64 * 8) : NULL;
}

bool
xml_bitmap_equal_value (const void *a, const void *b)
{
  g_autofree char *left = xml_bitmap_format (*(XmlBitmap *const *) a);
  g_autofree char *right = xml_bitmap_format (*(XmlBitmap *const *) b);

  return strcmp (left, right) == 0;
}

const XmlType xml_type_bitmap = {
  .name = "a set like 0-3,^1,7", .parse = bitmap_parse, XML_LIKE_BITMAP,
  .pattern = "[0-9^,\\- ]+",
};

#define MAC_LENGTH 6

/* Six hexadecimal bytes of one or two digits between colons. */
static bool
mac_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  uint8_t mac[MAC_LENGTH];
  const char *at = text;

  for (unsigned int i = 0; i < MAC_LENGTH; i++)
    {
      char *end;
      uint64_t byte = g_ascii_isxdigit (*at) ? g_ascii_strtoull (at, &end, 16) : 256;

      if (byte > 255 || *end != (i + 1 < MAC_LENGTH ? ':' : '\0'))
        return xml_fail_value (field, node, text, error);
      mac[i] = byte;
      at = end + 1;
    }
  memcpy (value, mac, sizeof (mac));
  return true;
}

static void
mac_format (const XmlField *field, const void *value, GString *out)
{
  const uint8_t *mac = value;

  g_string_append_printf (out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static bool
mac_is_absent (const XmlField *field, const void *value)
{
  static const uint8_t zero[MAC_LENGTH];

  return memcmp (value, zero, sizeof (zero)) == 0;
}

const XmlType xml_type_mac = {
  .name = "a MAC address like 52:54:00:12:34:56", .size = MAC_LENGTH, .parse = mac_parse, .format = mac_format,
  .is_absent = mac_is_absent,
  .pattern = "([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}",
};
