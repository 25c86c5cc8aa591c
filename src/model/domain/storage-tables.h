/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage-tables.h: rows of a DomainStorageSource, for documents that have images. */
#pragma once

#include "model/domain/storage-source.h"

/* The formats that documents name: all but LUKS. */
extern const XmlEnum storage_named_format_names;

/* Relative to <source>, or what the element is called: its attributes; what is in it. The
 * row of `type` comes before them. */
extern const XmlField storage_attribute_rows[], storage_child_rows[];

/* A <backingStore>, with those below it. */
extern const XmlSchema storage_backing_schema;

/* Of a status file: names of QEMU's nodes and objects, and all that it says of a layer. */
extern const XmlSchema storage_node_schema, storage_object_schema, storage_status_schema;

/* <privateData> of a status file. */
extern const XmlSchema storage_status_schema;

/* <metadata_cache> below a driver or format. */
#define XML_METADATA_CACHE(S_, m_, path_) XML_BYTES (S_, m_, path_ "/metadata_cache/max_size", XML_BAD (DOMAIN, XML_ERROR))

/* What rows cannot say of a source, for finish functions. @node: the parent of its element,
 * which is called @element; it may lack. */
bool storage_source_finish (DomainStorageSource *source, xmlNode *node, const char *element, GError **error);

/* Whether @auth (NULL is fine) has a secret of the kind that @source's protocol needs. */
bool storage_auth_finish (const DomainStorageSource *source, const Auth *auth, const xmlNode *node, GError **error);
