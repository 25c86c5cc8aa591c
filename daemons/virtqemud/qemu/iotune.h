/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/iotune.h: the limits of a disk's transfers, as the public API, the document and QEMU name them. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "model/domain/domain.h"

/* What is changed together: a client that sets one of a set resets the others of it. */
typedef enum
{
  IOTUNE_BYTES, IOTUNE_IOPS, IOTUNE_BYTES_MAX, IOTUNE_IOPS_MAX, IOTUNE_SIZE, IOTUNE_GROUP, IOTUNE_LENGTHS,
} IoTuneSet;

typedef struct
{
  const char *name;             /* VIR_DOMAIN_BLOCK_IOTUNE_... */
  const char *qmp;
  IoTuneSet set;
  size_t offset;                /* in DomainDiskIoTune: a 64-bit number, of the group a string */
} IoTuneRow;

#define IOTUNE_ROWS 20
extern const IoTuneRow iotune_rows[IOTUNE_ROWS];

uint64_t iotune_get (const DomainDiskIoTune *tune, unsigned int row);
void iotune_set (DomainDiskIoTune *tune, unsigned int row, uint64_t value);

/* Whether @row is the length of a rate that is not set. */
bool iotune_is_idle_length (const DomainDiskIoTune *tune, unsigned int row);

/* Refuses combinations that QEMU does not know, with stock's codes: VIR_ERR_INVALID_ARG, VIR_ERR_ARGUMENT_UNSUPPORTED
 * and, for what a running guest cannot have, VIR_ERR_CONFIG_UNSUPPORTED. */
bool iotune_check (const DomainDiskIoTune *tune, bool running, GError **error);

/* How QEMU calls a disk with an alias, and its limits if they are in no group. Caller frees. */
char *qemu_iotune_id (const DomainDisk *disk);

/* Arguments of block_set_io_throttle for a disk with an alias; without limits: that take them away. */
json_t *qemu_iotune_args (const DomainDisk *disk);
