/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uuid.h: 16 bytes that name an object. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define UUID_SIZE 16
#define UUID_TEXT_SIZE 37       /* with the NUL */

/* Reads 32 hexadecimal digits with dashes anywhere between bytes, or none; white space around them is
 * skipped. False, @ret_uuid unchanged, if @text (may be NULL) is anything else. */
bool uuid_parse (const char *text, uint8_t ret_uuid[UUID_SIZE]);

/* Writes the usual form, in lower case, and returns @ret_text. */
const char *uuid_format (const uint8_t uuid[UUID_SIZE], char ret_text[UUID_TEXT_SIZE]);

/* A random one (version 4). */
void uuid_generate (uint8_t ret_uuid[UUID_SIZE]);

/* False for the values that firmware writes for "none": all bytes equal. */
bool uuid_is_valid (const uint8_t uuid[UUID_SIZE]);

/* For GHashTable with 16-byte keys. */
guint uuid_hash (gconstpointer uuid);
gboolean uuid_equal (gconstpointer a, gconstpointer b);
