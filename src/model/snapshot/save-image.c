/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/snapshot/save-image.h"

#include <string.h>

XML_ENUM_DEFINE (save_compression, SAVE_COMPRESSION_LIST)

#define MAGIC_LENGTH 16
#define VERSION 2

static const char complete_magic[] = "LibvirtQemudSave", partial_magic[] = "LibvirtQemudPart";

/* The numbers after the magic, in their order. */
enum { NUMBER_VERSION, NUMBER_DATA_LENGTH, NUMBER_WAS_RUNNING, NUMBER_COMPRESSION, NUMBER_COOKIE_OFFSET, N_NUMBERS = 19 };

G_STATIC_ASSERT (MAGIC_LENGTH + N_NUMBERS * sizeof (uint32_t) == SAVE_IMAGE_HEADER_SIZE);

#define FAIL(...) return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, __VA_ARGS__)

/* A version that is too high may be one of the other byte order. */
static void
read_numbers (const uint8_t *bytes, uint32_t *numbers)
{
  memcpy (numbers, bytes, N_NUMBERS * sizeof (uint32_t));
  if (numbers[NUMBER_VERSION] <= VERSION || GUINT32_SWAP_LE_BE (numbers[NUMBER_VERSION]) > VERSION)
    return;
  for (unsigned int i = 0; i < N_NUMBERS; i++)
    numbers[i] = GUINT32_SWAP_LE_BE (numbers[i]);
}

bool
save_image_read_header (const uint8_t *bytes, size_t n, SaveImageHeader *ret_header, GError **error)
{
  uint32_t numbers[N_NUMBERS];
  bool is_complete;

  if (n < SAVE_IMAGE_HEADER_SIZE)
    FAIL ("save image: there are %zu bytes, fewer than a header's %d", n, SAVE_IMAGE_HEADER_SIZE);
  is_complete = memcmp (bytes, complete_magic, MAGIC_LENGTH) == 0;
  if (!is_complete && memcmp (bytes, partial_magic, MAGIC_LENGTH) != 0)
    FAIL ("save image: this is none, its first bytes are not '%s'", complete_magic);
  read_numbers (bytes + MAGIC_LENGTH, numbers);
  if (numbers[NUMBER_VERSION] > VERSION)
    FAIL ("save image: version %u is above %d", numbers[NUMBER_VERSION], VERSION);
  if (numbers[NUMBER_DATA_LENGTH] == 0 || numbers[NUMBER_DATA_LENGTH] > SAVE_IMAGE_DATA_MAX)
    FAIL ("save image: the length %u of the data is not from 1 to %u", numbers[NUMBER_DATA_LENGTH], SAVE_IMAGE_DATA_MAX);
  if (numbers[NUMBER_COMPRESSION] >= SAVE_COMPRESSION_LAST - 1)
    FAIL ("save image: there is no compression %u", numbers[NUMBER_COMPRESSION]);
  if (numbers[NUMBER_COOKIE_OFFSET] >= numbers[NUMBER_DATA_LENGTH])
    FAIL ("save image: the cookie at %u is beyond the data's %u bytes", numbers[NUMBER_COOKIE_OFFSET], numbers[NUMBER_DATA_LENGTH]);
  *ret_header = (SaveImageHeader) {
    .is_complete = is_complete, .was_running = numbers[NUMBER_WAS_RUNNING] != 0,
    .compression = numbers[NUMBER_COMPRESSION] + 1, .data_length = numbers[NUMBER_DATA_LENGTH],
    .cookie_offset = numbers[NUMBER_COOKIE_OFFSET],
  };
  return true;
}

bool
save_image_read_data (const SaveImageHeader *header, const uint8_t *data, size_t n, const char **ret_xml,
                      const char **ret_cookie, GError **error)
{
  uint32_t xml_end = header->cookie_offset != 0 ? header->cookie_offset : header->data_length;
  const char *cookie = header->cookie_offset != 0 ? (const char *) data + header->cookie_offset : NULL;

  if (n < header->data_length)
    FAIL ("save image: there are %zu bytes of data, fewer than the header's %u", n, header->data_length);
  if (memchr (data, '\0', xml_end) == NULL)
    FAIL ("save image: the definition does not end within its %u bytes", xml_end);
  if (cookie != NULL && memchr (cookie, '\0', header->data_length - header->cookie_offset) == NULL)
    FAIL ("save image: the cookie does not end within the data's %u bytes", header->data_length);
  *ret_xml = (const char *) data;
  *ret_cookie = cookie != NULL && *cookie != '\0' ? cookie : NULL;
  return true;
}

static GByteArray *
write_head (const SaveImageHeader *header, const char *xml, const char *cookie)
{
  GByteArray *out = g_byte_array_sized_new (SAVE_IMAGE_HEADER_SIZE + header->data_length);
  uint32_t numbers[N_NUMBERS] = {
    [NUMBER_VERSION] = VERSION,
    [NUMBER_DATA_LENGTH] = header->data_length,
    [NUMBER_WAS_RUNNING] = header->was_running,
    [NUMBER_COMPRESSION] = header->compression - 1,
    [NUMBER_COOKIE_OFFSET] = header->cookie_offset,
  };

  g_byte_array_set_size (out, SAVE_IMAGE_HEADER_SIZE + header->data_length);
  memset (out->data, 0, out->len);
  memcpy (out->data, header->is_complete ? complete_magic : partial_magic, MAGIC_LENGTH);
  memcpy (out->data + MAGIC_LENGTH, numbers, sizeof (numbers));
  memcpy (out->data + SAVE_IMAGE_HEADER_SIZE, xml, strlen (xml));
  if (cookie != NULL)
    memcpy (out->data + SAVE_IMAGE_HEADER_SIZE + header->cookie_offset, cookie, strlen (cookie));
  return out;
}

/* Of both texts with their zero bytes. */
static size_t
text_length (const char *xml, const char *cookie)
{
  return strlen (xml) + 1 + (cookie != NULL ? strlen (cookie) + 1 : 0);
}

GByteArray *
save_image_write (const SaveImageHeader *header, const char *xml, const char *cookie, GError **error)
{
  SaveImageHeader full = *header;
  size_t length = text_length (xml, cookie) + SAVE_IMAGE_ROOM;

  if (length > SAVE_IMAGE_DATA_MAX)
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "save image: a definition of %zu bytes is too long", strlen (xml));
      return NULL;
    }
  full.data_length = length;
  full.cookie_offset = cookie != NULL ? strlen (xml) + 1 : 0;
  return write_head (&full, xml, cookie);
}

GByteArray *
save_image_rewrite (const SaveImageHeader *old, bool was_running, const char *xml, const char *cookie, GError **error)
{
  SaveImageHeader full = *old;

  if (text_length (xml, cookie) > old->data_length)
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
            "save image: a definition of %zu bytes and its cookie do not fit into the file's %u", strlen (xml), old->data_length);
      return NULL;
    }
  full.was_running = was_running;
  full.cookie_offset = cookie != NULL ? strlen (xml) + 1 : 0;
  return write_head (&full, xml, cookie);
}
