/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that look into a guest's memory and disks, and that make its disks longer. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers/by-file.h"
#include "handlers/handlers.h"
#include "util/cleanup.h"
#include "util/worker.h"
#include "vm/block.h"
#include "vm/lifecycle.h"

/* --- memory -------------------------------------------------------------------------------------- */

static bool
peek_memory (Vm *vm, const DomainMemoryPeekArgs *args, uint8_t *buffer, GError **error)
{
  bool physical = args->flags == VIR_MEMORY_PHYSICAL;
  fd_auto int fd = file_by_qemu (vm, physical ? "pmemsave" : "memsave",
                                 json_pack ("{s:I, s:I}", "val", (json_int_t) args->offset, "size", (json_int_t) args->size),
                                 error);
  ssize_t n = fd >= 0 ? file_by_qemu_read (fd, buffer, args->size, error) : -1;

  if (n >= 0 && n < (ssize_t) args->size)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "QEMU gave %zd of %u bytes of memory of domain '%s'", n,
                 args->size, vm->name);
  return n >= 0;
}

bool
handle_domain_memory_peek (Call *call, const DomainMemoryPeekArgs *args, DomainMemoryPeekRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autofree uint8_t *buffer = NULL;

  if (!handler_check_flags (args->flags, VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL, "virDomainMemoryPeek", error))
    return false;
  if (args->flags == (VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "an address is either virtual or physical");
  if (args->flags == 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                 "the flags must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL");
  if (args->size > REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%u bytes of memory are more than a reply can hold (%u)", args->size,
                 REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX);
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  buffer = g_malloc (args->size);
  if (args->size > 0 && !peek_memory (vm, args, buffer, error))
    return false;
  ret->buffer = g_steal_pointer (&buffer);
  ret->n_buffer = args->size;
  return true;
}

/* --- disks ----------------------------------------------------------------------------------------- */

typedef struct
{
  const char *path;
  uint64_t offset;
  uint8_t *buffer;
  unsigned int size;
} Peek;

/* Opening does not wait, whatever the path leads to. */
static bool
peek_work (void *args, GError **error)
{
  Peek *peek = args;
  fd_auto int fd = open (peek->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  unsigned int length = 0;
  struct stat info;

  if (fd < 0 || fstat (fd, &info) < 0)
    return fail_errno (error, VIR_FROM_STORAGE, errno, "cannot open '%s'", peek->path);
  if (!S_ISREG (info.st_mode) && !S_ISBLK (info.st_mode))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "'%s' is neither a file nor a block device", peek->path);
  while (length < peek->size)
    {
      ssize_t n = pread (fd, peek->buffer + length, peek->size - length, (off_t) (peek->offset + length));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, VIR_FROM_STORAGE, errno, "cannot read '%s'", peek->path);
      if (n == 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "'%s' has only %u bytes from %" G_GUINT64_FORMAT " on",
                     peek->path, length, peek->offset);
      length += (unsigned int) n;
    }
  return true;
}

/* The disk's image, if it is one that is read as it is. A new text. */
static char *
raw_image (const Vm *vm, const char *path, GError **error)
{
  const DomainDisk *disk = vm_find_disk (vm_domain (vm), path);
  const DomainStorageSource *source = disk != NULL ? &disk->source : NULL;

  if (disk == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no disk '%s'", vm->name, path);
  if (source->format != STORAGE_FORMAT_RAW || source->path == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                      "disk '%s' of domain '%s' cannot be peeked into: its format is '%s', not 'raw'", path, vm->name,
                      source->path != NULL ? xml_enum_name (&storage_format_names, source->format) : "none");
  if (source->type != STORAGE_TYPE_FILE && source->type != STORAGE_TYPE_BLOCK)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                      "disk '%s' of domain '%s' cannot be peeked into: it is of type '%s'", path, vm->name,
                      xml_enum_name (&storage_type_names, source->type));
  return g_strdup (source->path);
}

bool
handle_domain_block_peek (Call *call, const DomainBlockPeekArgs *args, DomainBlockPeekRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autofree char *path = NULL;
  g_autofree uint8_t *buffer = NULL;
  Peek peek = { .offset = args->offset, .size = args->size };

  if (!handler_check_flags (args->flags, 0, "virDomainBlockPeek", error))
    return false;
  if (args->size > REMOTE_DOMAIN_BLOCK_PEEK_BUFFER_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%u bytes of a disk are more than a reply can hold (%u)", args->size,
                 REMOTE_DOMAIN_BLOCK_PEEK_BUFFER_MAX);
  if (args->offset > (uint64_t) INT64_MAX - args->size)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no disk has a byte %" G_GUINT64_FORMAT, args->offset);
  vm = handler_vm (&args->dom, error);
  path = vm != NULL ? raw_image (vm, args->path, error) : NULL;
  if (path == NULL)
    return false;
  buffer = g_malloc (args->size);
  peek.path = path;
  peek.buffer = buffer;
  if (!worker_run ("reading a disk", peek_work, &peek, error))
    return false;
  ret->buffer = g_steal_pointer (&buffer);
  ret->n_buffer = args->size;
  return true;
}

/* --- the size of a disk ------------------------------------------------------------------------------ */

/* Formats whose size is a number of sectors. */
static uint64_t
whole_sectors (const DomainDisk *disk, uint64_t bytes)
{
  bool sectors = disk->source.format == STORAGE_FORMAT_QCOW2 || disk->source.format == STORAGE_FORMAT_QED;

  return sectors ? (bytes + 511) / 512 * 512 : bytes;
}

bool
handle_domain_block_resize (Call *call, const DomainBlockResizeArgs *args, GError **error)
{
  bool in_bytes = args->flags & VIR_DOMAIN_BLOCK_RESIZE_BYTES;
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *node = NULL;
  const DomainDisk *disk;
  uint64_t bytes;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_BLOCK_RESIZE_BYTES, "virDomainBlockResize", error))
    return false;
  if (args->size > (uint64_t) (in_bytes ? INT64_MAX - 511 : INT64_MAX / 1024))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OVERFLOW, "no disk can have %" G_GUINT64_FORMAT " %s", args->size,
                 in_bytes ? "bytes" : "KiB");
  vm = handler_active_vm_job (&args->dom, &guard, "resizing a disk", error);
  if (vm == NULL)
    return false;
  disk = vm_find_disk (vm->live, args->disk);
  if (disk == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no disk '%s'", vm->name, args->disk);
  if (disk->source.path == NULL || disk->readonly)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "disk '%s' of domain '%s' is %s", args->disk,
                 vm->name, disk->readonly ? "read-only" : "empty");
  node = g_strdup_printf ("libvirt-%u-format", disk->source.index);
  bytes = whole_sectors (disk, in_bytes ? args->size : args->size * 1024);
  return vm_command (vm, "block_resize", json_pack ("{s:s, s:I}", "node-name", node, "size", (json_int_t) bytes), error);
}
