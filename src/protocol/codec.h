/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* codec.h: wire structs described by tables, and the one engine that walks them.
 *
 * For every struct of a program the generator writes a C struct, a row here and
 * typed wrappers: xdr_TYPE () encodes and decodes, TYPE_clear () frees what a
 * value holds (g_auto (Type) does so at the end of a scope).
 *
 * Memory: strings, arrays and optional structs of a value come from malloc or
 * g_malloc and belong to the value. Decoding overwrites the value whatever it
 * held; when it fails, the value is left cleared and holds nothing. */
#pragma once

#include <glib.h>
#include <rpc/types.h>
#include <rpc/xdr.h>
#include <stdbool.h>
#include <stdint.h>

/* What one item is, in memory and on the wire. */
typedef enum
{
  RPC_I32,                      /* int and enums */
  RPC_U32,
  RPC_I64,
  RPC_U64,
  RPC_F64,
  RPC_I8,                       /* one byte in memory, four on the wire */
  RPC_U8,                       /* the same, unsigned */
  RPC_U16,                      /* two bytes in memory, four on the wire */
  RPC_OPAQUE,                   /* raw bytes, only as RPC_FIXED or RPC_ARRAY */
  RPC_STRING,                   /* char *, never NULL unless RPC_OPTIONAL */
  RPC_STRUCT,                   /* struct or union @type */
  RPC_IMPORTED,                 /* struct or union @type of the imported program */
} RpcKind;

/* How many of it. */
typedef enum
{
  RPC_ONE,
  RPC_OPTIONAL,                 /* a pointer that may be NULL */
  RPC_FIXED,                    /* @max items in place */
  RPC_ARRAY,                    /* a pointer to at most @max items, then an unsigned int count */
} RpcShape;

typedef struct
{
  uint8_t kind;                 /* RpcKind */
  uint8_t shape;                /* RpcShape */
  uint16_t offset;              /* in the C struct */
  uint16_t type;                /* index of the struct, or the case of a union's arm */
  uint32_t max;                 /* items of an array */
  uint32_t max_string;          /* bytes of a string */
} RpcField;

typedef struct
{
  uint16_t first;               /* of its fields */
  uint16_t n_fields;
  uint16_t size;                /* of the C struct, bytes */
  uint16_t wire_min;            /* fewest bytes on the wire */
  bool is_union;                /* an int32_t chooses the arm whose @type it equals */
} RpcStruct;

typedef struct RpcTypes
{
  const RpcStruct *structs;
  const RpcField *fields;
  const struct RpcTypes *imported;      /* what RPC_IMPORTED refers to, or NULL */
  uint16_t n_structs;
} RpcTypes;

/* Encodes, decodes or frees @value, a struct of row @type of @types, as the
 * operation of @xdrs says. Decoding works on memory streams only (xdrmem_create)
 * and allocates no more than a small multiple of the bytes that are left.
 * Returns false if the stream ends early, a bound is broken, a string holds a
 * NUL, a string that must exist is NULL, or a union's case is unknown. */
bool rpc_xdr (XDR *xdrs, const RpcTypes *types, unsigned int type, void *value);

/* Frees all that @value holds and zeroes it. */
void rpc_clear (const RpcTypes *types, unsigned int type, void *value);

/* Stores in @ret_size how many bytes @value takes on the wire. Returns false if
 * it cannot be encoded at all (see rpc_xdr ()) or takes 4 GiB or more. */
bool rpc_wire_size (const RpcTypes *types, unsigned int type, const void *value,
                    size_t *ret_size);

/* The row and the typed wrappers of one struct. */
#define RPC_CODEC(Type, name, types, index)                                                \
  enum { name##_type = (index) };                                                          \
  static inline bool xdr_##name (XDR *xdrs, Type *value)                                   \
  {                                                                                        \
    return rpc_xdr (xdrs, &types, index, value);                                           \
  }                                                                                        \
  static inline void name##_clear (Type *value)                                            \
  {                                                                                        \
    rpc_clear (&types, index, value);                                                      \
  }                                                                                        \
  G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Type, name##_clear)
