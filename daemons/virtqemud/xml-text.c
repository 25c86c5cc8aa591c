/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml-text.h"

#include <stdarg.h>

void
xml_line (GString *out, unsigned int depth, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list values;

  for (unsigned int i = 0; i < depth; i++)
    g_string_append (out, "  ");
  va_start (values, format);
  text = g_markup_vprintf_escaped (format, values);
  va_end (values);
  g_string_append (out, text);
  g_string_append_c (out, '\n');
}
