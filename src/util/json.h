/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.h: JSON texts and members with errors that name them.
 *
 * Values are jansson's json_t, freed with json_decref or g_autoptr (json_t).
 * Failures are VIR_ERR_INTERNAL_ERROR and start with @what. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/cleanup.h"

/* Parses a whole text (any value). New reference. */
json_t *json_from_text (const char *text, size_t length, const char *what, GError **error);

/* One line, members in their order. Caller frees with free() or g_free. */
char *json_to_text (const json_t *value);

/* A required member of @object with its type. Strings and containers are borrowed. */
bool json_want_string (const json_t *object, const char *key, const char *what,
                       const char **ret_value, GError **error);
bool json_want_int (const json_t *object, const char *key, const char *what,
                    int64_t *ret_value, GError **error);
bool json_want_bool (const json_t *object, const char *key, const char *what,
                     bool *ret_value, GError **error);
bool json_want_object (const json_t *object, const char *key, const char *what,
                       json_t **ret_value, GError **error);
bool json_want_array (const json_t *object, const char *key, const char *what,
                      json_t **ret_value, GError **error);

/* An optional member; @fallback if it is absent or has another type. Borrowed. */
const char *json_get_string (const json_t *object, const char *key, const char *fallback);
int64_t json_get_int (const json_t *object, const char *key, int64_t fallback);
bool json_get_bool (const json_t *object, const char *key, bool fallback);
