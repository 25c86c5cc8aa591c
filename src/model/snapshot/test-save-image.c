/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/snapshot/save-cookie.h"
#include "model/snapshot/save-image.h"

#define XML "<domain type='qemu'/>"
#define COOKIE "<cookie>\n  <slirpHelper/>\n</cookie>\n"

/* What libvirt 9.0.0 writes before a guest that ran: its definition's 22 bytes, its cookie's 36. */
#define ZEROS_8 "\0\0\0\0\0\0\0\0"
static const uint8_t stock[] =
  "LibvirtQemudSave\x02\0\0\0\x40\0\0\0\x01\0\0\0\0\0\0\0\x16\0\0\0"
  ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 XML "\0" COOKIE ZEROS_8;
G_STATIC_ASSERT (sizeof (stock) >= SAVE_IMAGE_HEADER_SIZE + 0x40);

static void
test_read (void)
{
  SaveImageHeader header;
  const char *xml, *cookie;
  g_autoptr (GError) error = NULL;

  g_assert_true (save_image_read_header (stock, sizeof (stock), &header, &error));
  g_assert_no_error (error);
  g_assert_true (header.is_complete);
  g_assert_true (header.was_running);
  g_assert_cmpint (header.compression, ==, SAVE_COMPRESSION_RAW);
  g_assert_cmpint (header.data_length, ==, 0x40);
  g_assert_true (save_image_read_data (&header, stock + SAVE_IMAGE_HEADER_SIZE, header.data_length, &xml, &cookie, &error));
  g_assert_cmpstr (xml, ==, XML);
  g_assert_cmpstr (cookie, ==, COOKIE);

  SaveCookie *parsed = xml_parse (&save_cookie_schema, cookie, strlen (cookie), 0, &error);
  g_autofree char *text = xml_format (&save_cookie_schema, parsed, 0);
  g_assert_no_error (error);
  g_assert_true (parsed->slirp_helper);
  g_assert_cmpstr (text, ==, COOKIE);
  xml_free (&save_cookie_schema, parsed);
}

/* A file from a machine of the other byte order. */
static void
test_swapped (void)
{
  uint8_t bytes[sizeof (stock)];
  SaveImageHeader header;

  memcpy (bytes, stock, sizeof (stock));
  for (unsigned int at = 16; at < SAVE_IMAGE_HEADER_SIZE; at += 4)
    for (unsigned int i = 0; i < 4; i++)
      bytes[at + i] = stock[at + 3 - i];
  g_assert_true (save_image_read_header (bytes, sizeof (bytes), &header, NULL));
  g_assert_cmpint (header.data_length, ==, 0x40);
  g_assert_cmpint (header.cookie_offset, ==, 0x16);
}

static void
test_write (void)
{
  static const struct { bool is_complete, was_running; SaveCompression compression; const char *cookie; } cases[] = {
    { true, true, SAVE_COMPRESSION_RAW, COOKIE }, { false, false, SAVE_COMPRESSION_LZOP, NULL },
    { true, false, SAVE_COMPRESSION_XZ, NULL }, { false, true, SAVE_COMPRESSION_GZIP, COOKIE },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SaveImageHeader header = { cases[i].is_complete, cases[i].was_running, cases[i].compression, 0, 0 };
      g_autoptr (GByteArray) head = save_image_write (&header, XML, cases[i].cookie, NULL);
      const char *xml, *cookie;

      g_assert_true (save_image_read_header (head->data, head->len, &header, NULL));
      g_assert_cmpint (header.is_complete, ==, cases[i].is_complete);
      g_assert_cmpint (header.was_running, ==, cases[i].was_running);
      g_assert_cmpint (header.compression, ==, cases[i].compression);
      g_assert_cmpint (head->len, ==, SAVE_IMAGE_HEADER_SIZE + header.data_length);
      g_assert_true (save_image_read_data (&header, head->data + SAVE_IMAGE_HEADER_SIZE, header.data_length, &xml, &cookie, NULL));
      g_assert_cmpstr (xml, ==, XML);
      g_assert_cmpstr (cookie, ==, cases[i].cookie);
    }
}

/* An edit fits into the room left for it, or fails; the stream stays where it is. */
static void
test_rewrite (void)
{
  SaveImageHeader header = { true, true, SAVE_COMPRESSION_RAW, 0, 0 };
  g_autoptr (GByteArray) head = save_image_write (&header, XML, COOKIE, NULL);
  g_autofree char *longer = g_strnfill (SAVE_IMAGE_ROOM, 'x'), *too_long = g_strnfill (SAVE_IMAGE_ROOM + 100, 'x');
  g_autoptr (GError) error = NULL;
  const char *xml, *cookie;

  g_assert_true (save_image_read_header (head->data, head->len, &header, NULL));
  g_autoptr (GByteArray) edited = save_image_rewrite (&header, false, longer, COOKIE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (edited->len, ==, head->len);
  g_assert_true (save_image_read_header (edited->data, edited->len, &header, NULL));
  g_assert_false (header.was_running);
  g_assert_true (save_image_read_data (&header, edited->data + SAVE_IMAGE_HEADER_SIZE, header.data_length, &xml, &cookie, NULL));
  g_assert_cmpstr (xml, ==, longer);
  g_assert_cmpstr (cookie, ==, COOKIE);
  g_assert_null (save_image_rewrite (&header, false, too_long, COOKIE, &error));
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_OPERATION_FAILED);
}

static void
expect_refusal (const uint8_t *bytes, size_t n, const char *text)
{
  SaveImageHeader header;
  const char *xml, *cookie;
  g_autoptr (GError) error = NULL;
  bool ok = save_image_read_header (bytes, n, &header, &error)
            && save_image_read_data (&header, bytes + SAVE_IMAGE_HEADER_SIZE, n - SAVE_IMAGE_HEADER_SIZE, &xml, &cookie, &error);

  g_assert_false (ok);
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_OPERATION_FAILED);
  g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_QEMU);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_hostile (void)
{
  static const struct { unsigned int at; uint32_t number; const char *text; } cases[] = {
    { 16, 3, "version 3" }, { 20, 0, "length 0" }, { 20, UINT32_MAX, "length 4294967295" }, { 20, 0x1000, "bytes of data" },
    { 20, 0x15, "beyond the data" }, { 28, 5, "compression 5" }, { 28, UINT32_MAX, "compression" }, { 32, 0x40, "beyond the data" },
    { 32, UINT32_MAX, "beyond the data" }, { 32, 5, "definition does not end" }, { 20, 0x20, "cookie does not end" }, { 0, 0, "none" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree uint8_t *bytes = g_memdup2 (stock, sizeof (stock));

      memcpy (bytes + cases[i].at, &cases[i].number, sizeof (uint32_t));
      expect_refusal (bytes, sizeof (stock), cases[i].text);
    }
  for (size_t n = 0; n < SAVE_IMAGE_HEADER_SIZE; n++)
    {
      g_autofree uint8_t *bytes = g_memdup2 (stock, n);

      expect_refusal (bytes, n, "fewer than a header");
    }
}

/* Any change of any byte of the header is refused or harmless. */
static void
test_mutations (void)
{
  for (unsigned int at = 0; at < SAVE_IMAGE_HEADER_SIZE; at++)
    for (unsigned int value = 0; value < 256; value++)
      {
        g_autofree uint8_t *bytes = g_memdup2 (stock, SAVE_IMAGE_HEADER_SIZE + 0x40);
        SaveImageHeader header;
        const char *xml, *cookie;

        bytes[at] = value;
        if (save_image_read_header (bytes, SAVE_IMAGE_HEADER_SIZE, &header, NULL)
            && save_image_read_data (&header, bytes + SAVE_IMAGE_HEADER_SIZE, 0x40, &xml, &cookie, NULL))
          g_assert_cmpint (strlen (xml) + (cookie != NULL ? strlen (cookie) : 0), <, 0x40);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/save-image/read", test_read);
  g_test_add_func ("/save-image/swapped", test_swapped);
  g_test_add_func ("/save-image/write", test_write);
  g_test_add_func ("/save-image/rewrite", test_rewrite);
  g_test_add_func ("/save-image/hostile", test_hostile);
  g_test_add_func ("/save-image/mutations", test_mutations);
  return g_test_run ();
}
