/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* moment.h: what snapshots, checkpoints and backups share. */
#pragma once

#include "model/domain/domain.h"
#include "xml/xml.h"

/* The disk of @domain whose target or source path is @name, NULL if there is none. */
const DomainDisk *moment_find_disk (const Domain *domain, const char *name);

/* Whether a guest can write to the disk's medium. */
bool moment_is_writable (const DomainDisk *disk);

/* Gives items (structs whose first member is the disk's name, which may be a source path) the
 * targets' names. @list: an XML_LIST. Fails with VIR_ERR_CONFIG_UNSUPPORTED for a disk that is
 * not there or is there twice. */
bool moment_name_disks (void *list, const Domain *domain, GError **error);

/* The item for the disk with that target, NULL if there is none. */
void *moment_find_item (const void *list, const char *target);

/* Does what moment_name_disks() does and puts the items into the order of @domain's disks.
 * Disks without an item get one from @schema that has but the name. */
bool moment_align_disks (void *list, const Domain *domain, const XmlSchema *schema, GError **error);

/* Fails unless @name can be part of a file's name: VIR_ERR_XML_DETAIL if it has a slash or
 * begins with a dot. */
bool moment_check_name (const char *what, const char *name, const xmlNode *node, GError **error);
