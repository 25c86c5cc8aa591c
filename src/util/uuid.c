/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/uuid.h"

#include <string.h>
#include <sys/random.h>

/* ASCII only: the locale must not matter. */
static const char *
skip_space (const char *text)
{
  while (*text == ' ' || (*text >= '\t' && *text <= '\r' && *text != '\v' && *text != '\f'))
    text++;
  return text;
}

bool
uuid_parse (const char *text, uint8_t ret_uuid[UUID_SIZE])
{
  uint8_t uuid[UUID_SIZE];

  if (text == NULL)
    return false;
  text = skip_space (text);
  for (unsigned int i = 0; i < UUID_SIZE; i++)
    {
      /* Dashes and blanks may stand before any byte. */
      while (*text == '-' || *text == ' ')
        text++;
      if (!g_ascii_isxdigit (text[0]) || !g_ascii_isxdigit (text[1]))
        return false;
      uuid[i] = (uint8_t) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
      text += 2;
    }
  if (*skip_space (text) != '\0')
    return false;
  memcpy (ret_uuid, uuid, UUID_SIZE);
  return true;
}

const char *
uuid_format (const uint8_t uuid[UUID_SIZE], char ret_text[UUID_TEXT_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  char *out = ret_text;

  for (unsigned int i = 0; i < UUID_SIZE; i++)
    {
      if (i == 4 || i == 6 || i == 8 || i == 10)
        *out++ = '-';
      *out++ = digits[uuid[i] >> 4];
      *out++ = digits[uuid[i] & 15];
    }
  *out = '\0';
  return ret_text;
}

void
uuid_generate (uint8_t ret_uuid[UUID_SIZE])
{
  /* Requests this short are never cut once the kernel's pool is ready. */
  while (getrandom (ret_uuid, UUID_SIZE, 0) != UUID_SIZE)
    ;
  ret_uuid[6] = (ret_uuid[6] & 0x0f) | 0x40;
  ret_uuid[8] = (ret_uuid[8] & 0x3f) | 0x80;
}

bool
uuid_is_valid (const uint8_t uuid[UUID_SIZE])
{
  for (unsigned int i = 1; i < UUID_SIZE; i++)
    if (uuid[i] != uuid[0])
      return true;
  return false;
}

guint
uuid_hash (gconstpointer uuid)
{
  guint words[UUID_SIZE / sizeof (guint)];
  guint hash = 0;

  memcpy (words, uuid, UUID_SIZE);
  for (unsigned int i = 0; i < G_N_ELEMENTS (words); i++)
    hash = hash * 31 + words[i];
  return hash;
}

gboolean
uuid_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, UUID_SIZE) == 0;
}
