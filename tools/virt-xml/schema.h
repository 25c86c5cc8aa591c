/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* schema.h: RELAX NG by libxml2. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum { SCHEMA_VALID, SCHEMA_INVALID, SCHEMA_MISSING } SchemaVerdict;

/* Whether the schema in the file @path accepts the document of @length bytes. If it does not, *@ret_message says
 * why in libxml2's words (caller frees; NULL if it has none). */
SchemaVerdict schema_check (const char *path, const char *text, size_t length, char **ret_message);
