/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocol/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where a walk over a value has got to. */
typedef struct
{
  XDR *xdrs;
  const RpcTypes *types;
} Walk;

static bool walk_struct (const Walk *walk, const RpcStruct *type, void *value);

/* -- one item -- */

/* xdr_uint32_t () without a call into the library for each word. */
static inline bool
walk_word (XDR *xdrs, uint32_t *value)
{
  switch (xdrs->x_op)
    {
    case XDR_ENCODE:
      return XDR_PUTINT32 (xdrs, (int32_t *) value);
    case XDR_DECODE:
      return XDR_GETINT32 (xdrs, (int32_t *) value);
    case XDR_FREE:
      return true;
    }
  return false;
}

/* Takes @n bytes of a memory stream that is written to; NULL: it is none, or full. Whole values at once cost one call into
 * the library instead of one for each word. */
static inline uint8_t *
take_room (XDR *xdrs, uint32_t n)
{
  return xdrs->x_op == XDR_ENCODE ? (uint8_t *) XDR_INLINE (xdrs, n) : NULL;
}

static inline void
put_word (uint8_t *to, uint32_t value)
{
  value = GUINT32_TO_BE (value);
  memcpy (to, &value, sizeof value);
}

static bool
walk_wide (XDR *xdrs, uint64_t *value)
{
  uint8_t *room = take_room (xdrs, 8);

  if (xdrs->x_op == XDR_FREE)
    return true;
  if (room == NULL)
    return xdr_uint64_t (xdrs, value);
  put_word (room, (uint32_t) (*value >> 32));
  put_word (room + 4, (uint32_t) *value);
  return true;
}

static bool
walk_narrow (XDR *xdrs, RpcKind kind, void *value)
{
  int32_t wide = kind == RPC_U16 ? *(uint16_t *) value
                 : kind == RPC_U8 ? *(uint8_t *) value
                 : *(int8_t *) value;
  int32_t least = kind == RPC_I8 ? INT8_MIN : 0;
  int32_t most = kind == RPC_U16 ? UINT16_MAX : UINT8_MAX;

  if (!xdr_int32_t (xdrs, &wide))
    return false;
  if (xdrs->x_op != XDR_DECODE)
    return true;
  /* A char is signed on one machine and unsigned on another: take both. */
  if (wide < least || wide > most)
    return false;
  if (kind == RPC_U16)
    *(uint16_t *) value = wide;
  else
    *(uint8_t *) value = wide;
  return true;
}

/* Bytes that a memory stream still has. */
static bool
stream_has (const XDR *xdrs, uint64_t n)
{
  return n <= xdrs->x_handy;
}

static bool
decode_string (XDR *xdrs, uint32_t max, char **ret_value)
{
  uint32_t n = 0;
  g_autofree char *text = NULL;

  if (!walk_word (xdrs, &n) || n > max || !stream_has (xdrs, n))
    return false;
  text = g_malloc (n + 1);
  text[n] = '\0';
  if (!xdr_opaque (xdrs, text, n) || memchr (text, '\0', n) != NULL)
    return false;
  *ret_value = g_steal_pointer (&text);
  return true;
}

/* Bytes of a string are followed by zeroes up to a whole word. */
static inline uint32_t
padded (uint32_t n)
{
  return (n + 3) & ~3u;
}

static bool
walk_string (XDR *xdrs, uint32_t max, char **value)
{
  size_t length;
  uint32_t n;
  uint8_t *room;

  if (xdrs->x_op == XDR_FREE)
    {
      g_clear_pointer (value, free);
      return true;
    }
  if (xdrs->x_op == XDR_DECODE)
    return decode_string (xdrs, max, value);
  if (*value == NULL)
    return false;
  length = strlen (*value);
  if (length > max)
    return false;
  n = length;
  room = length < G_MAXINT32 / 2 ? take_room (xdrs, 4 + padded (n)) : NULL;
  if (room != NULL)
    {
      put_word (room, n);
      memset (room + padded (n), 0, 4);
      memcpy (room + 4, *value, n);
      return true;
    }
  return walk_word (xdrs, &n) && xdr_opaque (xdrs, *value, n);
}

static const RpcStruct *
field_struct (const Walk *walk, const RpcField *field, Walk *ret_inner)
{
  *ret_inner = *walk;
  if (field->kind == RPC_IMPORTED)
    ret_inner->types = walk->types->imported;
  return &ret_inner->types->structs[field->type];
}

static inline bool
walk_item (const Walk *walk, const RpcField *field, void *value)
{
  Walk inner;
  const RpcStruct *type;

  switch ((RpcKind) field->kind)
    {
    case RPC_I32:
    case RPC_U32:
      return walk_word (walk->xdrs, value);
    case RPC_I64:
    case RPC_U64:
      return walk_wide (walk->xdrs, value);
    case RPC_F64:
      return xdr_double (walk->xdrs, value);
    case RPC_I8:
    case RPC_U8:
    case RPC_U16:
      return walk_narrow (walk->xdrs, field->kind, value);
    case RPC_STRING:
      return walk_string (walk->xdrs, field->max_string, value);
    case RPC_STRUCT:
    case RPC_IMPORTED:
      type = field_struct (walk, field, &inner);
      return walk_struct (&inner, type, value);
    case RPC_OPAQUE:
      break;
    }
  g_return_val_if_reached (false);
}

/* -- several items -- */

static void
item_sizes (const Walk *walk, const RpcField *field, size_t *ret_size, size_t *ret_wire_min)
{
  static const uint8_t sizes[] = {
    [RPC_I32] = 4, [RPC_U32] = 4, [RPC_I64] = 8, [RPC_U64] = 8, [RPC_F64] = 8, [RPC_I8] = 1,
    [RPC_U8] = 1, [RPC_U16] = 2, [RPC_OPAQUE] = 1, [RPC_STRING] = sizeof (char *),
  };
  Walk inner;
  const RpcStruct *type;

  if (field->kind >= RPC_STRUCT)
    {
      type = field_struct (walk, field, &inner);
      *ret_size = type->size;
      *ret_wire_min = type->wire_min;
      return;
    }
  *ret_size = sizes[field->kind];
  *ret_wire_min = field->kind == RPC_OPAQUE ? 1
                  : *ret_size == 8 && field->kind != RPC_STRING ? 8 : 4;
}

static bool
walk_items (const Walk *walk, const RpcField *field, uint8_t *first, uint32_t n, size_t size)
{
  if (field->kind == RPC_OPAQUE)
    return xdr_opaque (walk->xdrs, (char *) first, n);
  for (uint32_t i = 0; i < n; i++)
    if (!walk_item (walk, field, first + i * size))
      return false;
  return true;
}

static bool
walk_array (const Walk *walk, const RpcField *field, uint8_t **first, unsigned int *count)
{
  XDR *xdrs = walk->xdrs;
  uint32_t n = *count;
  size_t size, wire_min;

  item_sizes (walk, field, &size, &wire_min);
  if (xdrs->x_op == XDR_FREE)
    {
      if (*first != NULL)
        walk_items (walk, field, *first, n, size);
      g_clear_pointer (first, free);
      *count = 0;
      return true;
    }
  if (xdrs->x_op == XDR_ENCODE && n > 0 && *first == NULL)
    return false;
  if (!walk_word (xdrs, &n) || n > field->max)
    return false;
  if (xdrs->x_op == XDR_DECODE && n > 0)
    {
      if (!stream_has (xdrs, (uint64_t) n * wire_min))
        return false;
      *first = g_malloc0_n (n, size);
      *count = n;
    }
  return walk_items (walk, field, *first, n, size);
}

static bool
walk_optional (const Walk *walk, const RpcField *field, void **item)
{
  XDR *xdrs = walk->xdrs;
  uint32_t present = *item != NULL;
  size_t size, wire_min;

  if (xdrs->x_op != XDR_FREE && (!walk_word (xdrs, &present) || present > 1))
    return false;
  if (!present)
    return true;
  if (field->kind == RPC_STRING)
    return walk_item (walk, field, item);
  if (xdrs->x_op == XDR_DECODE)
    {
      item_sizes (walk, field, &size, &wire_min);
      if (!stream_has (xdrs, wire_min))
        return false;
      *item = g_malloc0 (size);
    }
  if (!walk_item (walk, field, *item))
    return false;
  if (xdrs->x_op == XDR_FREE)
    g_clear_pointer (item, free);
  return true;
}

static bool
walk_field (const Walk *walk, const RpcField *field, void *value)
{
  uint8_t *at = (uint8_t *) value + field->offset;
  size_t size, wire_min;

  switch ((RpcShape) field->shape)
    {
    case RPC_ONE:
      return walk_item (walk, field, at);
    case RPC_OPTIONAL:
      return walk_optional (walk, field, (void **) at);
    case RPC_ARRAY:
      return walk_array (walk, field, (uint8_t **) at, (unsigned int *) (at + sizeof (void *)));
    case RPC_FIXED:
      item_sizes (walk, field, &size, &wire_min);
      return walk_items (walk, field, at, field->max, size);
    }
  g_return_val_if_reached (false);
}

static bool
walk_union (const Walk *walk, const RpcStruct *type, void *value)
{
  uint32_t *arm = value;

  if (walk->xdrs->x_op != XDR_FREE && !walk_word (walk->xdrs, arm))
    return false;
  for (unsigned int i = 0; i < type->n_fields; i++)
    {
      const RpcField *field = &walk->types->fields[type->first + i];

      /* Numbers hold nothing that could be freed. */
      if (field->type == *arm)
        return (walk->xdrs->x_op == XDR_FREE && field->shape == RPC_ONE && field->kind < RPC_OPAQUE)
               || walk_field (walk, field, value);
    }
  return walk->xdrs->x_op == XDR_FREE;
}

static bool
walk_struct (const Walk *walk, const RpcStruct *type, void *value)
{
  const RpcField *field = &walk->types->fields[type->first], *end = field + type->n_fields;

  if (type->is_union)
    return walk_union (walk, type, value);
  for (; field < end; field++)
    if (field->shape == RPC_ONE ? !walk_item (walk, field, (uint8_t *) value + field->offset)
                                : !walk_field (walk, field, value))
      return false;
  return true;
}

/* -- whole values -- */

bool
rpc_xdr (XDR *xdrs, const RpcTypes *types, unsigned int type, void *value)
{
  const RpcStruct *row = &types->structs[type];
  Walk walk = { xdrs, types };

  g_return_val_if_fail (type < types->n_structs, false);
  if (xdrs->x_op == XDR_DECODE)
    memset (value, 0, row->size);
  if (walk_struct (&walk, row, value))
    return true;
  if (xdrs->x_op == XDR_DECODE)
    rpc_clear (types, type, value);
  return false;
}

void
rpc_clear (const RpcTypes *types, unsigned int type, void *value)
{
  XDR xdrs = { .x_op = XDR_FREE };
  Walk walk = { &xdrs, types };

  g_return_if_fail (type < types->n_structs);
  walk_struct (&walk, &types->structs[type], value);
  memset (value, 0, types->structs[type].size);
}

/* -- counting: a stream that keeps nothing but its length -- */

static bool_t
count_bytes (XDR *xdrs, const char *bytes, u_int n)
{
  if (n > UINT_MAX - xdrs->x_handy)
    return FALSE;
  xdrs->x_handy += n;
  return TRUE;
}

static bool_t
count_long (XDR *xdrs, const long *value)
{
  return count_bytes (xdrs, NULL, 4);
}

static int32_t *
count_inline (XDR *xdrs, u_int n)
{
  return NULL;
}

bool
rpc_wire_size (const RpcTypes *types, unsigned int type, const void *value, size_t *ret_size)
{
  static const struct xdr_ops ops = {
    .x_putlong = count_long, .x_putbytes = count_bytes, .x_inline = count_inline,
  };
  XDR xdrs = { .x_op = XDR_ENCODE, .x_ops = &ops };

  if (!rpc_xdr (&xdrs, types, type, (void *) value))
    return false;
  *ret_size = xdrs.x_handy;
  return true;
}
