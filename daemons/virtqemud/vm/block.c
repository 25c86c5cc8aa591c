/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/block.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/json.h"
#include "util/worker.h"

#define FILE_TIMEOUT_MS 1000

DomainDisk *
vm_find_disk (const Domain *domain, const char *path)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      DomainDisk *disk = domain->disks.items[i];

      if (g_strcmp0 (disk->target.dev, path) == 0 || g_strcmp0 (domain_storage_actual (&disk->source)->path, path) == 0)
        return disk;
    }
  return NULL;
}

DomainDisk *
vm_find_image (const Domain *domain, unsigned int index, const DomainStorageSource **ret_image)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    for (const DomainStorageSource *image = &domain->disks.items[i]->source; image != NULL; image = image->backing)
      if (index != 0 && image->index == index)
        {
          *ret_image = image;
          return domain->disks.items[i];
        }
  return NULL;
}

/* --- QEMU's answers ------------------------------------------------------------------------------- */

/* @qdev is the device's id, or its path in QEMU's tree, of which the id is a part. */
static bool
is_device (const char *qdev, const char *alias)
{
  const char *at = qdev;
  size_t length = strlen (alias);

  if (strcmp (qdev, alias) == 0)
    return true;
  while ((at = strstr (at, alias)) != NULL)
    {
      if (at > qdev && at[-1] == '/' && (at[length] == '/' || at[length] == '\0'))
        return true;
      at += length;
    }
  return false;
}

const json_t *
disk_find_entry (const json_t *result, const DomainDisk *disk)
{
  size_t i;
  json_t *entry;

  json_array_foreach (result, i, entry)
    if (disk->info.alias != NULL && is_device (json_get_string (entry, "qdev", ""), disk->info.alias))
      return entry;
  return NULL;
}

static void
add_entry (const json_t *entry, DiskStats *stats)
{
  const json_t *from = json_object_get (entry, "stats");
  const struct { const char *key; uint64_t *to; } members[] = {
    { "rd_operations", &stats->rd_ops },         { "rd_bytes", &stats->rd_bytes },
    { "rd_total_time_ns", &stats->rd_ns },       { "wr_operations", &stats->wr_ops },
    { "wr_bytes", &stats->wr_bytes },            { "wr_total_time_ns", &stats->wr_ns },
    { "flush_operations", &stats->fl_ops },      { "flush_total_time_ns", &stats->fl_ns },
    { "wr_highest_offset", &stats->wr_highest },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (members); i++)
    *members[i].to += (uint64_t) json_get_int (from, members[i].key, 0);
}

bool
disk_stats_add (const json_t *result, const DomainDisk *disk, DiskStats *stats)
{
  const json_t *entry = disk != NULL ? disk_find_entry (result, disk) : NULL;
  size_t i;
  json_t *each;

  if (disk != NULL)
    {
      if (entry != NULL)
        add_entry (entry, stats);
      return entry != NULL;
    }
  json_array_foreach (result, i, each)
    add_entry (each, stats);
  return json_array_size (result) > 0;
}

uint64_t
disk_highest_write (const json_t *result, const DomainDisk *disk, unsigned int depth)
{
  const json_t *entry = result != NULL ? disk_find_entry (result, disk) : NULL;

  while (depth-- > 0)
    entry = json_object_get (entry, "backing");
  return (uint64_t) json_get_int (json_object_get (entry, "stats"), "wr_highest_offset", 0);
}

bool
disk_size_of_nodes (const json_t *result, const DomainDisk *disk, DiskSize *ret_size)
{
  return image_size_of_nodes (result, &disk->source, ret_size);
}

bool
image_size_of_nodes (const json_t *result, const DomainStorageSource *image, DiskSize *ret_size)
{
  g_autofree char *format = g_strdup_printf ("libvirt-%u-format", image->index);
  g_autofree char *storage = g_strdup_printf ("libvirt-%u-storage", image->index);
  const json_t *found = NULL;
  size_t i;
  json_t *node;

  json_array_foreach (result, i, node)
    {
      const char *name = json_get_string (node, "node-name", "");

      if (strcmp (name, format) == 0)
        found = node;
      else if (found == NULL && strcmp (name, storage) == 0)
        found = node;
    }
  if (found == NULL)
    return false;
  found = json_object_get (found, "image");
  *ret_size = (DiskSize) {
    .capacity = (uint64_t) json_get_int (found, "virtual-size", 0),
    .allocation = (uint64_t) json_get_int (found, "actual-size", 0),
  };
  ret_size->physical = ret_size->allocation;
  if (ret_size->physical == 0 && image->format == STORAGE_FORMAT_RAW)
    ret_size->physical = ret_size->capacity;
  return true;
}

/* --- files --------------------------------------------------------------------------------------------- */

typedef struct
{
  char *path;
  bool qcow2;
  DiskSize size;
} FileQuestion;

static void
file_question_free (void *data)
{
  FileQuestion *question = data;

  g_free (question->path);
  g_free (question);
}

/* The size that a qcow2 header promises: 64 bits, big-endian, at offset 24, after the magic
 * word. 0: it is none. */
static uint64_t
qcow2_capacity (int fd)
{
  uint8_t header[32];
  uint64_t capacity;

  if (pread (fd, header, sizeof header, 0) != (ssize_t) sizeof header || memcmp (header, "QFI\xfb", 4) != 0)
    return 0;
  memcpy (&capacity, header + 24, sizeof capacity);
  return GUINT64_FROM_BE (capacity);
}

static bool
ask_file (void *args, GError **error)
{
  FileQuestion *question = args;
  fd_auto int fd = open (question->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  uint64_t length = 0, capacity;

  if (fd < 0 || fstat (fd, &info) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "looking at the image '%s'", question->path);
  if (S_ISBLK (info.st_mode))
    {
      if (ioctl (fd, BLKGETSIZE64, &length) < 0)
        return fail_errno (error, VIR_FROM_QEMU, errno, "size of the device '%s'", question->path);
      question->size = (DiskSize) { length, length, length };
    }
  else
    question->size = (DiskSize) { (uint64_t) info.st_size, (uint64_t) info.st_blocks * 512, (uint64_t) info.st_size };
  capacity = question->qcow2 ? qcow2_capacity (fd) : 0;
  if (capacity > 0)
    question->size.capacity = capacity;
  return true;
}

bool
disk_is_local (const DomainDisk *disk)
{
  DomainStorageType type = domain_storage_actual (&disk->source)->type;

  return type == STORAGE_TYPE_FILE || type == STORAGE_TYPE_BLOCK;
}

bool
disk_size_of_file (const DomainDisk *disk, DiskSize *ret_size, GError **error)
{
  const DomainStorageSource *source = domain_storage_actual (&disk->source);
  FileQuestion *question;
  bool abandoned = false, answered;

  if (!disk_is_local (disk))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the image of disk '%s' is no file or device of this host",
                 disk->target.dev);
  question = g_new0 (FileQuestion, 1);

  question->path = g_strdup (source->path);
  question->qcow2 = source->format == STORAGE_FORMAT_QCOW2;
  answered = worker_run_until ("look at an image", ask_file, question, file_question_free,
                               deadline_in_ms (FILE_TIMEOUT_MS), &abandoned, error);
  if (abandoned)
    return false;
  if (answered)
    *ret_size = question->size;
  file_question_free (question);
  return answered;
}
