/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/params.h"

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

/* --- lists for replies ------------------------------------------------------------------------ */

static void
clear_from (Params *params, unsigned int first)
{
  for (unsigned int i = first; i < params->n; i++)
    {
      g_free (params->items[i].field);
      if (params->items[i].value.type == VIR_TYPED_PARAM_STRING)
        g_free (params->items[i].value.s);
    }
}

void
params_clear (Params *params)
{
  clear_from (params, 0);
  g_free (params->items);
  *params = (Params) { 0 };
}

static RemoteTypedParamValue *
params_add (Params *params, const char *name, int type)
{
  RemoteTypedParam *item;

  if (params->n == params->room)
    {
      params->room = MAX (16, params->room * 2);
      params->items = g_renew (RemoteTypedParam, params->items, params->room);
    }
  item = &params->items[params->n++];
  *item = (RemoteTypedParam) { .field = g_strdup (name), .value = { .type = type } };
  return &item->value;
}

void
params_add_bool (Params *params, const char *name, bool value)
{
  params_add (params, name, VIR_TYPED_PARAM_BOOLEAN)->b = value;
}

void
params_add_int (Params *params, const char *name, int value)
{
  params_add (params, name, VIR_TYPED_PARAM_INT)->i = value;
}

void
params_add_uint (Params *params, const char *name, unsigned int value)
{
  params_add (params, name, VIR_TYPED_PARAM_UINT)->ui = value;
}

void
params_add_llong (Params *params, const char *name, int64_t value)
{
  params_add (params, name, VIR_TYPED_PARAM_LLONG)->l = value;
}

void
params_add_ullong (Params *params, const char *name, uint64_t value)
{
  params_add (params, name, VIR_TYPED_PARAM_ULLONG)->ul = value;
}

void
params_add_string (Params *params, const char *name, const char *value)
{
  params_add (params, name, VIR_TYPED_PARAM_STRING)->s = g_strdup (value);
}

void
params_reply (Params *params, int wanted, RemoteTypedParam **ret_items, unsigned int *ret_n, int *ret_count)
{
  unsigned int n = wanted < 0 ? params->n : MIN (params->n, (unsigned int) wanted);

  if (ret_count != NULL)
    *ret_count = (int) (wanted == 0 ? params->n : n);
  if (wanted == 0)
    return;
  /* What is too much goes; the rest changes hands. */
  clear_from (params, n);
  *ret_items = params->items;
  *ret_n = n;
  *params = (Params) { 0 };
}
