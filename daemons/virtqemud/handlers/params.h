/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/params.h: typed parameters that clients send. */
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
