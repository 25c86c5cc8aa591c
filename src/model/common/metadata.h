/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* common/metadata.h: what users note on domains and networks: a title, a description, elements of their own.
 *
 * The types are those of virDomainMetadataType; virNetworkMetadataType has the same. */
#pragma once

#include <stdbool.h>

#include "util/error.h"
#include "xml/types.h"

/* How calls about one kind of object speak of it. */
typedef struct
{
  const char *noun;             /* "domain" */
  virErrorDomain arguments;     /* of errors about the arguments of a call */
  virErrorDomain from;          /* of the other errors */
  virErrorNumber missing;       /* there is no such metadata: VIR_ERR_NO_DOMAIN_METADATA */
} MetadataKind;

/* Where a document has them. */
typedef struct
{
  char **title, **description;
  XmlForeigns *elements;
} Metadata;

/* Those of @document_, which metadata_get only reads: (Metadata) METADATA_OF (network). */
#define METADATA_OF(document_) \
  { (char **) &(document_)->title, (char **) &(document_)->description, (XmlForeigns *) &(document_)->metadata }

/* What a call wants to set. NULL @text takes it away. */
typedef struct
{
  int type;                     /* VIR_DOMAIN_METADATA_... */
  const char *text, *key, *uri; /* @key: the prefix of the namespace @uri, both of an element only */
} MetadataChange;

/* Fails with VIR_ERR_INVALID_ARG if the arguments make no sense: a title of several lines, an element without its namespace. */
bool metadata_check (const MetadataKind *kind, const MetadataChange *change, GError **error);

/* Does a change that was checked. Errors: malformed text of an element, which leaves all as it was. */
bool metadata_set (const MetadataKind *kind, Metadata metadata, const MetadataChange *change, GError **error);

/* The title, the description or the element of namespace @uri as its owner wrote it. @name: the object's, for errors.
 * Fails with the kind's `missing` if there is none. Caller frees. */
char *metadata_get (const MetadataKind *kind, Metadata metadata, const char *name, int type, const char *uri, GError **error);
