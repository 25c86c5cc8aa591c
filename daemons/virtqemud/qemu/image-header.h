/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/image-header.h: the first bytes of image files.
 *
 * Guests and strangers write images, so nothing here trusts them: every offset and length is checked, a fixed
 * number of bytes is read, and nothing is followed. */
#pragma once

#include "model/domain/storage-source.h"

typedef struct
{
  DomainStorageFormat format;
  uint64_t capacity;            /* bytes that a guest sees; 0: the format does not say, or we do not read it */
  bool is_encrypted;
  bool has_data_file;           /* the data is in another file than the tables */
  char *backing;                /* the name of the backing file as it stands there; NULL: none */
  DomainStorageFormat backing_format;   /* absent: not said */
} ImageHeader;
void image_header_clear (ImageHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ImageHeader, image_header_clear)

/* The format that the first @length bytes announce; raw if none. */
DomainStorageFormat image_probe_format (const uint8_t *head, size_t length);

/* Reads the header of the image behind @fd, which is @path for errors, as one of @format; absent: whatever it announces.
 * An image that does not have the format is as empty as a raw one: QEMU says so better. A damaged header is
 * VIR_ERR_INTERNAL_ERROR of VIR_FROM_STORAGE. Blocks. */
bool image_header_read_now (int fd, const char *path, DomainStorageFormat format, ImageHeader *ret_header, GError **error);
