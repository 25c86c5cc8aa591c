/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol/test-values.h"

#include <string.h>

static size_t
item_size (const RpcTypes *types, const RpcField *field)
{
  static const uint8_t sizes[] = {
    [RPC_I32] = 4, [RPC_U32] = 4, [RPC_I64] = 8, [RPC_U64] = 8, [RPC_F64] = 8, [RPC_I8] = 1,
    [RPC_U8] = 1, [RPC_U16] = 2, [RPC_OPAQUE] = 1, [RPC_STRING] = sizeof (char *),
  };

  if (field->kind == RPC_STRUCT)
    return types->structs[field->type].size;
  if (field->kind == RPC_IMPORTED)
    return types->imported->structs[field->type].size;
  return sizes[field->kind];
}

/* -- filling -- */

static void
fill_item (const RpcTypes *types, const RpcField *field, void *at, GRand *rand, unsigned int max)
{
  uint32_t words[2] = { g_rand_int (rand), g_rand_int (rand) };
  unsigned int length;

  switch ((RpcKind) field->kind)
    {
    case RPC_STRING:
      length = g_rand_int_range (rand, 0, MIN (field->max_string, max) + 1);
      *(char **) at = g_strnfill (length, 'a' + words[0] % 26);
      break;
    case RPC_STRUCT:
      test_value_fill (types, field->type, at, rand, max);
      break;
    case RPC_IMPORTED:
      test_value_fill (types->imported, field->type, at, rand, max);
      break;
    case RPC_F64:
      *(double *) at = (int32_t) words[0] / 16.0;
      break;
    default:
      memcpy (at, words, item_size (types, field));
    }
}

static void
fill_items (const RpcTypes *types, const RpcField *field, uint8_t *first, unsigned int n,
            GRand *rand, unsigned int max)
{
  for (unsigned int i = 0; i < n; i++)
    fill_item (types, field, first + i * item_size (types, field), rand, max);
}

static void
fill_field (const RpcTypes *types, const RpcField *field, void *value, GRand *rand,
            unsigned int max)
{
  uint8_t *at = (uint8_t *) value + field->offset;
  size_t size = item_size (types, field);
  unsigned int n;

  switch ((RpcShape) field->shape)
    {
    case RPC_ONE:
      fill_item (types, field, at, rand, max);
      break;
    case RPC_OPTIONAL:
      if (g_rand_boolean (rand))
        break;
      if (field->kind != RPC_STRING)
        at = *(void **) at = g_malloc0 (size);
      fill_item (types, field, at, rand, max);
      break;
    case RPC_FIXED:
      fill_items (types, field, at, field->max, rand, max);
      break;
    case RPC_ARRAY:
      n = g_rand_int_range (rand, 0, MIN (field->max, max) + 1);
      *(void **) at = g_malloc0_n (n, size);
      *(unsigned int *) (at + sizeof (void *)) = n;
      fill_items (types, field, *(void **) at, n, rand, max);
    }
}

void
test_value_fill (const RpcTypes *types, unsigned int type, void *value, GRand *rand,
                 unsigned int max_items)
{
  const RpcStruct *row = &types->structs[type];
  const RpcField *fields = &types->fields[row->first];

  if (row->is_union)
    {
      fields += g_rand_int_range (rand, 0, row->n_fields);
      *(int *) value = fields->type;
      fill_field (types, fields, value, rand, max_items);
      return;
    }
  for (unsigned int i = 0; i < row->n_fields; i++)
    fill_field (types, &fields[i], value, rand, max_items);
}

/* -- printing -- */

static void dump_struct (const TestNames *names, unsigned int type, const void *value,
                         GString *out);

static void
dump_item (const TestNames *names, const RpcField *field, const void *at, GString *out)
{
  switch ((RpcKind) field->kind)
    {
    case RPC_I32:
      g_string_append_printf (out, "%" G_GINT32_FORMAT, *(const int32_t *) at);
      break;
    case RPC_U32:
      g_string_append_printf (out, "%" G_GUINT32_FORMAT, *(const uint32_t *) at);
      break;
    case RPC_I64:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, *(const int64_t *) at);
      break;
    case RPC_U64:
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, *(const uint64_t *) at);
      break;
    case RPC_F64:
      g_string_append_printf (out, "%g", *(const double *) at);
      break;
    case RPC_I8:
      g_string_append_printf (out, "%d", *(const int8_t *) at);
      break;
    case RPC_U8:
      g_string_append_printf (out, "%d", *(const uint8_t *) at);
      break;
    case RPC_U16:
      g_string_append_printf (out, "%d", *(const uint16_t *) at);
      break;
    case RPC_OPAQUE:
      g_string_append_printf (out, "%02x", *(const uint8_t *) at);
      break;
    case RPC_STRING:
      g_string_append_printf (out, "\"%s\"", *(char *const *) at);
      break;
    case RPC_STRUCT:
      dump_struct (names, field->type, at, out);
      break;
    case RPC_IMPORTED:
      dump_struct (names->imported, field->type, at, out);
    }
}

static void
dump_items (const TestNames *names, const RpcField *field, const uint8_t *first, unsigned int n,
            GString *out)
{
  bool raw = field->kind == RPC_OPAQUE;

  g_string_append_c (out, raw ? '\'' : '[');
  for (unsigned int i = 0; i < n; i++)
    {
      if (i > 0 && !raw)
        g_string_append_c (out, ',');
      dump_item (names, field, first + i * item_size (names->types, field), out);
    }
  g_string_append_c (out, raw ? '\'' : ']');
}

static void
dump_field (const TestNames *names, unsigned int index, const void *value, GString *out)
{
  const RpcField *field = &names->types->fields[index];
  const uint8_t *at = (const uint8_t *) value + field->offset;
  const void *pointer;

  g_string_append_printf (out, "%s=", names->fields[index]);
  switch ((RpcShape) field->shape)
    {
    case RPC_ONE:
      dump_item (names, field, at, out);
      break;
    case RPC_OPTIONAL:
      pointer = *(void *const *) at;
      if (pointer == NULL)
        g_string_append_c (out, '-');
      else
        dump_item (names, field, field->kind == RPC_STRING ? at : pointer, out);
      break;
    case RPC_FIXED:
      dump_items (names, field, at, field->max, out);
      break;
    case RPC_ARRAY:
      dump_items (names, field, *(uint8_t *const *) at,
                  *(const unsigned int *) (at + sizeof (void *)), out);
    }
}

static void
dump_struct (const TestNames *names, unsigned int type, const void *value, GString *out)
{
  const RpcStruct *row = &names->types->structs[type];
  bool first = true;

  if (row->is_union)
    g_string_append_printf (out, "<%d>", *(const int *) value);
  g_string_append_c (out, '{');
  for (unsigned int i = row->first; i < row->first + row->n_fields; i++)
    {
      if (row->is_union && names->types->fields[i].type != *(const int *) value)
        continue;
      if (!first)
        g_string_append_c (out, ',');
      first = false;
      dump_field (names, i, value, out);
    }
  g_string_append_c (out, '}');
}

char *
test_value_dump (const TestNames *names, unsigned int type, const void *value)
{
  GString *out = g_string_new (NULL);

  dump_struct (names, type, value, out);
  return g_string_free (out, FALSE);
}
