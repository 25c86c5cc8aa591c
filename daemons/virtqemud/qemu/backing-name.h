/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/backing-name.h: what the header of an overlay calls its backing file, as a source. */
#pragma once

#include "model/domain/storage-source.h"

/* Reads @name: a path (relative ones are beside @overlay, if that is a file), a URI, one of QEMU's older notations
 * ("nbd:host:port"), or "json:{...}" with a protocol's options. Its format is absent unless @name says it. Errors are
 * VIR_ERR_INTERNAL_ERROR of VIR_FROM_STORAGE. Free it with backing_source_free. */
DomainStorageSource *backing_source_of (const char *name, const DomainStorageSource *overlay, GError **error);
void backing_source_free (DomainStorageSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DomainStorageSource, backing_source_free)
