/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml/types.h"

#include <string.h>

#define YES_NO_LIST(X) X (YES, "yes") X (NO, "no")
#define ON_OFF_LIST(X) X (ON, "on") X (OFF, "off")
XML_ENUM_DEFINE (yes_no, YES_NO_LIST)
XML_ENUM_DEFINE (on_off, ON_OFF_LIST)

const char *
xml_enum_name (const XmlEnum *names, unsigned int value)
{
  return value < names->n ? names->names[value] : NULL;
}

unsigned int
xml_enum_value (const XmlEnum *names, const char *name)
{
  for (unsigned int i = 1; name != NULL && i < names->n; i++)
    if (names->names[i][0] == name[0] && strcmp (names->names[i], name) == 0)
      return i;
  return 0;
}

static XmlBitmap *
bitmap_grow (XmlBitmap *bitmap, unsigned int n_bits)
{
  unsigned int old_words = (bitmap->n_bits + 63) / 64;
  unsigned int words = (n_bits + 63) / 64;

  if (words > old_words)
    {
      bitmap = g_realloc (bitmap, sizeof (XmlBitmap) + words * sizeof (uint64_t));
      memset (bitmap->words + old_words, 0, (words - old_words) * sizeof (uint64_t));
    }
  bitmap->n_bits = MAX (bitmap->n_bits, n_bits);
  return bitmap;
}

/* Reads "N" or "N-M" and moves *@at behind it. */
static bool
read_range (const char **at, unsigned int limit, unsigned int *ret_first, unsigned int *ret_last)
{
  unsigned int bounds[2] = { 0, 0 };
  unsigned int n = 0;

  do
    {
      char *end;

      if (n == 1)
        (*at)++;
      if (!g_ascii_isdigit (**at))
        return false;
      uint64_t value = g_ascii_strtoull (*at, &end, 10);
      if (value >= limit)
        return false;
      bounds[n++] = value;
      *at = end;
    }
  while (n < 2 && **at == '-');

  *ret_first = bounds[0];
  *ret_last = n == 2 ? bounds[1] : bounds[0];
  return *ret_first <= *ret_last;
}

XmlBitmap *
xml_bitmap_parse (const char *text, unsigned int limit)
{
  g_autofree XmlBitmap *bitmap = g_malloc0 (sizeof (XmlBitmap));
  const char *at = text;

  for (;;)
    {
      unsigned int first, last;
      bool negate;

      while (g_ascii_isspace (*at))
        at++;
      negate = *at == '^';
      at += negate;
      if (!read_range (&at, limit, &first, &last) || (negate && first != last))
        return NULL;
      if (negate && !xml_bitmap_has (bitmap, first))
        return NULL;
      bitmap = bitmap_grow (g_steal_pointer (&bitmap), last + 1);
      for (unsigned int bit = first; bit <= last; bit++)
        if (negate)
          bitmap->words[bit / 64] &= ~(UINT64_C (1) << (bit % 64));
        else
          bitmap->words[bit / 64] |= UINT64_C (1) << (bit % 64);
      while (g_ascii_isspace (*at))
        at++;
      if (*at == '\0')
        return g_steal_pointer (&bitmap);
      if (*at++ != ',')
        return NULL;
    }
}

bool
xml_bitmap_has (const XmlBitmap *bitmap, unsigned int bit)
{
  return bitmap != NULL && bit < bitmap->n_bits && (bitmap->words[bit / 64] >> (bit % 64) & 1) != 0;
}

char *
xml_bitmap_format (const XmlBitmap *bitmap)
{
  GString *out = g_string_new (NULL);

  for (unsigned int bit = 0; bitmap != NULL && bit < bitmap->n_bits; bit++)
    {
      unsigned int first = bit;

      if (!xml_bitmap_has (bitmap, bit))
        continue;
      while (xml_bitmap_has (bitmap, bit + 1))
        bit++;
      g_string_append_printf (out, out->len > 0 ? ",%u" : "%u", first);
      if (bit > first)
        g_string_append_printf (out, "-%u", bit);
    }
  return g_string_free (out, FALSE);
}
