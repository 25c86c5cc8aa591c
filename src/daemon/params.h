/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon/params.h: typed parameters, in calls and in replies. */
#pragma once

#include <stdbool.h>

#include "protocol/remote.h"
#include "util/error.h"

/* A parameter that a call knows. */
typedef struct
{
  const char *name;
  int type;                     /* VIR_TYPED_PARAM_... */
} ParamRow;

/* Fails with VIR_ERR_ARGUMENT_UNSUPPORTED on a name that @rows do not have, with VIR_ERR_INVALID_ARG on a
 * wrong type or a name given twice. */
bool params_check (const RemoteTypedParam *params, unsigned int n, const ParamRow *rows, unsigned int n_rows,
                   GError **error);

/* The parameter @name, NULL if it was not given. */
const RemoteTypedParamValue *params_find (const RemoteTypedParam *params, unsigned int n, const char *name);

/* Its number, whatever its type. */
int64_t params_number (const RemoteTypedParamValue *value);

/* --- lists for replies ------------------------------------------------------------------------ */

/* A list that grows; names and strings are copied. */
typedef struct
{
  RemoteTypedParam *items;
  unsigned int n, room;
} Params;

void params_clear (Params *params);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Params, params_clear)
void params_add_bool (Params *params, const char *name, bool value);
void params_add_int (Params *params, const char *name, int value);
void params_add_uint (Params *params, const char *name, unsigned int value);
void params_add_llong (Params *params, const char *name, int64_t value);
void params_add_ullong (Params *params, const char *name, uint64_t value);
void params_add_string (Params *params, const char *name, const char *value);
/* Hands the list over to a reply. Where a client asks for the count first (@wanted 0), it gets only that;
 * else at most @wanted (a negative @wanted: all). @ret_count may be NULL. */
void params_reply (Params *params, int wanted, RemoteTypedParam **ret_items, unsigned int *ret_n, int *ret_count);
