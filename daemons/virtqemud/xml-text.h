/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml-text.h: writing the capability documents, which have no struct behind them. */
#pragma once

#include <glib.h>

/* A line at @depth levels of two spaces; strings in the arguments are escaped (%s only). A
 * line that begins with "</" needs no special depth. */
void xml_line (GString *out, unsigned int depth, const char *format, ...) G_GNUC_PRINTF (3, 4);
