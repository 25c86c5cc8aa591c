/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conf.h: the configuration files of the daemons and of the client library.
 *
 * Lines "key = value"; a value is an integer, a string in "" or '' (one line, no
 * escapes) or in """ """ (any number of lines), or a list of values in [ ].
 * '#' starts a comment. Of a key that is set twice the first counts. Errors name file, line
 * and key: VIR_ERR_CONF_SYNTAX, and VIR_ERR_INTERNAL_ERROR for a value of the wrong type or range.
 *
 * Getters leave *value alone when the key is not set, so that a default is what
 * the caller put there; they fail when the value has another type. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Conf Conf;
void conf_free (Conf *conf);      /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Conf, conf_free)

/* Parses @length bytes (-1: NUL-terminated); @name stands for the file in errors. */
Conf *conf_parse (const char *name, const char *text, gssize length, GError **error);

/* Reads a file of at most 10 MiB. A missing file is an empty configuration
 * unless @required. Awaits (worker). */
Conf *conf_load (const char *path, bool required, GError **error);

/* The name given at parsing; borrowed. */
const char *conf_name (const Conf *conf);

/* True if the key is set, to whatever. */
bool conf_has (const Conf *conf, const char *key);

/* An integer within @min..@max. */
bool conf_get_int (const Conf *conf, const char *key, int64_t min, int64_t max,
                   int64_t *value, GError **error);
bool conf_get_uint (const Conf *conf, const char *key, unsigned int min, unsigned int max,
                    unsigned int *value, GError **error);
/* 0 or 1. */
bool conf_get_bool (const Conf *conf, const char *key, bool *value, GError **error);
/* Frees the old *@value and sets a copy. */
bool conf_get_string (const Conf *conf, const char *key, char **value, GError **error);
/* A list of strings; a single string counts as a list of one if @single. Frees the old
 * *@value and sets a copy. */
bool conf_get_list (const Conf *conf, const char *key, bool single, char ***value, GError **error);

/* Fails on the first key that is in none of the NULL-terminated lists (@more may be NULL),
 * naming file and line. */
bool conf_check_keys (const Conf *conf, const char *const *known, const char *const *more,
                      GError **error);

/* Calls @each for every setting, in the file's order, with its line. */
void conf_each (const Conf *conf, void (*each) (const Conf *conf, const char *key, unsigned int line));

/* Fails with VIR_ERR_CONF_SYNTAX "FILE:LINE: setting 'KEY' @words" about a setting that is there. Returns false. */
bool conf_fail (const Conf *conf, const char *key, const char *words, GError **error);

/* The file written back: order and comments kept, values in their normal form. Caller frees. */
char *conf_format (const Conf *conf);
