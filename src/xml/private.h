/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* private.h: what the files of the engine share. */
#pragma once

#include "xml/xml.h"

#include <string.h>

#define XML_MAX_BYTES (10u * 1024 * 1024)

struct XmlReader
{
  const XmlSchema *root;
  const char *const *namespaces;    /* of the innermost document */
  unsigned int flags;
  bool is_against_rows;             /* what is wrong is the document's form */
};

/* Marks left in the documents' nodes (_private): what has been understood. */
#define XML_SEEN ((void *) 1)
#define XML_SEEN_BELOW ((void *) 2)

static inline void *
field_at (const void *object, const XmlField *field)
{
  return (char *) object + field->offset;
}

/* The rows that count for @object now; NULL if there are none: absent
 * selector, or *@ret_unsupported. */
static inline const XmlField *
active_rows (const XmlField *field, const void *object, bool *ret_unsupported)
{
  const XmlCases *cases = field->aux;
  unsigned int value = *(const unsigned int *) ((const char *) object + cases->selector);
  const XmlField *rows = value < cases->n ? cases->rows[value] : NULL;

  if (ret_unsupported != NULL)
    *ret_unsupported = rows == NULL && value != 0;
  return rows;
}

/* Whether the rows of a PART belong to the element itself. */
static inline bool
is_inline (const XmlField *field)
{
  return field->kind == XML_KIND_PART && field->path[0] == '\0';
}

bool scalar_is_absent (const XmlField *field, const void *value);

/* What a row holds, for messages about its element: "attribute 'slot'". Caller frees. */
char *field_words (const XmlField *field);

/* The length of the first component of @path, with its predicate. */
size_t component_length (const char *path);

/* The known name of an element, or an attribute ("@name"), of @parent that is nearest
 * to @name, NULL if none is near. Caller frees. */
char *suggest_name (const XmlSchema *schema, const xmlNode *parent, const char *name);

/* Keeps @node as text. Errors: VIR_ERR_XML_ERROR for a namespace that is no URI. */
XmlForeign *foreign_from_node (xmlNode *node, GError **error);

/* Parses into a document, with a parser that is kept for reuse. Errors are
 * VIR_ERR_XML_DETAIL of @from. */
xmlDoc *document_read (const char *text, size_t length, virErrorDomain from, GError **error);

/* The path of @node with positions among siblings of the same name. */
void node_path (const xmlNode *node, GString *out);
