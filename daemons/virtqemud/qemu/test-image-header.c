/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of images: good ones, cut ones, and nonsense behind the right first bytes. */
#include "qemu/image-header.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"

#define BYTES 4096

static int
file_of (const void *data, size_t length)
{
  int fd = memfd_create ("image", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, length), ==, (ssize_t) length);
  return fd;
}

static const struct { const char *magic; size_t length, at; DomainStorageFormat format; } magics[] = {
  { "QFI\xfb\0\0\0\3", 8, 0, STORAGE_FORMAT_QCOW2 }, { "QFI\xfb\0\0\0\2", 8, 0, STORAGE_FORMAT_QCOW2 },
  { "QFI\xfb\0\0\0\1", 8, 0, STORAGE_FORMAT_QCOW }, { "QED\0", 4, 0, STORAGE_FORMAT_QED }, { "KDMV", 4, 0, STORAGE_FORMAT_VMDK },
  { "# Disk DescriptorFile", 21, 0, STORAGE_FORMAT_VMDK }, { "\x7f\x10\xda\xbe", 4, 64, STORAGE_FORMAT_VDI },
  { "conectix", 8, 0, STORAGE_FORMAT_VPC }, { "LUKS\xba\xbe", 6, 0, STORAGE_FORMAT_LUKS }, { "hello", 5, 0, STORAGE_FORMAT_RAW },
};

static void
test_formats (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (magics); i++)
    {
      uint8_t data[BYTES] = { 0 };

      memcpy (data + magics[i].at, magics[i].magic, magics[i].length);
      g_assert_cmpint (image_probe_format (data, sizeof data), ==, magics[i].format);
      g_assert_cmpint (image_probe_format (data, magics[i].at + 3), ==, STORAGE_FORMAT_RAW);
    }
}

static void
put (uint8_t *at, uint64_t value, unsigned int bytes)
{
  for (unsigned int i = 0; i < bytes; i++)
    at[i] = (uint8_t) (value >> (8 * (bytes - 1 - i)));
}

static void
make_qcow2 (uint8_t data[BYTES])
{
  memset (data, 0, BYTES);
  memcpy (data, "QFI\xfb", 4);
  put (data + 4, 3, 4);
  put (data + 8, 1000, 8);
  put (data + 16, 4, 4);
  put (data + 24, 12345678, 8);
  put (data + 32, 2, 4);
  put (data + 72, 4, 8);
  put (data + 100, 104, 4);
  put (data + 104, 0xe2792aca, 4);
  put (data + 108, 3, 4);
  memcpy (data + 112, "raw", 3);
  memcpy (data + 1000, "base", 4);
}

static void
test_qcow2 (void)
{
  uint8_t data[BYTES];
  g_auto (ImageHeader) header = { 0 }, raw = { 0 }, cut = { 0 };
  g_autoptr (GError) error = NULL;
  fd_auto int fd = -1, short_fd = -1;

  make_qcow2 (data);
  fd = file_of (data, sizeof data);
  g_assert_true (image_header_read_now (fd, "image", STORAGE_FORMAT_ABSENT, &header, &error));
  g_assert_cmpint (header.format, ==, STORAGE_FORMAT_QCOW2);
  g_assert_cmpuint (header.capacity, ==, 12345678);
  g_assert_true (header.is_encrypted && header.has_data_file);
  g_assert_cmpstr (header.backing, ==, "base");
  g_assert_cmpint (header.backing_format, ==, STORAGE_FORMAT_RAW);
  /* What is said to be raw leads nowhere. */
  g_assert_true (image_header_read_now (fd, "image", STORAGE_FORMAT_RAW, &raw, &error));
  g_assert_null (raw.backing);
  g_assert_cmpint (raw.format, ==, STORAGE_FORMAT_RAW);
  short_fd = file_of (data, 1002);
  g_assert_false (image_header_read_now (short_fd, "image", STORAGE_FORMAT_QCOW2, &cut, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
}

/* Whatever follows, and wherever it ends: an answer or an error, and nothing beyond the file. */
static void
test_nonsense (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (magics); i++)
    for (unsigned int round = 0; round < 300; round++)
      {
        uint8_t data[BYTES];
        size_t length = round % 3 == 0 ? BYTES : (size_t) g_test_rand_int_range (0, 600);
        g_auto (ImageHeader) header = { 0 };
        g_autoptr (GError) error = NULL;
        fd_auto int fd = -1;
        bool done;

        for (unsigned int k = 0; k < BYTES; k++)
          data[k] = round % 2 == 0 ? (uint8_t) g_test_rand_int () : (uint8_t) g_test_rand_int_range (0, 2);
        memcpy (data + magics[i].at, magics[i].magic, magics[i].length);
        fd = file_of (data, length);
        done = image_header_read_now (fd, "image", STORAGE_FORMAT_ABSENT, &header, &error);
        g_assert_true (done == (error == NULL));
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-header/formats", test_formats);
  g_test_add_func ("/image-header/qcow2", test_qcow2);
  g_test_add_func ("/image-header/nonsense", test_nonsense);
  return g_test_run ();
}
