/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/params.h"

#include <string.h>

static const ParamRow *
find_row (const char *name, const ParamRow *rows, unsigned int n_rows)
{
  for (unsigned int i = 0; i < n_rows; i++)
    if (strcmp (rows[i].name, name) == 0)
      return &rows[i];
  return NULL;
}

bool
params_check (const RemoteTypedParam *params, unsigned int n, const ParamRow *rows, unsigned int n_rows, GError **error)
{
  for (unsigned int i = 0; i < n; i++)
    {
      const char *name = params[i].field;
      const ParamRow *row = find_row (name, rows, n_rows);

      if (row == NULL)
        return fail (error, VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED, "parameter '%s' is not supported", name);
      if (row->type != params[i].value.type)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "parameter '%s' has type %d, not %d", name,
                     params[i].value.type, row->type);
      if (params_find (params, i, name) != NULL)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "parameter '%s' is given twice", name);
    }
  return true;
}

const RemoteTypedParamValue *
params_find (const RemoteTypedParam *params, unsigned int n, const char *name)
{
  for (unsigned int i = 0; i < n; i++)
    if (strcmp (params[i].field, name) == 0)
      return &params[i].value;
  return NULL;
}

int64_t
params_number (const RemoteTypedParamValue *value)
{
  switch (value->type)
    {
    case VIR_TYPED_PARAM_INT:
      return value->i;
    case VIR_TYPED_PARAM_UINT:
      return value->ui;
    case VIR_TYPED_PARAM_BOOLEAN:
      return value->b;
    default:
      return value->l;
    }
}
