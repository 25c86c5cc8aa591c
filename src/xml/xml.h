/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml.h: one engine that parses, formats, copies, compares, frees and
 * describes structs from tables of fields.
 *
 * A document is a struct for each element that has a life of its own, and one
 * XmlSchema for each struct: its size and its rows. The order of the rows is
 * the order of output. A row names a path below the struct's element, of these
 * components, joined by "/":
 *
 *   @attribute       only at the end
 *   .                the element's own text; only alone
 *   element          a child; as the last component of a scalar: its text
 *   element[a=v]     the child whose attribute a is v (printed too)
 *   prefix:element   a child in a namespace that the root declares
 *   *                only for XML_ANY: children of several names
 *   %                only first in an XML_ANY's rows: the element's own name
 *
 * Neighbouring rows with the same leading components share one element in the
 * output. docs/xml-engine.md shows how to add an element. Nothing here awaits. */
#pragma once

#include "util/error.h"
#include "xml/libxml.h"
#include "xml/types.h"

#include <stddef.h>

typedef struct XmlField XmlField;
typedef struct XmlType XmlType;
typedef struct XmlSchema XmlSchema;
typedef struct XmlReader XmlReader;
typedef struct XmlWriter XmlWriter;

/* What a row holds. */
typedef enum
{
  XML_KIND_END,
  XML_KIND_SCALAR,        /* an attribute or a text, by `type` */
  XML_KIND_FLAG,          /* bool: an element that is there or not */
  XML_KIND_PART,          /* rows of their own below an element, same or embedded struct; aux: XmlField[] */
  XML_KIND_CHILD,         /* pointer to a struct, NULL if the element is absent; aux: XmlSchema */
  XML_KIND_LIST,          /* XML_LIST of structs, an element each; aux: XmlSchema */
  XML_KIND_CASES,         /* rows that depend on an enumeration; aux: XmlCases */
  XML_KIND_FOREIGN,       /* XML_LIST (XmlForeign): the children of an element, kept as they are */
  XML_KIND_NAMESPACE,     /* output only: xmlns:NAME of the schema's namespace, if `when` says so */
  XML_KIND_VIEW,          /* output only: rows of the struct that a pointer leads to, in the same element; aux: XmlField[] */
  XML_KIND_UNSUPPORTED,   /* libvirt knows it, we do not yet: refused */
  XML_KIND_IGNORED,       /* accepted and dropped: it has no effect */
  XML_KIND_LINE,          /* unsigned int: the line of the element, for errors that are found later */
} XmlKind;

typedef enum
{
  XML_REQUIRED = 1 << 0,
  XML_ALWAYS = 1 << 1,        /* printed even if it has its absent value */
  XML_SECRET = 1 << 2,        /* printed only with XML_FORMAT_SECURE */
  XML_LIVE = 1 << 3,          /* of a running object: neither read nor printed if inactive */
  XML_NO_MIGRATE = 1 << 4,    /* not printed with XML_FORMAT_MIGRATABLE */
  XML_STATUS = 1 << 5,        /* only in status files */
  XML_KEEP_EMPTY = 1 << 6,    /* PART: the element is printed even if nothing is in it */
  XML_LENIENT = 1 << 7,       /* a bad value counts as absent */
  XML_ALLOW_EMPTY = 1 << 8,   /* an empty text is kept, not taken as absent */
  XML_WRITE_ONLY = 1 << 9,    /* printed, never read: repeats another row */
  XML_READ_ONLY = 1 << 10,    /* read, never printed: an older spelling */
  XML_POSITIVE = 1 << 13,     /* 0 is a bad value */
  XML_CLOSED = 1 << 12,       /* PART: children without a row are refused */
  XML_BARE = 1 << 11,         /* the element without the attribute means the enumeration's first value */
  XML_ABI = 1 << 14,          /* the guest can see it: may not change under a running guest */
  XML_LATER = 1 << 15,        /* the QEMU driver cannot start a guest that has it */
} XmlFieldFlags;

/* How documents are read; one set of bits for all kinds of documents. */
typedef enum
{
  XML_PARSE_INACTIVE = 1 << 0,
  XML_PARSE_STATUS = 1 << 1,
  XML_PARSE_STRICT = 1 << 2,  /* unknown names are errors, as are lenient rows' bad values; what is not as the rows say is
                                 VIR_ERR_XML_INVALID_SCHEMA of VIR_FROM_XML */
} XmlParseFlags;

/* How documents are written. */
typedef enum
{
  XML_FORMAT_SECURE = 1 << 0,
  XML_FORMAT_INACTIVE = 1 << 1,
  XML_FORMAT_MIGRATABLE = 1 << 2,
  XML_FORMAT_STATUS = 1 << 3,
} XmlFormatFlags;

/* Whether a row is printed: @object is the struct that the row is in. */
typedef bool (*XmlWhen) (const void *object, unsigned int format_flags);

struct XmlField
{
  const char *path;
  const XmlType *type;        /* SCALAR */
  const void *aux;            /* by kind and type */
  XmlWhen when;               /* NULL: always */
  int32_t absent;             /* value of an integer or enumeration that is not there */
  uint32_t flags;
  uint16_t offset;
  uint8_t kind;
  /* The subsystem and code of errors, 0: VIR_FROM_XML, VIR_ERR_XML_ERROR. */
  uint8_t bad_from, bad;            /* of a value that cannot be read */
  uint8_t missing_from, missing;    /* of its absence, or its being there twice; not 0 implies XML_REQUIRED */
};

/* To be put into a row: its errors. */
#define XML_BAD(from_, code_) .bad_from = VIR_FROM_##from_, .bad = VIR_ERR_##code_
#define XML_MISSING(from_, code_) .missing_from = VIR_FROM_##from_, .missing = VIR_ERR_##code_

/* A way to write a value as text. */
struct XmlType
{
  const char *name;           /* for people: "a number", ... */
  uint8_t size;
  bool is_integer;            /* has `absent` */
  /* Reads @text into @value, which has its absent value before. */
  bool (*parse) (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error);
  /* Appends the text; not called for absent values. */
  void (*format) (const XmlField *field, const void *value, GString *out);
  /* The rest may be NULL: then the bytes are the value. */
  bool (*is_absent) (const XmlField *field, const void *value);
  void (*copy) (void *to, const void *from);
  void (*clear) (void *value);
  bool (*equal) (const void *a, const void *b);
  const char *unit;           /* printed as attribute unit= of the element */
  const char *pattern;        /* what values look like, for schemas: a regular expression of XML Schema; NULL: any text */
};

/* All of a type but its name and parse: what it holds is a string, or a bitmap. */
#define XML_LIKE_STRING \
  .size = sizeof (char *), .format = xml_string_format, .is_absent = xml_pointer_is_absent, .copy = xml_string_copy, \
  .clear = xml_pointer_clear, .equal = xml_string_equal
#define XML_LIKE_BITMAP \
  .size = sizeof (XmlBitmap *), .format = xml_bitmap_format_value, .is_absent = xml_pointer_is_absent, \
  .copy = xml_bitmap_copy_value, .clear = xml_pointer_clear, .equal = xml_bitmap_equal_value
void xml_string_format (const XmlField *field, const void *value, GString *out);
void xml_string_copy (void *to, const void *from);
bool xml_string_equal (const void *a, const void *b);
void xml_bitmap_format_value (const XmlField *field, const void *value, GString *out);
void xml_bitmap_copy_value (void *to, const void *from);
bool xml_bitmap_equal_value (const void *a, const void *b);
bool xml_pointer_is_absent (const XmlField *field, const void *value);
void xml_pointer_clear (void *value);

struct XmlSchema
{
  const char *element;        /* name of a root element */
  size_t size;
  const XmlField *fields;
  /* Runs after the rows are read: older spellings, what the rows cannot say. */
  bool (*finish) (XmlReader *reader, xmlNode *node, void *object, GError **error);
  /* Of a root: what its errors carry. Of a root, or a document within another: its
   * namespaces as pairs of prefix and URI, NULL at the end. */
  virErrorDomain from;
  const char *const *namespaces;
};

/* The rows of each value of an enumeration of the same struct; a value
 * without rows (NULL) is refused as unsupported. */
typedef struct
{
  uint16_t selector;          /* offset of the enumeration */
  const XmlEnum *names;
  unsigned int n;
  const XmlField *const *rows;
} XmlCases;

/* Limits and form of a hexadecimal number. */
typedef struct { const char *form; unsigned int max; } XmlHex;

/* Offsets that fail to compile if the member has another type. */
#define XML_AT_(S_, m_, Type_) (offsetof (S_, m_) + 0 * sizeof ((Type_ *) 0 == &((S_ *) 0)->m_))
#define XML_AT4_(S_, m_) (offsetof (S_, m_) + 0 * sizeof (char[sizeof (((S_ *) 0)->m_) == 4 ? 1 : -1]))
#define XML_SCALAR_(type_, path_, offset_, ...) \
  { .kind = XML_KIND_SCALAR, .type = (type_), .path = (path_), .offset = (offset_), __VA_ARGS__ }

#define XML_STRING(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_string, path_, XML_AT_ (S_, m_, char *), __VA_ARGS__)
#define XML_ENUM(S_, m_, path_, names_, ...) \
  XML_SCALAR_ (&xml_type_enum, path_, XML_AT4_ (S_, m_), .aux = &names_##_names, __VA_ARGS__)
#define XML_YES_NO(S_, m_, path_, ...) \
  XML_SCALAR_ (&xml_type_enum, path_, XML_AT_ (S_, m_, Tristate), .aux = &yes_no_names, __VA_ARGS__)
#define XML_ON_OFF(S_, m_, path_, ...) \
  XML_SCALAR_ (&xml_type_enum, path_, XML_AT_ (S_, m_, Tristate), .aux = &on_off_names, __VA_ARGS__)
#define XML_UINT(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_uint, path_, XML_AT_ (S_, m_, unsigned int), __VA_ARGS__)
#define XML_INT(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_int, path_, XML_AT_ (S_, m_, int), __VA_ARGS__)
#define XML_UINT64(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_uint64, path_, XML_AT_ (S_, m_, uint64_t), __VA_ARGS__)
#define XML_INT64(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_int64, path_, XML_AT_ (S_, m_, int64_t), __VA_ARGS__)
/* A uint8_t[6], all zero if absent. */
#define XML_MAC(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_mac, path_, offsetof (S_, m_), __VA_ARGS__)
/* An unsigned number read in any base, written as hex_ (an XmlHex) says. */
#define XML_HEX(S_, m_, path_, hex_, ...) \
  XML_SCALAR_ (&xml_type_hex, path_, XML_AT_ (S_, m_, unsigned int), .aux = &(hex_), __VA_ARGS__)
/* A size in KiB, given in any unit. */
#define XML_KIB(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_kib, path_, XML_AT_ (S_, m_, uint64_t), __VA_ARGS__)
/* A size in bytes, given in any unit, bytes if none. */
#define XML_BYTES(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_bytes, path_, XML_AT_ (S_, m_, uint64_t), __VA_ARGS__)
#define XML_UUID(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_uuid, path_, offsetof (S_, m_), __VA_ARGS__)
#define XML_BITMAP(S_, m_, path_, ...) XML_SCALAR_ (&xml_type_bitmap, path_, XML_AT_ (S_, m_, XmlBitmap *), __VA_ARGS__)
/* A scalar whose XmlType is elsewhere. */
#define XML_VALUE(S_, m_, path_, type_, ...) XML_SCALAR_ (&(type_), path_, offsetof (S_, m_), __VA_ARGS__)

#define XML_FLAG(S_, m_, path_, ...) \
  { .kind = XML_KIND_FLAG, .path = (path_), .offset = XML_AT_ (S_, m_, bool), __VA_ARGS__ }
/* Rows of the same struct below an element. */
#define XML_PART(path_, fields_, ...) { .kind = XML_KIND_PART, .path = (path_), .aux = (fields_), __VA_ARGS__ }
/* Rows of an embedded struct; path "" puts them into the element itself. */
#define XML_EMBED(S_, m_, path_, fields_, ...) \
  { .kind = XML_KIND_PART, .path = (path_), .aux = (fields_), .offset = offsetof (S_, m_), __VA_ARGS__ }
#define XML_CHILD(S_, m_, path_, schema_, ...) \
  { .kind = XML_KIND_CHILD, .path = (path_), .aux = &(schema_), .offset = offsetof (S_, m_), __VA_ARGS__ }
#define XML_ITEMS(S_, m_, path_, schema_, ...) \
  { .kind = XML_KIND_LIST, .path = (path_), .aux = &(schema_), \
    .offset = offsetof (S_, m_) + 0 * sizeof (((S_ *) 0)->m_.items), __VA_ARGS__ }
/* Children of several names in one list, in the document's order; the item's
 * first row is an XML_ENUM of the path "%" that lists the names. */
#define XML_ANY(S_, m_, path_, schema_, ...) XML_ITEMS (S_, m_, path_, schema_, __VA_ARGS__)
#define XML_CASES(cases_, ...) { .kind = XML_KIND_CASES, .path = "", .aux = &(cases_), __VA_ARGS__ }
#define XML_FOREIGN(S_, m_, path_, ...) \
  { .kind = XML_KIND_FOREIGN, .path = (path_), .offset = offsetof (S_, m_), __VA_ARGS__ }
#define XML_NAMESPACE(prefix_, when_) { .kind = XML_KIND_NAMESPACE, .path = (prefix_), .when = (when_) }
/* Output only: @fields_ of what the member points to, whose own row is another, written into the element itself. */
#define XML_VIEW(S_, m_, fields_, ...) \
  { .kind = XML_KIND_VIEW, .path = "", .aux = (fields_), .offset = offsetof (S_, m_), .flags = XML_WRITE_ONLY, __VA_ARGS__ }
#define XML_UNSUPPORTED(path_) { .kind = XML_KIND_UNSUPPORTED, .path = (path_) }
#define XML_IGNORED(path_) { .kind = XML_KIND_IGNORED, .path = (path_) }
#define XML_LINE(S_, m_) { .kind = XML_KIND_LINE, .path = "", .offset = XML_AT_ (S_, m_, unsigned int) }
#define XML_END { .kind = XML_KIND_END }
#define XML_SCHEMA(S_, element_, fields_, ...) { .element = (element_), .size = sizeof (S_), .fields = (fields_), __VA_ARGS__ }
#define XML_CASES_OF(S_, m_, names_, rows_) \
  { .selector = XML_AT4_ (S_, m_), .names = &names_##_names, .n = G_N_ELEMENTS (rows_), .rows = (rows_) }

extern const XmlType xml_type_string, xml_type_enum, xml_type_uint, xml_type_int, xml_type_uint64, xml_type_hex,
  xml_type_int64, xml_type_mac, xml_type_kib, xml_type_bytes, xml_type_uuid, xml_type_bitmap;

/* Reads a document of @length bytes whose root is @schema's element. Documents
 * with a DTD, above @schema's size limit or nested too deeply are refused.
 * Returns a struct for xml_free(). Errors: VIR_ERR_XML_DETAIL for malformed
 * XML; VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_OVERFLOW,
 * VIR_ERR_XML_INVALID_SCHEMA (strict) with path and line in the text. */
void *xml_parse (const XmlSchema *schema, const char *text, size_t length, unsigned int parse_flags, GError **error);

/* The document of @object with a newline at the end. Caller frees. */
char *xml_format (const XmlSchema *schema, const void *object, unsigned int format_flags);

/* Appends the same to @out, indented by @indent columns. */
void xml_format_into (const XmlSchema *schema, const char *element, const void *object, unsigned int format_flags,
                      GString *out, unsigned int indent);

/* A struct in which everything is absent. */
void *xml_new (const XmlSchema *schema);

/* A deep copy; NULL for NULL. */
void *xml_copy (const XmlSchema *schema, const void *object);

/* Frees @object (NULL is fine) and all it owns. */
void xml_free (const XmlSchema *schema, void *object);

/* Frees what @object owns and makes everything absent. */
void xml_reset (const XmlSchema *schema, void *object);

/* Told of a difference: where, and the values as text. Returns whether to go on. */
typedef bool (*XmlDifference) (const char *path, const char *a, const char *b, void *data);

/* Whether all rows of both, or all with one of @flags (XML_ABI: what a guest sees) if it
 * is not 0, are equal. @difference, if not NULL, is told of each that is not. Items of
 * lists are compared by their places. */
bool xml_compare (const XmlSchema *schema, const void *a, const void *b, unsigned int flags, XmlDifference difference,
                  void *data);

/* Whether every row of both is equal. If not and @ret_path is given, it gets
 * the path of the first difference (caller frees). */
bool xml_equal (const XmlSchema *schema, const void *a, const void *b, char **ret_path);

/* The path of the first thing in @object whose row has one of @flags (XML_LATER),
 * NULL if there is none. Caller frees. */
char *xml_find_flagged (const XmlSchema *schema, const void *object, unsigned int flags);

/* The tables as JSON, for generators; see dump.c. Caller owns it. */
struct json_t *xml_dump (const XmlSchema *schema);

/* Fails with "PATH at line N: " and the message, or the message alone if @node is NULL; false always. For types and
 * finish functions. */
bool xml_fail (const xmlNode *node, virErrorDomain from, virErrorNumber code, GError **error,
               const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Fails because @text is no value for @field, saying what would be. */
bool xml_fail_value (const XmlField *field, const xmlNode *node, const char *text, GError **error);

/* The XML_PARSE_* flags of the parse. */
unsigned int xml_reader_flags (const XmlReader *reader);

/* The attribute's value, or NULL; borrowed from the document, which @node
 * belongs to. Marks it as understood. */
const char *xml_attribute (xmlNode *node, const char *name);

/* Reads one element as XmlForeign. @uri, @prefix: a namespace to put it into, or
 * NULL to take it as it is. Errors: malformed text, a DTD. */
XmlForeign *xml_foreign_parse (const char *text, const char *uri, const char *prefix, GError **error);
void xml_foreign_free (XmlForeign *foreign);

/* Appends the element's text, all lines but the first indented by @indent
 * columns; no newline at the end. */
void xml_foreign_append (const XmlForeign *foreign, unsigned int indent, GString *out);
