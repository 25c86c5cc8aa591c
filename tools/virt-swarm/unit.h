/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unit.h: systemd's unit files, as far as sockets and services of daemons need them.
 *
 * A unit is what its file says, plus its drop-ins (files NAME.d/ANY.conf) in the order of their
 * names; the first folder that has a file wins over later ones. Keys that nobody asks for
 * are no error. Failures name file and line. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Unit Unit;
void unit_free (Unit *unit);      /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Unit, unit_free)

/* Reads the unit @name ("x.service") from the NULL-terminated @dirs.
 * VIR_ERR_CONF_SYNTAX; VIR_ERR_OPERATION_INVALID if no folder has it. */
Unit *unit_load (const char *const *dirs, const char *name, GError **error);

/* True if one of @dirs has a file of that name. */
bool unit_exists (const char *const *dirs, const char *name);

/* Adds the assignments of one text; @where stands for the file in errors. */
bool unit_parse (Unit *unit, const char *where, const char *text, GError **error);
Unit *unit_new (const char *name);

/* The unit's name; borrowed. */
const char *unit_name (const Unit *unit);

/* The last value of a key, NULL if it is not set; borrowed. */
const char *unit_get (const Unit *unit, const char *section, const char *key);

/* Every value of a key since its last reset, NULL-terminated; borrowed, never NULL. */
const char *const *unit_get_all (const Unit *unit, const char *section, const char *key);

/* The words of all values of a key, unquoted. Caller frees with g_strfreev. */
char **unit_get_words (const Unit *unit, const char *section, const char *key);

/* How values are written. Each leaves *@value alone if @text is NULL (the key is not set)
 * and fails with VIR_ERR_CONF_SYNTAX. A row of a table: */
typedef enum
{
  UNIT_BOOL,      /* bool */
  UNIT_UINT,      /* unsigned int */
  UNIT_INT,       /* int */
  UNIT_MODE,      /* mode_t, octal */
  UNIT_TIME,      /* uint64_t, microseconds; "infinity" is UINT64_MAX */
  UNIT_SIZE,      /* uint64_t; "infinity" is UINT64_MAX; of "soft:hard" the first */
  UNIT_STRING,    /* char *, owned by the struct */
  UNIT_ENUM,      /* int: the index in names */
} UnitKind;

typedef struct
{
  const char *section, *key;
  UnitKind kind;
  size_t offset;
  const char *const *names;   /* UNIT_ENUM, NULL-terminated */
} UnitField;

/* Fills the struct at @target from the NULL-section-terminated @fields; what the unit does
 * not set stays as it is. */
bool unit_read (const Unit *unit, const UnitField *fields, void *target, GError **error);

/* A time span as in unit files: "1min 30s", "100ms", "5" (seconds), "infinity". */
bool unit_parse_time (const char *text, uint64_t *ret_us);

/* A command line: words with quotes, $NAME as a word of its own split into words, ${NAME}
 * within a word, $$ for $. @env has NAME → value. Caller frees with g_strfreev. */
char **unit_expand_command (const char *text, GHashTable *env, GError **error);

/* Adds the NAME=value lines of an environment file, or of Environment= values, to @env. */
bool unit_parse_environment (GHashTable *env, const char *where, const char *text, GError **error);
