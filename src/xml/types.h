/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* types.h: the value types that described structs are made of.
 *
 * A struct that the engine of xml.h walks holds only these: strings (owned
 * `char *`), enumerations (0 is always "absent"), integers, `bool` for empty
 * elements, embedded or pointed-to structs, and lists. Structs are made by
 * xml_new() or a parse, never by g_new0(), so that what is absent has its
 * "absent" value. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* yes/no and on/off attributes, which may also be missing. */
typedef enum
{
  TRI_ABSENT,
  TRI_YES,
  TRI_NO,
} Tristate;

/* A list owns its items: `XML_LIST (DomainDisk) disks;` is walked with
 * `for (unsigned i = 0; i < disks.n; i++) disks.items[i]->...`. */
#define XML_LIST(Type_) struct { Type_ **items; unsigned int n; }
typedef XML_LIST (void) XmlList;

/* Appends @item_ to @list_ (pointer to an XML_LIST); the list owns it. */
#define xml_list_append(list_, item_)                                          \
  do {                                                                         \
    (list_)->items = g_renew (__typeof__ (*(list_)->items), (list_)->items, (list_)->n + 1); \
    (list_)->items[(list_)->n++] = (item_);                                    \
  } while (0)

/* Puts @item_ before position @at_ (0 to n). */
#define xml_list_insert(list_, at_, item_)                                     \
  do {                                                                         \
    unsigned int at__ = (at_);                                                 \
    xml_list_append (list_, NULL);                                             \
    memmove ((list_)->items + at__ + 1, (list_)->items + at__,                 \
             ((list_)->n - 1 - at__) * sizeof (*(list_)->items));              \
    (list_)->items[at__] = (item_);                                            \
  } while (0)

/* Takes the item at @at_ out of @list_; the caller owns it now. */
#define xml_list_steal(list_, at_)                                             \
  ({                                                                           \
    unsigned int at__ = (at_);                                                 \
    __typeof__ (*(list_)->items) item__ = (list_)->items[at__];                \
    (list_)->n--;                                                              \
    memmove ((list_)->items + at__, (list_)->items + at__ + 1,                 \
             ((list_)->n - at__) * sizeof (*(list_)->items));                  \
    item__;                                                                    \
  })

/* The names of an enumeration; names[0] is NULL: absent. names[n] is NULL too. */
typedef struct
{
  const char *const *names;
  unsigned int n;
} XmlEnum;

/* Says an enumeration once: LIST is a macro that calls X (SUFFIX, "name") for
 * each value. Declares the type, its constants (PREFIX_ABSENT = 0,
 * PREFIX_SUFFIX, ..., PREFIX_LAST) and the name table `table_names`. */
#define XML_ENUM_VALUE_(suffix_, name_) suffix_,
#define XML_ENUM_NAME_(suffix_, name_) name_,
#define XML_ENUM_DECLARE(Type_, PREFIX_, table_, LIST_)                        \
  typedef enum { PREFIX_##ABSENT = 0, LIST_ (XML_ENUM_VALUE_) PREFIX_##LAST } Type_; \
  extern const XmlEnum table_##_names;
#define XML_ENUM_DEFINE(table_, LIST_)                                         \
  static const char *const table_##_name_list[] = { NULL, LIST_ (XML_ENUM_NAME_) NULL }; \
  const XmlEnum table_##_names = { table_##_name_list, G_N_ELEMENTS (table_##_name_list) - 1 };

/* The name of @value, NULL if it is absent or no value at all. */
const char *xml_enum_name (const XmlEnum *names, unsigned int value);

/* The value of @name, 0 if there is none. */
unsigned int xml_enum_value (const XmlEnum *names, const char *name);

/* The name tables of Tristate. */
extern const XmlEnum yes_no_names, on_off_names;

/* An element of a foreign namespace. */
typedef struct
{
  char *uri;
  char *prefix;               /* NULL: the default namespace */
  char *xml;                  /* its text; a vertical tab stands for a step of indentation */
} XmlForeign;
typedef XML_LIST (XmlForeign) XmlForeigns;

/* A set of small numbers (CPUs, NUMA nodes). Owned by pointer; NULL is fine
 * for every function and means "not given". */
typedef struct
{
  unsigned int n_bits;
  uint64_t words[];
} XmlBitmap;

/* Reads libvirt's syntax "0-3,^2,7"; NULL if it is malformed or a number is
 * @limit or above. Free with g_free(). */
XmlBitmap *xml_bitmap_parse (const char *text, unsigned int limit);

/* The canonical form "0-1,3,7"; "" for an empty set. Free with g_free(). */
char *xml_bitmap_format (const XmlBitmap *bitmap);

/* Whether @bit is in the set; false beyond its end. */
bool xml_bitmap_has (const XmlBitmap *bitmap, unsigned int bit);
