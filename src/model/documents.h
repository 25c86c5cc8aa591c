/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* documents.h: every kind of document, for what treats all alike: validation,
 * schemas, references, tests. */
#pragma once

#include "xml/xml.h"

typedef struct
{
  const char *name;             /* "network", as virt-xml-validate calls it */
  const char *folder;           /* of its own documents for tests, below this one's */
  const XmlSchema *schema;
  bool is_private;              /* a daemon's own: has no published schema */
} Document;

/* All kinds, in the order of their names. */
extern const Document documents[];
extern const unsigned int n_documents;

/* The kind of that name, NULL if there is none. */
const Document *document_by_name (const char *name);

/* The kind whose root element this is, NULL if there is none. */
const Document *document_by_root (const char *element);

/* The name of the first element of @text, NULL if it has none; no check of the
 * rest. Caller frees. */
char *document_root_name (const char *text);
