/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save-image.h: the head of a saved guest's file, before QEMU's migration stream.
 *
 * It is, in the writer's byte order: 16 bytes of magic; 32-bit numbers: version (2), length of
 * the data, whether the guest ran, how the stream is compressed, where in the data the cookie
 * begins (0: nowhere), 14 zeros; then the data: the guest's definition, a zero byte, the
 * cookie, a zero byte, and zeros that leave room for edits. A file whose writing was cut
 * short has another magic.
 *
 * Files may be anybody's: every number is checked. Errors: VIR_ERR_OPERATION_FAILED of
 * VIR_FROM_QEMU, with what is wrong. Nothing here reads files; all functions are pure. */
#pragma once

#include "util/error.h"
#include "xml/types.h"

#define SAVE_IMAGE_HEADER_SIZE 92                    /* bytes */
#define SAVE_IMAGE_DATA_MAX (16u * 1024 * 1024)      /* bytes; more is refused */
#define SAVE_IMAGE_ROOM (64u * 1024)                 /* bytes left for edits */

/* As the file counts them, plus one. */
#define SAVE_COMPRESSION_LIST(X) X (SAVE_COMPRESSION_RAW, "raw") X (SAVE_COMPRESSION_GZIP, "gzip") \
  X (SAVE_COMPRESSION_BZIP2, "bzip2") X (SAVE_COMPRESSION_XZ, "xz") X (SAVE_COMPRESSION_LZOP, "lzop")
XML_ENUM_DECLARE (SaveCompression, SAVE_COMPRESSION_, save_compression, SAVE_COMPRESSION_LIST)

typedef struct
{
  bool is_complete;             /* false: writing was cut short, the stream is of no use */
  bool was_running;             /* when it was saved, so it is to run again */
  SaveCompression compression;
  uint32_t data_length;         /* bytes that follow the header; then the stream begins */
  uint32_t cookie_offset;       /* in the data; 0: there is none */
} SaveImageHeader;

/* Reads the header from the @n first bytes of a file. Fails if there are fewer than
 * SAVE_IMAGE_HEADER_SIZE, or they are no header. */
bool save_image_read_header (const uint8_t *bytes, size_t n, SaveImageHeader *ret_header, GError **error);

/* Finds the definition and the cookie (NULL: none) in the @n bytes after the header. Both
 * point into @data and end with a zero byte. Fails if @data is shorter than the header says,
 * or a text has no end. */
bool save_image_read_data (const SaveImageHeader *header, const uint8_t *data, size_t n, const char **ret_xml,
                           const char **ret_cookie, GError **error);

/* The head of a file: header and data, with SAVE_IMAGE_ROOM of room. Of @header, the lengths
 * and offsets are not looked at. @cookie may be NULL. Fails if the texts are too long. */
GByteArray *save_image_write (const SaveImageHeader *header, const char *xml, const char *cookie, GError **error);

/* The head of a file with other texts and state but of the same length, so that the stream
 * stays in place: @old is its header. Fails if the texts do not fit. */
GByteArray *save_image_rewrite (const SaveImageHeader *old, bool was_running, const char *xml, const char *cookie, GError **error);
