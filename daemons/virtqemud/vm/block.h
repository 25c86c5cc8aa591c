/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/block.h: figures of disks, from QEMU's answers and from image files. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "vm/vm.h"

/* The disk called @path: by its target or its source. NULL if there is none. */
DomainDisk *vm_find_disk (const Domain *domain, const char *path);

/* The image whose nodes have the number @index, and the disk that it belongs to; NULL if there is none. Borrowed. */
DomainDisk *vm_find_image (const Domain *domain, unsigned int index, const DomainStorageSource **ret_image);

/* What QEMU counted of a disk. Times are nanoseconds. */
typedef struct
{
  uint64_t rd_ops, rd_bytes, rd_ns;
  uint64_t wr_ops, wr_bytes, wr_ns;
  uint64_t fl_ops, fl_ns;
  uint64_t wr_highest;          /* offset, bytes */
  uint64_t age_ms;              /* 0: fresh */
} DiskStats;

/* Adds the statistics of @disk (NULL: of all) in @result, an answer to VM_FIGURE_BLOCK_STATS, to *@stats.
 * False if the answer has none of it. */
bool disk_stats_add (const json_t *result, const DomainDisk *disk, DiskStats *stats);

/* Sizes in bytes. */
typedef struct
{
  uint64_t capacity;            /* what the guest sees */
  uint64_t allocation;          /* blocks in use */
  uint64_t physical;            /* length of the file or device */
} DiskSize;

/* The sizes of @disk in @result, an answer to VM_FIGURE_BLOCK_NODES: allocation is what
 * the host has in use. False if they are not there. */
bool disk_size_of_nodes (const json_t *result, const DomainDisk *disk, DiskSize *ret_size);
/* The same of one image of its chain. */
bool image_size_of_nodes (const json_t *result, const DomainStorageSource *image, DiskSize *ret_size);

/* The highest offset that was written to the image @depth steps below the top, of an answer to VM_FIGURE_BLOCK_STATS
 * (NULL: 0). */
uint64_t disk_highest_write (const json_t *result, const DomainDisk *disk, unsigned int depth);

/* Whether the image is a file or device of this host. */
bool disk_is_local (const DomainDisk *disk);

/* The sizes that the image of @disk shows from outside. A storage that does not answer in a second is
 * VIR_ERR_OPERATION_TIMEOUT. Awaits. */
bool disk_size_of_file (const DomainDisk *disk, DiskSize *ret_size, GError **error);

/* The member of the array @result whose "qdev" is the disk's device. Borrowed, may be NULL. */
const json_t *disk_find_entry (const json_t *result, const DomainDisk *disk);
