/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/image-header.h"

#include <string.h>
#include <unistd.h>

#include "util/error.h"

#define MAX_NAME 1023           /* of a backing file, by the formats' definitions */
#define HEAD_BYTES 4096
#define EXTENSION_END 0u
#define EXTENSION_BACKING_FORMAT 0xe2792acau
#define QCOW2_DATA_FILE (1u << 2)       /* of the features that must be understood */
#define QED_BACKING_FILE (1u << 0)
#define QED_BACKING_IS_RAW (1u << 2)
#define VMDK_DESCRIPTOR 512             /* where the text of a sparse image begins */
#define SECTOR 512

typedef struct
{
  int fd;
  const char *path;
  const uint8_t *data;
  size_t length;
} Head;

void
image_header_clear (ImageHeader *header)
{
  g_clear_pointer (&header->backing, g_free);
}

/* --- numbers; 0 beyond the end ----------------------------------------------------------- */

static uint64_t
read_number (const Head *head, size_t at, unsigned int bytes, bool is_big)
{
  uint64_t value = 0;

  if (at > head->length || bytes > head->length - at)
    return 0;
  for (unsigned int i = 0; i < bytes; i++)
    value = value << 8 | head->data[at + (is_big ? i : bytes - 1 - i)];
  return value;
}

static uint64_t
big (const Head *head, size_t at, unsigned int bytes)
{
  return read_number (head, at, bytes, true);
}

static uint64_t
little (const Head *head, size_t at, unsigned int bytes)
{
  return read_number (head, at, bytes, false);
}

/* --- formats ----------------------------------------------------------------------------------- */

DomainStorageFormat
image_probe_format (const uint8_t *data, size_t length)
{
  static const struct { const char *magic; unsigned int offset, length; DomainStorageFormat format; } magics[] = {
    { "QFI\xfb\0\0\0\1", 0, 8, STORAGE_FORMAT_QCOW }, { "QFI\xfb", 0, 4, STORAGE_FORMAT_QCOW2 },
    { "QED\0", 0, 4, STORAGE_FORMAT_QED }, { "KDMV", 0, 4, STORAGE_FORMAT_VMDK }, { "COWD", 0, 4, STORAGE_FORMAT_VMDK },
    { "# Disk DescriptorFile", 0, 21, STORAGE_FORMAT_VMDK },
    { "\x7f\x10\xda\xbe", 64, 4, STORAGE_FORMAT_VDI }, { "conectix", 0, 8, STORAGE_FORMAT_VPC },
    { "vhdxfile", 0, 8, STORAGE_FORMAT_VHD }, { "WithoutFreeSpace", 0, 16, STORAGE_FORMAT_PLOOP },
    { "WithouFreSpacExt", 0, 16, STORAGE_FORMAT_PLOOP }, { "Bochs Virtual HD Image", 0, 22, STORAGE_FORMAT_BOCHS },
    { "OOOM", 0, 4, STORAGE_FORMAT_COW }, { "LUKS\xba\xbe", 0, 6, STORAGE_FORMAT_LUKS },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (magics); i++)
    if (length >= magics[i].offset + magics[i].length
        && memcmp (data + magics[i].offset, magics[i].magic, magics[i].length) == 0)
      return magics[i].format;
  return STORAGE_FORMAT_RAW;
}

/* The name of the backing file, of @size bytes at @offset of the file. */
static bool
read_name (const Head *head, uint64_t offset, uint64_t size, ImageHeader *header, GError **error)
{
  char name[MAX_NAME + 1];

  if (offset == 0 || size == 0)
    return true;
  if (size > MAX_NAME || offset > INT64_MAX || pread (head->fd, name, size, (off_t) offset) != (ssize_t) size)
    return fail (error, VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "the header of image '%s' is damaged", head->path);
  name[size] = '\0';
  header->backing = *name != '\0' ? g_strdup (name) : NULL;
  return true;
}

static DomainStorageFormat
format_by_name (const uint8_t *name, size_t length)
{
  g_autofree char *text = g_strndup ((const char *) name, length);
  int format = xml_enum_value (&storage_format_names, text);

  return format > 0 ? (DomainStorageFormat) format : STORAGE_FORMAT_ABSENT;
}

/* Looks through the header's extensions. */
static DomainStorageFormat
qcow2_backing_format (const Head *head)
{
  size_t at = big (head, 4, 4) >= 3 ? big (head, 100, 4) : 72;

  while (at <= head->length && head->length - at >= 8)
    {
      uint64_t type = big (head, at, 4), size = big (head, at + 4, 4);

      at += 8;
      if (type == EXTENSION_END || size > head->length - at)
        break;
      if (type == EXTENSION_BACKING_FORMAT)
        return format_by_name (head->data + at, size);
      at += (size + 7) & ~(size_t) 7;
    }
  return STORAGE_FORMAT_ABSENT;
}

static bool
read_qcow2 (const Head *head, ImageHeader *header, GError **error)
{
  header->capacity = big (head, 24, 8);
  header->is_encrypted = big (head, 32, 4) != 0;
  header->has_data_file = big (head, 4, 4) >= 3 && (big (head, 72, 8) & QCOW2_DATA_FILE) != 0;
  header->backing_format = qcow2_backing_format (head);
  return read_name (head, big (head, 8, 8), big (head, 16, 4), header, error);
}

static bool
read_qcow (const Head *head, ImageHeader *header, GError **error)
{
  header->capacity = big (head, 24, 8);
  header->is_encrypted = big (head, 36, 4) != 0;
  return read_name (head, big (head, 8, 8), big (head, 16, 4), header, error);
}

static bool
read_qed (const Head *head, ImageHeader *header, GError **error)
{
  uint64_t features = little (head, 16, 8);

  header->capacity = little (head, 48, 8);
  if ((features & QED_BACKING_FILE) == 0)
    return true;
  header->backing_format = (features & QED_BACKING_IS_RAW) != 0 ? STORAGE_FORMAT_RAW : STORAGE_FORMAT_ABSENT;
  return read_name (head, little (head, 56, 4), little (head, 60, 4), header, error);
}

/* A text with a line parentFileNameHint="NAME". */
static bool
read_vmdk (const Head *head, ImageHeader *header, GError **error)
{
  static const char key[] = "parentFileNameHint=\"";
  size_t from = head->length > VMDK_DESCRIPTOR && memcmp (head->data, "KDMV", 4) == 0 ? VMDK_DESCRIPTOR : 0;
  g_autofree char *text = g_strndup ((const char *) head->data + from, head->length - from);
  const char *begin = strstr (text, key), *end;

  if (from != 0)
    header->capacity = little (head, 12, 4) * SECTOR;
  if (begin == NULL)
    return true;
  begin += strlen (key);
  end = strchr (begin, '"');
  if (end == NULL)
    return fail (error, VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "the descriptor of image '%s' is damaged", head->path);
  header->backing = g_strndup (begin, (size_t) (end - begin));
  header->backing_format = STORAGE_FORMAT_VMDK;
  return true;
}

static bool
read_capacity (const Head *head, ImageHeader *header, GError **error)
{
  header->capacity = header->format == STORAGE_FORMAT_VDI ? little (head, 368, 8)
                     : header->format == STORAGE_FORMAT_VPC ? big (head, 48, 8) : 0;
  return true;
}

typedef bool (*Reader) (const Head *head, ImageHeader *header, GError **error);

static const Reader readers[STORAGE_FORMAT_LAST] = {
  [STORAGE_FORMAT_QCOW2] = read_qcow2, [STORAGE_FORMAT_QCOW] = read_qcow, [STORAGE_FORMAT_QED] = read_qed,
  [STORAGE_FORMAT_VMDK] = read_vmdk, [STORAGE_FORMAT_VDI] = read_capacity, [STORAGE_FORMAT_VPC] = read_capacity,
};

bool
image_header_read_now (int fd, const char *path, DomainStorageFormat format, ImageHeader *ret_header, GError **error)
{
  uint8_t data[HEAD_BYTES];
  ssize_t length = pread (fd, data, sizeof data, 0);
  Head head = { .fd = fd, .path = path, .data = data, .length = length > 0 ? (size_t) length : 0 };
  DomainStorageFormat found = image_probe_format (data, head.length);

  *ret_header = (ImageHeader) { .format = format != STORAGE_FORMAT_ABSENT ? format : found };
  if (ret_header->format != found || readers[found] == NULL)
    return true;
  return readers[found] (&head, ret_header, error);
}
